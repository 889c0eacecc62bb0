"""The catalogue: policies by id and date, compiled when they are first asked for."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .calculation.policy import Policy
from .calculation.readers import as_facts
from .calculation.result import Result
from .catalogue.entry import Entry
from .catalogue.folder import Folder
from .catalogue.versions import DAY, known_versions, pick, since, span_of
from .errors import CatalogueError, FactsError, PolicyError, Problem, Problems, RequestError
from .language.compiler import compile_module
from .language.program import Program

if TYPE_CHECKING:  # a single calculation needs none of these, and a fresh process should not wait for them
    from .bases import Bases
    from .calculation.months import Months
    from .calculation.programme import ProgrammeResult
    from .calculation.programme_replay import ProgrammeReplay
    from .calculation.receipt import Receipt
    from .calculation.release import Release
    from .calculation.release_replay import ReleaseReplay
    from .calculation.replay import Replay
    from .calculation.standing import Standing
    from .checking import Checked
    from .programmes import Programme, ProgrammeFolder


def shipped_folder() -> Path:
    """The folder of the policies that come with this package."""
    inside = Path(__file__).resolve().parent / "_policies"
    return inside if inside.is_dir() else Path(__file__).resolve().parents[2] / "policies"


class Catalogue:
    """A folder of policies. Reading and compiling are done when asked for, and kept.

    Args:
        folder: the policies; the shipped ones unless given.
        adoptions: a bureau's own folder of adoptions. Where one is in force, `calculate` answers under it.

    Raises:
        CatalogueError: there is no such folder, or its lock cannot be read.
    """

    def __init__(self, folder: str | Path | None = None, adoptions: str | Path | None = None) -> None:
        self.folder = Folder(Path(folder) if folder is not None else shipped_folder())
        self._adoptions = Path(adoptions) if adoptions is not None else None
        if self._adoptions is not None and not self._adoptions.is_dir():
            raise CatalogueError(Problem("A0101", str(adoptions)))
        self._programs: dict[str, Program] = {}
        self._compiled: dict[tuple[str, dt.date, dt.date | None], Policy] = {}
        self._by_digest: dict[str, Policy] = {}
        self._latest: dict[str, Policy] = {}
        self._beside: dict[tuple[Policy, Standing], Policy] = {}

    @cached_property
    def bases(self) -> Bases:
        """What stands beside the policies: texts that fill what they delegate, and a bureau's adoptions."""
        from .bases import Bases

        return Bases(self.folder, self._adoptions, self._alone_by_digest)

    @cached_property
    def programmes(self) -> ProgrammeFolder:
        """The programmes that put policies together."""
        from .programmes import ProgrammeFolder

        return ProgrammeFolder(self.folder, self.dated, self.modules)

    def keep(self) -> None:
        """Read every file now: whatever becomes of the folders, what it answers is what they say at this moment.

        Raises:
            OSError: a file cannot be read.
        """
        self.folder.keep()
        if self.bases.adoptions is not None:
            self.bases.adoptions.keep()

    @property
    def ids(self) -> list[str]:
        """Every policy id, sorted."""
        return list(self.folder.ids)

    def versions(self, policy_id: str) -> tuple[Policy, ...]:
        """Every version and revision of a policy that pays, by the day from which it applies.

        Raises:
            RequestError: there is no such policy.
            CatalogueError, PolicyError: a module is not what its lock says, or not sound.
        """
        entries = self.folder.entries(policy_id)
        return tuple(self._policy(entry, entries) for entry in entries if not entry.is_repeal)

    def modules(self, policy_id: str) -> tuple[Policy, ...]:
        """As `versions`, but each as its own text has it, whatever came after: what its examples are about.

        Raises:
            RequestError, CatalogueError, PolicyError: as `versions`.
        """
        return tuple(self._by_itself(entry) for entry in self.folder.entries(policy_id) if not entry.is_repeal)

    def policy(self, policy_id: str, on: dt.date | str | None = None, known: dt.date | str | None = None) -> Policy:
        """The version of a policy that applies on a day, among those published by `known`, or among all.

        Without a day, the latest version that pays.

        Raises:
            RequestError: there is no such policy, none of its versions applies on that day, or it was abolished.
            CatalogueError, PolicyError: a module is not what its lock says, or not sound.
        """
        if on is None and known is None and policy_id in self._latest:
            return self._latest[policy_id]
        entries = self.folder.entries(policy_id)
        day = None if on is None else day_of(on)
        by = None if known is None else day_of(known, "known")
        found = self._policy(pick(entries, day, by), entries, by)
        if on is None and known is None:
            self._latest[policy_id] = found  # asked for with every calculation
        return found

    def by_digest(self, digest: str) -> Policy | None:
        """The policy whose module has this digest; None where the folder does not have it."""
        alone = self._alone_by_digest(digest)
        return alone and self._standing(alone)

    def _alone_by_digest(self, digest: str) -> Policy | None:
        if digest not in self._by_digest:
            entry = self.folder.by_digest(digest)
            if entry is None or entry.is_repeal:
                return None
            self._by_digest[digest] = self._by_itself(entry)
        return self._by_digest[digest]

    def calculate(
        self,
        policy_id: str,
        facts: Mapping[str, Any] | None = None,
        /,
        *,
        readings: Mapping[str, str] | None = None,
        on: dt.date | str | None = None,
        known: dt.date | str | None = None,
        **more: Any,
    ) -> Result:
        """Pick the version by the facts' own date (or by `on`), as published by `known`, and calculate.

        Raises:
            RequestError, FactsError: see `policy` and `Policy.calculate`.
        """
        given = {**as_facts(facts), **more}
        return self.dated(policy_id, given, on, readings, known).calculate(given, readings=readings)

    def dated(
        self,
        policy_id: str,
        facts: Mapping[str, Any],
        on: dt.date | str | None = None,
        readings: Mapping[str, str] | None = None,
        known: dt.date | str | None = None,
    ) -> Policy:
        """The version that the facts' own date picks, or `on` where it is given, as published by `known`.

        Where that date is missing or wrong, the latest version is taken, which then reports it with everything else.

        Raises:
            RequestError: no version applies on that day; with everything that is wrong with the facts.
        """
        if on is not None:
            return self.policy(policy_id, on, known)
        latest = self.policy(policy_id, known=known)
        day = latest.date_of(facts)
        if day is None or latest.applies_on(day):
            return latest
        try:
            return self.policy(policy_id, day, known)
        except RequestError as none:
            try:
                latest.calculate_again(facts, readings or {})
            except FactsError as wrong:
                raise FactsError([*none.problems, *wrong.problems]) from None
            raise

    def calculate_months(
        self,
        policy_id: str,
        months: tuple[str, str],
        facts: Mapping[str, Any] | None = None,
        /,
        *,
        fact: str | None = None,
        readings: Mapping[str, str] | None = None,
        known: dt.date | str | None = None,
        **more: Any,
    ) -> Months:
        """Calculate each month of a span, both ends in, under the version of its own time, and add.

        Args:
            fact: the fact that is the month, left out of `facts`; the one that picks the version unless given.

        Raises:
            RequestError, FactsError: as `calculate`, but a month without a version is no error: it is listed.
        """
        from .calculation.months import calculate_months

        dated_by = self.policy(policy_id, known=known).program.dated_by
        fact = fact or dated_by

        def version(given: Mapping[str, Any], day: dt.date) -> Policy:
            if fact == dated_by:
                return self.policy(policy_id, day, known)
            return self.dated(policy_id, given, None, readings, known)

        return calculate_months(policy_id, months, {**as_facts(facts), **more}, fact, readings, version)

    def programme(
        self, programme_id: str, on: dt.date | str | None = None, known: dt.date | str | None = None
    ) -> Programme:
        """The version of a programme that is in force on a day, among those published by `known`, or among all.

        Without a day, the latest. Its members too are calculated by what was known by that day.

        Raises:
            RequestError: there is no such programme, or none of its versions is in force on that day.
            CatalogueError, PolicyError: it is not sound, or the policies of its members are not.
        """
        by = None if known is None else day_of(known, "known")
        return self.programmes.programme(programme_id, None if on is None else day_of(on), by)

    def calculate_programme(
        self,
        programme_id: str,
        facts: Mapping[str, Mapping[str, Any]],
        /,
        *,
        readings: Mapping[str, Mapping[str, str]] | None = None,
        on: dt.date | str | None = None,
        known: dt.date | str | None = None,
    ) -> ProgrammeResult:
        """Pick the version by the claims' own days (or by `on`), as published by `known`, and calculate.

        Raises:
            RequestError, FactsError: see `programme` and `Programme.calculate`.
        """
        if on is not None:
            return self.programme(programme_id, on, known).calculate(facts, readings=readings)
        by = None if known is None else day_of(known, "known")
        return self.programmes.dated(programme_id, facts, by).calculate(facts, readings=readings)

    def release(
        self,
        receipt: Receipt | bytes | str,
        instalment: str,
        facts: Mapping[str, Any] | None = None,
        /,
        *,
        on: dt.date | str | None = None,
        **more: Any,
    ) -> Release:
        """Whether an instalment of a claim is paid: see `Policy.release`.

        Raises:
            RequestError, FactsError: it is no receipt, no module here has its digest, or see `Policy.release`.
        """
        from .calculation.receipt import Receipt, read_receipt

        award = receipt if isinstance(receipt, Receipt) else read_receipt(receipt)
        day = None if on is None else day_of(on)
        return self.policy_of(award).release(award, instalment, facts, on=day, **more)

    def policy_of(self, receipt: Receipt) -> Policy:
        """The policy as it stood for a receipt: its text, with the adoption and the texts of lower levels it names.

        Raises:
            RequestError: one of them is not here.
        """
        policy = self._alone_by_digest(receipt.policy.digest)
        if policy is None:
            raise RequestError(Problem("R0202", "policy.digest", {"given": receipt.policy.digest}))
        return self.bases.of_receipt(policy, receipt)

    def replay(self, receipt: Receipt | bytes | str) -> Replay:
        """Compute a receipt again under the digest it names.

        Raises:
            RequestError: it is no receipt, or no module here has that digest.
        """
        from .calculation.receipt import Receipt, read_receipt
        from .calculation.replay import replay

        read = receipt if isinstance(receipt, Receipt) else read_receipt(receipt)
        found = replay(read, self._alone_by_digest, self.bases.of_receipt)
        try:
            entries = self.folder.entries(found.policy.id)
        except (CatalogueError, PolicyError):  # what else is there need not be sound
            entries = self.folder.readable(found.policy.id, Problems())
        day = found.policy.date_of(found.result.facts)
        return dataclasses.replace(found, notes=(*found.notes, *since(entries, found.policy.path, day)))

    def replay_release(self, receipt: bytes | str) -> ReleaseReplay:
        """Compute the receipt of a release again: the claim in it, then the release of its instalment.

        Raises:
            RequestError, FactsError: it is no such receipt, or see `replay` and `release`.
        """
        from .calculation.release_replay import read_release_receipt, replay_release

        read = read_release_receipt(receipt)
        return replay_release(read, None if read.on is None else day_of(read.on), self.replay)

    def replay_programme(self, receipt: bytes | str) -> ProgrammeReplay:
        """Compute a programme's receipt again: each member's under the digests it names, and the programme's own.

        Raises:
            RequestError: it is no such receipt, or nothing here has a digest that it names.
        """
        return self.programmes.replay(receipt, self.replay)

    def companion_digests(self) -> dict[str, str]:
        """The digest of every text and programme that stands beside the policies, by its path."""
        from .catalogue.companions import read_fillings, read_programmes

        problems = Problems()
        digests = {entry.path: entry.digest for entry in read_fillings(self.folder, problems)}
        digests |= {entry.path: entry.digest for entry in read_programmes(self.folder, problems)}
        problems.raise_as(PolicyError)
        return digests

    def __iter__(self) -> Iterator[Policy]:
        for policy_id in self.ids:
            yield from self.versions(policy_id)

    def check(
        self, checked: Checked | None = None, each: Callable[[Iterable[str]], Iterable[str]] = iter
    ) -> tuple[Problem, ...]:
        """Compile every module and run its examples; every problem of every file in one report.

        Gives back the warnings: what the author should look at, and what stops nobody. What `checked` remembers as
        sound is not compiled again; `each` sees the ids of the policies pass, as a progress bar does.

        Raises:
            CatalogueError, PolicyError: with all problems found, warnings among them.
        """
        from .checking import Checking

        return Checking(self.folder, self._by_itself, checked).check(self.programmes, self.bases, each)

    def _policy(self, entry: Entry, entries: tuple[Entry, ...], known: dt.date | None = None) -> Policy:
        return self._standing(self._alone(entry, entries, known), known)

    def _standing(self, alone: Policy, known: dt.date | None = None) -> Policy:
        """The policy beside the adoptions and the texts of lower levels that there are, or were known by a day."""
        if self._adoptions is None and not self.folder.companions:
            return alone
        stands = self.bases.standing(alone.id, known)
        if stands is None:
            return alone
        found = self._beside.get((alone, stands))
        if found is None:
            stands.texts(alone)  # a text that does not fit is found now, not in the middle of a claim
            found = self._beside[alone, stands] = Policy(
                alone.entry, alone.program, alone.vocabulary, alone.last_day, standing=stands, first_day=alone.first_day
            )
        return found

    def _alone(self, entry: Entry, entries: tuple[Entry, ...], known: dt.date | None = None) -> Policy:
        """A version beside the others that are known, which may end it or put it off."""
        span = span_of(entry, known_versions(entries, known))
        first, last = (span.first, span.last) if span else (entry.start, entry.start - DAY)
        key = (entry.digest, first, last)
        if key not in self._compiled:
            vocabulary = self.folder.vocabulary
            self._compiled[key] = Policy(entry, self._program(entry), vocabulary, last, first_day=first)
        return self._compiled[key]

    def _by_itself(self, entry: Entry) -> Policy:
        """A version as its own text has it, whatever came after."""
        return Policy(entry, self._program(entry), self.folder.vocabulary, entry.head.valid.until)

    def _program(self, entry: Entry) -> Program:
        if entry.digest not in self._programs:
            self._programs[entry.digest] = compile_module(entry, self.folder.vocabulary)
        return self._programs[entry.digest]


def day_of(on: dt.date | str, where: str = "on") -> dt.date:
    """A day as callers write it: a date, or text such as 2021-03-29.

    Raises:
        RequestError: it is neither.
    """
    if type(on) is dt.date:
        return on
    if isinstance(on, str) and len(on) == 10:
        with suppress(ValueError):
            day = dt.date.fromisoformat(on)
            if day.isoformat() == on:
                return day
    raise RequestError(Problem.of("R0106", where, given=str(on)))


@cache
def catalogue() -> Catalogue:
    """The shipped catalogue, read once."""
    return Catalogue()
