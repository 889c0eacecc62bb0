"""An explanation: the whole calculation on paper, in Chinese or English, each line with its clause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, Final

from ..capitals import capitals as in_capitals
from ..errors import Problem, RequestError
from ..exact import decimals, show
from ..language import program as p
from ..language.folding import OPEN
from ..language.types import Number
from ..text import LANGUAGES, Language, Text
from .adopted import basis_lines
from .answers import Answer
from .findings import Findings
from .outcomes import InstalmentResult, Money, PartResult, has_own
from .readers import shown
from .reasons import reason
from .remarks import remarks
from .splitting import Splitting, computed
from .wording import Wording

_SENSES: Final = {
    "at_least": (Text("应不少于 {}", "at least {} required"), Text("差 {}", "short by {}")),
    "at_most": (Text("应不超过 {}", "at most {} allowed"), Text("超出 {}", "over by {}")),
}
OWN: Final = Text("（自担，不支付）", " (own, not paid out)")
IF_FAILED: Final = {
    "lapses": Text("作废", "lapses"),
    "waits": Text("暂缓", "waits"),
}


def explain(result: Findings, language: Language, *, capitals: bool = False) -> str:
    """The printed explanation.

    Raises:
        RequestError: the language is none of ours.
    """
    check_language(language)
    return "\n".join(_Explanation(result, language, capitals).lines()) + "\n"


def check_language(language: str) -> None:
    """Refuse a language that nothing is said in, rather than answer in another.

    Raises:
        RequestError: it is none of ours.
    """
    if language not in LANGUAGES:
        raise RequestError(Problem.of("R0107", "language", given=shown(language), allowed=", ".join(LANGUAGES)))


class _Explanation:
    def __init__(self, result: Findings, language: Language, capitals: bool) -> None:
        self.result, self.policy, self.program = result, result.policy, result.policy.program
        self.say = Wording(self.policy, language)
        self.answers, self.capitals = result.answers, capitals

    def lines(self) -> Iterator[str]:
        yield from self.head()
        yield from self.section("事实", "Facts", self.facts())
        yield from self.section("口径", "Readings", self.readings())
        yield from self.section("条件", "Conditions", self.conditions())
        yield from self.section("计算", "Calculation", self.steps())
        yield from self.section("结果", "Result", self.outcome())
        yield from self.section("标准", "Measures", self.measures())
        yield from self.section("提示", "Remarks", self.remarks())
        yield from self.section("未尽事项", "Gaps", self.gaps())

    def section(self, zh: str, en: str, lines: Iterator[str]) -> Iterator[str]:
        found = list(lines)
        if found:
            yield ""
            yield self.say.pick(zh, en)
            yield from ("  " + line for line in found)

    def clause(self, clause: str) -> str:
        return self.say.pick(f"  〔{clause}〕", f"  [{clause}]") if clause else ""

    def named(self, label: Text, said: str, clause: str, aside: str = "") -> str:
        """A label, what is said of it, and its clause."""
        return f"{self.say.say(label)}{aside}{self.say.pick('：', ': ')}{said}{self.clause(clause)}"

    def head(self) -> Iterator[str]:
        document, pick = self.policy.document, self.say.pick
        place = pick(self.policy.division_path, self.policy.vocabulary.divisions[document.policy.division].name.en)
        yield f"{self.say.say(document.policy.title)} · {place}"
        revision = pick(f"第 {self.policy.revision} 次编码", f"revision {self.policy.revision}")
        yield f"{self.policy.id} · {self.policy.version} · {revision}"
        source = document.source
        number = f"{source.number} " if source.number else ""
        yield (
            pick("依据：", "Source: ")
            + f"{number}{self.say.say(source.title)} · {self.say.say(source.issuer)} · {source.issued}"
        )
        yield pick("摘要：", "Digest: ") + self.policy.digest
        yield from basis_lines(self.result, self.say)

    def facts(self) -> Iterator[str]:
        for fact, value in zip(self.program.facts.values(), _merged(self.answers), strict=False):
            if value is None:
                continue
            yield self.named(fact.label, stated(self.say, fact, value), fact.clause)

    def readings(self) -> Iterator[str]:
        matters = {item.name for item in self.result.open_questions}
        for item in self.result.interpretations:
            how = ""
            if item.reading == OPEN:
                if not item.is_presumed and item.name not in matters:
                    how = self.say.pick("（不影响本次结果）", " (makes no difference here)")
            else:
                how = self.say.pick("（推荐）", " (recommended)")
                if not item.is_recommended:
                    how = self.say.pick("（选定）", " (chosen)")
                if self.policy.basis.readings.get(item.name) == item.reading:
                    how = self.say.pick("（采用）", " (adopted)")
                if item.is_presumed:
                    how = self.say.pick("（推定，文件没有规定）", " (presumed, not in the text)")
            question, label = self.say.say(item.question), self.say.say(item.label)
            yield f"{question}{self.say.pick('：', ': ')}{label}{how}{self.clause(item.clause)}"

    def conditions(self) -> Iterator[str]:
        for test in self.result.conditions:
            mark = {True: "✓", False: "✗", None: "?"}[test.holds]
            if test.kind == "advisory" and test.holds is not True:
                mark = "!"
            figures = self.say.say(test.figures)
            yield f"{mark} {self.named(test.label, figures, test.clause, self._only(test.parts))}"

    def _only(self, names: tuple[str, ...]) -> str:
        """The parts that a condition is for, where it is not for all."""
        labels = [self.say.say(part.label) for part in self.program.parts if part.name in names]
        listed = self.say.pick("、", ", ").join(labels)
        return self.say.pick(f"（只涉及{listed}）", f" (for {listed} alone)") if labels else ""

    def steps(self) -> Iterator[str]:
        for number, step in enumerate(self.program.steps, start=1):
            label = self.say.say(step.label)
            lines: dict[tuple[str, ...], list[Answer]] = {}
            for answer in self.answers:
                found = reason(self.say, answer, answer.runner.folded.steps[number - 1])
                lines.setdefault(tuple(found.lines()), []).append(answer)
            for text, answers in lines.items():
                under = self._under(answers) if len(lines) > 1 else ""
                yield f"{number}. {label}{under}{self.clause(step.clause)}"
                yield from ("   " + line for line in text)

    def _under(self, answers: list[Answer]) -> str:
        """The open readings under which these answers stand, also those that make no difference to any value."""
        said = []
        for name in (name for name, reading in self.result.readings.items() if reading == OPEN):
            item = self.program.interpretations[name]
            ways = {answer.runner.folded.readings[name] for answer in answers} - {OPEN}
            if ways and len(ways) < len(item.readings):
                said.append("/".join(self.say.say(item.readings[way]) for way in item.readings if way in ways))
        if not said:
            return ""
        return self.say.pick(f"（若{'，'.join(said)}）", f" (if {', '.join(said)})")

    def measures(self) -> Iterator[str]:
        for measure, each in zip(self.program.measures, self.result.measures, strict=True):
            mark = {True: "✓", False: "✗", None: "?"}[each.met]
            value, required, shortfall = (
                self._figure(measure, of) for of in (each.value, each.required, each.shortfall)
            )
            least, short = _SENSES[each.sense]
            said = f"{value}{self.say.pick('，', ', ')}{self.say.say(least).format(required)}"
            said += "" if each.met else self.say.pick("，", ", ") + self.say.say(short).format(shortfall)
            if each.deadline:
                days = self.say.pick(" 至 ", " to ").join(day.isoformat() for day in each.deadline)
                until = self.say.pick(f"{days} 之前", f"before {days}")
                said += self.say.pick("，", ", ")
                said += until if each.is_before else self.say.pick(f"不迟于 {days}", f"by {days}")
            yield f"{mark} {self.named(measure.label, said, measure.clause)}"
            place = self.program.measures.index(measure)
            wanted = [(answer, answer.runner.folded.measures[place].required) for answer in self.answers]
            leaves = (p.Constant, p.FactValue, p.StepValue, p.ParameterValue)
            yield from (f"  = {how}" for how in computed(self.say, wanted, leaves))

    def _figure(self, measure: p.Measure, ends: tuple[Any, ...]) -> str:
        figures = [self.say.value(Fraction(end), measure.value.type) for end in ends]
        if len(figures) == 1:
            return figures[0]
        return self.say.pick("{} 至 {} 之间（未定）", "between {} and {} (undetermined)").format(*figures)

    def outcome(self) -> Iterator[str]:
        if not self.policy.pays:
            return
        if self.result.eligible is False:
            yield self.say.pick("不符合条件，金额为 0", "not eligible, the amount is 0")
        if self.result.eligible is None:
            yield self.say.pick("是否符合条件未定", "whether it is eligible is undetermined")
        for index, part in enumerate(self.result.parts):
            split = Splitting(self.say, self.answers, index) if part.eligible is not False else None
            aside = (
                "" if part.counted else self.say.pick("（另列，不计入金额）", " (shown beside, not part of the amount)")
            )
            yield self.named(part.label, self._money(part) + self._refused(part), part.clause, aside)
            yield from ("  " + line for line in (split.sums() if split else ()))
            yield from ("  " + line for line in self._shares(part, split.shares() if split else ()))
            yield from ("  " + line for line in self._instalments(part, split.instalments() if split else ()))
        total = self.result.total
        yield f"{self.say.pick('金额合计：', 'Amount: ')}{self._money(total)}"
        yield from self._in_capitals("金额大写：", "Amount in capitals: ", total)
        if self.result.has_own:
            yield f"{self.say.pick('应付合计：', 'Payable: ')}{self._money(self.result.payable)}"
            yield from self._in_capitals("应付大写：", "Payable in capitals: ", self.result.payable)
        if not total.is_determined:
            yield self.say.pick("未定之处：", "Left open: ") + self.say.say(total.why)
        if (besides := self.result.open_besides) is not None:
            yield self.say.pick("金额以外未定：", "Left open besides the amount: ") + self.say.say(besides)

    def _instalments(self, part: PartResult, asides: Sequence[str]) -> Iterator[str]:
        for each, aside in zip(part.instalments, asides or [""] * len(part.instalments), strict=True):
            if each.exists is False:
                yield self.named(each.label, self.say.pick("此申报没有这一期", "none in this claim"), each.clause)
                continue
            said = [self._money(each)]
            if each.exists is None:
                said.append(self.say.pick("有无未定", "undetermined whether there is one"))
            if each.due:
                days = self.say.pick(" 至 ", " to ").join(day.isoformat() for day in each.due)
                said.append(self.say.pick(f"{days} 到期", f"due on {days}"))
            if each.test:
                words = self.say.words(self._test(each.name))
                failed = self.say.say(IF_FAILED[each.if_failed])
                said.append(self.say.pick(f"拨付时须：{words}，否则{failed}", f"if then {words}, or else it {failed}"))
            yield self.named(each.label, self.say.pick("，", ", ").join(said), each.clause, aside)
            if len(each.shares) > 1 or has_own(each.shares):
                yield from ("  " + line for line in self._shares(each))

    def _test(self, name: str) -> p.Node:
        instalments = (each for part in self.program.parts for each in part.instalments)
        return next(each.test for each in instalments if each.name == name and each.test is not None)

    def _shares(self, of: PartResult | InstalmentResult, asides: Sequence[str] = ()) -> Iterator[str]:
        for share, aside in zip(of.shares, asides or [""] * len(of.shares), strict=True):
            own = self.say.say(OWN) if share.own else ""
            yield f"{self.say.say(share.label)}{aside}{own} {self._money(share)}"
        if has_own(of.shares):
            yield f"{self.say.say(of.payable.label)}{self.say.pick('：', ': ')}{self._money(of.payable)}"

    def _refused(self, part: PartResult) -> str:
        """Why a part alone is refused."""
        tests = [test for test in self.result.conditions if part.name in test.parts and test.holds is not True]
        if self.result.eligible is False or part.eligible is True or not tests:  # or said of all parts at once
            return ""
        names = self.say.pick("、", ", ").join(self.say.say(test.label) for test in tests)
        if part.eligible is None:
            return self.say.pick(f"，是否符合条件未定：{names}", f", whether it is eligible is undetermined: {names}")
        return self.say.pick(f"，不符合条件：{names}", f", not eligible: {names}")

    def _money(self, money: Money) -> str:
        yuan = self.say.pick("元", "CNY")
        if money.is_determined:
            recover = self.say.pick(f"（追缴 {-money.low} 元）", f" ({-money.low} CNY to be recovered)")
            return f"{money.low} {yuan}" + (recover if money.low < 0 else "")
        recover = self.say.pick("（负数为追缴）", " (below zero: to be recovered)") if money.low < 0 else ""
        return (
            self.say.pick(
                f"{money.low} 至 {money.high} {yuan}之间，未定",
                f"between {money.low} and {money.high} {yuan}, undetermined",
            )
            + recover
        )

    def _in_capitals(self, zh: str, en: str, money: Money) -> Iterator[str]:
        if self.capitals:
            low, high = in_capitals(money.low), in_capitals(money.high)
            open_ = self.say.pick(f"{low} 至 {high}之间，未定", f"between {low} and {high}, undetermined")
            yield self.say.pick(zh, en) + (low if money.is_determined else open_)

    def remarks(self) -> Iterator[str]:
        for problem in remarks(self.result):
            yield f"{problem.code} {problem.message(self.say.language)}"

    def gaps(self) -> Iterator[str]:
        for gap in self.policy.gaps:
            yield f"{self.say.say(gap.text)}{self.clause(gap.clause)}"


def _merged(answers: tuple[Answer, ...]) -> list[Any]:
    """The facts as given: one that applies under some reading only is taken from there."""
    columns = zip(*(answer.env for answer in answers), strict=False)
    return [next((value for value in column if value is not None), None) for column in columns]


def stated(say: Wording, fact: p.Fact, value: Any) -> str:
    """A fact as it was stated."""
    if fact.fields:
        rows = [
            say.pick("，", ", ").join(
                f"{say.say(field.label)} {stated(say, field, item)}"
                for field, item in zip(fact.fields, row, strict=True)
                if item is not None
            )
            for row in value
        ]
        return say.pick("；", "; ").join(rows) or say.pick("无", "none")
    if isinstance(fact.type, Number):
        exact, digits = Fraction(value, fact.resolution.denominator), decimals(fact.resolution.denominator) or 0
        if fact.scale != 1:  # in the unit in which it was stated, such as 万元
            return f"{show(exact, digits)} {say.say(fact.one if exact == 1 else fact.symbol)}"
        return say.number(exact, fact.type.unit, digits)
    return say.value(value, fact.type)
