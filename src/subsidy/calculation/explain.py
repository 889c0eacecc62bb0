"""An explanation: the whole calculation on paper, in Chinese or English, each line with its clause."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from ..errors import Problem, RequestError
from ..exact import decimals, show
from ..language import program as p
from ..language.folding import OPEN
from ..language.types import Number
from ..text import LANGUAGES, Language, Text
from .adopted import basis_lines
from .answers import Answer
from .findings import Findings
from .outcomes import Money, PartResult
from .readers import shown
from .reasons import reason
from .remarks import remarks
from .wording import Wording


def explain(result: Findings, language: Language) -> str:
    """The printed explanation.

    Raises:
        RequestError: the language is none of ours.
    """
    check_language(language)
    return "\n".join(_Explanation(result, language).lines()) + "\n"


def check_language(language: str) -> None:
    """Refuse a language that nothing is said in, rather than answer in another.

    Raises:
        RequestError: it is none of ours.
    """
    if language not in LANGUAGES:
        raise RequestError(Problem.of("R0107", "language", given=shown(language), allowed=", ".join(LANGUAGES)))


class _Explanation:
    def __init__(self, result: Findings, language: Language) -> None:
        self.result, self.policy, self.program = result, result.policy, result.policy.program
        self.say = Wording(self.policy, language)
        self.answers = result.answers

    def lines(self) -> Iterator[str]:
        yield from self.head()
        yield from self.section("事实", "Facts", self.facts())
        yield from self.section("口径", "Readings", self.readings())
        yield from self.section("条件", "Conditions", self.conditions())
        yield from self.section("计算", "Calculation", self.steps())
        yield from self.section("结果", "Result", self.outcome())
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
            yield self.named(fact.label, self._fact(fact, value), fact.clause)

    def _fact(self, fact: p.Fact, value: Any) -> str:
        if fact.fields:
            rows = [
                self.say.pick("，", ", ").join(
                    f"{self.say.say(field.label)} {self._fact(field, item)}"
                    for field, item in zip(fact.fields, row, strict=True)
                    if item is not None
                )
                for row in value
            ]
            return self.say.pick("；", "; ").join(rows) or self.say.pick("无", "none")
        if isinstance(fact.type, Number):
            scale = fact.resolution.denominator
            if fact.scale != 1:  # as it was stated
                return f"{show(Fraction(value, scale), decimals(scale) or 0)} {self.say.say(fact.symbol)}"
            return self.say.number(Fraction(value, scale), fact.type.unit, decimals(scale) or 0)
        return self.say.value(value, fact.type)

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
            yield f"{mark} {self.say.say(test.label)}{self.say.pick('：', ': ')}{figures}{self.clause(test.clause)}"

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
        """The open readings under which these answers stand."""
        names = [item.name for item in self.result.open_questions]
        said = []
        for name in names:
            item = self.program.interpretations[name]
            ways = {answer.runner.folded.readings[name] for answer in answers} - {OPEN}
            if ways and len(ways) < len(item.readings):
                said.append("/".join(self.say.say(item.readings[way]) for way in item.readings if way in ways))
        if not said:
            return ""
        return self.say.pick(f"（若{'，'.join(said)}）", f" (if {', '.join(said)})")

    def outcome(self) -> Iterator[str]:
        if self.result.eligible is False:
            yield self.say.pick("不符合条件，金额为 0", "not eligible, the amount is 0")
        if self.result.eligible is None:
            yield self.say.pick("是否符合条件未定", "whether it is eligible is undetermined")
        for part in self.result.parts:
            aside = (
                "" if part.counted else self.say.pick("（另列，不计入金额）", " (shown beside, not part of the amount)")
            )
            yield self.named(part.label, self._money(part), part.clause, aside)
            yield from ("  " + line for line in self._shares(part))
        total = self.result.total
        yield f"{self.say.pick('金额合计：', 'Amount: ')}{self._money(total)}"
        if not total.is_determined:
            yield self.say.pick("未定之处：", "Left open: ") + self.say.say(total.why)

    def _shares(self, part: PartResult) -> Iterator[str]:
        for share in part.shares:
            own = self.say.pick("（自担，不支付）", " (own, not paid out)") if share.own else ""
            yield f"{self.say.say(share.label)}{own} {self._money(share)}"

    def _money(self, money: Money) -> str:
        yuan = self.say.pick("元", "CNY")
        if money.is_determined:
            return f"{money.low} {yuan}"
        return self.say.pick(
            f"{money.low} 至 {money.high} {yuan}之间，未定",
            f"between {money.low} and {money.high} {yuan}, undetermined",
        )

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
