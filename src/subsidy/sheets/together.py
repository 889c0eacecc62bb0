"""What the versions of a policy understand together: which fact a header means, and how its cells are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..calculation.policy import Policy
from ..columns import names_of
from ..language import program as p
from ..language.types import Choice, Division, Number, describe
from ..record import replace
from ..text import Text
from .units import factors
from .words import key


@dataclass(frozen=True)
class Together:
    """Some versions of a policy, as a roster reads them.

    Attributes:
        facts: of all versions. One that not every version asks of every claim is optional; a choice has the values
            of all, a division the places of all.
        names: which fact a name or a label means; of several the one of the last version.
        words: of choices, the values by every label that they have in some version, in one spelling.
        unlike: in which two versions a header means another fact, or the cells of a fact are read otherwise; by the
            header in one spelling, or by the name of the fact.
    """

    policies: tuple[Policy, ...]
    facts: Mapping[str, p.Fact]
    names: Mapping[str, str]
    words: Mapping[str, Mapping[str, str]]
    unlike: Mapping[str, tuple[Policy, Policy]]

    @property
    def last(self) -> Policy:
        """The last version."""
        return self.policies[-1]

    def said(self, text: str, name: str) -> dict[str, str | Text]:
        """For the words of a problem: what a header, or the fact that it means, is in the two versions."""
        one, other = self.unlike.get(key(text)) or self.unlike[name]
        a, b = (_said(each, key(text), name) for each in (one, other))
        return {"one": one.version, "other": other.version, "a": a, "b": b}


def together(policies: Sequence[Policy]) -> Together:
    """What some versions understand, the last of them last."""
    if len(policies) == 1:
        return Together(tuple(policies), policies[0].program.facts, names_of(policies[0]), {}, {})
    names: dict[str, str] = {}
    unlike: dict[str, tuple[Policy, Policy]] = {}
    meant: dict[str, tuple[Policy, str]] = {}
    read: dict[str, tuple[Policy, Any]] = {}
    words: dict[str, dict[str, str]] = {}
    for policy in policies:
        for text, name in names_of(policy).items():
            names[text] = name
            before, other = meant.setdefault(key(text), (policy, name))
            if other != name:
                unlike[key(text)] = before, policy
        for name, fact in policy.program.facts.items():
            before, way = read.setdefault(name, (policy, _way(policy)(fact)))
            if way != _way(policy)(fact):
                unlike[name] = before, policy
            for value, label in _labels(fact):
                for word in {key(value), key(label.zh), key(label.en)}:
                    if words.setdefault(name, {}).setdefault(word, value) != value:
                        unlike[name] = before, policy
    every = dict.fromkeys(name for policy in policies for name in policy.program.facts)
    return Together(tuple(policies), {name: _fact(policies, name) for name in every}, names, words, unlike)


def _fact(policies: Sequence[Policy], name: str) -> p.Fact:
    """A fact of several versions."""
    known = [policy.program.facts[name] for policy in policies if name in policy.program.facts]
    found, of = known[-1], known[-1].type
    if isinstance(of, Choice):
        labels = {value: label for each in known if isinstance(each.type, Choice) for value, label in _labels(each)}
        found = replace(found, type=replace(of, values=tuple(labels), labels=labels))
    elif isinstance(of, Division):
        places = dict.fromkeys(code for each in known if isinstance(each.type, Division) for code in each.type.domain)
        found = replace(found, type=replace(of, domain=tuple(places)))
    if len(known) < len(policies) or any(each.optional or each.when is not None for each in known):
        found = replace(found, optional=True)
    return found


def _labels(fact: p.Fact) -> list[tuple[str, Text]]:
    return list(fact.type.labels.items()) if isinstance(fact.type, Choice) else []


def _way(policy: Policy) -> Callable[[p.Fact], Any]:
    """What decides how the cells of a fact are read."""

    def way(fact: p.Fact) -> Any:
        if isinstance(fact.type, Number):
            return "number", tuple(sorted(factors(fact, policy.vocabulary, policy.program.claim).items()))
        return type(fact.type).__name__, tuple((each.name, way(each)) for each in fact.fields)

    return way


def _said(policy: Policy, text: str, name: str) -> Text:
    """What a header means in a version, with the unit of its figures or with its choices."""
    meant = {key(each): of for each, of in names_of(policy).items()}
    fact = policy.program.facts[meant.get(text, name)]
    more = fact.symbol if fact.symbol.zh else describe(fact.type)
    if labels := _labels(fact):
        zh, en = "、".join(f"{v} {each.zh}" for v, each in labels), ", ".join(f"{v} {each.en}" for v, each in labels)
        more = Text(zh, en)
    return Text(f"{fact.label.zh}（{fact.name}：{more.zh}）", f"{fact.label.en} ({fact.name}: {more.en})")
