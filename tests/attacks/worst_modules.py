# ruff: noqa: E501 — modules are written as they stand in their files
"""The worst legal modules: each within every limit of the language, and as dear as can be in one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from tests.language.support import HEAD, LABEL, fact, number, parameter, pays, step

from subsidy.catalogue.reading import FILE_LIMIT

LONG: Final = 1_000  # characters of a formula
LINES: Final = '\nlabel = { zh = "名", en = "n" }'  # the least that a thing with a name needs


@dataclass(frozen=True)
class Worst:
    """A module, the facts of the dearest call, and the codes of the limits that it meets; none where it is legal."""

    text: Callable[[], str]
    facts: dict[str, Any] = field(default_factory=dict)
    codes: tuple[str, ...] = ()


def filled(base: str, pieces: Iterator[str], size: int = FILE_LIMIT) -> str:
    """As many pieces behind a base as a file has room for."""
    found, left = [base], size - len((HEAD + base).encode())
    for piece in pieces:
        left -= len(piece.encode())
        if left < 0:
            break
        found.append(piece)
    return "".join(found)


def long(begin: str, piece: str, end: str, size: int = LONG) -> str:
    """A formula of as many pieces as fit between its beginning and its end."""
    return begin + piece * ((size - len(begin) - len(end)) // len(piece)) + end


def readings(ways: int, of: int) -> str:
    """Interpretations with so many readings each."""
    return "".join(
        f'\n[[interpretations]]\nname = "i{n}"\nquestion = {{ zh = "问", en = "q" }}\nclause = "一"\n[interpretations.readings]\n'
        + "".join(f'r{r} = {{ zh = "读", en = "r" }}\n' for r in range(of))
        for n in range(ways)
    )


def advice(name: str, formula: str, kind: str = "advisory") -> str:
    return f'\n[[conditions]]\nname = "{name}"\nkind = "{kind}"\ntest = "{formula}"\nclause = "一"{LINES}\n'


def ladder(name: str, pick: str, rungs: Iterator[tuple[str, str]], otherwise: str = "0", size: int = 200_000) -> str:
    rows: list[str] = []
    for if_, value in rungs:
        rows.append(f'  {{ if = "{if_}", value = "{value}" }},\n')
        size -= len(rows[-1])
        if size < 0:
            break
    body = "".join(rows)
    return f'\n[[steps]]\nname = "{name}"\npick = "{pick}"\nunit = "ratio"\notherwise = "{otherwise}"\nrows = [\n{body}]\n{LABEL}'


RATIO: Final = 'unit = "ratio"'
NOTHING: Final = pays("0")
CALL: Final = {"claim": "c", "on": "2021-06-01"}
X: Final = number("x", "0", "1000000", "0.01")


def wide_formulas(many: int = 198) -> str:
    """As many sums and comparisons as all formulas together may have, under one reading."""
    pieces = (advice(f"t{n}", long("max(x", ",x", f") >= {n}")) for n in range(many))
    return filled(X + NOTHING, pieces)


def more_formulas() -> str:
    """As before, but as many as the file has room for."""
    return wide_formulas(1_000)


def wide_formulas_in_all_readings() -> str:
    """As before, and each formula is another one under each of 64 readings."""
    asked = "".join(advice(f"u{n}", f"reading(i{n}) == r0") for n in (1, 2))
    pieces = (advice(f"t{n}", long("if reading(i0) == r0 then x > 1 else max(x", ",x", ") >= 1")) for n in count())
    return filled(X + NOTHING + readings(3, 4) + asked, pieces)


def all_readings_at_the_limit() -> str:
    """As many formulas as 64 readings are allowed."""
    pieces = (advice(f"t{n}", long("if reading(i0) == r0 then x > 1 else max(x", ",x", ") >= 1")) for n in range(3))
    asked = "".join(advice(f"u{n}", f"reading(i{n}) == r0") for n in (1, 2))
    return filled(X + NOTHING + readings(3, 4) + asked, pieces)


def squares() -> str:
    """Each of 500 steps the square of the one before."""
    steps = "".join(step(f"s{n}", f"s{n - 1} * s{n - 1}" if n else "x * x", RATIO) for n in range(500))
    return X + NOTHING + steps + advice("t", "s499 > 0")


def denominators() -> str:
    """Each of 500 steps a part of the one before, with a denominator of its own."""
    steps = "".join(step(f"s{n}", f"{f's{n - 1}' if n else 'x'} / {10**17 + 2 * n + 1}", RATIO) for n in range(500))
    return X + NOTHING + steps + advice("t", "s499 > 0")


def denominators_of_sums() -> str:
    """A ladder that adds a hundred fractions without a common divisor."""
    rungs = ((f"x > {n}", f"1 / {10**17 + 2 * n + 1}") for n in range(100))
    return X + NOTHING + ladder("s", "sum", rungs) + advice("t", "s > 0")


def long_ladder() -> str:
    """A ladder as long as the file."""
    return X + NOTHING + ladder("s", "first", ((f"x > {n}", str(n)) for n in count(1))) + advice("t", "s > 0")


def ladders(pick: str) -> Callable[[], str]:
    """Ladders of a hundred rows, as many as the file has room for."""

    def text() -> str:
        pieces = (ladder(f"s{n}", pick, ((f"x == {m}", f"x + {m}") for m in range(100))) for n in count())
        used = advice("t", "x > 0")
        return filled(X + NOTHING + used, (piece + advice(f"t{n}", f"s{n} > 0") for n, piece in enumerate(pieces)))

    return text


def alternatives() -> str:
    """Rows of which only one may hold, each with 2^60 ways to hold."""
    rungs = ((long(f"x == {n}", " and (x > 1 or f)", ""), "1") for n in range(100))
    return X + fact("f", "flag") + NOTHING + ladder("s", "only", rungs) + advice("t", "s > 0")


def guarded_ladder() -> str:
    """A hundred rows, each with dates that must be in order only if no row before it holds."""
    dates = fact("a", "date") + fact("b", "date")
    rungs = ((long(f"days_between(a, b) == {n}[day]", " and x > 1", "", 900), "1") for n in range(100))
    return X + dates + NOTHING + ladder("s", "first", rungs) + advice("t", "s > 0")


def guards_at_the_limit() -> str:
    """Rows that each rest on dates in order, no more of them than are allowed."""
    dates = fact("a", "date") + fact("b", "date")
    rungs = ((f"days_between(a, b) == {n}[day] and x > 1", "1") for n in range(100))
    return X + dates + NOTHING + ladder("s", "first", rungs) + advice("t", "s > 0")


def flags(many: int) -> str:
    return "".join(fact(f"f{n}", "flag") for n in range(many))


def shares(
    rests_on: str, first: str = '{ payer = "city", percent = "SHARE" }, { payer = "county", percent = "1 - (SHARE)" }'
) -> str:
    return pays("x * 1[CNY]", first.replace("SHARE", rests_on)).replace(
        'value = "x * 1[CNY]"', 'value = "round(x * 1[CNY], 0.01, half_up)"'
    )


def cases_of_shares() -> str:
    """Percentages that rest on 13 flags through 480 steps: thousands of cases, each of many steps."""
    sums = "".join(
        step(f"s{n}", f"{f's{n - 1}' if n else '0'} + (if f{n % 13} then 0.001 else 0.0001)", RATIO) for n in range(480)
    )
    return X + flags(13) + sums + shares("s479")


def parts_of_many_cases() -> str:
    """Part after part whose shares rest on the same twelve flags."""
    asked = " and ".join(f"f{n}" for n in range(12))
    share = f"if {asked} then 0.5 else 0.25"
    one = shares(share)
    pieces = (one.replace('name = "paid"', f'name = "paid{n}"') for n in count())
    return filled(X + flags(12), pieces)


def cases_at_the_limit() -> str:
    """Shares that rest on thirteen flags."""
    asked = " and ".join(f"f{n}" for n in range(13))
    return X + flags(13) + shares(f"if {asked} then 0.5 else 0.25")


def instalments() -> str:
    """Instalments that exist or not by eight tests, in thousands of cases of flags."""
    rows = "".join(
        f'  {{ name = "n{n}", label = {{ zh = "期", en = "n" }}, share = "if f0 and f1 and f2 and f3 and f4 and f5 and f6 and f7'
        f' and f8 and f9 and f10 and f11 and f12 then 0.125 else 0.125", when = "x > {n} or x <= {n}" }},\n'
        for n in range(4)
    )
    rows += '  { name = "rest", label = { zh = "余", en = "rest" } },\n'
    paid = pays("round(x * 1[CNY], 0.01, half_up)")
    return X + flags(13) + paid + f"instalments = [\n{rows}]\n"


def nested_classes() -> str:
    """A class looked up by a number that is looked up by a class, ten deep, of a bracket with fifty classes."""
    ends = [f'from = "{n}"' if n else "" for n in range(50)]
    rows = "".join(
        f'  {{ name = "c{n}", label = {{ zh = "档", en = "c" }}{", " if ends[n] else ""}{ends[n]}{f""", to = "{n + 1}" """ if n < 49 else ""} }},\n'
        for n in range(50)
    )
    bracket = f'\n[brackets.size]\nof = "ratio"\nclause = "一"{LINES}\nrows = [\n{rows}]\n'
    table = parameter("t", RATIO, 'by = ["size"]', "values = { " + ", ".join(f'c{n} = "{n}"' for n in range(50)) + " }")
    formula = "t[size(" * 10 + "x" + ")]" * 10
    return X + bracket + table + NOTHING + advice("c", f"{formula} > 1")


def long_bracket() -> str:
    """A bracket as long as the file."""
    rows = (
        f'  {{ name = "c{n}", label = {{ zh = "档", en = "c" }}, {f""" from = "{n}", """ if n else ""} to = "{n + 1}" }},\n'
        for n in range(100_000)
    )
    begin = (
        X
        + NOTHING
        + advice("c", "size(x) == c1")
        + f'\n[brackets.size]\nof = "ratio"\nclause = "一"{LINES}\nrows = [\n'
    )
    text = filled(begin, rows, FILE_LIMIT - 100)
    return text + f'  {{ name = "last", label = {{ zh = "档", en = "c" }}, from = "{text.count("档")}" }},\n]\n'


def own_list(name: str, many: int, ordered: bool = True) -> str:
    values = "".join(f'{name}{n} = {{ zh = "项", en = "i" }}\n' for n in range(many))
    return f"\n[choices.{name}]\nordered = {str(ordered).lower()}{LINES}\n[choices.{name}.values]\n{values}"


def long_list() -> str:
    """A list of thousands of choices, compared as often as there is room."""
    base = own_list("v", 5_000) + fact("c", "choice", 'of = "v"') + fact("d", "choice", 'of = "v"') + NOTHING
    return filled(base, (advice(f"t{n}", long("c == max(d", ",c", ")")) for n in count()))


def list_at_the_limit() -> str:
    """A list as long as it may be, compared as often as a proof may."""
    base = own_list("v", 500) + fact("c", "choice", 'of = "v"') + fact("d", "choice", 'of = "v"') + NOTHING
    return filled(base, (advice(f"t{n}", long("c == max(d", ",c", ")")) for n in range(12)))


def big_table(many: int = 2) -> str:
    """A table of three keys and 8,000 entries, looked up as often as a proof may."""
    lists = "".join(own_list(name, 20) + fact(f"k{name}", "choice", f'of = "{name}"') for name in "abc")
    rows = "".join(
        f"\n[parameters.t.values.a{a}]\n"
        + "".join(f"b{b} = {{ " + ", ".join(f'c{c} = "1"' for c in range(20)) + " }\n" for b in range(20))
        for a in range(20)
    )
    table = parameter("t", RATIO, 'by = ["ka", "kb", "kc"]') + rows
    pieces = (advice(f"t{n}", long("max(t[ka,kb,kc]", ",t[ka,kb,kc]", ") >= 1")) for n in range(many))
    return filled(lists + table + NOTHING, pieces)


def looked_up_more() -> str:
    """As before, but as often as the file has room for."""
    return big_table(1_000)


def rows(most: int, *fields: str) -> str:
    body = "".join(
        f'[facts.r.fields.{name}]\ntype = "number"\nunit = "ratio"\nresolution = "0.01"\nrange = ["0", "1000"]\n{LABEL}'
        for name in fields
    )
    return fact("r", "records", f"rows = [0, {most}]") + body


def positions() -> str:
    """The place of each of 10,000 rows among its kind, several times in each of many formulas."""
    pieces = (
        advice(f"t{n}", long("sum(max(position(q,q.a)", ",position(q,q.a)", f") for q in r) > {n}")) for n in range(50)
    )
    return filled(rows(10_000, "a") + NOTHING, pieces)


def positions_at_the_limit() -> str:
    """The place of each row among its kind, of as many rows as are allowed."""
    return rows(1_000, "a") + NOTHING + advice("t", "sum(position(q, q.a) for q in r) > 3")


def rows_at_the_limit() -> str:
    """As many rows as there may be, summed as often as is allowed."""
    pieces = (advice(f"t{n}", f"sum(q.a * q.b for q in r if q.a > q.b) > {n}") for n in range(10))
    return filled(rows(10_000, "a", "b") + NOTHING, pieces)


def months_of_rows() -> str:
    """Every month of fifty years for each of 10,000 rows."""
    formula = "sum(sum(q.a for m in months(2000-01, 2049-12)) for q in r) > 3"
    return rows(10_000, "a") + NOTHING + advice("t", formula)


def months_at_the_limit() -> str:
    """Every month of fifty years for each of as many rows as are allowed."""
    formula = "sum(sum(q.a for m in months(2000-01, 2049-12)) for q in r) > 3"
    return rows(500, "a") + NOTHING + advice("t", formula)


def open_months() -> str:
    """Months between two facts, for each of as many rows as are allowed."""
    ends = fact("a", "month") + fact("b", "month")
    return ends + rows(500, "a1") + NOTHING + advice("t", "sum(sum(q.a1 for m in months(a, b)) for q in r) > 3")


def conditions() -> str:
    """As many conditions as the file has room for."""
    return filled(X + NOTHING, (advice(f"t{n}", f"x > {n}", "required") for n in count()))


def chained_whens() -> str:
    """Facts that each apply by a long test of their own."""
    first = "".join(fact(f"h{n}", "flag") for n in range(2))
    rest = (long("h0", " and h1", f" and h{n % 2}", 900) for n in count())
    pieces = (
        fact(f"g{n}", "flag", f'when = "{when}"') + advice(f"t{n}", f"given(g{n})") for n, when in enumerate(rest)
    )
    return filled(first + NOTHING, pieces)


def many_facts() -> str:
    """As many facts as the file has room for."""
    return filled(NOTHING, (number(f"n{n}", "0", "1") + advice(f"t{n}", f"n{n} > 0") for n in count()))


def many_steps() -> str:
    """500 steps of the longest formulas that the file has room for."""
    steps = [
        step(f"s{n}", long(f"min(1000000, {f's{n - 1}' if n else 'x'}", ",x", ")", 300), RATIO) for n in range(500)
    ]
    return X + NOTHING + "".join(steps) + advice("t", "s499 > 0")


def mistakes() -> str:
    """A name that is not there, and thousands that it may have been."""
    known = (number(f"name_{n}", "0", "1") for n in range(600))
    return filled("".join(known) + NOTHING, (advice(f"t{n}", long("max(0", f",name_{n}x", ") > 0")) for n in count()))


def examples() -> str:
    """As many examples as the file has room for."""
    one = '\n[[examples]]\nname = "e{}"\nsource = "derived"\nfacts = {{ claim = "c", on = 2021-01-01 }}\nexpect = {{ amount = "0" }}\n'
    return filled(NOTHING, (one.format(n) for n in count()))


def open_figures() -> str:
    """Formulas of intervals under 64 readings, all left open, and a figure that the text leaves out."""
    unknown = parameter("u", RATIO, 'unknown = { range = ["1", "2"], why = { zh = "缺", en = "left out" } }')
    asked = "".join(advice(f"u{n}", f"reading(i{n}) == r0") for n in (1, 2))
    pieces = (advice(f"t{n}", long("if reading(i0) == r0 then x > 1 else max(x", ",u*x", ") >= 1")) for n in range(2))
    return filled(X + unknown + NOTHING + readings(3, 4) + asked, pieces)


def open_rows() -> str:
    """Intervals over as many rows as there may be."""
    unknown = parameter("u", RATIO, 'unknown = { range = ["1", "2"], why = { zh = "缺", en = "left out" } }')
    pieces = (advice(f"t{n}", f"sum(q.a * u for q in r if q.a > q.b) > {n}") for n in range(10))
    return filled(rows(10_000, "a", "b") + unknown + NOTHING, pieces)


def deep() -> str:
    """Formulas that nest as deep as they may, branch in branch."""
    tests = [f"if x > {place} then {place} else " for place in range(20, 0, -1)]
    pieces = (advice(f"t{n}", f"({''.join(tests)}0) > {n % 19}") for n in count())
    return filled(X + NOTHING, pieces)


def _r(many: int, *names: str) -> dict[str, Any]:
    return {"r": [{name: str(n % 7) for name in names} for n in range(many)]}


_X: Final = {**CALL, "x": "5"}
MODULES: Final[dict[str, Worst]] = {
    "wide formulas": Worst(wide_formulas, _X),
    "more formulas": Worst(more_formulas, codes=("P0623",)),
    "wide formulas, 64 readings": Worst(wide_formulas_in_all_readings, codes=("P0623",)),
    "64 readings at the limit": Worst(all_readings_at_the_limit, _X),
    "squares": Worst(squares, codes=("P0620",)),
    "denominators": Worst(denominators, codes=("P0620",)),
    "denominators of sums": Worst(denominators_of_sums, codes=("P0620",)),
    "long ladder": Worst(long_ladder, codes=("P0107",)),
    "ladders, first": Worst(ladders("first"), _X),
    "ladders, sum": Worst(ladders("sum"), _X),
    "ladders, highest": Worst(ladders("highest"), _X),
    "ladders, only": Worst(ladders("only"), _X),
    "alternatives": Worst(alternatives, codes=("P0614",)),
    "guarded ladder": Worst(guarded_ladder, codes=("P0623",)),
    "guards at the limit": Worst(guards_at_the_limit, {**_X, "a": "2020-01-01", "b": "2021-01-01"}),
    "cases of shares": Worst(cases_of_shares, codes=("P0622",)),
    "parts of many cases": Worst(parts_of_many_cases, codes=("P0622",)),
    "cases at the limit": Worst(cases_at_the_limit, {**_X, **{f"f{n}": True for n in range(13)}}),
    "instalments": Worst(instalments, codes=("P0622",)),
    "nested classes": Worst(nested_classes, _X),
    "long bracket": Worst(long_bracket, _X),
    "long list": Worst(long_list, codes=("P0107",)),
    "list at the limit": Worst(list_at_the_limit, {**CALL, "c": "v1", "d": "v2"}),
    "big table": Worst(big_table, {**CALL, "ka": "a1", "kb": "b1", "kc": "c1"}),
    "table looked up more": Worst(looked_up_more, codes=("P0623",)),
    "positions": Worst(positions, codes=("P0621",)),
    "positions at the limit": Worst(positions_at_the_limit, {**CALL, **_r(1_000, "a")}),
    "rows at the limit": Worst(rows_at_the_limit, {**CALL, **_r(10_000, "a", "b")}),
    "months of rows": Worst(months_of_rows, codes=("P0621",)),
    "months at the limit": Worst(months_at_the_limit, {**CALL, **_r(500, "a")}),
    "open months": Worst(open_months, {**CALL, "a": "2000-01", "b": "2049-12", **_r(500, "a1")}),
    "conditions": Worst(conditions, _X),
    "chained whens": Worst(chained_whens, {**CALL, "h0": False, "h1": True}),
    "many facts": Worst(many_facts),
    "many steps": Worst(many_steps, _X),
    "mistakes": Worst(mistakes, codes=("P0301",)),
    "examples": Worst(examples, CALL),
    "open figures": Worst(open_figures, _X),
    "open rows": Worst(open_rows, {**CALL, **_r(10_000, "a", "b")}),
    "deep formulas": Worst(deep, _X),
}
