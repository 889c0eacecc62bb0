"""A span of months, each under the version of its own time."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import subsidy
from subsidy.errors import FactsError, RequestError
from subsidy.policies import shipped_folder

from .support import ID, add, copy

HOME = "cn/liaoning/shenyang/home-service"
FACTS = {"beneficiary": "B1", "hours": "3", "price": "30", "left_monthly": "1350"}
BED = "cn/shanxi/yuncheng/bed-subsidy"
STAY = {
    "centre": "C1",
    "resident": "R1",
    "care_level": "semi_disabled",
    "stays": [{"moved_in": "2021-05-10", "moved_out": "2021-06-18"}],
}


@pytest.fixture
def two(tmp_path: Path) -> subsidy.Catalogue:
    """The shipped policies, with a text of 2023-10-01 under which home service takes one fact more."""
    folder = Path(shutil.copytree(shipped_folder(), tmp_path / "policies"))
    first = (folder / HOME / "2023-07-26.toml").read_text("utf-8")
    fact = """[facts.visits]
type = "number"
unit = "visit"
resolution = "1"
range = ["0", "31"]
optional = true
label = { zh = "次数", en = "visits" }

[[conditions]]
name = "visited"
kind = "advisory"
test = "given(visits) and visits > 0"
label = { zh = "有上门记录", en = "visited" }
clause = "二"

[facts.hours]
"""
    second = first.replace("2023-07-26", "2023-10-01").replace("[facts.hours]\n", fact, 1)
    second = second.replace("month = 2023-0", "month = 2023-1").replace('month = "2023-0', 'month = "2023-1')
    (folder / HOME / "2023-10-01.toml").write_text(second, "utf-8")
    return subsidy.Catalogue(folder)


def test_each_month_has_its_own_version(two: subsidy.Catalogue) -> None:
    """Months before and after a new text are calculated each under its own, and make up the sum to the fen."""
    found = two.calculate_months(HOME, ("2023-09", "2023-11"), FACTS)
    assert [(row.month, row.version, str(row.result.amount)) for row in found.rows] == [
        ("2023-09", "2023-07-26", "90.00"),
        ("2023-10", "2023-10-01", "90.00"),
        ("2023-11", "2023-10-01", "90.00"),
    ]
    for row in found.rows:
        assert row.digest == two.policy(HOME, f"{row.month}-01").digest
        assert two.replay(row.result.receipt()).is_same
    assert (str(found.amount), found.gaps) == ("270.00", ())


def test_what_is_known_picks_the_versions(two: subsidy.Catalogue) -> None:
    """With `known` before the later text, the older one answers for every month."""
    found = two.calculate_months(HOME, ("2023-09", "2023-11"), FACTS, known="2023-09-30")
    assert {row.version for row in found.rows} == {"2023-07-26"}


def test_months_without_a_version_are_listed(two: subsidy.Catalogue) -> None:
    """A month before the first text adds nothing and is named with the reason."""
    found = two.calculate_months(HOME, ("2023-06", "2023-08"), FACTS)
    assert [row.month for row in found.rows] == ["2023-08"]
    assert [(gap.month, gap.problem.message("en")) for gap in found.gaps] == [
        (f"2023-0{n}", f"no version of {HOME} is in force on 2023-0{n}-01; the first is in force from 2023-07-26")
        for n in (6, 7)
    ]
    assert str(found.amount) == "90.00"


def test_open_months_add_to_bounds(catalogue: subsidy.Catalogue) -> None:
    """Where the text leaves a month open, the sum has the sums of the bounds, and no one figure."""
    found = catalogue.calculate_months(BED, ("2021-05", "2021-06"), STAY)
    assert [(str(row.result.low), str(row.result.high)) for row in found.rows] == [
        ("141.94", "200.00"),
        ("120.00", "200.00"),
    ]
    assert (str(found.low), str(found.high), found.is_determined) == ("261.94", "400.00", False)
    with pytest.raises(subsidy.UndeterminedError, match=r"between 261\.94 and 400\.00"):
        _ = found.amount
    closed = catalogue.calculate_months(BED, ("2021-05", "2021-06"), STAY, readings={"part_month": "any_day"})
    assert str(closed.amount) == "400.00"


def test_a_span_as_plain_data(catalogue: subsidy.Catalogue) -> None:
    """The span has the receipt of each month, as a single calculation gives it."""
    found = catalogue.calculate_months(HOME, ("2023-07", "2023-08"), FACTS).to_dict()
    assert found == {
        "kind": "simulation",
        "policy": HOME,
        "months": ["2023-07", "2023-08"],
        "amount": "90.00",
        "currency": "CNY",
        "rows": [
            {
                "month": "2023-08",
                "amount": "90.00",
                "receipt": catalogue.calculate(HOME, FACTS, month="2023-08").to_dict(),
            }
        ],
        "gaps": [
            {
                "month": "2023-07",
                "code": "R0102",
                "zh": f"{HOME} 在 2023-07-01 没有适用的版本；最早的版本自 2023-07-26 起适用",
                "en": f"no version of {HOME} is in force on 2023-07-01; the first is in force from 2023-07-26",
            }
        ],
    }


def test_each_version_says_its_problems_once(two: subsidy.Catalogue) -> None:
    """A fact that only one version has, and one that is wrong in both, are reported once for each version."""
    with pytest.raises(FactsError) as caught:
        two.calculate_months(HOME, ("2023-08", "2023-11"), {**FACTS, "visits": "3", "price": "x"})
    assert [(each.code, each.where, each.place and each.place.file) for each in caught.value.problems] == [
        ("F0107", "price", f"{HOME}/2023-07-26.toml"),
        ("F0101", "visits", f"{HOME}/2023-07-26.toml"),
        ("F0107", "price", f"{HOME}/2023-10-01.toml"),
    ]


@pytest.mark.parametrize(
    "months", [("2023-11", "2023-10"), ("2023-1", "2023-10"), ("2023-01", "2073-01"), ("2023-13", "2024-01")], ids=str
)
def test_what_is_no_span_is_refused(catalogue: subsidy.Catalogue, months: tuple[str, str]) -> None:
    """A span that ends before it begins, is not written as months, or has more than 600 of them is refused."""
    with pytest.raises(RequestError) as caught:
        catalogue.calculate_months(HOME, months, FACTS)
    assert caught.value.report("en") == (
        "R0123 bad-months  months\n"
        f"  {months[0]}..{months[1]} is no span of months; write 2019-08..2019-11, at most 600 months"
    )


def test_the_month_is_not_given_twice(catalogue: subsidy.Catalogue) -> None:
    """The fact that is the month stands for itself, not among the facts."""
    with pytest.raises(RequestError, match="R0302"):
        catalogue.calculate_months(HOME, ("2023-08", "2023-09"), {**FACTS, "month": "2023-08"})


def test_a_policy_dated_by_a_day_takes_the_first_of_the_month(tmp_path: Path) -> None:
    """Where a day picks the version, a month stands for its first day, and each version has its own."""
    folder = copy(tmp_path)
    add(
        folder,
        "2021-08-01",
        "{ from = 2021-08-01 }",
        published="2021-08-01",
        changes={'value = "300"': 'value = "350"'},
    )
    catalogue = subsidy.Catalogue(folder)
    facts = dict(catalogue.policy(ID).document.examples[0].facts)
    del facts["accepted_on"]
    found = catalogue.calculate_months(ID, ("2021-07", "2021-08"), facts)
    assert [(row.result.facts["accepted_on"], str(row.result.amount)) for row in found.rows] == [
        ("2021-07-01", "30000.00"),
        ("2021-08-01", "35000.00"),
    ]


def test_a_span_is_explained_month_by_month(two: subsidy.Catalogue) -> None:
    """Each month is said with its version and its sum, the total as their addition; each month's own text follows."""
    found = two.calculate_months(HOME, ("2023-07", "2023-10"), FACTS)
    said, _, months = found.explain("en").partition("\n\n" + "─" * 40 + "\n")
    assert said == (
        "Home-service subsidy · Shenyang City\n"
        f"{HOME}\n"
        "Months: 2023-07 to 2023-10\n\n"
        "Month by month\n"
        f"  R0102 2023-07: no version of {HOME} is in force on 2023-07-01; the first is in force from 2023-07-26\n"
        "  2023-08 (2023-07-26 · revision 1): 90.00 CNY\n"
        "  2023-09 (2023-07-26 · revision 1): 90.00 CNY\n"
        "  2023-10 (2023-10-01 · revision 1): 90.00 CNY\n\n"
        "Total\n"
        "  Amount: 270.00 CNY\n"
        "    = 90.00 + 90.00 + 90.00\n\n"
        "Remarks\n"
        "  W0101 simulation: no adoption, so nothing may be paid from it\n"
        "  W0102 the source is a reply: it reports a policy and makes none\n"
        "  W0104 the text states no time of validity; counted from 2023-07-26\n"
        "  W0109 what is left of: monthly cap per person = 1350.00 was stated by the caller "
        "and does not come from a ledger\n"
        "  W0104 the text states no time of validity; counted from 2023-10-01\n"
        "  W0110 this module is not in catalogue.lock\n"
        "  W0106 advised but not met, or not stated: visited [二]: not stated"
    )
    assert months.rstrip("\n").split("\n\n" + "─" * 40 + "\n") == [
        row.result.explain("en").rstrip("\n") for row in found.rows
    ]


def test_an_open_span_is_explained_by_both_ends() -> None:
    """Where a month is open, the least and the most of the sum each have their addition."""
    found = subsidy.catalogue().calculate_months(BED, ("2021-05", "2021-06"), STAY)
    (amount,) = (line for section in found.explanation.sections for line in section.lines if line.kind == "amount")
    assert amount.values == (str(found.low), str(found.high)) == ("261.94", "400.00")
    assert [line.said.en for line in amount.lines] == ["at least = 141.94 + 120.00", "at most = 200.00 + 200.00"]
    assert found.explanation == subsidy.Explanation.from_dict(found.explanation.to_dict())
