"""The catalogue: policies by id and date, compiled when they are first asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

from .calculation.policy import Policy
from .calculation.receipt import Receipt, read_receipt
from .calculation.release import Release
from .calculation.replay import Replay, replay
from .calculation.result import Result
from .catalogue.folder import Entry, Folder, in_force, last_day
from .errors import CatalogueError, FactsError, PolicyError, Problem, Problems, RequestError
from .language.compiler import compile_module

T = TypeVar("T")


def shipped_folder() -> Path:
    """The folder of the policies that come with this package."""
    inside = Path(__file__).resolve().parent / "_policies"
    return inside if inside.is_dir() else Path(__file__).resolve().parents[2] / "policies"


class Catalogue:
    """A folder of policies. Reading and compiling are done when asked for, and kept.

    Raises:
        CatalogueError: there is no such folder, or its lock cannot be read.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self.folder = Folder(Path(folder) if folder is not None else shipped_folder())
        self._compiled: dict[str, Policy] = {}
        self._by_digest: dict[str, Policy] = {}

    @property
    def ids(self) -> list[str]:
        """Every policy id, sorted."""
        return list(self.folder.ids)

    def versions(self, policy_id: str) -> tuple[Policy, ...]:
        """Every version and revision of a policy, by the day from which it applies.

        Raises:
            RequestError: there is no such policy.
            CatalogueError, PolicyError: a module is not what its lock says, or not sound.
        """
        entries = self.folder.entries(policy_id)
        return tuple(self._policy(entry, entries) for entry in entries)

    def policy(self, policy_id: str, on: dt.date | str | None = None) -> Policy:
        """The version of a policy that applies on a day; without one, the latest.

        Raises:
            RequestError: there is no such policy, or none of its versions applies on that day.
            CatalogueError, PolicyError: a module is not what its lock says, or not sound.
        """
        entries = self.folder.entries(policy_id)
        if on is None:
            return self._policy(entries[-1], entries)
        return self._policy(in_force(entries, day_of(on)), entries)

    def by_digest(self, digest: str) -> Policy | None:
        """The policy whose module has this digest; None where the folder does not have it."""
        if digest not in self._by_digest:
            entry = self.folder.by_digest(digest)
            if entry is None:
                return None
            program = compile_module(entry, self.folder.vocabulary)
            self._by_digest[digest] = Policy(entry, program, self.folder.vocabulary, entry.document.policy.valid.until)
        return self._by_digest[digest]

    def calculate(
        self,
        policy_id: str,
        facts: Mapping[str, Any] | None = None,
        /,
        *,
        readings: Mapping[str, str] | None = None,
        on: dt.date | str | None = None,
        **more: Any,
    ) -> Result:
        """Pick the version by the facts' own date (or by `on`) and calculate.

        Raises:
            RequestError, FactsError: see `policy` and `Policy.calculate`.
        """
        given = {**(facts or {}), **more}
        return self.dated(policy_id, given, on, readings).calculate(given, readings=readings)

    def dated(
        self,
        policy_id: str,
        facts: Mapping[str, Any],
        on: dt.date | str | None = None,
        readings: Mapping[str, str] | None = None,
    ) -> Policy:
        """The version that the facts' own date picks, or `on` where it is given.

        Where that date is missing or wrong, the latest version is taken, which then reports it with everything else.

        Raises:
            RequestError: no version applies on that day; with everything that is wrong with the facts.
        """
        if on is not None:
            return self.policy(policy_id, on)
        latest = self.policy(policy_id)
        day = latest.date_of(facts)
        if day is None or latest.applies_on(day):
            return latest
        try:
            return self.policy(policy_id, day)
        except RequestError as none:
            try:
                latest.calculate_again(facts, readings or {})
            except FactsError as wrong:
                raise FactsError([*none.problems, *wrong.problems]) from None
            raise

    def release(
        self, receipt: Receipt | bytes | str, instalment: str, facts: Mapping[str, Any] | None = None, /, **more: Any
    ) -> Release:
        """Whether an instalment of a claim is paid: see `Policy.release`.

        Raises:
            RequestError, FactsError: it is no receipt, no module here has its digest, or see `Policy.release`.
        """
        award = receipt if isinstance(receipt, Receipt) else read_receipt(receipt)
        policy = self.by_digest(award.policy.digest)
        if policy is None:
            raise RequestError(Problem("R0202", "policy.digest", {"given": award.policy.digest}))
        return policy.release(award, instalment, facts, **more)

    def replay(self, receipt: Receipt | bytes | str) -> Replay:
        """Compute a receipt again under the digest it names.

        Raises:
            RequestError: it is no receipt, or no module here has that digest.
        """
        return replay(receipt if isinstance(receipt, Receipt) else read_receipt(receipt), self.by_digest)

    def __iter__(self) -> Iterator[Policy]:
        for policy_id in self.ids:
            yield from self.versions(policy_id)

    def check(self) -> None:
        """Compile every module and run its examples; every problem of every file in one report.

        Raises:
            CatalogueError, PolicyError: with all problems found.
        """
        from .calculation.examples import run_examples

        problems = Problems()

        def noted(work: Callable[[], T]) -> T | None:
            try:
                return work()
            except (CatalogueError, PolicyError) as error:
                for problem in error.problems:
                    problems.take(problem)
                return None

        for policy_id in self.ids:
            before = len(problems.errors())
            entries = self.folder.readable(policy_id, problems)
            is_whole = len(problems.errors()) == before
            for entry in entries:
                policy = noted(partial(self._policy, entry, entries))
                if policy is not None and is_whole:
                    run_examples(policy, problems)
        noted(self.folder.check_lock)
        found = problems.errors()
        if found:
            kind = CatalogueError if all(problem.code[0] == "C" for problem in found) else PolicyError
            raise kind(found)

    def _policy(self, entry: Entry, entries: tuple[Entry, ...]) -> Policy:
        found = self._compiled.get(entry.digest)
        if found is None:
            vocabulary = self.folder.vocabulary
            found = Policy(entry, compile_module(entry, vocabulary), vocabulary, last_day(entries, entry))
            self._compiled[entry.digest] = found
        return found


def day_of(on: dt.date | str) -> dt.date:
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
    raise RequestError(Problem.of("R0106", "on", given=str(on)))


@cache
def catalogue() -> Catalogue:
    """The shipped catalogue, read once."""
    return Catalogue()
