"""Policies made by type: modules of random formulas, so that the runners meet what nobody thought of writing."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from subsidy import Policy, PolicyError
from subsidy.catalogue.folder import read_entry
from subsidy.errors import Problems
from subsidy.language.compiler import compile_module

from .support import CATALOGUE, MODULES

PATH = "cn/test/generated/2024-01-01.toml"
HEAD = (MODULES.parent / "generated.toml").read_text(encoding="utf-8")
UNKNOWN = next(line for line in HEAD.splitlines() if line.startswith("unknown = "))
DEPTH = 4
KINDS = ("number", "number", "flag", "choice", "date", "month")

COUNTS = st.integers(1, 3)
LITERALS = st.sampled_from(["0", "1", "3", "0.5", "7.25", "100", "0.01", "12.345"])
DIVISORS = st.sampled_from(["2", "3", "7", "0.3", "proportion", "rate[level]", "days_in(month) * 1[day]"])
PRODUCTS = st.sampled_from(["0.06 * rate[level] * small", "rate[level] * 14 * small", "proportion * 0.9 * small"])
ROUNDINGS = st.sampled_from(["0.01, half_up", "0.1, half_even", "1, floor", "0.25, ceil", "5, up", "0.05, down"])
READINGS = st.sampled_from(
    ["reading(first) == one", "reading(first) != two", "reading(second) == left", "reading(second) == right"]
)
ROW_TESTS = st.sampled_from(
    ["", " if r.own", " if r.level > self_care", " if given(r.size) and r.size > whole", " if r.on <= day"]
)
ROW_NUMBERS = st.sampled_from(
    ["r.amount", "r.amount * rate[r.level]", "round(r.amount / 3, 0.01, half_up)", "proportion"]
)


class Formulas:
    """Draws formulas of a type from what is there: facts, parameters, and the steps before."""

    def __init__(self, draw: DrawFn) -> None:
        self.draw = draw
        self.steps: dict[str, list[str]] = {"number": [], "flag": [], "choice": [], "date": [], "month": []}

    def pick(self, *ways: str) -> str:
        return self.draw(st.sampled_from(ways))

    def formula(self, kind: str, depth: int) -> str:
        found: str = getattr(self, kind)(depth)
        return found

    def branch(self, kind: str, depth: int) -> str:
        test, then, otherwise = self.flag(depth - 1), self.formula(kind, depth - 1), self.formula(kind, depth - 1)
        return f"(if {test} then {then} else {otherwise})"

    def extreme(self, kind: str, depth: int) -> str:
        return f"{self.pick('min', 'max')}({self.formula(kind, depth - 1)}, {self.formula(kind, depth - 1)})"

    def number(self, depth: int) -> str:
        leaves = [
            "small",
            "whole",
            "signed",
            "proportion",
            "rate[level]",
            "unfilled",
            "unstated",
            "budget / 1[CNY]",
            self.draw(LITERALS),
            self.draw(PRODUCTS),
            *self.steps["number"],
        ]
        ways = [
            "leaf",
            "sum",
            "product",
            "extreme",
            "branch",
            "round",
            "over",
            "quotient",
            "rows",
            "apart",
            "minus",
            "given",
            "months",
            "position",
            "table",
        ]
        match self.pick(*ways) if depth else "leaf":
            case "sum":
                return f"({self.number(depth - 1)} {self.pick('+', '-')} {self.number(depth - 1)})"
            case "product":
                return f"({self.number(depth - 1)} * {self.number(0)})"
            case "extreme":
                return self.extreme("number", depth)
            case "branch":
                return self.branch("number", depth)
            case "round":
                return f"round({self.number(depth - 1)}, {self.draw(ROUNDINGS)})"
            case "over":
                return f"({self.number(depth - 1)} / {self.draw(DIVISORS)})"
            case "quotient":
                return (
                    f"round({self.number(depth - 1)} / (max(0, {self.number(depth - 1)}) + 1), {self.draw(ROUNDINGS)})"
                )
            case "rows":
                kind, test = self.pick("sum", "count", "min", "max"), self.draw(ROW_TESTS)
                if kind == "count":
                    return f"count(r in rows{test or ' if r.own or not r.own'})"
                otherwise = "" if kind == "sum" else f", else {self.number(0)}"
                return f"{kind}({self.draw(ROW_NUMBERS)} for r in rows{test}{otherwise})"
            case "apart":
                one, two = self.date(depth - 1), self.date(depth - 1)
                name, unit = self.pick("years_between year", "months_between month", "days_between day").split()
                return f"({name}({one}, {two}) / 1[{unit}])"
            case "months":
                return self.months()
            case "position":
                key = self.pick("r.level", "r.own", "r.on")
                test = self.pick("", " and r.own", " and r.amount > small")
                places = ["r", f"r, {key}", f"r, {key}, r.amount > small", f"r, {key}, given(r.size)"]
                place = self.pick(*places)
                return f"sum(r.amount for r in rows if position({place}) <= {self.pick('1', '2')}{test})"
            case "table":
                return f"grant[{self.choice(depth - 1)}, {self.size(depth - 1)}]"
            case "minus":
                return f"(-{self.number(depth - 1)})"
            case "given":
                return f"(if given(extra) then extra * {self.number(0)} else {self.number(depth - 1)})"
            case _:
                return self.pick(*leaves)

    def months(self) -> str:
        """A total over months; of months within rows, or of rows within a month, as well."""
        ends = f"{self.pick('month', 'month_of(born)', '2024-02')}, {self.pick('month_of(day)', '2025-03', 'month')}"
        test = self.pick("", " if m > 2024-02", " if in_month(day, m)", " if days_in(m) > 29[day]")
        match self.pick("count", "sum", "rows in months", "months in rows", "greatest"):
            case "count":
                counted = test or " if overlap_days(2024-01-31, 2025-02-28, m) >= 15[day]"
                return f"min(99, count(m in months({ends}){counted}) / 1[month])"
            case "sum":
                return f"min(99, sum(rate[level] * days_in(m) / 31[day] for m in months({ends}){test}))"
            case "rows in months":
                inner = "sum(r.amount for r in rows if in_month(r.on, m))"
                return f"min(99, sum({inner} for m in months({ends}){test}))"
            case "months in rows":
                inner = "count(m in months(month_of(r.on), month) if days_in(m) > 28[day])"
                return f"min(99, sum({inner} for r in rows) / 1[month])"
            case _:
                return f"max(days_in(m) / 1[day] for m in months({ends}){test}, else rate[level])"

    def size(self, depth: int) -> str:
        """A class of a number: of any number, or of whole ones."""
        if self.draw(st.booleans()):
            return f"size({self.number(depth)})"
        return f"(if count_class(round({self.number(depth)}, 1, down)) == few then size(0) else size(whole))"

    def ladder(self, kind: str) -> str:
        """How a ladder picks, its rows, and what counts if none applies."""
        picks = {"number": ("first", "highest", "sum"), "choice": ("first", "highest"), "flag": ("first",)}
        pick = self.pick(*picks.get(kind, ("first", "highest")))
        rows = [f'{{ if = "{self.flag(2)}", value = "{self.formula(kind, 2)}" }}' for _ in range(self.draw(COUNTS))]
        if self.draw(st.booleans()) and kind != "flag":
            pick = "only"
            tests = ("small < 3", "small >= 3 and level == disabled", "small >= 3 and not (level == disabled) and yes")
            rows = [f'{{ if = "{test}", value = "{self.formula(kind, 1)}" }}' for test in tests]
        return f'pick = "{pick}"\nrows = [{", ".join(rows)}]\notherwise = "{self.formula(kind, 1)}"'

    def flag(self, depth: int) -> str:
        orders = ("<", "<=", ">", ">=", "==", "!=")
        match self.pick("leaf", "numbers", "choices", "dates", "months", "not", "joined", "in", "rows", "quotients"):
            case "numbers" if depth:
                return f"({self.number(depth - 1)} {self.pick(*orders)} {self.number(depth - 1)})"
            case "choices" if depth:
                return f"({self.choice(depth - 1)} {self.pick(*orders)} level)"
            case "dates" if depth:
                return f"({self.date(depth - 1)} {self.pick(*orders)} {self.date(depth - 1)})"
            case "months" if depth:
                return f"({self.month(depth - 1)} {self.pick(*orders)} {self.month(depth - 1)})"
            case "not" if depth:
                return f"(not {self.flag(depth - 1)})"
            case "joined" if depth:
                return f"({self.flag(depth - 1)} {self.pick('and', 'or')} {self.flag(depth - 1)})"
            case "in" if depth:
                number = f"{self.number(depth - 1)} in (0, 1, 2.5)"
                return f"({self.pick('level in (self_care, disabled)', 'month in (2024-02, 2025-03)', number)})"
            case "rows" if depth:
                body = self.pick("r.own", "r.amount > small", "r.level == level", "in_month(r.on, month)")
                return f"{self.pick('any', 'all')}({body} for r in rows{self.draw(ROW_TESTS)})"
            case "quotients" if depth:
                return f"(small / (whole + 1) {self.pick(*orders)} {self.number(depth - 1)})"
            case _:
                return self.pick("yes", self.draw(READINGS), "given(extra)", *self.steps["flag"])

    def choice(self, depth: int) -> str:
        match self.pick("leaf", "extreme", "branch"):
            case "extreme" if depth:
                return self.extreme("choice", depth)
            case "branch" if depth:
                return self.branch("choice", depth)
            case _:
                crosswalk = f"level_of[{self.pick('size(small)', 'size(signed)')}]"
                return self.pick("level", "other", crosswalk, *self.steps["choice"])

    def date(self, depth: int) -> str:
        match self.pick("leaf", "extreme", "branch", "later", "ends", "year", "policy_year", "days"):
            case "extreme" if depth:
                return self.extreme("date", depth)
            case "branch" if depth:
                return self.branch("date", depth)
            case "later" if depth:
                return (
                    f"add_months({self.date(depth - 1)}, {self.pick('whole * 1[month]', '1[month]', '13[month]', '0')})"
                )
            case "ends" if depth:
                return f"{self.pick('first_day', 'last_day')}({self.month(depth - 1)})"
            case "policy_year" if depth:
                return f"policy_year({self.date(depth - 1)}, {self.pick('2020-02-29', '2023-09-01', 'born')})"
            case "days" if depth:
                return f"add_days({self.date(depth - 1)}, {self.pick('whole * 1[day]', '-45[day]', '400[day]')})"
            case "year" if depth:
                return f"year_start({self.date(depth - 1)})"
            case _:
                return self.pick("day", "born", "2024-02-29", *self.steps["date"])

    def month(self, depth: int) -> str:
        match self.pick("leaf", "extreme", "branch", "of"):
            case "extreme" if depth:
                return self.extreme("month", depth)
            case "branch" if depth:
                return self.branch("month", depth)
            case "of" if depth:
                return f"month_of({self.date(depth - 1)})"
            case _:
                return self.pick("month", "2024-02", *self.steps["month"])


@st.composite
def modules(draw: DrawFn) -> str:
    """The text of a module with one to five random steps, a random condition and random shares."""
    formulas = Formulas(draw)
    lines = [HEAD if draw(st.integers(0, 3)) == 0 else HEAD.replace(UNKNOWN, 'value = "0.75"')]
    for number in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(KINDS))
        name, value = f"step_{number}", f'value = "{formulas.formula(kind, DEPTH)}"'
        if draw(st.integers(0, 3)) == 0:
            value = formulas.ladder(kind)
        extra = {"number": 'unit = "ratio"', "choice": 'type = "choice"\nof = "care_level"'}.get(
            kind, f'type = "{kind}"'
        )
        lines.append(f'[[steps]]\nname = "{name}"\n{extra}\n{value}\nlabel = {{ zh = "{name}", en = "{name}" }}')
        formulas.steps[kind].append(name)
    for kind in ("required", "advisory"):
        label = f'label = {{ zh = "{kind}", en = "{kind}" }}\nclause = "一"'
        lines.append(f'[[conditions]]\nname = "{kind}"\nkind = "{kind}"\ntest = "{formulas.flag(2)}"\n{label}')
    values = [*formulas.steps["number"], *(f"(if {flag} then 1 else 0)" for flag in formulas.steps["flag"])]
    values += [f"(if {name} == level then 2 else 0)" for name in formulas.steps["choice"]]
    values += [f"(if {name} <= day then 3 else 0)" for name in formulas.steps["date"]]
    values += [f"(if {name} < month then 4 else 0)" for name in formulas.steps["month"]]
    lines.append(
        f'[[conditions]]\nname = "alone"\nkind = "required"\nfor = ["paid"]\ntest = "{formulas.flag(2)}"\n'
        'label = { zh = "单项", en = "alone" }\nclause = "一"'
    )
    sense, least = draw(st.sampled_from(["at_least", "at_most"])), formulas.number(1)
    lines.append(
        f'[[measures]]\nname = "target"\nvalue = "{formulas.number(2)}"\nrequired = "{least} + proportion"\n'
        f'sense = "{sense}"\nby = "{formulas.date(1)}"\nlabel = {{ zh = "目标", en = "target" }}\nclause = "一"'
    )
    shares = draw(st.sampled_from(SHARES))
    instalments = draw(st.sampled_from(INSTALMENTS)) if "value" not in shares else []
    paid = f"round(min(90000, max(0, {' + '.join(values)} + {draw(UNUSED)})) * 1[CNY], 0.01, half_up)"
    lines.append(
        f'[outcome]\n[[outcome.parts]]\nname = "paid"\nvalue = "{paid}"\npayee = "person"\n'
        f'label = {{ zh = "付", en = "paid" }}\nshares = [{shares}]'
    )
    for place, instalment in enumerate(instalments):
        due, when = formulas.date(1), formulas.flag(2)
        text = instalment.replace("DUE", due).replace("WHEN", when)
        label = f'label = {{ zh = "第 {place} 期", en = "instalment {place}" }}'
        lines.append(f'[[outcome.parts.instalments]]\nname = "instalment_{place}"\n{label}\n{text}')
    return "\n\n".join(lines) + "\n" + EXAMPLE


REST = '{ payer = "province", residual = true }'
SHARES = [
    '{ payer = "city", percent = "1/3" }, { payer = "county", percent = "1/6" }, { payer = "province", percent = "1/2" }',  # noqa: E501
    f'{{ payer = "city", percent = "rate[level] / 100" }}, {REST}',
    f'{{ payer = "city", value = "max(0, signed) * 1[CNY]" }}, {{ payer = "county", percent = "proportion" }}, {REST}',
]
INSTALMENTS: list[list[str]] = [
    [],
    ['share = "1/3"\ndue = "DUE"', 'share = "1/3"', 'share = "1/3"'],
    ['share = "rate[level] / 100"\nwhen = "WHEN"', 'share = "7%"\nwhen = "WHEN"', "remainder = true"],
    ['value = "max(0, signed) * 1[CNY]"\ndue = "DUE"', "remainder = true", 'share = "20%"\nwhen = "WHEN"'],
    ['share = "if yes then 0.25 else 1"', 'share = "75%"\nwhen = "yes"\ndue = "DUE"'],
]
# Every fact, parameter and interpretation is used somewhere, or the module would not compile.
UNUSED = st.just(
    "(if (given(extra) and extra > 1 or yes and born < day) and reading(first) == one and reading(second) == left "
    "and (level == self_care or other == disabled) then (small + whole + signed) * proportion * rate[level] * unfilled "
    "* count(r in rows if r.own) * unstated * (budget / 1[CNY]) * grant[level_of[size(0)], size(small)] else 0) "
    "+ (if count_class(whole) == few then 0.01 else 0) + (if month == 2024-02 then 0.01 else 0)"
)
EXAMPLE = """
[[examples]]
name = "例"
source = "derived"
facts = {}
expect = { eligible = true }
"""


def compiled(text: str) -> Policy | None:
    """The policy of a module's text; None where the compiler refuses it."""
    problems = Problems()
    entry = read_entry(PATH, text.encode(), None, problems)
    if entry is None:
        raise PolicyError(problems.found)
    vocabulary = CATALOGUE.folder.vocabulary
    try:
        return Policy(entry, compile_module(entry, vocabulary), vocabulary, None)
    except PolicyError as error:
        if {problem.code for problem in error.problems if not problem.is_warning} <= REFUSED:
            return None
        raise


# What the compiler may find wrong with a random formula: a divisor that may be zero, a day or an amount out of reach,
# a formula too deep or too long, a condition that never holds.
REFUSED = {"P0202", "P0203", "P0601", "P0608", "P0609", "P0611", "P0617"}


def policies() -> SearchStrategy[Policy]:
    """Policies of random formulas that compile."""
    return modules().map(compiled).filter(lambda policy: policy is not None)  # type: ignore[return-value]
