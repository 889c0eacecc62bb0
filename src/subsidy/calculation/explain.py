"""An explanation: the whole calculation as data, each line with its clause, said in Chinese and English."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import zip_longest
from typing import Any, Final, ParamSpec

from ..catalogue.head import Source
from ..errors import Problem
from ..exact import decimals, show
from ..language import program as p
from ..language.folding import OPEN
from ..language.intervals import Interval
from ..language.types import Number
from ..text import LANGUAGES, Text
from . import sums
from .adopted import basis_lines, is_simulation
from .answers import Answer
from .conditions import condition_distances, condition_words
from .explanation import NOTHING, Explanation, Formula, Kind, Line, Section, Verdict
from .facts import plain as canonical
from .findings import Findings
from .outcomes import InstalmentResult, MeasureResult, PartResult, has_own, shown_value
from .reasons import reason
from .remarks import remarks
from .splitting import Splitting, behind, computed
from .wording import Both, Wording

Given = ParamSpec("Given")
Sections = Iterable[tuple[str, Text, Iterable[Line]]]

_SENSES: Final = {
    "at_least": (Text("应不少于 {}", "at least {} required"), Text("差 {}", "short by {}")),
    "at_most": (Text("应不超过 {}", "at most {} allowed"), Text("超出 {}", "over by {}")),
}
IF_FAILED: Final = {
    "lapses": Text("作废", "lapses"),
    "waits": Text("暂缓", "waits"),
}
REMARKS: Final = Text("提示", "Remarks")
MARKS: Final = {True: "✓", False: "✗", None: "?"}
VERDICTS: Final[dict[bool | None, Verdict]] = {True: "holds", False: "fails", None: "open"}
_UNUSED: Final = Text("（本次未用到）", " (not used here)")


def explained(result: Findings) -> Explanation:
    """The explanation of a result."""
    return _Explaining(result).explanation()


def of_sum(result: Findings, sum_: Fraction) -> Iterator[Line]:
    """What is said of the steps that come to a sum in CNY, then of the outcome: the same lines, and no others are made.

    Args:
        sum_: what a line of a step has as its value.
    """
    made = _Explaining(result)
    for line in made.steps(lambda index: made.comes_to(index, sum_)):
        if line.values and Fraction(line.values[0]) == sum_:
            yield line
    yield from made.outcome()


def about(result: Findings, kind: Kind, title: Text, said: Sections, basis: tuple[Text, ...] = ()) -> Explanation:
    """An explanation under the head of the policy of a result: which text it is, and whose."""
    policy, head = result.policy, result.policy.document.policy
    return Explanation(
        kind=kind,
        policy=policy.id,
        version=policy.version,
        revision=policy.revision,
        digest=policy.digest,
        status=policy.status,
        is_simulation=is_simulation(result),
        title=title,
        place=Text(policy.division_path, policy.vocabulary.divisions[head.division].name.en),
        source=source_said(policy.document.source),
        basis=basis + _paired(*(basis_lines(result, Wording(policy, language)) for language in LANGUAGES)),
        sections=sections(said),
    )


def source_said(source: Source) -> Text:
    """Where a text was taken from."""
    number = f"{source.number} " if source.number else ""
    zh, en = (f"{source.title.in_(each)} · {source.issuer.in_(each)} · {source.issued}" for each in LANGUAGES)
    return Text(number + zh, number + en)


def sections(said: Sections) -> tuple[Section, ...]:
    """The sections in which something is said."""
    found = ((name, title, tuple(lines)) for name, title, lines in said)
    return tuple(Section(name, title, lines) for name, title, lines in found if lines)


def remark_lines(problems: Iterable[Problem]) -> Iterator[Line]:
    """What a reader must know."""
    for problem in problems:
        message = Text(problem.message("zh"), problem.message("en"))
        yield Line("remark", problem.where, message, mark=problem.code)


class _Explaining:
    def __init__(self, result: Findings) -> None:
        self.result, self.policy, self.program = result, result.policy, result.policy.program
        self.both = Both(self.policy)
        self.answers = result.answers

    def explanation(self) -> Explanation:
        said = (
            ("facts", Text("事实", "Facts"), self.facts()),
            ("readings", Text("口径", "Readings"), self.readings()),
            ("conditions", Text("条件", "Conditions"), self.conditions()),
            ("calculation", Text("计算", "Calculation"), self.steps()),
            ("result", Text("结果", "Result"), self.outcome()),
            ("measures", Text("标准", "Measures"), self.measures()),
            ("remarks", REMARKS, remark_lines(remarks(self.result))),
            ("gaps", Text("未尽事项", "Gaps"), self.gaps()),
        )
        return about(self.result, "calculation", self.policy.title, said)

    def facts(self) -> Iterator[Line]:
        for fact, value in zip(self.program.facts.values(), _merged(self.answers), strict=False):
            if value is None:
                continue
            said = self.both(stated, fact, value)
            machine = canonical(value, fact)
            values = (machine,) if isinstance(machine, str) else ()
            yield Line("fact", fact.name, fact.label, said, fact.clause, values=values)

    def readings(self) -> Iterator[Line]:
        matters = {item.name for item in self.result.open_questions}
        for item in self.result.interpretations:
            how = NOTHING
            if item.reading == OPEN:
                if not item.is_presumed and item.name not in matters:
                    how = Text("（不影响本次结果）", " (makes no difference here)")
            else:
                how = Text("（推荐）", " (recommended)")
                if not item.is_recommended:
                    how = Text("（选定）", " (chosen)")
                if self.policy.basis.readings.get(item.name) == item.reading:
                    how = Text("（采用）", " (adopted)")
                if item.is_presumed:
                    how = Text("（推定，文件没有规定）", " (presumed, not in the text)")
            said = Text(item.label.zh + how.zh, item.label.en + how.en)
            yield Line("reading", item.name, item.question, said, item.clause, values=(item.reading,))

    def conditions(self) -> Iterator[Line]:
        for index, test in enumerate(self.result.conditions):
            yield Line(
                kind="condition",
                name=test.name,
                label=test.label,
                said=test.figures,
                clause=test.clause,
                mark="!" if test.kind == "advisory" and test.holds is not True else MARKS[test.holds],
                aside=self._only(test.parts),
                verdict=VERDICTS[test.holds],
                distance=condition_distances(self.policy, self.answers, index) if test.holds is False else (),
                lines=sums.formulas(test.name, self.both.each(condition_words, self.answers, index)),
            )

    def _only(self, names: tuple[str, ...]) -> Text:
        """The parts that a condition is for, where it is not for all."""
        labels = [part.label for part in self.program.parts if part.name in names]
        if not labels:
            return NOTHING
        zh, en = "、".join(each.zh for each in labels), ", ".join(each.en for each in labels)
        return Text(f"（只涉及{zh}）", f" (for {en} alone)")

    def comes_to(self, index: int, sum_: Fraction) -> bool:
        """Whether a step is a sum in CNY, and this one under some reading."""
        step = self.program.steps[index]
        if not isinstance(step.type, Number) or str(step.type.unit or "").partition("/")[0] != "CNY":
            return False
        found = [answer.step(answer.runner.folded.steps[index]) for answer in self.answers]
        return any(isinstance(each, Interval) and each.is_point and each.low == sum_ for each in found)

    def steps(self, takes: Callable[[int], bool] = lambda _: True) -> Iterator[Line]:
        """Every step under the readings that make use of it; one that none does is said to be of no use here.

        Args:
            takes: which of them are wanted, by their place.
        """
        used = [answer.runner.used for answer in self.answers]
        everywhere = range(len(self.answers))
        for index, step in enumerate(self.program.steps):
            if not takes(index):
                continue
            using = [place for place in everywhere if step.name in used[place]]
            ways: dict[tuple[tuple[str, ...], ...], tuple[Formula, list[Answer]]] = {}
            for answer in (self.answers[place] for place in using or everywhere):
                formula = reason(self.both, answer, answer.runner.folded.steps[index])
                stages = tuple(tuple(formula.stages(language)) for language in LANGUAGES)
                ways.setdefault(stages, (formula, []))[1].append(answer)  # what reads the same in both is said once
            for formula, answers in ways.values():
                under = self._under(answers) if len(answers) < len(self.answers) else NOTHING
                unused = NOTHING if using else _UNUSED
                yield Line(
                    kind="step",
                    name=step.name,
                    label=step.label,
                    clause=step.clause,
                    mark=f"{index + 1}.",
                    aside=Text(under.zh + unused.zh, under.en + unused.en),
                    values=(formula.number,) if formula.number else (),
                    formula=formula,
                )

    def _under(self, answers: list[Answer]) -> Text:
        """The open readings under which these answers stand, also those that make no difference to any value."""
        said = []
        for name in (name for name, reading in self.result.readings.items() if reading == OPEN):
            item = self.program.interpretations[name]
            ways = {answer.runner.folded.readings[name] for answer in answers} - {OPEN}
            if ways and len(ways) < len(item.readings):
                found = [label for way, label in item.readings.items() if way in ways]
                said.append(Text("/".join(each.zh for each in found), "/".join(each.en for each in found)))
        if not said:
            return NOTHING
        zh, en = "，".join(each.zh for each in said), ", ".join(each.en for each in said)
        return Text(f"（若{zh}）", f" (if {en})")

    def measures(self) -> Iterator[Line]:
        for place, (measure, each) in enumerate(zip(self.program.measures, self.result.measures, strict=True)):
            how = self.both.each(self._measured, place)
            yield Line(
                kind="measure",
                name=measure.name,
                label=measure.label,
                said=self.both(_measured, measure, each),
                clause=measure.clause,
                mark=MARKS[each.met],
                values=tuple(map(shown_value, each.value)),
                verdict=VERDICTS[each.met],
                distance=() if each.met else (self.both(_figure, measure, each.shortfall),),
                lines=sums.formulas(measure.name, how),
            )

    def _measured(self, say: Wording, place: int) -> Iterator[str]:
        """What is, and what is required, each by its formula."""
        folded = [(answer, answer.runner.folded.measures[place]) for answer in self.answers]
        head = say.pick("实际 ", "actual ")
        for what, of in (head, [each.value for _, each in folded]), ("", [each.required for _, each in folded]):
            nodes = list(zip(self.answers, of, strict=True))
            yield from (f"{what}= {said}" for said in computed(say, nodes))
            yield from behind(say, nodes)

    def outcome(self) -> Iterator[Line]:
        if not self.policy.pays:
            return
        if self.result.eligible is False:
            yield Line("note", "eligible", Text("不符合条件，金额为 0", "not eligible, the amount is 0"))
        if self.result.eligible is None:
            yield Line("note", "eligible", Text("是否符合条件未定", "whether it is eligible is undetermined"))
        for index, part in enumerate(self.result.parts):
            yield self._part(part, index)
        yield from sums.total("amount", sums.AMOUNT, Text("金额", "Amount"), self.result.total)
        if self.result.has_own:
            yield from sums.total("payable", Text("应付合计", "Payable"), Text("应付", "Payable"), self.result.payable)
        if not self.result.total.is_determined:
            yield Line("note", "open", sums.LEFT_OPEN, self.result.total.why)
        if (besides := self.result.open_besides) is not None:
            yield Line("note", "open_besides", Text("金额以外未定", "Left open besides the amount"), besides)

    def _part(self, part: PartResult, index: int) -> Line:
        lines: list[Line] = []
        shares: tuple[Text, ...] = ()
        instalments: tuple[Text, ...] = ()
        if part.eligible is not False:
            zh, en = (Splitting(say, self.answers, index) for say in (self.both.zh, self.both.en))
            lines += sums.formulas(part.name, _paired(zh.sums(), en.sums()))
            shares, instalments = _paired(zh.shares(), en.shares()), _paired(zh.instalments(), en.instalments())
        money, refused = sums.said(part), self._refused(part)
        aside = NOTHING if part.counted else Text("（另列，不计入金额）", " (shown beside, not part of the amount)")
        lines += [*sums.split(part, shares), *self._instalments(part, instalments)]
        return Line(
            kind="part",
            name=part.name,
            label=part.label,
            said=Text(money.zh + refused.zh, money.en + refused.en),
            clause=part.clause,
            aside=aside,
            values=sums.ends(part),
            lines=tuple(lines),
        )

    def _instalments(self, part: PartResult, asides: Sequence[Text]) -> Iterator[Line]:
        for each, aside in zip(part.instalments, asides or [NOTHING] * len(part.instalments), strict=True):
            if each.exists is False:
                said = Text("此申报没有这一期", "none in this claim")
                yield Line("instalment", each.name, each.label, said, each.clause)
                continue
            said = self.both(self._instalment, each)
            lines = tuple(sums.split(each)) if len(each.shares) > 1 or has_own(each.shares) else ()
            yield Line(
                "instalment", each.name, each.label, said, each.clause, "", aside, values=sums.ends(each), lines=lines
            )

    def _instalment(self, say: Wording, each: InstalmentResult) -> str:
        said = [say.say(sums.said(each))]
        if each.exists is None:
            said.append(say.pick("有无未定", "undetermined whether there is one"))
        if each.due:
            days = say.pick(" 至 ", " to ").join(day.isoformat() for day in each.due)
            said.append(say.pick(f"{days} 到期", f"due on {days}") + self._due(say, each.name))
        if each.test:
            words, failed = say.words(self._test(each.name)), say.say(IF_FAILED[each.if_failed])
            said.append(say.pick(f"拨付时须：{words}，否则{failed}", f"if then {words}, or else it {failed}"))
        return say.pick("，", ", ").join(said)

    def _due(self, say: Wording, name: str) -> str:
        """How the day of an instalment is found, unless a line above has it."""
        due = next(each.due for part in self.program.parts for each in part.instalments if each.name == name)
        if due is None or isinstance(due, p.FactValue | p.StepValue | p.Constant):
            return ""
        return say.pick(f"（{say.words(due)}）", f" ({say.words(due)})")

    def _test(self, name: str) -> p.Node:
        instalments = (each for part in self.program.parts for each in part.instalments)
        return next(each.test for each in instalments if each.name == name and each.test is not None)

    def _refused(self, part: PartResult) -> Text:
        """Why a part alone is refused."""
        if self.result.eligible is False or part.eligible is True:  # or said of all parts at once
            return NOTHING
        tests = [test for test in self.result.conditions if part.name in test.parts and test.holds is not True]
        if not tests:
            return NOTHING
        zh, en = "、".join(test.label.zh for test in tests), ", ".join(test.label.en for test in tests)
        if part.eligible is None:
            return Text(f"，是否符合条件未定：{zh}", f", whether it is eligible is undetermined: {en}")
        return Text(f"，不符合条件：{zh}", f", not eligible: {en}")

    def gaps(self) -> Iterator[Line]:
        for gap in self.policy.gaps:
            yield Line("gap", "", gap.text, clause=gap.clause)


def _paired(zh: Iterable[str], en: Iterable[str]) -> tuple[Text, ...]:
    return tuple(Text(*pair) for pair in zip_longest(zh, en, fillvalue=""))


def _measured(say: Wording, measure: p.Measure, each: MeasureResult) -> str:
    """What is, what is required, what is missing, and by when."""
    value, required, shortfall = (_figure(say, measure, of) for of in (each.value, each.required, each.shortfall))
    least, short = _SENSES[each.sense]
    said = [value, say.say(least).format(required)]
    if not each.met:
        said.append(say.say(short).format(shortfall))
    if each.deadline:
        days = say.pick(" 至 ", " to ").join(day.isoformat() for day in each.deadline)
        until = say.pick(f"{days} 之前", f"before {days}")
        said.append(until if each.is_before else say.pick(f"不迟于 {days}", f"by {days}"))
    return say.pick("，", ", ").join(said)


def _figure(say: Wording, measure: p.Measure, ends: tuple[Any, ...]) -> str:
    figures = [say.value(Fraction(end), measure.value.type) for end in ends]
    if len(figures) == 1:
        return figures[0]
    return say.pick("{} 至 {} 之间（未定）", "between {} and {} (undetermined)").format(*figures)


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
