"""`subsidy policy new`: how an answer may be given: places, levels of the text's own, and who pays."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.answers import FILE, ID, SCHEMES, answered
from typer.testing import Result

Run = Callable[..., Result]


@pytest.mark.parametrize("given", ["运城市", "Yuncheng City", "yuncheng city", "山西省运城市", "140800"])
def test_a_division_by_any_of_its_names(run: Run, tmp_path: Path, given: str) -> None:
    """A division may be given by its code, its name in either language, or its name with those above it."""
    answers = answered(tmp_path, SCHEMES["bed"], {"division": given})
    run("policy", "new", ID, "--answers", str(answers), "--folder", str(tmp_path))

    assert tomllib.loads((tmp_path / FILE).read_text("utf-8"))["policy"]["division"] == "140800"


OWN = "low 低档 low; mid 中档 of the middle；high 高档 high"


def test_levels_of_its_own(run: Run, tmp_path: Path, folder: Path) -> None:
    """A text may have levels that no list of the vocabulary has: they are written out, the least first."""
    rates = {"low": "100", "mid": "200", "high": "300"}
    answers = answered(tmp_path, SCHEMES["month"], {"levels": OWN, "rate": rates})
    made = run("policy", "new", ID, "--answers", str(answers), "--policies", str(folder))
    data = tomllib.loads((folder / FILE).read_text("utf-8"))

    assert made.exit_code == 0
    assert data["facts"]["level"] == {
        "type": "choice",
        "of": ["low", "mid", "high"],
        "ordered": True,
        "label": {"zh": "等级", "en": "level"},
        "clause": "三(二)",
        "labels": {
            "low": {"zh": "低档", "en": "low"},
            "mid": {"zh": "中档", "en": "of the middle"},
            "high": {"zh": "高档", "en": "high"},
        },
    }
    assert data["parameters"]["rate"]["values"] == rates
    assert run("policy", "check", str(folder / FILE)).stdout == "1 个政策模块，没有问题\n"


NO_LEVELS = """\
R0127 answer-wrong  levels
  the answer “{given}” cannot be used; allowed is: division_class (class of division), care_level (care level (three \
levels)), centre_rating (rating of a community elder-care centre); or your own, lowest first, written one 一星 one \
star; two 二星 two stars
"""


@pytest.mark.parametrize(
    "given",
    [
        "rating",
        "low 低档 low",
        "low 低 low; low 高 high",
        "低 低 low; 高 高 high",
        "a 甲; b 乙",
        f"a 甲 a; {'b' * 41} 乙 b",
    ],
)
def test_levels_that_are_none(run: Run, tmp_path: Path, given: str) -> None:
    """One level, a name twice, one that is none or too long, a level without words: refused, with what is allowed."""
    answers = answered(tmp_path, SCHEMES["rating"], {"levels": given, "rate": {"low": "1"}})
    made = run("policy", "new", ID, "--answers", str(answers), "--folder", str(tmp_path), "--lang", "en")

    assert (made.exit_code, made.stderr) == (2, NO_LEVELS.format(given=given))


@pytest.mark.parametrize(
    ("given", "shares"),
    [
        ("county", [{"payer": "county", "percent": "100%"}]),
        ("city 60%, county 40%", [{"payer": "city", "percent": "60%"}, {"payer": "county", "percent": "40%"}]),
        (
            "province 33.5%、county 46.5%，facility 20%",
            [
                {"payer": "province", "percent": "33.5%"},
                {"payer": "county", "percent": "46.5%"},
                {"payer": "facility", "percent": "20%", "own": True},
            ],
        ),
    ],
)
def test_who_pays(run: Run, tmp_path: Path, folder: Path, given: str, shares: list[dict[str, object]]) -> None:
    """One payer bears all; several bear what is stated; what the home bears itself is split, and not paid out."""
    answers = answered(tmp_path, SCHEMES["bed"], {"payer": given, "rate": "2500"})
    run("policy", "new", ID, "--answers", str(answers), "--policies", str(folder))

    assert tomllib.loads((folder / FILE).read_text("utf-8"))["outcome"]["parts"][0]["shares"] == shares
    assert run("policy", "check", str(folder / FILE)).stdout == "1 个政策模块，没有问题\n"


NO_PAYER = """\
R0127 answer-wrong  payer
  the answer “{given}” cannot be used; allowed is: one of central, province, city, county, government, facility, \
individual, care_insurance, welfare_lottery; or several that make 100%, such as city 60%, county 40%; not the home or \
the person alone
"""


@pytest.mark.parametrize(
    "given",
    [
        "facility",
        "facility 60%, individual 40%",
        "nobody",
        "city 60%, county 50%",
        "city 60%, city 40%",
        "city, county",
    ],
)
def test_who_cannot_pay(run: Run, tmp_path: Path, given: str) -> None:
    """Shares that do not make the whole, a payer that nobody knows, and the home or the person alone are refused."""
    answers = answered(tmp_path, SCHEMES["bed"], {"payer": given})
    made = run("policy", "new", ID, "--answers", str(answers), "--folder", str(tmp_path), "--lang", "en")

    assert (made.exit_code, made.stderr) == (2, NO_PAYER.format(given=given))
