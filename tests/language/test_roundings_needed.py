"""Where an amount becomes finer than a fen: the report points at the operation, and says what would mend it."""

from __future__ import annotations

import pytest

from subsidy.errors import PolicyError

from .support import codes, compiled, number, parameter, pays, step

X = number("x", "0", "9", "0.01", "CNY")
RATE = parameter("rate", 'unit = "ratio"', 'delegated = { to = "county" }', 'within = { min = "1", max = "3" }')
ROUNDED = 'round = "0.01 half_up"'


def report(*body: str) -> str:
    """Everything that is reported of the lines."""
    with pytest.raises(PolicyError) as caught:
        compiled(*body)
    return caught.value.report()


def test_dividing_by_a_figure_that_is_not_filled_needs_a_rounding() -> None:
    """A quotient by an open figure is not taken for whole fen before anybody knows the figure."""
    assert report(X, RATE, pays("x / rate")) == (
        "P0603 rounding-needed  cn/a/b/2021-01-01.toml:50:10  outcome.parts[0].value\n"
        "  paid 可能细于分：这里是 1/300 元的倍数，没有写明舍入\n"
        "  → 写成 round(…, 0.01, half_up) 等，或另立步骤写 round，并注明条款\n"
        "  paid may be finer than a fen: this is a multiple of 1/300 CNY, and no rounding is written\n"
        "  → write round(…, 0.01, half_up) or another around it, or make it a step with a round, with its clause\n"
        "    x / rate\n"
        "    ^^^^^^^^"
    )
    assert codes(X, RATE, pays("round(x / rate, 0.01, half_up)")) == []


def test_the_first_step_that_is_too_fine_is_named_and_not_those_that_rest_on_it() -> None:
    """What follows from an unrounded step is mended with it, so only the step is reported, under the operation."""
    steps = step("third", "5[CNY] + min(x / 3, 4[CNY])", 'unit = "CNY"'), step("twice", "third * 2", 'unit = "CNY"')
    assert report(X, *steps, pays("max(twice, 1[CNY])")) == (
        "P0603 rounding-needed  cn/a/b/2021-01-01.toml:43:23  steps[0].value\n"
        "  paid 可能细于分：步骤 third 是 1/300 元的倍数，没有写明舍入\n"
        '  → 在步骤 third 写 round = "0.01 half_up" 等，并注明条款\n'
        "  paid may be finer than a fen: the step third is a multiple of 1/300 CNY, and no rounding is written\n"
        '  → give the step third round = "0.01 half_up" or another, with its clause\n'
        "    5[CNY] + min(x / 3, 4[CNY])\n"
        "                 ^^^^^\n"
        "  ↳ 57:9  outcome.parts[0].value  由此付出 · paid from it\n"
        '    value = "max(twice, 1[CNY])"\n'
        "            ^^^^^^^^^^^^^^^^^^^^"
    )


@pytest.mark.parametrize(
    "value", ["x / 3", "if x > 1[CNY] then x * 12.5% else 0", "max(x, x * 1 / 7)", "-(-x / 3) + sum_of_it"]
)
def test_the_rounding_that_is_suggested_mends_it(value: str) -> None:
    """With the round that the report suggests on the step that it names, the module compiles."""
    before = X + step("sum_of_it", "x + 1[CNY]", 'unit = "CNY"')
    both = "if it > sum_of_it then it else sum_of_it"
    said = report(before, step("it", value, 'unit = "CNY"'), pays(both))
    assert (said.count("P0603"), said.count(f"give the step it {ROUNDED}")) == (1, 1)
    assert codes(before, step("it", value, 'unit = "CNY"', ROUNDED), pays(both)) == []
