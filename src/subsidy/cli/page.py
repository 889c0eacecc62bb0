"""A policy as a page of plain Chinese or English: what it pays, to whom, on what condition, and what it leaves open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import Any

from ..calculation.policy import Policy
from ..calculation.rising import rises
from ..calculation.wording import PICKED, ROUNDED
from ..catalogue.entry import Entry
from ..catalogue.versions import Span, text_of
from ..exact import show
from ..language import program as p
from ..language.types import Choice, Division, options
from ..text import Language
from .items import STATUS, Items, between
from .moved import Moved
from .paper import Drawing, Item, Section, Sheet, text


def page(policy: Policy, language: Language, repeal: Span[Entry] | None = None) -> str:
    """The page as text, without a line end after its last line. `repeal` is the text that abolished it, if any did."""
    return text(sheet(Moved(policy, language), repeal))


def sheet(
    moved: Moved,
    repeal: Span[Entry] | None = None,
    drawing: Drawing | None = None,
    beside: tuple[Section, ...] = (),
) -> Sheet:
    """The page as data, of the policy and in the language of `moved`; `drawing` is that of its curve.

    `beside` is what stands beside the policy, and is said last.
    """
    found = _Page(moved, repeal).sheet(drawing)
    return replace(found, sections=found.sections + beside)


class _Page(Items):
    def __init__(self, moved: Moved, repeal: Span[Entry] | None) -> None:
        super().__init__(moved.policy, moved.wording.language)
        self.moved, self.repeal = moved, repeal

    def sheet(self, drawing: Drawing | None) -> Sheet:
        sections: tuple[tuple[str, str, Iterator[Item]], ...] = (
            ("付什么", "What is paid", self.paid()),
            ("金额随一项事实的变化", "The amount over one fact", self.moved.curve(drawing)),
            ("跳变", "Cliffs", self.moved.cliffs()),
            ("标准", "Measures", self.measures()),
            ("条件", "Conditions", self.conditions()),
            ("事实", "Facts", self.facts()),
            ("标准", "Parameters", self.parameters()),
            ("分档", "Brackets", self.brackets()),
            ("计算", "Calculation", self.steps()),
            ("口径", "Readings", self.readings()),
            ("封顶", "Caps", self.caps()),
            ("未尽事项", "Gaps", self.gaps()),
        )
        said = [Section(self.pick(zh, en), tuple(items)) for zh, en, items in sections]
        return Sheet(self.wording.language, tuple(self.head()), tuple(each for each in said if each.items))

    def head(self) -> Iterator[str]:
        policy, head, source = self.policy, self.document.policy, self.document.source
        place = self.pick(policy.division_path, policy.vocabulary.divisions[head.division].name.en)
        yield f"{self.say(head.title)} · {place}"
        revision = self.pick(f"第 {policy.revision} 次编码", f"revision {policy.revision}")
        released = self.pick("已锁定", "locked") if policy.is_released else self.pick("未锁定", "not locked")
        yield f"{policy.id} · {policy.version} · {revision} · {self.say(STATUS[policy.status])} · {released}"
        number = f"{source.number} " if source.number else ""
        yield self.pair(
            self.pick("依据", "Source"),
            f"{number}{self.say(source.title)} · {self.say(source.issuer)} · {source.issued}",
        )
        if source.note is not None:
            yield self.pair(self.pick("说明", "Note"), self.say(source.note))
        yield self.pair(self.pick("适用", "Applies"), self.valid())
        if (repeal := self.repeal) is not None:
            by = self.say(text_of(repeal))
            yield self.pair(
                self.pick("废止", "Abolished"), self.pick(f"自 {repeal.first} 起，{by}", f"from {repeal.first} by {by}")
            )
        yield self.pair(self.pick("摘要", "Digest"), policy.digest)

    def valid(self) -> str:
        valid, first, last = self.document.policy.valid, self.policy.first_day, self.policy.last_day
        dated = self.say(self.program.facts[self.program.dated_by].label)
        span = self.pick(
            f"{dated}在 {first} {f'至 {last}' if last else '及以后'}",
            f"{dated} {f'from {first} to {last}' if last else f'on or after {first}'}",
        )
        return (
            span
            if valid.stated
            else span + self.pick("（文件没有写明施行期间）", " (the text states no time of validity)")
        )

    def paid(self) -> Iterator[str]:
        for part in self.program.parts:
            yield self.pair(self.say(part.label), self.how(part)) + self.clause(part.clause)
            bounds = self.pick(f"（{self.bounds(part.name)}）", f" ({self.bounds(part.name)})")
            yield "  " + self.pair(self.pick("金额", "sum"), self.sum(part) + bounds)
            if self.policy.pays and len(self.program.parts) > 1:
                yield "  " + self.moved.maximum(part.name)
            for share in part.shares:
                yield "  " + self.pair(self.pick("承担", "paid by"), f"{self.payer(share)} {self.share(share)}")
            for each in part.instalments:
                yield "  " + self.pair(self.say(each.label), self.terms(each)) + self.clause(each.clause)
        if self.program.claim.powers:
            yield self.pair(
                self.pick("一次测算", "One calculation"), self.wording.number(Fraction(1), self.program.claim)
            )
        if not self.policy.pays:
            yield self.pick("只定标准，没有金额", "nothing: it sets standards")
            return
        yield self.pair(self.pick("金额（已证明）", "Amount (proved)"), self.bounds("amount"))
        yield self.moved.maximum("amount")
        for rise in rises(self.policy):
            how = self.pick("已证明", "proved")
            if not rise.is_proved:
                how = self.pick(f"未证明，试算 {rise.tried} 例", f"not proved: tried on {rise.tried} claims")
            yield self.pair(
                self.pick("金额不随其增加而减少", "The amount never falls with more of"),
                self.say(self.program.facts[rise.fact].label) + self.pick(f"（{how}）", f" ({how})"),
            )

    def measures(self) -> Iterator[str]:
        for each in self.program.measures:
            yield self.pair(self.say(each.label), self.measure(each)) + self.clause(each.clause)

    def conditions(self) -> Iterator[str]:
        for test in self.program.conditions:
            label = f"{self.say(test.label)}{self.pick('（', ' (')}{self.force(test)}{self.pick('）', ')')}"
            yield self.pair(label, self.wording.words(test.test)) + self.clause(test.clause)

    def facts(self) -> Iterator[str]:
        for fact in self.program.known.values():
            yield from self.fact(fact)

    def fact(self, fact: p.Fact) -> Iterator[str]:
        label = self.pick(f"{fact.name}（{self.say(fact.label)}）", f"{fact.name} ({self.say(fact.label)})")
        yield self.pair(label, self.kind(fact) + self.need(fact)) + self.clause(fact.clause)
        match fact.type:
            case Choice(values=values, labels=labels):
                yield from (f"  {value}  {self.say(labels[value])}" for value in values)
            case Division(domain=domain):
                divisions = self.policy.vocabulary.divisions
                names = [f"{code} {self.say(divisions[code].name)}" for code in domain]
                if fact.within:
                    yield "  " + self.pick("、", ", ").join(names)
        for field in fact.fields:
            yield from ("  " + line for line in self.fact(field))

    def parameters(self) -> Iterator[str]:
        for parameter in self.program.parameters.values():
            label = self.say(parameter.label)
            if parameter.values is None:
                yield self.pair(label, self.open(parameter)) + self.clause(parameter.clause)
            elif not parameter.keys:
                value = self.wording.entry(parameter, parameter.values[()])
                yield self.pair(label, value) + self.clause(parameter.clause)
            else:
                yield self.pair(label, "").rstrip() + self.clause(parameter.clause)
                yield from self.table(parameter, parameter.values)

    def table(self, parameter: p.Parameter, values: dict[tuple[str, ...], Any]) -> Iterator[str]:
        """A line for each key that the table has, in the order of the lists."""
        for key in product(*(options(each) for each in parameter.keys)):
            if key in values:
                yield "  " + self.pair(self.cell(parameter, key), self.wording.entry(parameter, values[key]))

    def brackets(self) -> Iterator[str]:
        for bracket in self.program.brackets:
            unit = self.wording.unit(bracket.unit)
            whole = self.pick(f"（{unit}", f" ({unit}") + (
                self.pick(f"，{show(bracket.step)} 的整数倍）", f", multiples of {show(bracket.step)})")
                if bracket.step is not None
                else self.pick("）", ")")
            )
            yield self.pair(self.say(bracket.label) + whole, "").rstrip() + self.clause(bracket.clause)
            for each in bracket.classes:
                yield "  " + self.pair(self.say(bracket.type.labels[each.name]), between(each))

    def steps(self) -> Iterator[str]:
        for number, step in enumerate(self.program.steps, start=1):
            node, rounding = step.value, ""
            if isinstance(node, p.Round):
                how = self.say(ROUNDED[node.mode]).format(show(node.quantum))
                node, rounding = node.operand, self.pick(f"，{how}", f", {how}")
            head, clause = f"{number}. {self.say(step.label)}", self.clause(step.clause)
            if isinstance(node, p.Ladder):
                yield f"{head}{rounding}{self.pick('：', ': ')}{self.say(PICKED[node.pick])}{clause}"
                yield from ("   " + line for line in self.rungs(node))
            elif isinstance(node, p.If):
                yield f"{head}{rounding}{clause}"
                yield from ("   " + line for line in self.branches(node))
            else:
                yield f"{head} = {self.wording.words(node)}{rounding}{clause}"
        if wide := self.program.wide:
            yield self.wide(wide)

    def wide(self, wide: Sequence[p.Wide]) -> str:
        """Which formulas are beyond what a column of 64-bit numbers holds, and how large their numbers become."""
        named = [f"{self.named(each.name)} {self.pick(f'{each.bits} 位', f'{each.bits} bits')}" for each in wide]
        return self.pair(
            self.pick(
                "超出 64 位整数（成批计算较慢，同样精确）", "Beyond 64-bit whole numbers (slower in columns, as exact)"
            ),
            self.pick("、", ", ").join(named),
        )

    def rungs(self, node: p.Ladder) -> Iterator[str]:
        """A line for each row of a ladder."""
        for index, (test, value) in enumerate(zip(node.tests, node.values, strict=True)):
            label = node.labels[index]
            words = self.wording.words(test)
            what = (
                words if label is None else self.pick(f"{self.say(label)}（{words}）", f"{self.say(label)} ({words})")
            )
            yield self.pair(what, self.wording.words(value)) + self.clause(node.clauses[index])
        if not isinstance(node.otherwise, p.Unreached):
            yield self.pair(self.pick("均不符", "otherwise"), self.wording.words(node.otherwise))

    def branches(self, node: p.Node) -> Iterator[str]:
        """A line for each branch of a rule, those within a branch set further in."""
        case = self.pick("若", "if ")
        while isinstance(node, p.If):
            test = self.wording.words(node.test)
            if isinstance(node.then, p.If):
                yield self.pick(f"{case} {test}：", f"{case}{test}:")
                yield from ("  " + line for line in self.branches(node.then))
            else:
                then = self.wording.words(node.then)
                yield self.pick(f"{case} {test}：{then}", f"{case}{test}: {then}")
            node, case = node.otherwise, self.pick("否则若", "else if ")
        yield self.pick("否则：", "else: ") + self.wording.words(node)

    def readings(self) -> Iterator[str]:
        for item in self.program.interpretations.values():
            yield self.pair(item.name, self.say(item.question)) + self.clause(item.clause)
            for name, label in item.readings.items():
                mark = self.pick("（推荐）", " (recommended)") if name == item.recommended else ""
                yield f"  {name}  {self.say(label)}{mark}"
            if not item.recommended:
                yield "  " + self.pick("未选定则金额可能未定", "unless one is chosen, the amount may be undetermined")
            elif item.because is not None:
                yield "  " + self.pair(self.pick("理由", "because"), self.say(item.because))

    def caps(self) -> Iterator[str]:
        if self.program.once_per:
            one = self.pick("、", ", ").join(self.named(name) for name in self.program.once_per)
            yield self.pick(f"每{one}一次申报", f"one claim for each {one}")
        for cap in self.program.caps:
            yield self.pair(self.say(cap.label), self.cap(cap)) + self.clause(cap.clause)

    def gaps(self) -> Iterator[str]:
        for gap in self.policy.gaps:
            yield self.say(gap.text) + self.clause(gap.clause)
