"""What a query says, of which rows it computes nothing and why, and what is refused before there is one."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from sqlglot import exp
from typer.testing import CliRunner

import subsidy
from subsidy.cli.app import app
from subsidy.cli.exits import Exit
from subsidy.engines.claims import table_of
from subsidy.engines.sql.dialects import REFUSED as REFUSED_DIALECTS
from subsidy.engines.sql.query import query
from subsidy.errors import FactsError, RequestError

BENCH = Path(__file__).parents[2] / "benchmarks" / "policies"
KEPT = Path(__file__).parent / "kept"
BEDS = "cn/shanxi/yuncheng/bed-subsidy"
GRANT = "cn/shanxi/yuncheng/construction-grant"
R1 = "bench/rules/r1"


@pytest.fixture(scope="module")
def rule() -> subsidy.Policy:
    """A rule of which the whole query can be read on a page."""
    return subsidy.Catalogue(BENCH).policy(R1)


def ask(text: str, claims: pa.Table) -> list[dict[str, Any]]:
    """What DuckDB answers."""
    with duckdb.connect() as connection:
        connection.register("claims", claims)
        rows: list[dict[str, Any]] = connection.execute(text).to_arrow_table().to_pylist()
        return rows


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "spark"])
def test_a_query_is_as_it_was_read(rule: subsidy.Policy, dialect: str) -> None:
    """The whole text of a query, as somebody held it against the rule: one step a level, with names and clauses."""
    text = query(rule, dialect=dialect, steps=["counted"]).text + "\n"
    assert text == (KEPT / f"r1.{dialect}.sql").read_text("utf-8")


def test_other_columns_go_along_and_wrong_rows_say_why(rule: subsidy.Policy) -> None:
    """Rows in are rows out; what is wrong is a code and a fact, all of a row; nothing of it is computed."""
    good = {"project": "P1", "on": "2021-06-30", "district_type": "county", "floor_area": "1800.5", "cost": "600000"}
    rows = [
        good,
        good | {"floor_area": "1800.555", "district_type": "town"},
        good | {"on": "2020-12-31", "cost": "1000000000.01"},
        {"project": " P1"},
    ]
    claims = table_of(rule.program.facts, rows).append_column("town", pa.array(["东", "南", "西", "北"]))
    found = ask(query(rule, columns=claims.column_names).text, claims)
    assert [(row["town"], row["amount"], row["shares.share.county"], row["problems"]) for row in found] == [
        ("东", Decimal("450000.00"), Decimal("150000.00"), None),
        ("南", None, None, "F0109 district_type; F0105 floor_area"),
        ("西", None, None, "R0105 on; F0104 cost"),
        ("北", None, None, "F0118 project; F0102 on; F0102 district_type; F0102 floor_area; F0102 cost"),
    ]


def test_what_is_open_has_bounds() -> None:
    """Under readings that nobody chose, a sum has its least and its most, as in a table of the library."""
    policy = subsidy.catalogue().policy(GRANT)
    facts = {
        "project": "P", "accepted_on": "2021-06-30", "place": "140802", "works": "extension", "floor_area": "1000",
        "cost": "900000",
    }  # fmt: skip
    claims = table_of(policy.program.facts, [facts])
    (row,) = ask(query(policy).text, claims)
    (same,) = policy.calculate_table(pa.table({name: [value] for name, value in facts.items()})).to_pylist()
    names = [name for name in same if name not in ("problems", "simulation", "reasons")]
    assert {name: row[name] for name in names} == {name: same[name] for name in names}
    assert row["amount"] is None
    assert row["amount.low"] < row["amount.high"]


ENGINES = "duckdb, postgres, spark"
REFUSED: dict[str, tuple[dict[str, str], str]] = {
    "inexact": (
        {"dialect": "trino"},
        """R0761 dialect-inexact  --dialect
  “trino” cannot say a policy exactly: a division of whole numbers goes through floats, or is as {engine}""",
    ),
    "unknown": (
        {"dialect": "cobol"},
        """R0760 no-such-dialect  --dialect
  there is no SQL of “cobol” here; there are: {dialects}""",
    ),
    "records": (
        {"dialect": "postgres"},
        """R0762 not-in-sql  policy
  the SQL of postgres cannot say exactly: records
  → use subsidy table calculate""",
    ),
    "relation": (
        {"relation": "claims; drop table claims"},
        """R0766 no-relation  --from
  --from was given as “claims; drop table claims”, which is no table
  → name a table or a view, such as claims or bureau.claims""",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_said_is_refused(case: str) -> None:
    """Nothing is approximated: the reason is said, and what there is."""
    asked, said = REFUSED[case]
    with pytest.raises(RequestError) as error:
        query(subsidy.catalogue().policy(BEDS), **asked)  # type: ignore[arg-type]
    assert error.value.report("en") == said.format(
        engine=f"the engine will have it; there are: {ENGINES}", dialects=ENGINES
    )


@pytest.mark.parametrize("dialect", REFUSED_DIALECTS)
def test_a_dialect_is_refused_for_how_it_divides(dialect: str) -> None:
    """What is said of a dialect is so: its division of whole numbers is by floats, or a fraction that is cut."""
    divided = exp.IntDiv(this=exp.column("a"), expression=exp.column("b")).sql(dialect)
    assert "a / b" in divided or any(word in divided for word in ("REAL", "DOUBLE", "FLOAT"))
    with pytest.raises(RequestError) as error:
        query(subsidy.catalogue().policy(BEDS), dialect=dialect)
    said = f"“{dialect}”不能准确表示政策：整数相除要经过浮点数，或由该数据库自定；可用：{ENGINES}"
    assert error.value.problems[0].message("zh") == said


def test_no_word_of_a_policy_becomes_a_part_of_its_query(tmp_path: Path) -> None:
    """A title or a label that would end a comment stays in it, so that the query answers as before."""
    folder = Path(shutil.copytree(BENCH, tmp_path / "policies"))
    module = folder / R1 / "2021-01-01.toml"
    text = module.read_text("utf-8").replace("bench rule R1", "*/ drop table claims; --", 1)
    module.write_text(text.replace("area that counts", "*/ , 1 AS evil /*", 1), "utf-8")
    policy = subsidy.Catalogue(folder).policy(R1)
    facts = {"project": "P1", "on": "2021-06-30", "district_type": "county", "floor_area": "600", "cost": "1"}
    (row,) = ask(query(policy).text, table_of(policy.program.facts, [facts]))
    assert (row["amount"], "evil" in row) == (Decimal("180000.00"), False)


def test_every_claim_must_have_its_facts(rule: subsidy.Policy) -> None:
    """A column that is not there is said before the engine is asked."""
    with pytest.raises(FactsError) as error:
        query(rule, columns=["project", "on", "district_type"])
    assert [(each.code, each.where) for each in error.value.problems] == [("F0102", "floor_area"), ("F0102", "cost")]


def test_the_command_prints_what_can_be_run(rule: subsidy.Policy) -> None:
    """What is printed is the query; as JSON it comes with its columns."""
    words = ["policy", "sql", R1, "--policies", str(BENCH)]
    printed = CliRunner().invoke(app, [*words, "--dialect", "spark"])
    assert (printed.exit_code, printed.stdout) == (Exit.FINE, query(rule, dialect="spark").text + "\n")
    refused = CliRunner().invoke(app, [*words, "--dialect", "sqlite"])
    assert refused.exit_code == Exit.REQUEST
    assert refused.stderr.startswith("R0761 dialect-inexact")
    data = CliRunner().invoke(app, [*words, "--steps", "all", "--json"]).stdout
    assert '"steps.counted"' in data and '"counted": 100' in data
