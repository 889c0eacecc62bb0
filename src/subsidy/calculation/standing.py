"""How a policy stands for one claim: under the adoption of the day, with what texts of lower levels fill."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from ..catalogue.adoptions import AdoptionEntry
from ..catalogue.fillings import FillingEntry
from ..errors import Also, PolicyError, Problems, hint
from ..language.filling import Table, table_of, with_tables
from ..text import Text
from .basis import NOTHING, Adoption, Basis, Filling
from .policy import Policy

_KEPT: Final = 256
_THERE: Final = Text("政策中写明", "stated in the policy")
_OF_KEYS: Final = ("A0105", "A0107", "A0111")  # about the name, not about what is said of it


class Standing:
    """The adoptions of one policy and the texts that fill its parameters; a calculation asks it which of them count."""

    def __init__(self, adoptions: Iterable[Adoption], texts: Iterable[FillingEntry]) -> None:
        self.adoptions = tuple(adoptions)
        self._entries = tuple(texts)
        self._texts: dict[str, tuple[Filling, ...]] = {}
        self._made: dict[tuple[Policy, Basis], Policy] = {}
        self._by_day: dict[tuple[Policy, dt.date], Policy] = {}

    def __call__(self, policy: Policy, facts: Mapping[str, Any], readings: Mapping[str, str]) -> Policy:
        """The policy for a claim. Where its date cannot be read there is nothing to look for: the facts are wrong.

        Raises:
            PolicyError: a text does not fill the parameter of this version.
        """
        day = policy.date_of(facts)
        if day is None:
            return policy
        if self._entries or readings:
            return self._on(policy, day, facts, readings)
        found = self._by_day.get((policy, day))
        if found is None:  # nothing but the day counts
            if len(self._by_day) >= _KEPT:
                self._by_day.clear()
            found = self._by_day[policy, day] = self._on(policy, day, facts, readings)
        return found

    def rests_on(self, policy: Policy) -> tuple[str, ...]:
        """The facts on which it rests how a policy stands for a claim: its date, and the places of texts that fill."""
        if not self.adoptions and not self._entries:
            return ()
        delegated = (each.delegated for each in policy.document.parameters.values())
        places = [each.at for each in delegated if each is not None and each.at] if self._entries else []
        return tuple(dict.fromkeys([policy.program.dated_by, *places]))

    def _on(self, policy: Policy, day: dt.date, facts: Mapping[str, Any], readings: Mapping[str, str]) -> Policy:
        """The policy for a claim of a day."""
        adoption = next((each for each in self.adoptions if each.holds_on(day)), None)
        other = None
        if adoption is not None and adoption.policy_digest != policy.digest:
            adoption, other = None, adoption
        near = None
        if adoption is None and other is None:
            of_this = [each for each in self.adoptions if each.policy_digest == policy.digest]
            near = min(of_this, key=lambda each: each.days_from(day), default=None)
        applying = [text for text in self.texts(policy) if text.applies_on(day)]
        texts = tuple(self._of_place(policy, facts, applying, adoption.tables if adoption else {}))
        interpretations = policy.program.interpretations
        chosen = {interpretations[name].presumes for name in readings if name in interpretations}
        filled = {text.parameter for text in texts} | (adoption.tables.keys() if adoption else set())
        return self._under(policy, Basis(adoption, texts, frozenset(chosen & filled), other, near))

    def texts(self, policy: Policy) -> tuple[Filling, ...]:
        """The texts that fill parameters of this version, in its own terms.

        Raises:
            PolicyError: one does not fit it.
        """
        found = self._texts.get(policy.digest)
        if found is None:
            problems = Problems()
            made = [filling(policy, entry, problems) for entry in self._entries if meet(policy, entry)]
            problems.raise_as(PolicyError)
            found = self._texts[policy.digest] = tuple(each for each in made if each is not None)
        return found

    @staticmethod
    def _of_place(
        policy: Policy, facts: Mapping[str, Any], texts: list[Filling], adopted: Mapping[str, Table]
    ) -> Iterable[Filling]:
        """For each parameter, the text of the division of the claim, or of the nearest one above it."""
        for name in dict.fromkeys(text.parameter for text in texts if text.parameter not in adopted):
            delegated = policy.document.parameters[name].delegated
            place = policy.value_of(delegated.at, facts) if delegated and delegated.at else None
            while place is not None:
                found = next((text for text in texts if text.parameter == name and text.division == place), None)
                if found is not None:
                    yield found
                    break
                place = policy.vocabulary.divisions[place].parent

    def _under(self, policy: Policy, basis: Basis) -> Policy:
        if basis == NOTHING:
            return policy
        found = self._made.get((policy, basis))
        if found is None:
            if len(self._made) >= _KEPT:
                self._made.clear()
            found = self._made[policy, basis] = under(policy, basis)
        return found


def under(policy: Policy, basis: Basis) -> Policy:
    """The policy with readings chosen and tables filled as `basis` has them."""
    program = with_tables(policy.program, basis.tables)
    return Policy(policy.entry, program, policy.vocabulary, policy.last_day, basis, first_day=policy.first_day)


def filling(policy: Policy, entry: FillingEntry, problems: Problems) -> Filling | None:
    """A text of a lower level in terms of the policy that it fills; None with the problems added where it fits none."""
    document, origin = entry.document, entry.origin
    head, name = document.policy, document.target[1]
    delegated = {n: parameter for n, parameter in policy.document.parameters.items() if parameter.delegated}
    if name not in delegated:
        place = origin.place(("implements",))
        there = name in policy.document.parameters
        also = (policy.origin.also(_THERE, ("parameters", name)),) if there else ()
        problems.add("P0802", place.key, place=place, also=also, given=name, policy=policy.id, **hint(name, delegated))
        return None
    to = delegated[name].delegated
    if to is None or to.at is None:
        place = origin.place(("implements",))
        also = (policy.origin.also(_THERE, ("parameters", name, "delegated")),)
        problems.add("P0803", place.key, place=place, also=also, name=name)
        return None
    divisions = policy.vocabulary.divisions
    above: str | None = head.division
    while above is not None and above != policy.document.policy.division:
        above = divisions[above].parent if above in divisions else None
    if above is None and head.division in divisions:
        place = origin.place(("policy", "division"))
        also = (policy.origin.also(_THERE, ("policy", "division")),)
        wanted = policy.document.policy.division
        problems.add("P0806", place.key, place=place, also=also, given=head.division, wanted=wanted)
    filled = document.parameters.get(name)
    if filled is None:  # reported already, with the shape of the file
        return None
    said = policy.origin.also(_THERE, ("parameters", name), "within")
    table = table_of(policy.program, name, filled, origin, ("parameters", name), problems, said)
    if table is None:
        return None
    return Filling(
        parameter=name, id=head.id, version=head.version, revision=head.revision, digest=entry.digest, path=entry.path,
        is_released=entry.is_locked, division=head.division, title=head.title, issuer=document.source.issuer,
        number=document.source.number or "", clause=filled.clause, first=entry.first, last=entry.last,
        table=MappingProxyType(dict(table)),
    )  # fmt: skip


def adoption(policy: Policy, entry: AdoptionEntry, problems: Problems) -> Adoption:
    """An adoption in terms of the policy that it adopts; every problem added."""
    document, origin, head = entry.document, entry.origin, entry.document.adoption
    program = policy.program

    def add(code: str, path: tuple[str, ...], *, also: tuple[Also, ...] = (), **values: str | Text) -> None:
        place = origin.place(path, key=code in _OF_KEYS)
        problems.add(code, place.key, place=place, also=also, **values)

    if policy.status == "draft":
        add("A0104", ("adoption", "policy"), also=(policy.origin.also(_THERE, ("policy", "status")),), given=policy.id)
    for name, reading in document.readings.items():
        if name not in program.interpretations:
            add("A0105", ("readings", name), given=name, **hint(name, program.interpretations))
            continue
        item = program.interpretations[name]
        if reading not in item.readings:
            add("A0106", ("readings", name), given=reading, name=name, **hint(reading, item.readings))
        if item.presumes in document.parameters:
            other = origin.also(Text("填在这里", "filled here"), ("parameters", item.presumes))
            add("A0111", ("readings", name), also=(other,), given=name, name=item.presumes)
    tables: dict[str, Table] = {}
    delegated = [name for name, parameter in program.parameters.items() if parameter.delegated]
    for name, filled in document.parameters.items():
        if name not in delegated:
            there = name in policy.document.parameters
            also = (policy.origin.also(_THERE, ("parameters", name)),) if there else ()
            add("A0107", ("parameters", name), also=also, given=name, **hint(name, delegated))
            continue
        path = ("parameters", name)
        said = policy.origin.also(_THERE, path, "within")
        table = None if origin.has_broken(path) else table_of(program, name, filled, origin, path, problems, said)
        if table is not None:
            tables[name] = MappingProxyType(dict(table))
    return Adoption(
        policy_id=policy.id, policy_digest=policy.digest, digest=entry.digest, by=head.by, issuer=head.issuer,
        document=head.document, dated=head.dated, first=entry.first, last=entry.last,
        readings=MappingProxyType(dict(document.readings)), tables=MappingProxyType(tables),
        clauses=MappingProxyType({name: filled.clause for name, filled in document.parameters.items()}),
    )  # fmt: skip


def meet(policy: Policy, entry: FillingEntry) -> bool:
    """Whether there is a day on which both apply."""
    starts_in_time = policy.last_day is None or entry.first <= policy.last_day
    return starts_in_time and (entry.last is None or policy.first_day <= entry.last)
