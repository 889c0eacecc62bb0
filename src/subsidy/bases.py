"""What stands beside the policies of a catalogue: texts that fill what they delegate, and a bureau's adoptions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from .calculation.basis import Adoption, Basis, Filling
from .calculation.policy import Policy
from .calculation.receipt import Receipt
from .calculation.standing import Standing, adoption, filling, meet, under
from .catalogue.adoptions import AdoptionEntry, AdoptionFolder
from .catalogue.companions import current, read_fillings
from .catalogue.fillings import FillingEntry
from .catalogue.folder import Folder
from .errors import CatalogueError, PolicyError, Problem, Problems, RequestError, SubsidyError, hint

ByDigest = Callable[[str], Policy | None]


class Bases:
    """The texts and adoptions beside a folder of policies. Files are read when they are asked for, and then kept.

    Raises:
        CatalogueError: there is no such folder of adoptions.
    """

    def __init__(self, folder: Folder, adoptions: Path | None, by_digest: ByDigest) -> None:
        self.folder = folder
        self.adoptions = AdoptionFolder(adoptions) if adoptions is not None else None
        self._by_digest = by_digest
        self._standing: dict[str, Standing | None] = {}

    def standing(self, policy_id: str) -> Standing | None:
        """What stands beside one policy; None where nothing does.

        Raises:
            CatalogueError, PolicyError: an adoption of it, or a text, is not sound; all problems.
        """
        if policy_id not in self._standing:
            texts = [entry for entry in current(self._fillings) if entry.document.target[0] == policy_id]
            adopted = self.adopted(policy_id)
            self._standing[policy_id] = Standing(adopted, texts) if adopted or texts else None
        return self._standing[policy_id]

    def adopted(self, policy_id: str) -> list[Adoption]:
        """The adoptions of one policy, by their first days.

        Raises:
            CatalogueError, PolicyError: one is not sound, or two hold on one day; all problems.
        """
        problems = Problems()
        found = self._adopted(policy_id, problems)
        _raise(problems)
        return found

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
        known = [each for each in found if each is not None]
        return [_ended(one, known[index + 1 : index + 2]) for index, one in enumerate(known)]

    def check_new(self, entry: AdoptionEntry, problems: Problems) -> None:
        """Every problem of an adoption that is about to be written, also beside those that are there."""
        there = list(self.adoptions.entries(entry.document.adoption.policy, Problems())) if self.adoptions else []
        others = [each for each in there if each.path != entry.path]
        _check_overlaps(sorted([*others, entry], key=lambda each: each.first), problems)
        self.adoption_of(entry, problems)

    def adoption_of(self, entry: AdoptionEntry, problems: Problems) -> Adoption | None:
        """An adoption beside the text that it names; None with the problems added where that text is not here."""
        head = entry.document.adoption
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
            place = entry.origin.place(("adoption", "digest"))
            problems.add("A0103", place.key, place=place, given=head.digest, policy=head.policy)
            return None
        return adoption(policy, entry, problems)


def _check_overlaps(entries: list[AdoptionEntry], problems: Problems) -> None:
    for one, two in pairwise(entries):
        if one.last is not None and two.first <= one.last:
            place = two.origin.place(("adoption", "valid", "from"))
            problems.add("A0110", place.key, place=place, other=one.path, day=two.first.isoformat())


def _ended(one: Adoption, following: list[Adoption]) -> Adoption:
    """An adoption without a last day holds until the day before the next one begins."""
    if one.last is not None or not following:
        return one
    return replace(one, last=following[0].first - dt.timedelta(days=1))


def _raise(problems: Problems) -> None:
    kinds = {problem.code[0] for problem in problems.errors()}
    problems.raise_as(PolicyError if "P" in kinds else CatalogueError)
