"""Results, read back by other libraries, say of each row what `Policy.calculate` says of it, whatever their form."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subsidy import RequestError
from subsidy.calculation.policy import Policy
from subsidy.sheets.reading import read
from subsidy.tables.calculating import calculate

from .results import BEDS, FORMS, GRANT, SERVICE, calculated, cells_of, columns_of, policy, roster_of, sum_of

QUIET = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
VERDICTS = {"是": True, "否": False, "未定": None}


def claim(policy_: Policy, row: dict[str, Any], readings: dict[str, str]) -> dict[str, Any]:
    """What a result must say of a row: every sum with its bounds and the verdict, or the codes of its problems."""
    stated = {name: value for name, value in row.items() if name in policy_.facts and value not in (None, "")}
    try:
        result = policy_.calculate(stated, readings=readings)
    except RequestError as error:
        return {"codes": [each.code for each in error.problems]}
    sums = {"amount": result.total}
    for part in result.parts:
        sums[f"parts.{part.name}"] = part
        sums |= {f"shares.{share.name}": share for share in part.shares}
    found: dict[str, Any] = {"eligible": result.eligible}
    for name, each in sums.items():
        found |= {
            name: each.low if each.low == each.high else None,
            f"{name}.low": each.low,
            f"{name}.high": each.high,
        }
    return found


def said(policy_: Policy, out: Path) -> list[dict[str, Any]]:
    """The same of a result, in terms of its Parquet form, by which the heads of the others are found."""
    if out.suffix == ".parquet":
        return [_plain(row) for row in columns_of(out)]
    rows = cells_of(out)
    names = _names(policy_, rows)
    return [_plain({names[head]: _typed(names[head], cell) for head, cell in row.items()}) for row in rows]


def _names(policy_: Policy, rows: list[dict[str, Any]]) -> dict[str, str]:
    """The name of the column under each head; the answers stand in the order of the text."""
    sums = ["amount", *(f"parts.{part.name}" for part in policy_.program.parts)]
    sums += [f"shares.{part.name}.{share.name}" for part in policy_.program.parts for share in part.shares]
    is_open = any("（下限）" in head for head in rows[0])
    names = [each for name in sums for each in ((name, f"{name}.low", f"{name}.high") if is_open else (name,))]
    heads = list(rows[0])
    first = heads.index("金额")
    found = dict(zip(heads[first:], [*names, "eligible", "reasons", "simulation", "problems"], strict=True))
    return {head: found.get(head, head) for head in heads}


def _typed(name: str, cell: Any) -> Any:
    if name.startswith(("amount", "parts.", "shares.")):
        return sum_of(cell)
    if name == "eligible":
        return VERDICTS[cell] if cell else None
    if name == "problems":
        return [{"code": line.split()[1]} for line in cell.split("\n")] if cell else None
    return cell


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    if row["problems"] is not None:
        assert row["amount"] is None
        return {"codes": [each["code"] for each in row["problems"]]}
    sums = {name: value for name, value in row.items() if name.startswith(("amount", "parts.", "shares."))}
    for name in [name for name in sums if not name.endswith((".low", ".high"))]:
        sums.setdefault(f"{name}.low", sums[name])
        sums.setdefault(f"{name}.high", sums[name])
    return {"eligible": row["eligible"]} | sums


def _decimals(most: int) -> st.SearchStrategy[str]:
    return st.decimals(0, most, places=2).map(lambda each: format(each, "f"))


# Claims of which some are wrong: more hours than a month has, a month of no version, another city, no such works.
SERVICES = st.fixed_dictionaries(
    {
        "beneficiary": st.from_regex(r"[A-Z][0-9]{3}", fullmatch=True),
        "month": st.builds("{}-{:02}".format, st.integers(2023, 2024), st.integers(1, 12)),
        "hours": _decimals(900),
        "price": st.integers(0, 1_000).map(str),
        "left_monthly": st.just("1350"),
        "备注": st.sampled_from(["无", "=1+1", "-2", "+3", "@x", "甲,乙", '"']),
    }
)
GRANTS = st.fixed_dictionaries(
    {
        "project": st.from_regex(r"P[0-9]{3}", fullmatch=True),
        "accepted_on": st.dates(dt.date(2021, 1, 1), dt.date(2023, 1, 1)).map(str),
        "place": st.sampled_from(["140802", "140821", "110101"]),
        "works": st.sampled_from(["new_build", "conversion", "extension", "shed"]),
        "floor_area": _decimals(4_000),
        "cost": st.one_of(_decimals(10_000_000), st.just("尚未决算")),
    }
)
STAYS = st.lists(st.integers(1, 28), min_size=1, max_size=3, unique=True).map(
    lambda days: [{"moved_in": f"2021-06-{day:02}", "moved_out": f"2021-06-{day:02}"} for day in sorted(days)]
)
BED_CLAIMS = st.fixed_dictionaries(
    {
        "centre": st.just("C1"),
        "resident": st.from_regex(r"R[0-9]{3}", fullmatch=True),
        "month": st.sampled_from(["2021-06", "2021-07"]),
        "care_level": st.sampled_from(["self_care", "semi_disabled", "disabled"]),
        "stays": STAYS,
    }
)
ROSTERS: st.SearchStrategy[Any] = st.one_of(
    st.tuples(st.just(SERVICE), st.lists(SERVICES, min_size=1, max_size=6), st.just({})),
    st.tuples(st.just(GRANT), st.lists(GRANTS, min_size=1, max_size=6), st.sampled_from([{}, {"shortfall": "open"}])),
    st.tuples(st.just(BEDS), st.lists(BED_CLAIMS, min_size=1, max_size=4), st.just({"part_month": "open"})),
)


@QUIET
@given(drawn=ROSTERS, given_as=st.sampled_from(FORMS))
def test_every_form_says_what_each_claim_alone_is_told(
    drawn: tuple[str, list[dict[str, Any]], dict[str, str]], given_as: str, tmp_path: Path
) -> None:
    """Sums, bounds, verdicts and the codes of problems of each row, from and in CSV, Parquet and XLSX alike."""
    name, rows, readings = drawn
    roster = roster_of(tmp_path / f"roster{given_as}", rows)
    expected = [claim(policy(name), row, readings) for row in rows]
    for form in FORMS:
        out = tmp_path / f"result{form}"
        outcome = calculated(roster, name, out, readings=readings, steps=["all"] if form == ".parquet" else ())
        assert said(policy(name), out) == expected
        total = outcome.total
        assert (total.rows, total.wrong) == (len(rows), sum("codes" in each for each in expected))
        for sums, end in ((total.low, "low"), (total.high, "high")):
            assert sums["amount"] == sum((each.get(f"amount.{end}", Decimal(0)) for each in expected), Decimal(0))


HEADS = ("服务对象", "服务月份", "当月上门服务时长", "每小时服务价格", "每人每月最高补助的剩余额度", "备注")
ROWS = [
    dict(zip(HEADS, cells, strict=True))
    for cells in (
        ("甲", "2023-08", "20", "30", "1350", "=HYPERLINK(1)"),
        ("110101194503071234", "2023-09", "900", "30", "1350", "-5"),
        ("丙", "2023-09", "2", "30", "1350", "照旧"),
    )
]


def test_a_csv_holds_every_row_and_no_formula(tmp_path: Path) -> None:
    """Columns, facts and remarks go along; a problem is said with its cell and what to do; formulas are made inert."""
    calculated(roster_of(tmp_path / "r.xlsx", ROWS), SERVICE, tmp_path / "out.csv")
    text = (tmp_path / "out.csv").read_bytes().decode("utf-8")
    assert text.startswith('\ufeff"行号","服务对象"')
    first, second, third = cells_of(tmp_path / "out.csv")
    assert (first["备注"], second["备注"], third["备注"]) == ("'=HYPERLINK(1)", "-5", "照旧")
    assert (first["行号"], first["金额"], first["符合条件"]) == ("2", "600.00", "是")
    assert first["性质"] == "测算，不作支付依据"
    assert (second["服务对象"], second["金额"], second["性质"]) == ("110101194503071234", "", "")
    assert second["问题"] == (
        "名单!C3 F0104 当月上门服务时长（hours）为 900，允许 0 至 744 小时/(人·月)".replace("名单", "Sheet")
    )
    assert (third["金额"], third["金额（下限）"], third["金额（上限）"]) == ("", "0.00", "60.00")


def test_words_are_in_the_language_asked_for(tmp_path: Path) -> None:
    """Heads, labels of choices, verdicts and problems are English where English is asked for."""
    rows = [
        {
            "project": "P",
            "accepted_on": "2021-06-30",
            "place": "140802",
            "works": "扩建",
            "floor_area": "10",
            "cost": "5",
        },
        {
            "project": "Q",
            "accepted_on": "2021-06-30",
            "place": "140802",
            "works": "新建",
            "floor_area": "x",
            "cost": "5",
        },
    ]
    roster = roster_of(tmp_path / "r.csv", rows)
    calculated(roster, GRANT, tmp_path / "out.csv", language="en", readings={"other_works": "do_not"}, steps=["all"])
    first, second = cells_of(tmp_path / "out.csv")
    assert (first["kind of works"], first["eligible"]) == ("extension", "no")
    assert first["conditions that fail"] == "the kind of works earns the grant"
    assert first["basis"] == "simulation: nothing may be paid from it"
    assert second["problems"] == (
        "E3 F0107 actual floor area (floor_area) was given as “x”, which is not an acceptable number → write ASCII "
        "digits such as 1860.40; at most 18 before the point and 9 after, no commas, exponent or plus"
    )


def test_a_parquet_result_says_how_it_was_computed(tmp_path: Path) -> None:
    """Sums stay decimals, columns are named as facts and answers, and the file names policy, digest and simulation."""
    outcome = calculated(roster_of(tmp_path / "r.csv", ROWS), SERVICE, tmp_path / "out.parquet")
    schema = pq.read_schema(tmp_path / "out.parquet")
    about = json.loads(schema.metadata[b"subsidy"])
    assert str(schema.field("amount").type) == "decimal128(38, 2)"
    assert schema.names[:6] == ["row", "beneficiary", "month", "hours", "price", "left_monthly"]
    assert (about["policy"]["digest"], about["simulation"]) == (outcome.policy.digest, True)
    (problem,) = columns_of(tmp_path / "out.parquet")[1]["problems"]
    assert (problem["code"], problem["cell"], problem["given"]) == ("F0104", "C3", "900")


@pytest.mark.parametrize("form", FORMS)
def test_the_same_roster_gives_the_same_bytes(form: str, tmp_path: Path) -> None:
    """Nothing of a result depends on when, or by how many threads, it was made."""
    roster = roster_of(tmp_path / "r.csv", ROWS)
    for name, threads in (("one", 1), ("two", 2)):
        calculated(roster, SERVICE, tmp_path / f"{name}{form}", threads=threads)
    assert (tmp_path / f"one{form}").read_bytes() == (tmp_path / f"two{form}").read_bytes()


def test_what_a_roster_calls_like_an_answer_is_told_apart(tmp_path: Path) -> None:
    """A column of the roster that is called `amount` or 金额 goes along under a name that says whose it is."""
    rows = [{**ROWS[0], "amount": "1", "金额": "2", "row": "3"}]
    roster = roster_of(tmp_path / "r.csv", rows)
    read_ = read(roster, policy(SERVICE), carried=["*"])
    calculate(read_, tmp_path / "out.parquet")
    calculate(read_, tmp_path / "out.csv")
    (row,) = columns_of(tmp_path / "out.parquet")
    assert (row["carried.amount"], row["carried.row"], row["amount"]) == ("1", "3", Decimal("600.00"))
    (shown,) = cells_of(tmp_path / "out.csv")
    assert (shown["金额"], shown["金额 (amount)"]) == ("2", "600.00")
