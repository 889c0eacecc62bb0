"""What stands beside the policies of a catalogue: texts that fill what they delegate, and a bureau's adoptions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from .calculation.basis import Adoption, Basis, Filling
from .calculation.policy import Policy
from .calculation.receipt import Receipt
from .calculation.standing import Standing, adoption, filling, meet, under
from .catalogue.adoptions import AdoptionEntry, AdoptionFolder
from .catalogue.companions import current, read_fillings, settled
from .catalogue.fillings import FillingEntry
from .catalogue.folder import Folder
from .errors import CatalogueError, PolicyError, Problem, Problems, RequestError, SubsidyError, hint
from .text import Text

ByDigest = Callable[[str], Policy | None]
_DAYS_KEPT: Final = 256


class Bases:
    """The texts and adoptions beside a folder of policies. Files are read when they are asked for, and then kept.

    Raises:
        CatalogueError: there is no such folder of adoptions.
    """

    def __init__(self, folder: Folder, adoptions: Path | None, by_digest: ByDigest) -> None:
        self.folder = folder
        self.adoptions = AdoptionFolder(adoptions) if adoptions is not None else None
        self._by_digest = by_digest
        self._read: dict[str, list[Adoption]] = {}
        self._made: dict[tuple[Any, ...], Standing] = {}
        self._found: dict[tuple[str, dt.date | None], Standing | None] = {}

    def standing(self, policy_id: str, known: dt.date | None = None) -> Standing | None:
        """What stands beside one policy, of what was known by a day, or of all; None where nothing does.

        Raises:
            CatalogueError, PolicyError: an adoption of it, or a text, is not sound; all problems.
        """
        key = (policy_id, known)
        if key not in self._found:
            if len(self._found) >= _DAYS_KEPT:
                self._found.clear()
            self._found[key] = self._standing(policy_id, known)
        return self._found[key]

    def _standing(self, policy_id: str, known: dt.date | None) -> Standing | None:
        """The same for every day on which the same was known, so that no more is kept than there are files."""
        texts = [e for e in current(settled(self._fillings, known)) if e.document.target[0] == policy_id]
        adopted = self.adopted(policy_id, known)
        if not texts and not adopted:
            return None
        named = [(text.digest, text.first, text.last) for text in texts]
        key = (policy_id, *named, *((each.digest, each.first, each.last) for each in adopted))
        return self._made.setdefault(key, Standing(adopted, texts))

    def adopted(self, policy_id: str, known: dt.date | None = None) -> list[Adoption]:
        """The adoptions of one policy, by their first days; of those that were dated by a day, if one is given.

        Raises:
            CatalogueError, PolicyError: one is not sound, or two hold on one day; all problems.
        """
        if policy_id not in self._read:
            problems = Problems()
            found = self._adopted(policy_id, problems)
            _raise(problems)
            self._read[policy_id] = found
        return _ended([each for each in self._read[policy_id] if known is None or each.dated <= known])

    @cached_property
    def _fillings(self) -> tuple[FillingEntry, ...]:
        problems = Problems()
        found = read_fillings(self.folder, problems)
        _raise(problems)
        return found

    def check(self, policies: Callable[[str], Iterable[Policy]], ids: list[str], problems: Problems) -> None:
        """Every problem of every text beside the policies, and of every adoption.

        Args:
            policies: every version of a policy that is sound.
            ids: every policy id.
        """
        for entry in read_fillings(self.folder, problems):
            self.check_text(entry, policies, ids, problems)
        for policy_id in self.adoptions.ids if self.adoptions else ():
            self._adopted(policy_id, problems)

    def check_text(
        self, entry: FillingEntry, policies: Callable[[str], Iterable[Policy]], ids: list[str], problems: Problems
    ) -> None:
        """Every problem of one text beside the versions of the policy that it fills."""
        policy_id = entry.document.target[0]
        if entry.origin.has_broken(("implements",), ("parameters",)):
            return  # it does not say what it fills, which was reported
        if policy_id not in ids:
            place = entry.origin.place(("implements",))
            problems.add("P0801", place.key, place=place, given=policy_id, **hint(policy_id, ids))
            return
        for policy in policies(policy_id):
            if meet(policy, entry):
                filling(policy, entry, problems)

    def of_receipt(self, policy: Policy, receipt: Receipt) -> Policy:
        """The policy as it stood for a receipt, by the digests that the receipt names.

        Raises:
            RequestError: an adoption or a text with that digest is not here.
        """
        named = receipt.basis
        problems: list[Problem] = []
        adopted = None
        if named.adoption is not None:
            adopted = self._adoption_by_digest(policy, named.adoption.digest)
            if adopted is None:
                problems.append(Problem.of("R0203", "basis.adoption.digest", given=named.adoption.digest))
            elif adopted.last is None and named.adoption.until:
                with suppress(ValueError):  # no date: then replay says that it differs
                    adopted = replace(adopted, last=dt.date.fromisoformat(named.adoption.until))  # as it was known then
        texts = []
        for index, text in enumerate(named.texts):
            found = self._text_by_digest(policy, text.digest)
            if found is None:
                problems.append(Problem.of("R0204", f"basis.texts.{index}.digest", given=text.digest))
            else:
                texts.append(found)
        if problems:
            raise RequestError(problems)
        basis = Basis(adopted, tuple(texts), frozenset(named.set_aside))
        return policy if basis == Basis() else under(policy, basis)

    def _adoption_by_digest(self, policy: Policy, wanted: str) -> Adoption | None:
        if self.adoptions is None:
            return None
        for entry in self.adoptions.entries(policy.id, Problems()):
            if entry.digest == wanted:
                problems = Problems()
                found = adoption(policy, entry, problems)
                _raise(problems)
                return found
        return None

    def _text_by_digest(self, policy: Policy, wanted: str) -> Filling | None:
        for entry in read_fillings(self.folder, Problems()):
            if entry.digest == wanted:
                problems = Problems()
                found = filling(policy, entry, problems)
                _raise(problems)
                return found
        return None

    def _adopted(self, policy_id: str, problems: Problems) -> list[Adoption]:
        if self.adoptions is None:
            return []
        entries = sorted(self.adoptions.entries(policy_id, problems), key=lambda entry: entry.first)
        _check_overlaps(entries, problems)
        found = [self.adoption_of(entry, problems) for entry in entries]
        return [each for each in found if each is not None]

    def check_new(self, entry: AdoptionEntry, problems: Problems) -> None:
        """Every problem of an adoption that is about to be written, also beside those that are there."""
        there = list(self.adoptions.entries(entry.document.adoption.policy, Problems())) if self.adoptions else []
        others = [each for each in there if each.path != entry.path]
        _check_overlaps(sorted([*others, entry], key=lambda each: each.first), problems)
        self.adoption_of(entry, problems)

    def adoption_of(self, entry: AdoptionEntry, problems: Problems) -> Adoption | None:
        """An adoption beside the text that it names; None with the problems added where that text is not here."""
        head = entry.document.adoption
        if entry.origin.has_broken(("adoption", "policy"), ("adoption", "digest")):
            return None  # it does not say what it adopts, which was reported
        if head.policy not in self.folder.ids:
            place = entry.origin.place(("adoption", "policy"))
            problems.add("A0102", place.key, place=place, given=head.policy, **hint(head.policy, self.folder.ids))
            return None
        try:
            policy = self._by_digest(head.digest)
        except SubsidyError as error:
            for problem in error.problems:
                problems.take(problem)
            return None
        if policy is None or policy.id != head.policy:
            if self._is_broken(head.policy, problems):
                return None  # which is the cause, and was reported
            place = entry.origin.place(("adoption", "digest"))
            problems.add("A0103", place.key, place=place, given=head.digest, policy=head.policy)
            return None
        return adoption(policy, entry, problems)

    def _is_broken(self, policy_id: str, problems: Problems) -> bool:
        """Whether a module of a policy has an error that was reported: it may be the text that is adopted."""
        files = {problem.place.file if problem.place else problem.where for problem in problems.errors()}
        return any(file in files for file in self.folder.files if file.rpartition("/")[0] == policy_id)


def _check_overlaps(entries: list[AdoptionEntry], problems: Problems) -> None:
    for one, two in pairwise(each for each in entries if not each.origin.has_broken(("adoption", "valid"))):
        if one.last is not None and two.first <= one.last:
            place = two.origin.place(("adoption", "valid", "from"))
            also = (one.origin.also(Text("另一件", "the other one"), ("adoption", "valid")),)
            problems.add("A0110", place.key, place=place, also=also, other=one.path, day=two.first.isoformat())


def _ended(adoptions: Sequence[Adoption]) -> list[Adoption]:
    """Adoptions in order; one without a last day holds until the day before the next one begins."""
    firsts = [each.first for each in adoptions[1:]]
    following = [*(first - dt.timedelta(days=1) for first in firsts), None]
    return [replace(one, last=one.last or eve) for one, eve in zip(adoptions, following[: len(adoptions)], strict=True)]


def _raise(problems: Problems) -> None:
    kinds = {problem.code[0] for problem in problems.errors()}
    problems.raise_as(PolicyError if "P" in kinds else CatalogueError)
