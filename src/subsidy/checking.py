"""Checking a folder of policies: every module, its examples, and what stands beside them, in one report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from .bases import Bases
from .calculation.examples import run_examples
from .calculation.policy import Policy
from .calculation.rising import falls
from .catalogue.entry import Entry
from .catalogue.folder import Folder
from .catalogue.vocabulary import Vocabulary
from .errors import CatalogueError, PolicyError, Problem, Problems, hint
from .programmes import ProgrammeFolder

T = TypeVar("T")


class Checked(Protocol):
    """Remembers which modules were found sound, so that they need not be compiled again."""

    def holds(self, entry: Entry, vocabulary: Vocabulary) -> bool:
        """Whether a module was found sound before, in this very text."""
        ...

    def keep(self, entry: Entry, vocabulary: Vocabulary) -> None:
        """Remember that a module is sound, and has no warning."""
        ...


class Checking:
    """One check of a folder. `compiled` makes the policy of a module, as its own text has it."""

    def __init__(self, folder: Folder, compiled: Callable[[Entry], Policy], checked: Checked | None) -> None:
        self.folder, self.compiled, self.checked = folder, compiled, checked
        self.problems = Problems()
        self.sound: dict[str, list[Entry]] = {}

    def check(
        self, programmes: ProgrammeFolder, bases: Bases, each: Callable[[Iterable[str]], Iterable[str]]
    ) -> tuple[Problem, ...]:
        """Go through all of it, policy by policy; `each` sees their ids pass. Gives back the warnings.

        Raises:
            CatalogueError, PolicyError: with all problems found, warnings among them.
        """
        for policy_id in each(self.folder.ids):
            self._versions(policy_id)
        for entry in (entry for entries in self.sound.values() for entry in entries):
            self._ledger(entry)
        programmes.check(self._policies, self.problems)
        bases.check(self._policies, self.folder.ids, self.problems)
        self._noted(self.folder.check_lock)
        found = self.problems.errors()
        if found:
            kind = CatalogueError if all(problem.code[0] in "CA" for problem in found) else PolicyError
            raise kind(self.problems.found)
        return self.problems.warnings()

    def _policies(self, policy_id: str) -> list[Policy]:
        """Every sound version of a policy."""
        return [self.compiled(entry) for entry in self.sound.get(policy_id, ())]

    def _versions(self, policy_id: str) -> None:
        before = len(self.problems.errors())
        entries = self.folder.readable(policy_id, self.problems)
        is_whole = len(self.problems.errors()) == before
        for entry in entries:
            if not entry.is_repeal and self._noted(lambda entry=entry: self._is_sound(entry, is_whole)):  # type: ignore[misc]
                self.sound.setdefault(policy_id, []).append(entry)

    def _is_sound(self, entry: Entry, is_whole: bool) -> bool:
        """Compile a module and run its examples, unless that was done before.

        Where a version of the policy could not be read as it stands, no example is judged by what was put in its place.
        """
        vocabulary = self.folder.vocabulary
        if is_whole and self.checked is not None and self.checked.holds(entry, vocabulary):
            return True
        policy, before = self.compiled(entry), len(self.problems.found)
        for warning in policy.program.warnings:
            self.problems.take(warning)
        if is_whole:
            run_examples(policy, self.problems)
            for fall in falls(policy):
                self.problems.take(fall)
        if is_whole and self.checked is not None and len(self.problems.found) == before:
            self.checked.keep(entry, vocabulary)
        return True

    def _noted(self, work: Callable[[], T]) -> T | None:
        try:
            return work()
        except (CatalogueError, PolicyError) as error:
            for problem in error.problems:
                self.problems.take(problem)
            return None

    def _ledger(self, entry: Entry) -> None:
        """A fact from the ledger about the claims of another policy names one that there is."""
        for name, fact in entry.module.facts.items():
            other = fact.from_ledger.policy if fact.from_ledger else None
            if other and other not in self.folder.ids:
                place = entry.origin.place(("facts", name, "from_ledger", "policy"))
                near = hint(other, self.folder.ids)
                self.problems.add("C0125", place.key, place=place, given=other, **near)
