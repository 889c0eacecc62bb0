"""`subsidy calculate --example`: a calculation as the lines of a module, which pass as they are."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]

GRANT = "cn/shanxi/yuncheng/construction-grant"
BED = "cn/shanxi/yuncheng/bed-subsidy"
BEDS = (BED, "centre=C1", "resident=R1", "month=2021-06", "care_level=semi_disabled")
STAYS = 'stays=[{"moved_in": "2021-06-05", "moved_out": "2021-06-18"}]'

OPEN = """
[[examples]]
name = "半月"
source = "derived"
facts = { centre = "C1", resident = "R1", month = "2021-06", care_level = "semi_disabled", \
stays = [{ moved_in = "2021-06-05", moved_out = "2021-06-18" }] }
expect = { amount = ["0.00", "200.00"] }
"""
CHOSEN = """
[[examples]]
name = "半月"
source = "derived"
under = { part_month = "by_days" }
facts = { centre = "C1", resident = "R1", month = "2021-06", care_level = "semi_disabled", \
stays = [{ moved_in = "2021-06-05", moved_out = "2021-06-18" }] }
expect = { amount = "93.33" }
"""


@pytest.mark.parametrize(("words", "printed"), [((), OPEN), (("--reading", "part_month=by_days"), CHOSEN)])
def test_a_calculation_as_an_example(run: Run, words: tuple[str, ...], printed: str) -> None:
    """The lines name the facts, the reading that was chosen, and the amount, or its bounds where it is open."""
    made = run("calculate", *BEDS, STAYS, *words, "--example", "半月")

    assert (made.exit_code, made.stdout) == (0, printed)


CASES = [
    (BED, [*BEDS[1:], STAYS]),
    (BED, [*BEDS[1:], STAYS, "--reading", "part_month=open"]),
    (
        GRANT,
        ["project=P1", "accepted_on=2021-06-30", "place=140802", "works=lease", "floor_area=2350.50", "cost=3000000"],
    ),
    (GRANT, ["project=P1", "accepted_on=2021-06-30", "place=140802", "works=lease", "floor_area=20",
             "--reading", "shortfall=same_rate_above_cap", "--reading", "other_works=do_not"]),
]  # fmt: skip


@pytest.mark.parametrize(("policy", "words"), CASES)
def test_an_example_passes_in_its_module(run: Run, folder: Path, policy: str, words: list[str]) -> None:
    """What is printed, put at the end of the module, is checked and comes out as it says."""
    printed = run("calculate", policy, *words, "--example", "printed", "--policies", str(folder)).stdout
    (module,) = (folder / policy).glob("*.toml")
    module.write_text(module.read_text("utf-8") + printed, "utf-8")
    checked = run("policy", "check", str(module), "--policies", str(folder))

    assert (checked.exit_code, checked.stdout, checked.stderr) == (0, "1 个政策模块，没有问题\n", "")
    assert tomllib.loads(module.read_text("utf-8"))["examples"][-1]["name"] == "printed"


def test_an_example_as_data(run: Run) -> None:
    """With --json the example is data, with the same keys."""
    made = run("calculate", *BEDS, STAYS, "--example", "半月", "--json")

    assert json.loads(made.stdout) == tomllib.loads(OPEN)["examples"][0]


@pytest.mark.parametrize("option", [["--receipt", "receipt.json"], ["--capitals"], ["--explain"], ["--format", "html"]])
def test_what_an_example_does_not_go_with(run: Run, option: list[str]) -> None:
    """An example is no explanation and no receipt: options of these are refused."""
    made = run("calculate", *BEDS, STAYS, "--example", "半月", *option)

    assert made.exit_code == 2
    assert "--example goes with no receipt and no explanation" in made.stderr


def test_a_span_of_months_is_no_example(run: Run) -> None:
    """An example is one claim, never several months."""
    made = run("calculate", BED, "month=2021-06..2021-07", "--example", "半月")

    assert made.exit_code == 2
    assert "a span of months is no worked example" in made.stderr
