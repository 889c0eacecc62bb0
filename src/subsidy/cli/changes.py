"""What one version of a policy says otherwise than another, in words: figures, facts, conditions, steps, payments.

A version is taken apart into statements, each with a name that both versions may have. Two statements are the same if
they mean the same, which the typed program decides and not the wording: layout, comments, the order of tables and the
names of labels change no meaning.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal, Protocol

from ..calculation.examples import outcomes
from ..calculation.policy import Policy
from ..catalogue.documents import Example
from ..errors import SubsidyError
from ..exact import show
from ..language import program as p
from ..language.types import FLAG, Choice
from ..record import replace
from ..text import LANGUAGES, Text, plain
from .items import STATUS, Items, between

Name = tuple[str, ...]  # the section, then the names that lead to the statement
Kind = Literal["added", "removed", "changed"]

SECTIONS: Final[dict[str, Text]] = {
    "text": Text("文件", "The text"),
    "amount": Text("付什么", "What is paid"),
    "measures": Text("标准与目标", "Measures"),
    "conditions": Text("条件", "Conditions"),
    "facts": Text("事实", "Facts"),
    "parameters": Text("标准", "Parameters"),
    "brackets": Text("分档", "Brackets"),
    "steps": Text("计算", "Calculation"),
    "readings": Text("口径", "Readings"),
    "caps": Text("封顶", "Caps"),
    "gaps": Text("未尽事项", "Gaps"),
}
WORDS: Final = "words"  # labels and clauses, which change no amount and no condition


@dataclass(frozen=True, slots=True)
class Change:
    """A statement that only one version makes, or that both make differently.

    `before` and `after` say it in words; `old` and `new` as the module has it, where it is one figure or formula.
    """

    kind: Kind
    section: str
    name: str
    about: Text
    before: Text | None
    after: Text | None
    old: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a worked example comes to under both versions; the codes of the problems where one cannot calculate it."""

    example: str
    before: dict[str, str]
    after: dict[str, str]

    @property
    def is_changed(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class _Statement:
    """`meaning` decides whether two are the same; `written` tells two apart that are said in the same words."""

    about: str
    text: str
    meaning: Any
    written: str = ""


def changes(before: Policy, after: Policy) -> list[Change]:
    """Every difference in meaning, and in section `words` every other label or clause."""
    old, new = _in_both(before), _in_both(after)
    order = [*old, *(name for name in new if name not in old)]
    return [change for name in order if (change := _change(name, old.get(name), new.get(name))) is not None]


def in_meaning(found: list[Change]) -> list[Change]:
    """Without those of labels and clauses alone."""
    return [change for change in found if change.section != WORDS]


def effects(before: Policy, after: Policy) -> list[Effect]:
    """Every worked example of both, computed under both versions whatever its own day.

    An example that a new text took over, with a later day in it or with facts that the other version does not ask for,
    is shown once: each version then computes its own.
    """
    dated = {before.program.dated_by, after.program.dated_by}
    shared = (before.program.facts.keys() & after.program.facts.keys()) - dated

    def case(example: Example) -> tuple[str, object, object]:
        return example.name, {name: value for name, value in example.facts.items() if name in shared}, example.under

    def twin(example: Example, others: list[Example]) -> Example | None:
        return next((other for other in others if case(other) == case(example)), None)

    old, new = before.document.examples, after.document.examples
    pairs = [(each, twin(each, new) or each) for each in old]
    pairs += [(each, each) for each in new if twin(each, old) is None]
    return [Effect(one.name, _outcome(before, one), _outcome(after, two)) for one, two in pairs]


def _outcome(policy: Policy, example: Example) -> dict[str, str]:
    """Amount and eligibility; of a policy without an amount, each measure."""
    try:
        result = policy.calculate_again(example.facts, example.under)
    except SubsidyError as error:
        return {"error": ", ".join(dict.fromkeys(problem.code for problem in error.problems))}
    wanted = {"amount", "eligible"}
    wanted |= {f"{each.name}.{end}" for each in result.measures for end in ("required", "met")}
    return {name: "…".join(ends) for name, ends in outcomes(result).items() if name in wanted}


_Pair = tuple[_Statement, _Statement]  # in Chinese and in English


def _in_both(policy: Policy) -> dict[Name, _Pair]:
    zh, en = (dict(_Statements(policy, language).all()) for language in LANGUAGES)
    return {name: (zh[name], en[name]) for name in zh}


def _change(name: Name, old: _Pair | None, new: _Pair | None) -> Change | None:
    section, dotted = name[0], ".".join(name[1:])
    one = new or old
    assert one is not None
    about = Text(one[0].about, one[1].about)
    if old is None or new is None:
        if section == WORDS:
            return None  # what it is the label of was added or removed, and is said there
        text, written = Text(one[0].text, one[1].text), one[0].written
        if old is None:
            return Change("added", section, dotted, about, None, text, "", written)
        return Change("removed", section, dotted, about, text, None, written, "")
    if old[0].meaning == new[0].meaning:
        return None
    said, now = (Text(each[0].text, each[1].text) for each in (old, new))
    if said == now:  # two things with one label: only the names tell them apart
        said, now = plain(old[0].written), plain(new[0].written)
    return None if said == now else Change("changed", section, dotted, about, said, now, old[0].written, new[0].written)


class _Named(Protocol):
    """What a module gives a name, a label and a clause."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> Text: ...
    @property
    def clause(self) -> str: ...


class _Statements(Items):
    """Takes a version apart, in one language."""

    @property
    def comma(self) -> str:
        return self.pick("，", ", ")

    def all(self) -> Iterator[tuple[Name, _Statement]]:
        yield from self._text()
        yield from self._amount()
        yield from self._rules()
        for fact in self.program.known.values():
            yield from self._fact(("facts", fact.name), fact)
        yield from self._figures()
        yield from self._readings()
        for gap in self.policy.gaps:
            yield ("gaps", gap.text.zh), _Statement(self.say(gap.text), "", None)
        yield from self._words()

    def _text(self) -> Iterator[tuple[Name, _Statement]]:
        head, valid = self.document.policy, self.document.policy.valid
        first, last = valid.from_, valid.until
        zh, en = f"{first} {f'至 {last}' if last else '起'}", f"{first} to {last}" if last else f"from {first}"
        span = self.pick(zh, en) + ("" if valid.stated else self.pick("（文件没有写明）", " (not stated by the text)"))
        claim = self.wording.number(Fraction(1), self.program.claim) if self.program.claim.powers else "–"
        place = self.say(self.policy.vocabulary.divisions[head.division].name)
        status, once = self.say(STATUS[head.status]), self._listed(self.program.once_per)
        for name, about, text, meaning in (
            ("id", self.pick("政策", "policy"), self.policy.id, self.policy.id),
            ("status", self.pick("状态", "status"), status, head.status),
            ("valid", self.pick("施行", "in force"), span, (first, last, valid.stated)),
            ("published", self.pick("公布", "published"), str(head.published), head.published),
            ("dated_by", self.pick("按其日期适用", "the date that decides"), self.named(head.dated_by), head.dated_by),
            ("division", self.pick("行政区划", "division"), f"{head.division} {place}", head.division),
            ("claim", self.pick("一次测算", "one calculation"), claim, self.program.claim),
            (
                "once_per",
                self.pick("一次申报，每", "one claim for each"),
                once,
                head.once_per,
            ),
        ):
            yield ("text", name), _Statement(about, text, meaning)

    def _listed(self, names: Sequence[str]) -> str:
        return self.pick("、", ", ").join(self.named(name) for name in names) or "–"

    def _amount(self) -> Iterator[tuple[Name, _Statement]]:
        for part, document in zip(self.program.parts, self.document.outcome.parts, strict=True):
            label, written = self.say(part.label), document.up_to or document.value or ""
            sum_ = _Statement(label, self.sum(part), (part.value, part.decided, part.may_recover), written)
            yield ("amount", part.name), sum_
            how = (part.payee, part.form, part.counted)
            yield (
                ("amount", part.name, "how"),
                _Statement(f"{label}{self.comma}{self.pick('付法', 'how')}", self.how(part), how),
            )
            for share in part.shares:
                terms = (share.percent, share.value, share.residual, share.own, share.payer, share.of)
                about = f"{label}{self.comma}{self.payer(share)}"
                yield ("amount", part.name, share.name), _Statement(about, self.share(share), terms)
            for each in part.instalments:
                bare = replace(each, label=plain(""), clause="", text="", guards=())
                about = f"{label}{self.comma}{self.say(each.label)}"
                yield ("amount", part.name, each.name), _Statement(about, self.terms(each), bare, each.text)
        if self.policy.pays:
            about = self.pick("金额（已证明）", "amount (proved)")
            yield ("amount", "amount"), _Statement(about, self.bounds("amount"), self.program.ranges["amount"])
        for name in self.program.rises_with:
            about = self.pick("金额不随其增加而减少", "the amount never falls with more of")
            yield ("amount", "rises_with", name), _Statement(about, self.named(name), None)

    def _rules(self) -> Iterator[tuple[Name, _Statement]]:
        meaning: object
        for measure in self.program.measures:
            meaning = (measure.value, measure.required, measure.sense, measure.by, measure.before)
            said = _Statement(self.say(measure.label), self.measure(measure), meaning, measure.text)
            yield ("measures", measure.name), said
        for test in self.program.conditions:
            text = f"{self.wording.words(test.test)}{self.pick('（', ' (')}{self.force(test)}{self.pick('）', ')')}"
            meaning = (test.kind, test.test, test.parts)
            yield ("conditions", test.name), _Statement(self.say(test.label), text, meaning, test.text)
        for step in self.program.steps:
            said = _Statement(self.say(step.label), self.wording.words(step.value), step.value, step.text)
            yield ("steps", step.name), said
        for cap in self.program.caps:
            meaning = (cap.of, cap.over, cap.limit, cap.times, cap.beyond)
            text = f"{self.named(cap.of)}{self.comma}{self.cap(cap)}"
            yield ("caps", cap.name), _Statement(self.say(cap.label), text, meaning)

    def _fact(self, name: Name, fact: p.Fact) -> Iterator[tuple[Name, _Statement]]:
        text, listed = self.kind(fact), tuple[str, ...]()
        is_ordered = isinstance(fact.type, Choice) and fact.type.ordered
        if isinstance(fact.type, Choice):
            listed, labels = fact.type.values, fact.type.labels
            text += self.pick("：", ": ") + self.pick("、", ", ").join(self.say(labels[each]) for each in listed)
        if fact.within:
            below = self.say(self.policy.vocabulary.divisions[fact.within].name)
            text += self.pick(f"，{below}所辖", f", directly below {below}")
        fields = {field.name: self.say(field.label) for field in fact.fields}
        if fact.unique:
            names = self.pick("、", ", ").join(fields[each] for each in fact.unique)
            text += self.pick(f"；{names}不得重复", f"; no two with the same {names}")
        if fact.periods:
            begin, end = (fields[each] for each in fact.periods)
            text += self.pick(f"；{begin}至{end}不得重叠", f"; from {begin} to {end} none overlap")
        bare = replace(fact, type=FLAG, label=plain(""), clause="", about=None, left_of="", fields=(), level=None)
        meaning = (bare, type(fact.type), listed, is_ordered)
        yield name, _Statement(self.say(fact.label), text + self.need(fact), meaning)
        for field in fact.fields:
            yield from self._fact((*name, field.name), field)

    def _figures(self) -> Iterator[tuple[Name, _Statement]]:
        meaning: object
        for each in self.program.parameters.values():
            label = self.say(each.label)
            if each.values is None:
                meaning = (each.low, each.high, each.unit, each.delegated, each.why and each.why.zh)
                yield ("parameters", each.name), _Statement(label, self.open(each), meaning)
                continue
            for key, value in each.values.items():
                about = f"{label}[{self.cell(each, key)}]" if key else label
                written = show(value / each.scale) if isinstance(value, Fraction) else str(value)
                meaning = (value, each.unit)
                yield (
                    ("parameters", each.name, *key),
                    _Statement(about, self.wording.entry(each, value), meaning, written),
                )
        for bracket in self.program.brackets:
            for one in bracket.classes:
                about = f"{self.say(bracket.label)}{self.comma}{self.say(bracket.type.labels[one.name])}"
                text = f"{between(one)} {self.wording.unit(bracket.unit)}".rstrip()
                if bracket.step is not None:
                    step = show(bracket.step)
                    text += self.pick(f"（{step} 的整数倍）", f" (multiples of {step})")
                yield ("brackets", bracket.name, one.name), _Statement(about, text, (one, bracket.unit, bracket.step))

    def _readings(self) -> Iterator[tuple[Name, _Statement]]:
        for item in self.program.interpretations.values():
            advised = self.pick("不选定", "left open")
            if item.recommended:
                advised = self.pick("推荐：", "recommended: ") + self.say(item.readings[item.recommended])
            question = self.say(item.question)
            yield ("readings", item.name), _Statement(question, advised, (item.recommended, item.presumes))
            for name, label in item.readings.items():
                about = f"{question}{self.pick('：', ': ')}{self.say(label)}"
                yield ("readings", item.name, name), _Statement(about, "", None)
                for key, value in item.values.get(name, {}).items():
                    parameter = self.program.parameters[item.presumes]
                    place = f"{about}{self.comma}{self.say(parameter.label)}" + (
                        f"[{self.cell(parameter, key)}]" if key else ""
                    )
                    text = self.wording.entry(parameter, value)
                    yield ("readings", item.name, name, *key, "value"), _Statement(place, text, value, show(value))

    def _words(self) -> Iterator[tuple[Name, _Statement]]:
        program = self.program
        named: list[_Named] = [*program.known.values(), *program.parameters.values(), *program.steps]
        named += [*program.conditions, *program.parts, *program.measures, *program.caps, *program.brackets]
        found = [(each.name, each.label, each.clause) for each in named]
        found += [(each.name, each.question, each.clause) for each in program.interpretations.values()]
        for fact in program.known.values():
            if isinstance(fact.type, Choice):
                found += [(f"{fact.name}.{value}", label, "") for value, label in fact.type.labels.items()]
        for name, label, clause in [*found, ("title", self.document.policy.title, "")]:
            yield (WORDS, name), _Statement(name, self.say(label) + self.clause(clause), (label, clause))
