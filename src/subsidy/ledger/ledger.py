"""The ledger of a bureau: claims are determined, reversed and released, each once, and every answer can be proved."""

from __future__ import annotations

import datetime as dt
import json
import secrets
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from ..calculation.explanation import Explanation
from ..calculation.readers import as_facts, as_readings
from ..errors import Problem, RequestError, ServiceError, SubsidyError
from ..policies import Catalogue, day_of
from . import tables as t
from .answers import Answer
from .batch import Batch
from .condition import condition
from .determining import Claim, determine, fingerprint_again
from .erasing import erase, is_erased
from .explaining import explained
from .jobs import One
from .migrations import bring_up
from .notes import Signer, Verifier
from .opening import create, faults, is_empty, is_there, key_entry, memory, new_key, read_key
from .reading import Reader
from .requests import Request, asked, fingerprint
from .rosters import CHUNK, Outcome, Roster, Rows, checked
from .settling import release, reverse
from .stores import Store
from .tree import Tiles
from .writer import Writer, become_writer

_TOGETHER: Final = 64  # requests on their way at a time, of one caller


class Ledger(Reader):
    """A ledger that is open for writing; one at a time. Its methods may be called from any thread.

    Args:
        url: ``sqlite:///path`` or ``postgresql://…``; made where there is none yet.
        scope: the division whose bureau determines; without one, that of a ledger that is there.
        catalogue: the policies, with the bureau's adoptions.
        key: the file of the key that signs; beside the file of SQLite unless given.
        is_new: whether it is to be made; unless given, made where there is none and a scope is given.

    Raises:
        RequestError: the address, the scope or the key is wrong, or one that is to be made is there.
        ServiceError: it is open elsewhere, of a newer schema, or no ledger.
    """

    def __init__(
        self,
        url: str,
        scope: str | None,
        catalogue: Catalogue,
        *,
        key: str | Path | None = None,
        is_new: bool | None = None,
    ) -> None:
        self.store = Store(url)
        self._rotating = threading.Lock()  # a new key replaces the one before it
        self.catalogue = catalogue
        with faults(self.store):
            signer = self._open(scope, key, is_new)
            mark = secrets.token_hex(16)
            become_writer(self.store, mark)
            self._writer = Writer(self.store, self.origin, signer, mark)

    def _open(self, scope: str | None, key: str | Path | None, wanted: bool | None) -> Signer:
        if key is None and self.store.path is None:
            raise RequestError(Problem.of("R0516", "key", detail="--key FILE"))
        self.key_file = Path(key) if key is not None else Path(f"{self.store.path}.key")
        divisions = self.catalogue.folder.vocabulary.divisions
        if scope is None:
            wanted = False
        elif scope not in divisions:
            raise RequestError(Problem.of("R0517", "scope", given=scope))
        if wanted is False and not is_there(self.store):
            raise ServiceError(Problem.of("S0306", self.store.shown))
        self.store.hold()
        is_new = wanted is not False and is_empty(self.store)
        if wanted and not is_new:
            raise RequestError(Problem.of("R0525", self.store.shown))
        signer = create(self.store, scope, self.key_file) if is_new and scope else None
        with self.store.reading() as connection:
            kept = memory(self.store, connection)
        if int(kept["schema"]) < t.SCHEMA:
            with self.store.writing() as connection:
                bring_up(connection, int(kept["schema"]))
        self.scope, self.origin = kept["scope"], kept["origin"]
        if scope not in (None, self.scope):
            raise RequestError(Problem.of("R0518", "scope", given=str(scope), wanted=self.scope))
        if self.scope not in divisions:
            raise RequestError(Problem.of("R0517", "scope", given=self.scope))
        signer = signer or read_key(self.key_file, self.origin)
        if signer.verifier != self.verifiers()[-1]:
            raise RequestError(Problem.of("R0519", str(self.key_file)))
        return signer

    def close(self) -> None:
        """Commit what waits, and let go of the ledger."""
        self.store.close(is_answering=self._writer.close())

    def condition(self, least: int = 0) -> dict[str, Problem]:
        """What keeps claims from being determined just now, by what it is of: writer, disk, ledger; empty if nothing.

        Args:
            least: bytes that the disk of a file must have free.
        """
        return dict(condition(self.store, self._writer, least))

    # — what is asked —

    def determine(
        self,
        policy: str,
        facts: Mapping[str, Any],
        *,
        request: str,
        readings: Mapping[str, str] | None = None,
        on: str | None = None,
        under: Catalogue | None = None,
    ) -> Answer:
        """Determine a claim and record it. The same request again has the same answer, and no further effect.

        Args:
            under: the policies; those of the ledger unless given.

        Raises:
            RequestError: nothing can be paid from it, or the request id has another content; all reasons.
            FactsError: the facts do not fit; all problems.
            ServiceError: too much waits, or the store failed; nothing is known to be recorded, so ask again.
        """
        claim = Claim(policy, as_facts(facts), as_readings(readings), on)
        return self._writer.told(self._submitted(claim, request, under))

    def _submitted(self, claim: Claim, request: str, under: Catalogue | None = None) -> Future[Answer]:
        made, catalogue = asked(self.scope, "determine", request), under or self.catalogue
        job = One(
            made,
            lambda batch: determine(batch, catalogue, self.scope, claim, made),
            lambda batch, position: fingerprint_again(batch, claim, position),
            identifiers=tuple(value for value in claim.facts.values() if isinstance(value, str)),
        )
        return self._writer.submit(job)

    def check_roster(self, roster: Roster) -> Iterator[int | SubsidyError | None]:
        """For each claim of a roster its entry, where it has one, or why it can have none; None: it can be determined.

        Nothing is recorded.

        Raises:
            RequestError: the name of the batch is none.
        """
        roster.check_name(self.scope)
        return checked(roster, self.catalogue, self.scope, self._batch)

    def determine_roster(self, roster: Roster, claims: Iterable[Claim]) -> Iterator[Outcome | SubsidyError]:
        """Determine claims of a roster, in order, many in one transaction; what was determined before is as it was.

        Some are on their way before the first is answered: where `claims` ends early, what was begun is still answered.

        Raises:
            RequestError: the name of the batch is none.
        """
        roster.check_name(self.scope)
        rest, waiting = iter(claims), deque[tuple[int, Future[list[Outcome | SubsidyError]]]]()
        while (chunk := list(islice(rest, CHUNK))) or waiting:
            if chunk:
                waiting.append((len(chunk), self._sent(Rows(self.catalogue, self.scope, roster, chunk))))
            if len(waiting) > 1 or not chunk:
                rows, future = waiting.popleft()
                try:
                    yield from self._writer.told(future)
                except SubsidyError as error:
                    yield from [error] * rows

    def _sent(self, job: Rows) -> Future[list[Outcome | SubsidyError]]:
        """What will come of rows; where nothing can be submitted any more, that is what came."""
        try:
            return self._writer.submit(job)
        except SubsidyError as error:
            job.done.set_exception(error)
            return job.done

    def validate(
        self,
        policy: str,
        facts: Mapping[str, Any],
        *,
        readings: Mapping[str, str] | None = None,
        on: str | None = None,
        under: Catalogue | None = None,
    ) -> dict[str, Any]:
        """What `determine` would record now, as plain data; nothing is recorded.

        Raises:
            RequestError, FactsError: as `determine`.
        """
        claim = Claim(policy, as_facts(facts), as_readings(readings), on)
        with self._batch() as batch:
            entry = determine(batch, under or self.catalogue, self.scope, claim, None)[-1]
        return {**entry.body, "receipt": json.loads(entry.receipt)}

    @contextmanager
    def _batch(self) -> Iterator[Batch]:
        """The ledger as it is now, to decide against without recording."""
        with self._reading() as connection:
            size = connection.scalar(select(t.HEAD.c.size)) or 0
            yield Batch(connection, size, Tiles(connection, size))

    def reverse(self, position: int, *, request: str, why: str) -> Answer:
        """Cancel a determination or a release; what it used of caps is free again.

        Raises:
            RequestError: there is nothing to cancel, or the request id has another content.
        """
        return self._writer.told(self._reversed(position, request, why))

    def _reversed(self, position: int, request: str, why: str) -> Future[Answer]:
        made = Request(asked(self.scope, "reverse", request), fingerprint([position, why]))
        job = One(
            made.asked,
            lambda batch: reverse(batch, self.scope, position, why, made),
            lambda _, __: made.fingerprint,
        )
        return self._writer.submit(job)

    def reverse_each(self, reversals: Iterable[tuple[int, str, str]]) -> Iterator[Answer]:
        """Cancel entries in their order: position, request and why of each. Some are on their way at a time.

        Raises:
            RequestError: as `reverse`; some behind the one that is refused may be recorded.
        """
        return self._in_order(self._reversed(*each) for each in reversals)

    def determine_each(self, claims: Iterable[tuple[Claim, str]]) -> Iterator[Answer]:
        """Determine claims in their order, each with a request of its own. Some are on their way at a time.

        Raises:
            RequestError, FactsError, ServiceError: as `determine`; some behind the one that is refused may be recorded.
        """
        return self._in_order(self._submitted(claim, request) for claim, request in claims)

    def _in_order(self, begun: Iterator[Future[Answer]]) -> Iterator[Answer]:
        """What comes of requests in their order, of which some wait for one commit together."""
        waiting = deque[Future[Answer]]()
        for each in begun:
            waiting.append(each)
            if len(waiting) >= _TOGETHER:
                yield self._writer.told(waiting.popleft())
        while waiting:
            yield self._writer.told(waiting.popleft())

    def release(
        self,
        award: int,
        instalment: str,
        facts: Mapping[str, Any] | None = None,
        *,
        request: str,
        on: dt.date | str | None = None,
        under: Catalogue | None = None,
    ) -> Answer:
        """Release an instalment of a determination: it is paid, lapses or waits.

        Args:
            under: the policies; those of the ledger unless given.

        Raises:
            RequestError: there is no such award or instalment, it is settled, or the request id has another content.
            FactsError: the facts do not fit; all problems.
        """
        day = None if on is None else day_of(on)
        given = as_facts(facts)
        made = Request(asked(self.scope, "release", request), fingerprint([award, instalment, given, day]))
        catalogue = under or self.catalogue
        job = One(
            made.asked,
            lambda batch: release(batch, catalogue, self.scope, award, instalment, given, day, made),
            lambda _, __: made.fingerprint,
        )
        return self._writer.told(self._writer.submit(job))

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
        job = One(
            made.asked,
            lambda batch: erase(batch, self.catalogue, person, ground, retention, day, made),
            lambda batch, position: made.fingerprint if is_erased(batch, person, position) else b"",
        )
        return self._writer.told(self._writer.submit(job))

    def rotate_key(self, key: str | Path) -> Verifier:
        """Sign with a new key from now on; the change is an entry, and the checkpoint above it has both signatures.

        Args:
            key: the file of the new key, which must not be there yet.

        Raises:
            RequestError: the file cannot be written.
            ServiceError: the store failed; whether the new key signs from now on, `verifiers` says.
        """
        with self._rotating:
            old, new = self._writer.signer, new_key(Path(key), self.origin)
            job = One(None, lambda _: [key_entry(new.verifier, old.verifier)], signers=(old, new))
            self._writer.told(self._writer.submit(job))
        return new.verifier

    def explanation(self, answer: Answer) -> Explanation:
        """Why a determination is what it is: its calculation, and what was left of each cap.

        Raises:
            RequestError: it is no determination, or a text that it names is not in the catalogue.
        """
        if answer.body["kind"] != "determination":
            raise RequestError(Problem.of("R0507", "entry", given=str(answer.position), allowed="determination"))
        return explained(self.catalogue, answer.position, answer.body)
