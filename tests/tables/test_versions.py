"""A roster over several versions of a policy: each row is answered by the version of its own day, as alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from typer.testing import Result

import subsidy
from subsidy.cli.exits import Exit
from subsidy.errors import RequestError
from subsidy.sheets.reading import read
from subsidy.tables.calculating import calculate
from subsidy.tables.dating import Picking, dated
from subsidy.tables.outcome import Outcome

from .results import FORMS, cells_of, columns_of, roster_of
from .rosters import run
from .versions import MEALS, NEW, OLD, facts_of, folder

ROWS: Final = (
    {"person": "P1", "month": "2021-06", "days": "20", "grade": "a"},
    {"person": "P1", "month": "2021-07", "days": "20", "grade": "c", "beds": "2"},
    {"person": "P2", "month": "2021-06", "days": "7", "grade": "b", "beds": "1"},
    {"person": "P2", "month": "2023-01", "days": "7", "grade": "b"},
)
NO_VERSION: Final = ("R0102", "R0122")
CELLS: Final = some.fixed_dictionaries(
    {
        "person": some.sampled_from(["P1", "P2", ""]),
        "month": some.sampled_from(["2019-12", "2020-01", "2021-06", "2021-07", "2022-12", "2023-01", "2021-13", ""]),
        "days": some.sampled_from(["0", "4", "5", "9", "10", "31", "32", "x", ""]),
        "grade": some.sampled_from(["a", "b", "c", "甲", "甲等", "second", "third grade", "丁", ""]),
        "beds": some.sampled_from(["0", "3", "", "1.5"]),
    }
)


@pytest.fixture(scope="module")
def meals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of policies with two versions and an end."""
    return folder(tmp_path_factory.mktemp("versions"))


def calculated(catalogue: subsidy.Catalogue, roster: Path, out: Path, **more: Any) -> Outcome:
    """A roster under the versions of its days."""
    opened = dated(lambda versions, carried: read(roster, versions, carried=carried or ()), Picking(catalogue, MEALS))
    return calculate(opened, out, **more)


def alone(catalogue: subsidy.Catalogue, row: Mapping[str, str]) -> dict[str, Any]:
    """What a claim comes to by itself: the version and the sums, or the codes of what is wrong with it.

    Where no version is in force, that is all that a roster says; a claim is told of its facts, too.
    """
    try:
        result = catalogue.calculate(MEALS, facts_of(catalogue, row))
    except RequestError as error:
        codes = sorted({each.code for each in error.problems})
        return {"codes": [each for each in codes if each in NO_VERSION] or codes}
    parts = {f"parts.{part.name}": (part.low, part.high) for part in result.parts}
    return {"version": result.policy.version, "amount": (result.total.low, result.total.high), **parts}


def in_file(row: Mapping[str, Any], only: str) -> dict[str, Any]:
    """The same of a row of a result in Parquet; where every row is under one version, none is named in it."""
    if row["problems"] is not None:
        return {"codes": sorted({each["code"] for each in row["problems"]})}
    found = {"version": row.get("version", only)}
    for name in ("amount", "parts.meals", "parts.rest"):
        low, high = (row.get(f"{name}.{bound}", row.get(name)) for bound in ("low", "high"))
        found |= {} if low is None else {name: (low, high)}
    return found


LABELS: Final = {"甲": "a", "甲等": "a", "second": "b", "third grade": "c"}


@settings(max_examples=40, deadline=None, derandomize=True)
@given(rows=some.lists(CELLS, min_size=1, max_size=12), form=some.sampled_from(FORMS))
def test_each_row_is_answered_as_alone(
    meals: Path, tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, str]], form: str
) -> None:
    """Whatever the days of its neighbours: its version, its sums or its problems are those of a claim put by itself."""
    to, catalogue = tmp_path_factory.mktemp("rows"), subsidy.Catalogue(meals)
    blank = None if form == ".parquet" else ""
    cells = [{name: cell or blank for name, cell in row.items()} for row in rows]
    outcome = calculated(catalogue, roster_of(to / f"roster{form}", cells), to / "out.parquet")
    found = [in_file(row, outcome.versions[0].version) for row in columns_of(to / "out.parquet")]
    for each, row in zip(found, rows, strict=True):
        grade = row["grade"] if form == ".parquet" else LABELS.get(row["grade"], row["grade"])
        expected = alone(catalogue, {**row, "grade": grade})
        if form == ".parquet" or "codes" not in expected:
            assert each == expected
        else:  # a cell of a sheet that cannot be read has a code of its own
            assert "codes" in each


def table(policies: Path, roster: Path, command: str, *words: str) -> Result:
    """What a command over the policies says of a roster."""
    return run(command, roster, "--policy", MEALS, "--policies", policies, *words)


@pytest.fixture
def roster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A roster of two versions, with a row of a day on which the policy is abolished."""
    monkeypatch.chdir(tmp_path)
    return roster_of(Path("roster.csv"), ROWS)


def test_what_is_calculated_is_summed_by_version(meals: Path, roster: Path) -> None:
    """Every form of result names the version of a row; the sums say what each version comes to."""
    found = table(meals, roster, "calculate", "--out", "out.csv")
    assert found.exit_code == Exit.FINDING
    assert found.stdout == (
        "R0122 abolished  roster.csv  B5\n"
        "  cn/somewhere/town/meals is abolished from 2023-01-01 by “End of meals”\n"
        "By month\n"
        "month    rows  computed  with problems  not eligible  amount  meals · county  beds · city  meals · city\n"
        "2021-06  2     2         0              0             376.00  188.00          0.00         188.00\n"
        "2021-07  1     1         0              0             207.00  200.00          7.00         0.00\n"
        "2023-01  1     0         1              0             0.00    0.00            0.00         0.00\n"
        "total    4     3         1              0             583.00  388.00          7.00         188.00\n"
        "\n"
        "By payer\n"
        "payer   part   amount  note\n"
        "city    meals  188.00\n"
        "county  meals  388.00\n"
        "city    beds   7.00\n"
        "\n"
        "By version\n"
        "version           rows  computed  with problems  not eligible  amount  meals · county  beds · city  "
        "meals · city\n"
        "2020-01-01        2     2         0              0             376.00  188.00          0.00         188.00\n"
        "2021-07-01        1     1         0              0             207.00  200.00          7.00         0.00\n"
        "(none, or wrong)  1     0         1              0             0.00    0.00            0.00         0.00\n"
        "total             4     3         1              0             583.00  388.00          7.00         188.00\n"
        "\n"
        "out.csv: 4 rows: 3 computed, 1 with problems; amount in total 583.00 CNY. "
        "simulation: nothing may be paid from it\n"
    )
    assert found.stderr == (
        "remark: W0110 this module is not in catalogue.lock\n"
        "note: E4 R0756 version 2020-01-01 has no fact beds (beds): 1 "
        "of its rows have it, which goes along and counts for nothing, the first of them here\n"
    )
    assert [row["version"] for row in cells_of(Path("out.csv"))] == [OLD, NEW, OLD, ""]
    assert table(meals, roster, "calculate", "--out", "out.xlsx").exit_code == Exit.FINDING
    assert [row["version"] for row in cells_of(Path("out.xlsx"))] == [OLD, NEW, OLD, None]
    data = json.loads(table(meals, roster, "calculate", "--out", "out.parquet", "--json").stdout)
    assert [each["version"] for each in data["policy"]["versions"]] == [OLD, NEW]
    assert {version: each["sums"]["amount"]["amount"] for version, each in data["by_version"].items()} == {
        OLD: "376.00",
        NEW: "207.00",
        "": "0.00",
    }


def test_one_version_that_is_named_answers_every_row(meals: Path, roster: Path) -> None:
    """Where a version is named, rows of other days are problems of theirs, as a single claim under it is."""
    data = json.loads(
        table(meals, roster, "calculate", "--version", OLD, "--carry", "beds", "--out", "o.csv", "--json").stdout
    )
    assert (data["policy"]["version"], data["computed"]) == (OLD, 2)
    assert [each["code"] for each in data["problems"]["listed"]] == ["F0109", "R0105"]


def test_what_if_changes_every_version(meals: Path, roster: Path) -> None:
    """A figure is changed wherever a version has it, and each row stays under the version of its day."""
    data = json.loads(table(meals, roster, "what-if", "--set", "rate=9", "--json").stdout)
    changed = [(each["version"], each["parameter"], each["from"], each["to"]) for each in data["after"]["changed"]]
    assert changed == [(OLD, "rate", "8", "9"), (NEW, "rate", "10", "9")]
    months = {each["group"]: each["difference"]["low"] for each in data["groups"]["month"]}
    assert months == {"2021-06": "47.00", "2021-07": "-20.00"}


def test_what_if_sets_one_version_against_those_of_the_days(meals: Path, roster: Path) -> None:
    """One side may be a single version for all rows, and what that does not know or lacks is said."""
    found = table(meals, roster, "what-if", "--against-version", NEW)
    assert (
        "2 rows: a difference of -56.00 CNY; 0 more, 1 less, 1 the same, 0 open; 2 rows with problems" in found.stdout
    )
    assert "  E2  R0715 beds is blank, and every claim must state it\n" in found.stdout


@pytest.mark.parametrize(("total", "verdict"), [("583", "equal"), ("527", "differs")])
def test_published_totals_are_held_against_all_versions(meals: Path, roster: Path, total: str, verdict: str) -> None:
    """What was published of years under several texts is one figure, and so is what is computed."""
    data = json.loads(table(meals, roster, "reconcile", "--total", total, "--json").stdout)
    assert [each["version"] for each in data["versions"]] == [OLD, NEW]
    assert (data["total"]["low"], data["total"]["verdict"]) == ("583.00", verdict)


@pytest.mark.parametrize("form", [".csv", ".parquet"])
def test_a_column_that_versions_read_otherwise_is_refused(tmp_path: Path, form: str) -> None:
    """A choice that one version calls as another version calls another one cannot be read under both."""
    policies = folder(tmp_path, ('c = { zh = "丙等"', 'c = { zh = "甲"'))
    file = roster_of(tmp_path / f"r{form}", ROWS)
    found = table(policies, file, "calculate", "--out", str(tmp_path / "out.csv"))
    place = f"{file}  D1" if form == ".csv" else "grade"
    assert found.exit_code == Exit.REQUEST
    assert found.stderr == (
        f"R0755 versions-read-otherwise  {place}\n"
        "  the column “grade” is grade (grade: a first, b second) in version 2020-01-01 and grade (grade: a first "
        "grade, b second grade, c third grade) in version 2021-07-01: it cannot be read both ways\n"
        "  → calculate each version by itself, with --version\n"
    )
    assert not (tmp_path / "out.csv").exists()


def test_a_header_that_means_another_fact_in_another_version_is_refused(tmp_path: Path) -> None:
    """What one version calls the days of meals, and another its beds, is neither where both read the roster."""
    labels = (
        ('zh = "就餐天数", en = "days of meals"', 'zh = "天数", en = "days"'),
        ('zh = "床位", en', 'zh = "就餐天数", en'),
    )
    rows = [
        {"就餐天数" if name == "days" else name: cell for name, cell in row.items() if name != "beds"} for row in ROWS
    ]
    file = roster_of(tmp_path / "r.csv", rows)
    found = table(folder(tmp_path, *labels), file, "calculate", "--out", str(tmp_path / "out.csv"))
    assert found.exit_code == Exit.REQUEST
    assert found.stderr == (
        f"R0755 versions-read-otherwise  {file}  C1\n"
        "  the column “就餐天数” is days of meals (days: d) in version 2020-01-01 and beds (beds: beds) in version "
        "2021-07-01: it cannot be read both ways\n"
        "  → calculate each version by itself, with --version\n"
    )
