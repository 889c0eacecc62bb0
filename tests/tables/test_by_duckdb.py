"""Rosters calculated by DuckDB: the same file, sums, problems and notes as otherwise, or a refusal that says why."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from subsidy.cli.exits import Exit
from subsidy.cli.table_calculate import _data
from subsidy.errors import RequestError
from subsidy.sheets.reading import read
from subsidy.tables.by_duckdb.calculating import calculate as by_duckdb
from subsidy.tables.calculating import calculate

from .results import BEDS, GRANT, SERVICE, policy
from .rosters import run
from .test_faults import BEFORE, HEEDING, ROOT, SCRIPT, words
from .test_faults import roster as big
from .test_results import BED_CLAIMS, GRANTS, SERVICES

PLAN: Final = "cn/liaoning/panjin/funding-plan"
QUIET: Final = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
# Cells as clerks write them: plain, in other spellings, with units, blank, or no such thing.
MESSY: Final = {
    "项目": some.sampled_from(["P1", "P2", "新建一院", " P3", "1.2E+17", "Total7", ""]),
    "完工验收日期": some.sampled_from(
        ["2021-08-01", "2021/8/1", "2021.8.1", "20210801", "2021年8月1日", "2021-02-30", "1899-01-01", "8月", ""]
    ),
    "项目所在县（市、区）": some.sampled_from(["140802", "盐湖区", "运城市盐湖区", "140821", "110101", "", "/"]),
    "建设方式": some.sampled_from(["new_build", "新建", "改建", "extension", "shed", "", "无"]),
    "实际建筑面积": some.sampled_from(
        ["600", "1500.25", "１２００", "1 200", "300平方米", "0.005", "1e3", "-5", "99999999999", "/", "", "  "]
    ),
    "工程投资": some.sampled_from(["100000", "1234567.89", "３万元", "¥5000", "12.345", "尚未决算", "", "——"]),
    "备注": some.sampled_from(["", "无", "合同：三", "-2", "a:b"]),
}
LINES: Final = some.one_of(
    some.tuples(*MESSY.values()).map(",".join),
    some.tuples(*MESSY.values(), some.sampled_from(["", "x"])).map(",".join),  # a cell too many
    some.sampled_from(["", ",,,,,,", "制表人：张三", "P9,2021-08-01", "合计,,,,1800,,", ",".join(MESSY)]),
)
READINGS: Final = some.sampled_from([{}, {"shortfall": "open"}])


def outcomes(roster: Path, name: str, folder: Path, **asked: Any) -> tuple[Any, Any]:
    """What both engines make of a roster: a file and its sums, problems and notes; or why there is none."""
    found: list[Any] = []
    for engine in (calculate, by_duckdb):
        out = folder / f"{engine.__module__.rpartition('.')[0]}.parquet"
        out.unlink(missing_ok=True)
        try:
            outcome = engine(read(roster, policy(name), carried=["*"]), out, **asked)
        except RequestError as error:
            assert not out.exists()
            found.append([(each.code, each.message("en")) for each in error.problems])
        else:
            table = pq.read_table(out)
            found.append((table.schema, table.to_pylist(), table.schema.metadata, _data(outcome, Path())))
    assert not [each for each in folder.iterdir() if each.name.startswith(".")]
    return found[0], found[1]


@QUIET
@given(
    lines=some.lists(LINES, min_size=1, max_size=7), readings=READINGS, group=some.sampled_from(["", "备注", "项目"])
)
def test_a_messy_csv_is_calculated_as_otherwise(
    lines: Sequence[str], readings: dict[str, str], group: str, tmp_path: Path
) -> None:
    """Whatever stands in its cells, a CSV has the same result; only with a row of totals it is refused."""
    roster = tmp_path / "roster.csv"
    roster.write_text("\n".join([",".join(MESSY), *lines]) + "\n", "utf-8")
    one, other = outcomes(roster, GRANT, tmp_path, readings=readings, steps=["all"], group=group)
    if isinstance(other, list) and other[0][0] == "R0767":
        assert any(line.startswith("合计") for line in lines)
        assert [code for code, _ in other] == ["R0767"]
    else:
        assert other == one


NUMBERS: Final = some.sampled_from([pa.string(), pa.decimal128(18, 2), pa.decimal128(27, 9), pa.decimal64(18, 4)])


def typed(rows: Sequence[dict[str, Any]], numbers: Sequence[str], type_: pa.DataType, day: str = "") -> pa.Table:
    """Rows in columns, the numbers and the day in types of their own where every row has one."""
    table = pa.Table.from_pylist(list(rows))
    for name in numbers:
        if not pa.types.is_string(type_):
            cells = [Decimal(each[name]) if _is_number(each[name]) else None for each in rows]
            table = table.set_column(table.schema.get_field_index(name), name, pa.array(cells, type_))
    if day and not pa.types.is_string(type_):
        days = [dt.date.fromisoformat(each[day]) for each in rows]
        table = table.set_column(table.schema.get_field_index(day), day, pa.array(days))
    return table


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


@QUIET
@given(
    drawn=some.one_of(
        some.tuples(some.just(GRANT), some.lists(GRANTS, min_size=1, max_size=5), some.just(["floor_area", "cost"])),
        some.tuples(some.just(SERVICE), some.lists(SERVICES, min_size=1, max_size=5), some.just(["hours", "price"])),
        some.tuples(some.just(BEDS), some.lists(BED_CLAIMS, min_size=1, max_size=4), some.just([])),
    ),
    type_=NUMBERS,
    coded=some.booleans(),
)
def test_a_parquet_file_is_calculated_as_otherwise(
    drawn: tuple[str, list[dict[str, Any]], list[str]], type_: pa.DataType, coded: bool, tmp_path: Path
) -> None:
    """Columns of texts, decimals, days, dictionaries and records have the same result; what is open has its bounds."""
    name, rows, numbers = drawn
    table = typed(rows, numbers, type_, "accepted_on" if name == GRANT else "")
    if coded:
        place = next(at for at, each in enumerate(table.column_names) if each in ("project", "beneficiary", "centre"))
        table = table.set_column(place, table.column_names[place], table.column(place).dictionary_encode())
    pq.write_table(table, tmp_path / "roster.parquet")
    readings = {"part_month": "open"} if name == BEDS else {}
    one, other = outcomes(tmp_path / "roster.parquet", name, tmp_path, readings=readings)
    if isinstance(other, list) and {"R0767"} & {code for code, _ in other}:
        assert name == BEDS  # its records have days as texts
        assert other[0][1].startswith("DuckDB does not calculate this: the column of stays has the type list<")
    else:
        assert other == one


def test_days_of_stays_are_read_where_they_are_days(tmp_path: Path) -> None:
    """Records whose fields have the types of their kinds are calculated by DuckDB, too."""
    stay = {"moved_in": dt.date(2021, 6, 3), "moved_out": dt.date(2021, 6, 20)}
    rows = [
        {"centre": "C1", "resident": f"R{each}", "month": "2021-06", "care_level": level, "stays": [stay] * times}
        for each, (level, times) in enumerate([("disabled", 1), ("self_care", 2), ("none", 1), ("semi_disabled", 1)])
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "roster.parquet")
    one, other = outcomes(tmp_path / "roster.parquet", BEDS, tmp_path, readings={"part_month": "open"}, steps=["all"])
    assert other == one
    assert [row["problems"] is None for row in one[1]] == [True, False, False, True]


HEAD: Final = "project,accepted_on,place,works,floor_area,cost\n"
ROW: Final = "P1,2021-08-01,140802,new_build,600,100000\n"
REFUSED: Final = {
    "a workbook's form": ("a.csv", HEAD + ROW, "a.xlsx", (), "a result in .xlsx; it is written as .parquet"),
    "quotes": (
        "a.csv", HEAD + ROW.replace("P1", '"P1"'), "a.parquet", (),
        "a CSV with quotes or control signs below its header",
    ),
    "a unit": (
        "a.csv", HEAD.replace("cost", "工程投资（万元）") + ROW, "a.parquet", (),
        "the column “工程投资（万元）”: a column of a month, a unit that is converted, or records",
    ),
    "blanks": (
        "a.csv", HEAD + ROW, "a.parquet", ("--blank-is-zero", "cost"), "blanks that are zeros, of cost of the works",
    ),
    "totals": ("a.csv", HEAD + ROW + "合计,,,,600,\n", "a.parquet", (), "a row of totals, A3"),
}  # fmt: skip
REFUSED["a name that is a pattern"] = (
    "a[1].csv", HEAD + ROW, "a.parquet", (),
    "a file or folder named with * ? [ or ], which mean something to DuckDB",
)  # fmt: skip
SAID: Final = """\
R0767 not-by-duckdb  --engine
  DuckDB does not calculate this: {what}
  → leave --engine duckdb out
"""


@pytest.mark.parametrize("case", REFUSED)
def test_what_duckdb_would_not_read_as_it_is_meant_is_refused(case: str, tmp_path: Path) -> None:
    """What only the other readers understand is refused before anything is written, with what to do."""
    name, text, out, more, what = REFUSED[case]
    (tmp_path / name).write_text(text, "utf-8")
    asked: list[str | Path] = [tmp_path / name, "--policy", GRANT, "--out", tmp_path / out, "--engine", "duckdb", *more]
    found = run("calculate", *asked)
    assert (found.exit_code, found.stderr) == (Exit.REQUEST, SAID.format(what=what))
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_it_is_said_in_chinese_too(tmp_path: Path) -> None:
    """The words for a clerk."""
    (tmp_path / "a.csv").write_text(HEAD + ROW, "gb18030")
    asked: list[str | Path] = [
        tmp_path / "a.csv",
        "--policy",
        GRANT,
        "--out",
        tmp_path / "a.parquet",
        "--engine",
        "duckdb",
    ]
    found = run("calculate", *asked, "--encoding", "gb18030", lang="zh")
    assert found.stderr == (
        "R0767 not-by-duckdb  --engine\n  DuckDB 不能这样测算：gb18030 编码的 CSV\n  → 去掉 --engine duckdb\n"
    )


def test_a_policy_that_sql_cannot_say_is_refused(tmp_path: Path) -> None:
    """A sum that somebody decides is for the ordinary engine, and it is said so."""
    shutil.copytree(ROOT / "benchmarks" / "policies", tmp_path / "policies")
    module = next((tmp_path / "policies" / "bench" / "rules" / "r1").glob("*.toml"))
    decided = 'type = "number"\nunit = "CNY"\nresolution = "0.01"\nrange = ["0", "900000"]\noptional = true'
    label = 'label = { zh = "核定", en = "decided" }'
    text = module.read_text("utf-8").replace('value = "earned"', 'up_to = "earned"\ndecided = "decided_sum"')
    text = text.replace('"1000000.01" }', '"1000000.01", decided_sum = "370368.00" }')
    module.write_text(f"{text}\n[facts.decided_sum]\n{decided}\n{label}\n", "utf-8")
    (tmp_path / "a.csv").write_text("project,on,district_type,floor_area,cost\nP,2021-03-01,county,600,1\n", "utf-8")
    asked: list[str | Path] = ["--policies", tmp_path / "policies", "--policy", "bench/rules/r1"]
    found = run("calculate", tmp_path / "a.csv", *asked, "--out", tmp_path / "a.parquet", "--engine", "duckdb")
    assert (found.exit_code, found.stderr) == (Exit.REQUEST, SAID.format(what="sums that somebody decides"))


def test_lines_that_end_in_two_ways_are_refused(tmp_path: Path) -> None:
    """Where DuckDB would count lines otherwise than everybody else, nothing is written."""
    (tmp_path / "a.csv").write_bytes((HEAD + ROW).encode() + b"\r\n\n" + ROW.encode())
    found = run("calculate", tmp_path / "a.csv", "--policy", GRANT, "--out", tmp_path / "a.parquet", *ENGINE[:2])
    said = (found.exit_code, found.stderr)
    other = tmp_path / "b.parquet"
    assert run("calculate", tmp_path / "a.csv", "--policy", GRANT, "--out", other).exit_code == Exit.FINE
    if said[0] == Exit.FINE:
        assert pq.read_table(tmp_path / "a.parquet").equals(pq.read_table(other))
    else:
        assert said[1].startswith(f"R0768 duckdb-stopped  {tmp_path / 'a.csv'}\n  DuckDB did not finish: ")


def test_a_sign_at_which_duckdb_would_cut_a_line_is_refused(tmp_path: Path) -> None:
    """What stands behind such a sign is never lost in silence."""
    (tmp_path / "a.csv").write_text(HEAD.replace("\n", ",note\n") + ROW.replace("\n", ",a\x01b\n"), "utf-8")
    one, other = outcomes(tmp_path / "a.csv", GRANT, tmp_path)
    assert other == [("R0767", "DuckDB does not calculate this: a CSV with quotes or control signs below its header")]
    assert one[1][0]["note"] == "a\x01b"


def test_a_folder_named_as_a_column_is_none(tmp_path: Path) -> None:
    """DuckDB would take a folder `floor_area=999` for a column of that name."""
    folder = tmp_path / "floor_area=999"
    folder.mkdir()
    (folder / "a.csv").write_text(HEAD + ROW, "utf-8")
    one, other = outcomes(folder / "a.csv", GRANT, tmp_path)
    assert other == one
    cells = zip(HEAD.strip().split(","), ROW.strip().split(","), strict=True)
    pq.write_table(pa.table({name: [cell] for name, cell in cells}), folder / "a.parquet")
    one, other = outcomes(folder / "a.parquet", GRANT, tmp_path)
    assert other == one
    assert one[1][0]["floor_area"] == "600"


def test_memory_is_for_duckdb(tmp_path: Path) -> None:
    """An amount of memory for an engine that asks for none is refused, and so is one that is no amount."""
    (tmp_path / "a.csv").write_text(HEAD + ROW, "utf-8")
    asked: list[str | Path] = [tmp_path / "a.csv", "--policy", GRANT, "--out", tmp_path / "a.parquet", "--memory"]
    idle = run("calculate", *asked, "1GB")
    assert idle.exit_code == Exit.REQUEST
    assert idle.stderr.startswith(
        "R0785 option-idle  --memory\n  --memory 1GB does nothing here: it is for --engine duckdb"
    )
    wrong = run("calculate", *asked, "much", "--engine", "duckdb")
    assert wrong.exit_code == Exit.USAGE
    assert "written 500MB or 4GB" in " ".join(wrong.stderr.split())


def test_a_roster_larger_than_memory(tmp_path: Path) -> None:
    """What has no room in the memory that DuckDB is given lies beside the result, and is gone at the end."""
    rows = 400_000  # which take 300 MB as a table
    numbers = pa.array(range(rows), pa.int32())
    columns = {
        "project": pa.array([f"P{each:0120}" for each in range(rows)]),
        "accepted_on": pa.array([dt.date(2021, 8, 1)] * rows),
        "place": pa.array(["140802"] * rows),
        "works": pa.array(["new_build"] * rows),
        "floor_area": pa.array([600] * rows, pa.int32()).cast(pa.decimal128(18, 2)),
        "cost": numbers.cast(pa.decimal128(18, 2)),
    }
    pq.write_table(pa.table(columns), tmp_path / "roster.parquet")
    one, other = (tmp_path / f"{each}.parquet" for each in ("one", "other"))
    asked: list[str | Path] = [tmp_path / "roster.parquet", "--policy", GRANT, "--json", "--out"]
    first = run("calculate", *asked, one)
    second = run("calculate", *asked, other, "--engine", "duckdb", "--memory", "200MB")
    assert (first.exit_code, second.exit_code) == (Exit.FINE, Exit.FINE), second.stderr
    assert json.loads(second.stdout) | {"out": ""} == json.loads(first.stdout) | {"out": ""}
    assert pq.read_table(one).equals(pq.read_table(other))
    assert sorted(each.name for each in tmp_path.iterdir()) == ["one.parquet", "other.parquet", "roster.parquet"]


def test_too_little_memory_is_said(tmp_path: Path) -> None:
    """Where DuckDB can do nothing in the memory that it was given, it is said that it needs more."""
    asked = [str(each) for each in (big(tmp_path / "in.parquet", 50_000), tmp_path / "out.parquet")]
    found = run("calculate", asked[0], "--policy", SERVICE, "--out", asked[1], "--engine", "duckdb", "--memory", "10MB")
    assert found.exit_code == Exit.REQUEST
    assert found.stderr.startswith(f"R0768 duckdb-stopped  {asked[0]}\n  DuckDB did not finish: Out of Memory Error: ")
    assert found.stderr.endswith("\n  → give it more with --memory\n")


def test_a_file_that_breaks_off_leaves_what_was_there(tmp_path: Path) -> None:
    """A roster that DuckDB cannot read to its end gives no result of its beginning."""
    roster, out = tmp_path / "roster.parquet", tmp_path / "out.parquet"
    pq.write_table(pa.Table.from_pylist([{"project": f"P{each}"} for each in range(9000)]).append_column(
        "accepted_on", pa.array([dt.date(2021, 8, 1)] * 9000)), roster)  # fmt: skip
    table = pq.read_table(roster)
    for name, value in {"place": "140802", "works": "new_build", "floor_area": "600", "cost": "1"}.items():
        table = table.append_column(name, pa.array([value] * 9000))
    pq.write_table(table, roster, compression="none", use_dictionary=False)
    content = bytearray(roster.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 3000] = bytes([255]) * 3000
    roster.write_bytes(content)
    out.write_bytes(b"what was there before")
    found = run("calculate", roster, "--policy", GRANT, "--out", out, "--engine", "duckdb")
    assert found.exit_code == Exit.REQUEST
    assert found.stderr.startswith(f"R0768 duckdb-stopped  {roster}\n  DuckDB did not finish: ")
    assert found.stderr.endswith("\n  → leave --engine duckdb out\n")
    assert out.read_bytes() == b"what was there before"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["out.parquet", "roster.parquet"]


ENGINE: Final = ("--engine", "duckdb", "--lang", "en")


def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    """Where DuckDB has no room for a result, it is said, and neither a half of it nor anything else is left."""
    place = tmp_path / "out"
    place.mkdir()
    command = [sys.executable, "-c", SCRIPT, str(place), *words(big(tmp_path / "in.parquet", 50_000), *ENGINE)]
    found = subprocess.run([*command, "out.parquet", "30000"], capture_output=True, text=True, check=True, cwd=ROOT)
    code, said, left, kept = json.loads(found.stdout)
    assert (code, kept.encode(), left) == (Exit.REQUEST, BEFORE, ["out.parquet"])
    assert said.startswith(f"R0768 duckdb-stopped  {tmp_path / 'in.parquet'}\n  DuckDB did not finish: IO Error: ")
    assert "File too large" in said


def test_ctrl_c_leaves_what_was_there(tmp_path: Path) -> None:
    """Stopped while DuckDB is at work, the command says so at once, leaves with 130, and no half file."""
    place = tmp_path / "out"
    place.mkdir()
    out = place / "out.parquet"
    out.write_bytes(BEFORE)
    command = [sys.executable, "-c", HEEDING, *words(big(tmp_path / "in.parquet", 1_500_000), *ENGINE)[3:], str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        end = time.monotonic() + 60
        while time.monotonic() < end and len(list(place.iterdir())) < 2 and process.poll() is None:
            time.sleep(0.005)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        printed, said = process.communicate(timeout=60)
    assert (process.returncode, printed) == (Exit.STOPPED, "")
    assert said == f"stopped, and nothing is written; {out} is as it was\n"
    assert time.monotonic() - began < 5
    assert [each.name for each in place.iterdir()] == [out.name]
    assert out.read_bytes() == BEFORE
