"""The ledger of a bureau: claims are determined, reversed and released, each once, and every answer can be proved."""

from __future__ import annotations

import datetime as dt
import json
import secrets
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from sqlalchemy import inspect, select
from sqlalchemy.exc import DBAPIError

from ..calculation.explanation import Explanation
from ..calculation.readers import as_facts, as_readings
from ..errors import Problem, RequestError
from ..policies import Catalogue, day_of
from . import tables as t
from .answers import Answer, answer_at
from .batch import Batch
from .copying import copy
from .determining import Claim, determine, fingerprint_again
from .erasing import erase
from .explaining import explained
from .merkle import consistency_proof
from .notes import Signer, Verifier
from .opening import create, failed, key_entry, memory, new_key, read_key
from .requests import Request, asked, fingerprint
from .settling import release, reverse
from .stores import Store
from .tree import Tiles
from .writer import Job, Writer, become_writer


class Ledger:
    """A ledger that is open for writing; one at a time. Its methods may be called from any thread.

    Args:
        url: ``sqlite:///path`` or ``postgresql://…``; made where there is none yet.
        scope: the division whose bureau determines.
        catalogue: the policies, with the bureau's adoptions.
        key: the file of the key that signs; beside the file of SQLite unless given.

    Raises:
        RequestError: the address, the scope or the key is wrong.
        ServiceError: it is open elsewhere, of a newer schema, or no ledger.
    """

    def __init__(self, url: str, scope: str, catalogue: Catalogue, *, key: str | Path | None = None) -> None:
        self.store = Store(url)
        self._rotating = threading.Lock()  # a new key replaces the one before it
        self.catalogue, self.scope = catalogue, scope
        try:
            signer = self._open(key)
            mark = secrets.token_hex(16)
            become_writer(self.store, mark)
            self._writer = Writer(self.store, self.origin, signer, mark)
        except DBAPIError as error:
            self.store.close()
            raise failed(self.store, error) from None
        except BaseException:
            self.store.close()
            raise

    def _open(self, key: str | Path | None) -> Signer:
        if key is None and self.store.path is None:
            raise RequestError(Problem.of("R0516", "key", detail="--key FILE"))
        self.key_file = Path(key) if key is not None else Path(f"{self.store.path}.key")
        divisions = self.catalogue.folder.vocabulary.divisions
        if self.scope not in divisions:
            raise RequestError(Problem.of("R0517", "scope", given=self.scope))
        self.store.hold()
        with self.store.reading() as connection:
            is_new = not inspect(connection).get_table_names()  # what holds something else is left as it is
        signer = create(self.store, self.scope, self.key_file) if is_new else None
        with self.store.reading() as connection:
            kept = memory(connection)
        if kept["scope"] != self.scope:
            raise RequestError(Problem.of("R0518", "scope", given=self.scope, wanted=kept["scope"]))
        self.origin = kept["origin"]
        signer = signer or read_key(self.key_file, self.origin)
        if signer.verifier != self.verifiers()[-1]:
            raise RequestError(Problem.of("R0519", str(self.key_file)))
        return signer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Commit what waits, and let go of the ledger."""
        self._writer.close()
        self.store.close()

    # — what is asked —

    def determine(
        self,
        policy: str,
        facts: Mapping[str, Any],
        *,
        request: str,
        readings: Mapping[str, str] | None = None,
        on: str | None = None,
    ) -> Answer:
        """Determine a claim and record it. The same request again has the same answer, and no further effect.

        Raises:
            RequestError: nothing can be paid from it, or the request id has another content; all reasons.
            FactsError: the facts do not fit; all problems.
            ServiceError: too much waits, or the store failed; nothing is known to be recorded, so ask again.
        """
        claim = Claim(policy, as_facts(facts), as_readings(readings), on)
        made = asked(self.scope, "determine", request)
        job = Job(
            made,
            lambda batch: determine(batch, self.catalogue, self.scope, claim, made),
            lambda batch, position: fingerprint_again(batch, claim, position),
            identifiers=tuple(value for value in claim.facts.values() if isinstance(value, str)),
        )
        return self._writer.submit(job).result()

    def validate(
        self,
        policy: str,
        facts: Mapping[str, Any],
        *,
        readings: Mapping[str, str] | None = None,
        on: str | None = None,
    ) -> dict[str, Any]:
        """What `determine` would record now, as plain data; nothing is recorded.

        Raises:
            RequestError, FactsError: as `determine`.
        """
        claim = Claim(policy, as_facts(facts), as_readings(readings), on)
        with self.store.reading() as connection:
            size = connection.scalar(select(t.HEAD.c.size)) or 0
            batch = Batch(connection, size, Tiles(connection, size))
            return determine(batch, self.catalogue, self.scope, claim, None)[-1].body

    def reverse(self, position: int, *, request: str, why: str) -> Answer:
        """Cancel a determination or a release; what it used of caps is free again.

        Raises:
            RequestError: there is nothing to cancel, or the request id has another content.
        """
        made = Request(asked(self.scope, "reverse", request), fingerprint([position, why]))
        job = Job(
            made.asked,
            lambda batch: reverse(batch, self.scope, position, why, made),
            lambda _, __: made.fingerprint,
        )
        return self._writer.submit(job).result()

    def release(
        self,
        award: int,
        instalment: str,
        facts: Mapping[str, Any] | None = None,
        *,
        request: str,
        on: dt.date | str | None = None,
    ) -> Answer:
        """Release an instalment of a determination: it is paid, lapses or waits.

        Raises:
            RequestError: there is no such award or instalment, it is settled, or the request id has another content.
            FactsError: the facts do not fit; all problems.
        """
        day = None if on is None else day_of(on)
        given = as_facts(facts)
        made = Request(asked(self.scope, "release", request), fingerprint([award, instalment, given, day]))
        job = Job(
            made.asked,
            lambda batch: release(batch, self.catalogue, self.scope, award, instalment, given, day, made),
            lambda _, __: made.fingerprint,
        )
        return self._writer.submit(job).result()

    def erase(self, person: str, *, ground: str, retention: str, on: dt.date | str, request: str) -> Answer:
        """Erase an identifier: afterwards nobody can tell whose entries they are. The entries stay.

        Args:
            ground: by which law or decision.
            retention: how the duty to keep vouchers was settled, which the ledger does not decide.
            on: the day by which a cap of that person counts as open.

        Raises:
            RequestError: nobody has it, a cap is open or for life, or something is left unsaid; all reasons.
        """
        day = day_of(on)
        made = Request(asked(self.scope, "erase", request), fingerprint([ground, retention, day]))
        job = Job(
            made.asked,
            lambda batch: erase(batch, self.catalogue, person, ground, retention, day, made),
            lambda _, __: made.fingerprint,
        )
        return self._writer.submit(job).result()

    def rotate_key(self, key: str | Path) -> Verifier:
        """Sign with a new key from now on; the change is an entry, and the checkpoint above it has both signatures.

        Args:
            key: the file of the new key, which must not be there yet.

        Raises:
            RequestError: the file cannot be written.
        """
        with self._rotating:
            old, new = self._writer.signer, new_key(Path(key), self.origin)
            job = Job(None, lambda _: [key_entry(new.verifier, old.verifier)], signers=(old, new))
            self._writer.submit(job).result()
        return new.verifier

    # — what is there —

    def answer(self, position: int) -> Answer:
        """The answer with which the entry at a position was given.

        Raises:
            RequestError: there is none.
        """
        with self.store.reading() as connection:
            size = connection.scalar(select(t.HEAD.c.size)) or 0
            found = answer_at(connection, position) if 0 <= position < size else None
        if found is None:
            raise RequestError(Problem.of("R0507", "entry", given=str(position), allowed="0…"))
        return found

    def explanation(self, answer: Answer) -> Explanation:
        """Why a determination is what it is: its calculation, and what was left of each cap.

        Raises:
            RequestError: it is no determination, or a text that it names is not in the catalogue.
        """
        if answer.body["kind"] != "determination":
            raise RequestError(Problem.of("R0507", "entry", given=str(answer.position), allowed="determination"))
        return explained(self.catalogue, answer.position, answer.body)

    def backup(self, target: str | Path) -> int:
        """Copy the ledger as it is now into a new file of SQLite, while it is written to; how many entries it has.

        Raises:
            RequestError: there is such a file already, or it cannot be written.
        """
        return copy(self.store, Path(target))

    def entries(
        self, first: int = 0, limit: int = 100, *, kinds: tuple[str, ...] = ()
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        """The entries from a position on; with `kinds`, those of these kinds alone."""
        with self.store.reading() as connection:
            c = t.ENTRIES.c
            wanted = select(c.position, c.body).where(c.position >= first)
            if kinds:
                wanted = wanted.where(c.kind.in_(kinds))
            found = connection.execute(wanted.order_by(c.position).limit(limit)).all()
        for row in found:
            yield row.position, json.loads(row.body)

    def checkpoint(self) -> str:
        """The latest signed note."""
        with self.store.reading() as connection:
            c = t.CHECKPOINTS.c
            return str(connection.scalar(select(c.note).order_by(c.size.desc()).limit(1)))

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """The proof that the log of `old` entries is the beginning of that of `new`.

        Raises:
            RequestError: it never had so many.
        """
        with self.store.reading() as connection:
            size = connection.scalar(select(t.HEAD.c.size)) or 0
            if not 0 <= old <= new <= size:
                raise RequestError(Problem.of("R0507", "entry", given=f"{old}, {new}", allowed=f"0…{size}"))
            return tuple(consistency_proof(old, new, Tiles(connection, new).node))

    def verifiers(self) -> list[Verifier]:
        """Every key that signed, from the first on."""
        with self.store.reading() as connection:
            c = t.ENTRIES.c
            bodies = connection.scalars(select(c.body).where(c.kind == "key").order_by(c.position)).all()
        return [Verifier.read(json.loads(body)["key"]) for body in bodies]
