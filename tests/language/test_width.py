"""Which formulas can be computed in 64 bits: those of which every number fits, on the way as at the end."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from tests.soundness.widths import Meter, Noted

from subsidy.language import program as p
from subsidy.language.filling import with_tables
from subsidy.language.folding import every_way
from subsidy.language.lowering import Op
from subsidy.language.program import Wide

from .support import LABEL, compiled, fact, number, parameter, pays, step

LARGEST = "999999999999999999"
PAYS = pays("if it > 0 then 1[CNY] else 0")


def wide(value: str, *body: str, unit: str = "ratio") -> tuple[Wide, ...]:
    """What is wide in a module with one step."""
    return compiled(*body, step("it", value, f'unit = "{unit}"'), PAYS).program.wide


def x(low: str, high: str, resolution: str = "1") -> str:
    return number("x", low, high, resolution)


@pytest.mark.parametrize(
    ("value", "low", "high", "bits"),
    [
        ("x * 9", "0", LARGEST, 0),
        ("x * 10", "0", LARGEST, 65),
        ("x * 8388608", "-1099511627776", "1099511627775", 0),  # from -2^63
        ("x * 8388608", "0", "1099511627776", 65),  # to 2^63
        ("x * 8388608", "-1099511627777", "0", 65),
    ],
)
def test_the_edge_is_at_the_last_number_of_64_bits(value: str, low: str, high: str, bits: int) -> None:
    """From -2^63 to 2^63 - 1 all fits; one beyond does not, and is said with the bits it takes."""
    found = wide(value, x(low, high))
    assert found == ((Wide("it", "scale", bits), Wide("paid", "step", bits)) if bits else ())


@pytest.mark.parametrize(
    ("value", "kind", "bits"),
    [
        ("round(x / (x + 1), 0.000001, half_up)", "quotient", 81),  # n, a millionfold
        ("round(x * 9 / 400000000000000000, 1, up)", "round", 65),  # n + d - 1
        ("if x * 9 > 0 - x then 1 else 2", ">", 65),  # the difference
    ],
)
def test_a_number_on_the_way_counts_as_one_that_is_given(value: str, kind: str, bits: int) -> None:
    """A formula is wide where a numerator, a shifted numerator or a difference is, though its value is small."""
    found = wide(value, x("0", LARGEST))
    assert found[0] == Wide("it", kind, bits)


def test_a_sum_over_rows_is_as_large_as_its_rows_make_it() -> None:
    """Ten rows of the largest number need more than nine."""

    def rows(most: int) -> tuple[Wide, ...]:
        records = fact("list", "records", f"rows = [0, {most}]")
        field = (
            f'\n[facts.list.fields.n]\ntype = "number"\nunit = "ratio"\nresolution = "1"\nrange = ["0", "{LARGEST}"]\n'
        )
        return wide("sum(r.n for r in list)", records + field + LABEL)

    assert rows(9) == ()
    assert rows(10) == (Wide("it", "sum", 65), Wide("paid", "step", 65))


def test_a_program_is_wide_under_any_reading() -> None:
    """One reading that does not fit is enough, and the largest number of all readings is said."""
    ways = ", ".join(f'{name} = {{ zh = "{name}", en = "{name}" }}' for name in ("small", "large"))
    question = '\n[[interpretations]]\nname = "way"\nquestion = { zh = "问", en = "which" }\nclause = "一"\n'
    question += f"readings = {{ {ways} }}\n"
    found = wide("if reading(way) == small then x else x * 1000", x("0", LARGEST), question)
    assert found == (Wide("it", "scale", 71), Wide("paid", "step", 71))


def test_a_figure_filled_more_finely_may_make_a_program_wide() -> None:
    """Widths of an open figure are those of hundredths; once it is filled they are those of the figure."""
    rate = parameter("rate", 'unit = "ratio"', 'delegated = { to = "county" }', 'within = { min = "0", max = "1" }')
    policy = compiled(x("0", "99999999999999"), rate, step("it", "x * rate", 'unit = "ratio"'), PAYS)
    assert policy.program.wide == ()
    filled = {
        text: with_tables(policy.program, {"rate": {(): Fraction(text)}}).wide for text in ("0.25", "0.999999999")
    }
    assert filled == {"0.25": (), "0.999999999": (Wide("it", "scale", 78), Wide("paid", "step", 78))}


def test_a_wide_policy_is_calculated_as_any_other() -> None:
    """The scalar runner knows no limit: what is wide is as exact."""
    policy = compiled(
        number("cost", "0", LARGEST, "0.000000001", "CNY"),
        step("it", "round(cost / 1000000, 0.01, half_up)", 'unit = "CNY"'),
        pays("min(it, 100000[CNY])"),
    )
    assert [each.name for each in policy.program.wide] == ["it"]
    assert str(policy.calculate(claim="C", on="2021-06-01", cost="12345678901.500000001").amount) == "12345.68"


# — the ranges of simple operations are tight —

EDGES: dict[str, tuple[Any, ...]] = {
    "x": ("-700", "0", "100000"),
    "y": ("1", "50"),
    "list": ([], ["-3"] * 3, ["9"] * 3),
    "yes": (False, True),
    "level": ("self_care", "disabled"),
}
SIMPLE = [
    "x + y",
    "x - y",
    "x * y",
    "3 - x * 7",
    "min(x, y)",
    "max(x, y)",
    "if yes then x else y * 0.5",
    "round(x / 300, 0.01, half_up)",
    "round(x * 0.07, 0.05, half_even)",
    "round(x / y, 1, ceil)",
    "round(x / 7, 1, floor)",
    "if x > y then 1 else 0",
    "if x / y >= 0.25 then 1 else 0",
    "sum(r.n for r in list)",
    "count(r in list)",
    "max(r.n for r in list, else y)",
    "max(y for r in list, else x)",
    "max(position(r) for r in list, else 1)",
    "rate[level] + x",
    'highest: { if = "yes", value = "y" } else x',
    'sum: { if = "yes", value = "y" } else x',
]


def claims() -> Iterator[dict[str, Any]]:
    """Every combination of the facts at their ends."""
    for x_, y, rows, yes, level in product(*EDGES.values()):
        list_ = [{"n": n} for n in rows]
        yield {"claim": "C", "on": "2021-06-01", "x": x_, "y": y, "list": list_, "yes": yes, "level": level}


def a_step(value: str) -> str:
    """The step of a formula, or of a ladder as they are written above."""
    pick, is_ladder, rest = value.partition(": ")
    if not is_ladder:
        return step("it", value, 'unit = "ratio"')
    rows, otherwise = rest.rsplit(" else ", 1)
    lines = f'pick = "{pick}"\nrows = [{rows}]\notherwise = "{otherwise}"\nunit = "ratio"\n'
    return f'\n[[steps]]\nname = "it"\n{lines}{LABEL}'


def below(op: Op) -> Iterator[Op]:
    yield op
    for arg in op.args:
        yield from below(arg)


@pytest.mark.parametrize("value", SIMPLE)
def test_a_range_one_less_wide_would_be_noticed(value: str) -> None:
    """Every end of every number of a simple formula is met by some facts: no proved range could be narrower."""
    records = fact("list", "records", "rows = [0, 3]")
    field = '\n[facts.list.fields.n]\ntype = "number"\nunit = "ratio"\nresolution = "1"\nrange = ["-3", "9"]\n' + LABEL
    facts = x("-700", "100000", "0.5") + number("y", "1", "50") + fact("yes", "flag") + records + field
    facts += fact("level", "choice", 'of = "care_level"')
    rates = 'values = { self_care = "0.5", semi_disabled = "0.75", disabled = "1" }'
    facts += parameter("rate", 'unit = "ratio"', 'by = ["level"]', rates)
    all_used = step("used", "yes and rate[level] + x + y + count(r in list if r.n > 0) > 0", 'type = "flag"')
    pays_ = pays("if it > 0 and used then 1[CNY] else 0")
    policy = compiled(facts, all_used, a_step(value), pays_)
    (folded,) = every_way(policy.program)
    noted = Noted(policy.program, folded)
    environments = [policy.calculate(claim).answers[0].env for claim in claims()]
    names = list(policy.program.facts)

    def odd() -> int:
        return sum(len(measured(policy.program, noted, dict(zip(names, env, strict=False)))) for env in environments)

    assert odd() == 0
    (it,) = [op for name, op in noted.formulas if name == "it"]
    for op in below(it):
        found, way = noted.seen[id(op)]
        for narrower in narrowed(found, way):
            noted.seen[id(op)] = narrower
            assert odd() > 0, (op.kind, found, way, narrower)
        noted.seen[id(op)] = found, way


def test_months_count_as_often_as_they_may() -> None:
    """A total over months is proved for the most months that are allowed, and some facts reach it."""
    until = fact("until", "month")
    total = step("it", "sum(y * days_in(m) / 1[day] for m in months(2024-01, until))", 'unit = "ratio"')
    policy = compiled(until, number("y", "0", "50"), total, PAYS)
    (folded,) = every_way(policy.program)
    noted = Noted(policy.program, folded)
    (months,) = [op for name, op in noted.formulas if name == "it"]
    assert noted.seen[id(months)] == ((0, 600 * 50 * 31), ((0, 600 * 50 * 31),))
    result = policy.calculate(claim="C", on="2021-06-01", until="2073-12", y="50")
    env = result.answers[0].env
    assert measured(policy.program, noted, dict(zip(policy.program.facts, env, strict=False))) == []
    assert result.steps[0].value == 18263 * 50  # every day of fifty years


def measured(program: p.Program, noted: Noted, facts: dict[str, Any]) -> list[str]:
    meter = Meter(program, noted, facts, "low")
    meter.run()
    return meter.odd


def narrowed(found: Any, way: tuple[Any, ...]) -> Iterator[Any]:
    """The proved ranges of an operation with one end of one of them moved in by one."""
    reaches = [found, *way]
    for place, reach in enumerate(reaches):
        if reach is None or not isinstance(reach[0], int):
            continue
        for less in ((reach[0] + 1, reach[1]), (reach[0], reach[1] - 1)):
            changed = [less if index == place else each for index, each in enumerate(reaches)]
            yield changed[0], tuple(changed[1:])
