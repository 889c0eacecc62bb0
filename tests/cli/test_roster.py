"""`subsidy determine --table`: a roster is validated whole, determined row by row, and taken up again."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.ledger.support import adopt
from typer.testing import Result

import subsidy
from subsidy.calculation.readers import Unreadable
from subsidy.cli import table as tables
from subsidy.cli.exits import Exit
from subsidy.ledger import Reader
from subsidy.ledger.rosters import natural_key

Run = Callable[..., Result]
HOME = "cn/liaoning/shenyang/home-service"
URL = "sqlite:///ledger.db"
HEAD = "服务对象,month of service,hours,price\n"
ROWS = "甲,2023-08,20,30\n乙,2023-08,45,30\n丙,2023-08,0,30\n"


def roster(run: Run, text: str | bytes, *words: str, batch: str = "b1") -> Result:
    """What the command says of a table with this content."""
    content = text.encode() if isinstance(text, str) else text
    Path("roster.csv").write_bytes(content)
    return run("determine", HOME, "--table", "roster.csv", "--batch", batch, *words)


def size() -> int:
    """How many entries the ledger has."""
    with Reader(URL) as ledger:
        return ledger.size


def determined() -> int:
    """How many claims it has determined."""
    with Reader(URL) as ledger:
        return sum(1 for _ in ledger.entries(0, 100_000, kinds=("determination",)))


def test_a_roster_is_determined(bureau: Run) -> None:
    """Every row is determined; totals are printed, and the table with its results is written."""
    found = roster(bureau, HEAD + ROWS, "--output", "out.csv")
    assert (found.exit_code, found.stdout) == (
        Exit.FINDING,
        "b1: 3 rows, 2 determined, 1950.00 CNY, 1 at nothing, 0 refused\n",
    )
    assert Path("out.csv").read_bytes().decode("utf-8") == (
        "\ufeff服务对象,month of service,hours,price,decision,amount,entry,reasons\r\n"
        "甲,2023-08,20,30,determined,600.00,7,\r\n"
        "乙,2023-08,45,30,determined,1350.00,8,\r\n"
        "丙,2023-08,0,30,nothing,0.00,9,\r\n"
    )
    assert sorted(file.name for file in Path().glob(".out*")) == []


def test_no_identifier_enters_an_entry(bureau: Run) -> None:
    """Neither the entries nor the request ids of a roster hold an identifier, or a hash of one alone."""
    roster(bureau, HEAD + ROWS)
    with Reader(URL) as ledger:
        entries = [body for _, body in ledger.entries(2)]
    subjects = next(body["subjects"] for body in entries if body["kind"] == "roster")
    assert not any(name in json.dumps(entries, ensure_ascii=False) for name in ("甲", "乙", "丙"))
    assert len(subjects) == 3
    assert entries[5]["receipt"]["facts"]["beneficiary"] == subjects[0]


def test_the_same_roster_again_has_no_second_effect(bureau: Run) -> None:
    """Rows are found again wherever they stand, and new ones are added; as JSON it is the same."""
    roster(bureau, HEAD + ROWS)
    before = size()
    again = roster(bureau, HEAD + "丁,2023-08,10,30\n" + "".join(reversed(ROWS.splitlines(keepends=True))))
    data = json.loads(roster(bureau, HEAD + ROWS, "--json").stdout)
    assert again.stdout == (
        "b1: 4 rows, 3 determined, 2250.00 CNY, 1 at nothing, 0 refused\n3 of them were determined before\n"
    )
    assert size() == before + 2  # the one who is new, and the claim
    assert [(each["row"], each["entry"], each["amount"]) for each in data.pop("results")] == [
        (2, 7, "600.00"),
        (3, 8, "1350.00"),
        (4, 9, "0.00"),
    ]
    assert data == {
        "batch": "b1",
        "rows": 3,
        "earlier": 3,
        "determined": 2,
        "nothing": 1,
        "refused": 0,
        "open": 0,
        "amount": "1950.00",
        "errors": [],
    }


def test_every_mistake_of_every_row_is_said_and_nothing_recorded(bureau: Run) -> None:
    """Rows that are one claim, and what is wrong with each row, are said with row and column; nothing is recorded."""
    text = HEAD + "甲,2023-08,20,30\n乙,2023-08,900,30\n甲,2023-08,10,30\n,2023-08,1,x\n戊,2023-08,900,30\n"
    found = roster(bureau, text)
    assert (found.exit_code, size()) == (Exit.REQUEST, 2)
    assert found.stderr == (
        "R0705 one-claim-twice  roster.csv:4:1\n"
        "  rows 4 and 2 are one claim: the same beneficiary, month of service\n"
        "  → put them together, or remove one\n"
        "F0104 out-of-range  roster.csv:3:3  hours\n"
        "  hours of home service in the month (hours) is 900; allowed is 0 to 744 h/(person·month)\n"
        "  ↳ roster.csv  1 more rows: 6\n"
        "F0102 missing-fact  roster.csv:5:1  beneficiary\n"
        "  beneficiary (beneficiary) is missing: an id (text)\n"
        "F0107 not-a-number  roster.csv:5:4  price\n"
        "  price an hour (price) was given as “x”, which is not an acceptable number\n"
        "  → write ASCII digits such as 1860.40; at most 18 before the point and 9 after, no commas, exponent or plus\n"
    )


def test_a_header_that_does_not_fit(bureau: Run) -> None:
    """Columns that are no facts or stand twice, rows of another width, and no rows at all are said together."""
    wrong = roster(bureau, "beneficiary,foo,month,month\nA,1,2\n")
    empty = roster(bureau, HEAD)
    assert wrong.exit_code == empty.exit_code == Exit.REQUEST
    assert wrong.stderr == (
        "R0702 unknown-column  foo\n"
        "  the column “foo” is no fact of the policy; allowed is: beneficiary (服务对象), month (服务月份), "
        "hours (当月上门服务时长), price (每小时服务价格)\n"
        "  → correct its header; a column that is no fact, such as remarks, is passed over with --ignore foo\n"
        "R0703 column-twice  month\n"
        "  the fact month has two columns\n"
        "R0704 row-of-another-width  roster.csv:2:1\n"
        "  the row has 3 cells, and the header has 4\n"
    )
    assert empty.stderr == "R0706 no-rows  roster.csv\n  roster.csv has no row\n"


NOTED = "姓名,服务对象,month of service,hours,price,备注\n"
NOTED_ROWS = "张三,甲,2023-08,20,30,上月新增\n李四,乙,2023-08,45,30,\n"


def test_columns_that_are_no_facts_are_passed_over_where_they_are_named(bureau: Run) -> None:
    """They stop the roster unless each is named; then they stand in the results, and enter neither entry nor claim."""
    one = roster(bureau, NOTED + NOTED_ROWS, "--ignore", "备注")
    ignored = ("--ignore", "备注", "--ignore", " 姓名")
    both = roster(bureau, NOTED + NOTED_ROWS, *ignored, "--output", "out.csv")
    again = roster(bureau, NOTED + NOTED_ROWS.replace("上月新增", "核过").replace("张三", "张山"), *ignored)
    assert (one.exit_code, one.stderr) == (
        Exit.REQUEST,
        (
            "R0702 unknown-column  姓名\n"
            "  the column “姓名” is no fact of the policy; allowed is: beneficiary (服务对象), month (服务月份), "
            "hours (当月上门服务时长), price (每小时服务价格)\n"
            "  → correct its header; a column that is no fact, such as remarks, is passed over with --ignore 姓名\n"
        ),
    )
    assert both.stdout == "b1: 2 rows, 2 determined, 1950.00 CNY, 0 at nothing, 0 refused\n"
    assert Path("out.csv").read_text("utf-8-sig").splitlines() == [
        "姓名,服务对象,month of service,hours,price,备注,decision,amount,entry,reasons",
        "张三,甲,2023-08,20,30,上月新增,determined,600.00,7,",
        "李四,乙,2023-08,45,30,,determined,1350.00,8,",
    ]
    assert again.stdout == both.stdout + "2 of them were determined before\n"
    with Reader(URL) as ledger:
        assert not any(
            name in json.dumps([*ledger.entries(2)], ensure_ascii=False) for name in ("张三", "李四", "上月")
        )


def test_a_mistake_beside_a_column_that_is_passed_over(bureau: Run) -> None:
    """It is said where it stands, also of two rows that are one claim."""
    found = roster(
        bureau, "备注,beneficiary,month,hours,price\na,甲,2023-08,x,30\nb,甲,2023-08,1,30\n", "--ignore", "备注"
    )
    assert [line for line in found.stderr.splitlines() if line.startswith(("R", "F"))] == [
        "R0705 one-claim-twice  roster.csv:3:1",
        "F0107 not-a-number  roster.csv:2:4  hours",
    ]


def test_what_cannot_be_passed_over(bureau: Run) -> None:
    """A fact, by its name or label, and a column that is not there; of a header that is nearly a fact, that is said."""
    words = ("--ignore", "hours", "--ignore", "服务对象", "--ignore", "备 注")
    english = roster(bureau, "服务对像,month,hours,price,说明 2\nA,2023-08,1,30,x\n", *words)
    chinese = roster(bureau, "服务对像,month,hours,price,说明 2\nA,2023-08,1,30,x\n", *words, "--lang", "zh")
    assert english.exit_code == chinese.exit_code == Exit.REQUEST
    assert size() == 2
    assert english.stderr == (
        "R0708 fact-ignored  hours\n"
        "  the column “hours” is the fact hours (hours of home service in the month) of the policy, and cannot be "
        "passed over\n"
        "  → leave out --ignore hours; where the fact is not stated, remove the column from the roster\n"
        "R0708 fact-ignored  服务对象\n"
        "  the column “服务对象” is the fact beneficiary (beneficiary) of the policy, and cannot be passed over\n"
        "  → leave out --ignore 服务对象; where the fact is not stated, remove the column from the roster\n"
        "R0709 no-such-column  备 注\n"
        "  the column “备 注” that is to be passed over is not in the roster, whose columns are: "
        "服务对像, month, hours, price, 说明 2\n"
        "  → correct or leave out --ignore '备 注'\n"
        "R0702 unknown-column  服务对像\n"
        "  the column “服务对像” is no fact of the policy; allowed is: beneficiary (服务对象), month (服务月份), "
        "hours (当月上门服务时长), price (每小时服务价格)\n"
        "  → did you mean 服务对象? otherwise add --ignore 服务对像\n"
        "R0702 unknown-column  说明 2\n"
        "  the column “说明 2” is no fact of the policy; allowed is: beneficiary (服务对象), month (服务月份), "
        "hours (当月上门服务时长), price (每小时服务价格)\n"
        "  → correct its header; a column that is no fact, such as remarks, is passed over with --ignore '说明 2'\n"
    )
    assert chinese.stderr == (
        "R0708 fact-ignored  hours\n"
        "  列“hours”是该政策的事实 hours（当月上门服务时长），不能略过\n"
        "  → 去掉 --ignore hours；本批不填该事实的，从名单中删去该列\n"
        "R0708 fact-ignored  服务对象\n"
        "  列“服务对象”是该政策的事实 beneficiary（服务对象），不能略过\n"
        "  → 去掉 --ignore 服务对象；本批不填该事实的，从名单中删去该列\n"
        "R0709 no-such-column  备 注\n"
        "  要略过的列“备 注”不在名单中；名单的列：服务对像、month、hours、price、说明 2\n"
        "  → 改正或去掉 --ignore '备 注'\n"
        "R0702 unknown-column  服务对像\n"
        "  列“服务对像”不是该政策的事实；可以是：beneficiary (服务对象), month (服务月份), "
        "hours (当月上门服务时长), price (每小时服务价格)\n"
        "  → 是否想写 服务对象？否则加 --ignore 服务对像\n"
        "R0702 unknown-column  说明 2\n"
        "  列“说明 2”不是该政策的事实；可以是：beneficiary (服务对象), month (服务月份), "
        "hours (当月上门服务时长), price (每小时服务价格)\n"
        "  → 改正表头；确非事实的列（如备注），加 --ignore '说明 2' 略过\n"
    )


def test_the_encodings_of_a_spreadsheet(bureau: Run) -> None:
    """UTF-8 with its mark is read as without; GB18030 is told by an option, and asked for where it is not."""
    marked = roster(bureau, b"\xef\xbb\xbf" + (HEAD + ROWS).encode(), "--validate-only")
    national = (HEAD + ROWS).encode("gb18030")
    told = roster(bureau, national, "--validate-only", "--encoding", "gb18030")
    untold = roster(bureau, national)
    assert (
        marked.stdout == told.stdout == ("all 3 rows can be determined; 0 of them were before; nothing is recorded\n")
    )
    assert (untold.exit_code, untold.stderr) == (
        Exit.REQUEST,
        (
            "R0701 unreadable-table  roster.csv\n"
            "  roster.csv cannot be read as CSV in utf-8: "
            "'utf-8' codec can't decode byte 0xb7 in position 0: invalid start byte\n"
            "  → save it as CSV in UTF-8; for the national encoding add --encoding gb18030\n"
        ),
    )
    assert size() == 2


def test_a_row_that_was_changed_is_refused(bureau: Run) -> None:
    """A claim that was determined in this batch with other content stops the roster before anything is recorded."""
    roster(bureau, HEAD + ROWS)
    before = size()
    found = roster(bureau, HEAD + "丁,2023-08,10,30\n甲,2023-08,21,30\n")
    assert (found.exit_code, size()) == (Exit.REQUEST, before)
    assert found.stderr == (
        "R0707 row-changed  roster.csv:3:1\n"
        "  the row was determined in entry 7, and reads otherwise now\n"
        "  → write it as it was; to correct it, reverse that entry and determine the row in a new batch\n"
    )


def test_what_one_batch_left_of_a_cap_is_all_that_another_has(bureau: Run) -> None:
    """Caps hold over batches: the rows of a second one are cut to what the first left."""
    roster(bureau, HEAD + ROWS)
    found = roster(bureau, HEAD + "甲,2023-08,45,30\n乙,2023-08,45,30\n", batch="b2")
    assert found.stdout == "b2: 2 rows, 1 determined, 750.00 CNY, 1 at nothing, 0 refused\n"


def test_why_a_row_comes_to_nothing(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A row, as one claim, has the conditions that it misses, and the caps that are used up; no advice is a reason."""
    grant = "cn/shanxi/yuncheng/construction-grant"
    readings = {"shortfall": "same_rate_above_cap", "other_works": "do_not"}
    adopt(tmp_path / "adoptions", subsidy.catalogue().policy(grant), "2021-06-01", "", readings)
    monkeypatch.chdir(tmp_path)
    for name, value in {"ADOPTIONS": "adoptions", "LEDGER": URL, "LANG": "en"}.items():
        monkeypatch.setenv(f"SUBSIDY_{name}", value)
    run("ledger", "create", "--scope", "140800")
    facts = ["accepted_on=2021-09-30", "place=140802", "works=extension", "floor_area=10"]
    one = run("determine", grant, "project=P0", *facts, "--request", "a")
    Path("roster.csv").write_text(
        "project,accepted_on,place,works,floor_area\n"
        "P1,2021-09-30,140802,new_build,1000\n"
        "P2,2021-09-30,140802,extension,10\n"
        "P1,2021-10-30,140802,lease,9\n"
        "P1,2021-11-30,140802,new_build,1000\n",
        "utf-8",
    )
    words = ("determine", grant, "--table", "roster.csv", "--batch", "b1", "--output", "out.csv")
    found = [
        (run(*words, *more), Path("out.csv").read_text("utf-8-sig").splitlines()) for more in ((), ("--lang", "zh"))
    ]
    assert one.stdout.splitlines()[:3] == [
        "Entry 6: nothing is paid, 0.00 CNY are payable",
        "  ✗ the kind of works earns the grant [三(二)]: extension is none of (new build, conversion)",
        "  one grant for each project [三(二)]: 0 before + 0 now = 0 times, at most 1",
    ]
    (english, lines), (_, chinese) = found
    assert english.stdout == "b1: 4 rows, 1 determined, 300000.00 CNY, 2 at nothing, 1 refused\n"
    assert "\n".join(lines[1:]) == (
        "P1,2021-09-30,140802,new_build,1000,determined,300000.00,8,\n"
        "P2,2021-09-30,140802,extension,10,nothing,0.00,9,"
        '"the kind of works earns the grant [三(二)]: extension is none of (new build, conversion)"\n'
        "P1,2021-10-30,140802,lease,9,nothing,0.00,10,"
        '"the kind of works earns the grant [三(二)]: lease is none of (new build, conversion); '
        'one grant for each project [三(二)]: 1 before + 0 now = 1 times, at most 1"\n'
        "P1,2021-11-30,140802,new_build,1000,refused,0.00,11,"
        '"R0601 one grant for each project [三(二)]: at most 1, and used up"'
    )
    assert chinese[3] == (
        "P1,2021-10-30,140802,lease,9,核定为 0,0.00,10,建设方式属于奖补范围〔三(二)〕：租赁 不属于 (新建，改造)；"
        "每个项目只奖补一次〔三(二)〕：已有 1 次 + 本次 0 次 = 1 次，至多 1 次"
    )


def test_a_batch_id_that_is_none(bureau: Run) -> None:
    """A batch id of signs that no request id may have is refused."""
    found = roster(bureau, HEAD + ROWS, batch="八月")
    assert found.exit_code == Exit.REQUEST
    assert found.stderr.startswith("R0520 bad-request-id  request\n")


def test_an_output_that_cannot_be_written_is_known_first(bureau: Run) -> None:
    """Nothing is determined where the results could not be written."""
    found = roster(bureau, HEAD + ROWS, "--output", "nowhere/out.csv")
    assert (found.exit_code, found.stderr) == (Exit.USAGE, "nowhere/.out.csv.new: No such file or directory\n")
    assert size() == 2


def test_an_interrupted_roster_goes_on(bureau: Run) -> None:
    """After Ctrl-C what was begun is recorded and said; the same command determines the rest, and nothing twice."""
    rows = 8000
    text = HEAD + "".join(f"P{number},2023-08,10,30\n" for number in range(rows))
    Path("roster.csv").write_text(text, "utf-8")
    words = ["determine", HOME, "--table", "roster.csv", "--batch", "b1", "--output", "out.csv"]
    with subprocess.Popen(
        [sys.executable, "-m", "subsidy", *words], env=os.environ, stderr=subprocess.PIPE, encoding="utf-8"
    ) as running:
        while size() < 100:
            assert running.poll() is None, "it ended before it was interrupted"
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        said = running.communicate(timeout=60)[1]
    done = determined()
    assert running.returncode == Exit.FINDING
    assert 0 < done < rows
    assert said == (f"{rows - done} rows are not determined; the same command goes on, and determines none twice\n")
    assert Path("out.csv").read_text("utf-8").count(",determined,300.00,") == done

    again = bureau(*words)
    assert (again.exit_code, again.stdout) == (
        Exit.FINE,
        (
            f"b1: {rows} rows, {rows} determined, {rows * 300}.00 CNY, 0 at nothing, 0 refused\n"
            f"{done} of them were determined before\n"
        ),
    )
    assert determined() == rows


def test_cells_are_read_as_the_policy_has_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A choice may be written by its label in either language, records are JSON, and an empty cell states nothing."""
    policy = subsidy.catalogue().policy("cn/shanxi/yuncheng/bed-subsidy")
    content = (
        "centre,入住老年人,month,care_level,stays\n"
        'C1,R1,2021-06,半失能,"[{""moved_in"": ""2021-06-05""}]"\n'
        "C1,R2,2021-06,disabled,[\n"
        "\n"
        "C1,R3,2021-06,semi-disabled,\n"
    )
    monkeypatch.chdir(tmp_path)
    label = policy.facts["resident"].label.zh
    file = Path("beds.csv")
    file.write_text(content.replace("入住老年人", label), "utf-8")
    one, two, three = tables.read(file, "utf-8", policy).claims(policy)
    assert one == {
        "centre": "C1",
        "resident": "R1",
        "month": "2021-06",
        "care_level": "semi_disabled",
        "stays": [{"moved_in": "2021-06-05"}],
    }
    assert two["care_level"] == "disabled"
    assert isinstance(two["stays"], Unreadable)
    assert three == {"centre": "C1", "resident": "R3", "month": "2021-06", "care_level": "semi_disabled"}


def test_the_facts_that_make_a_claim_the_one_it_is() -> None:
    """They are those of `once_per` where it has facts alone, or else all ids, dates and months that are stated."""
    shipped = subsidy.catalogue()
    keys = {name: natural_key(shipped.policy(name)) for name in (HOME, "cn/jilin/liaoyuan/free-services")}
    assert keys == {HOME: ("beneficiary", "month"), "cn/jilin/liaoyuan/free-services": ("operator", "counted_on")}


def test_a_ledger_that_is_taken_over_in_the_middle(bureau: Run) -> None:
    """Where another writer takes over, what is recorded stays, the rest is said, and the same command goes on."""
    Path("roster.csv").write_text(HEAD + "".join(f"P{number},2023-08,10,30\n" for number in range(1000)), "utf-8")
    with sqlite3.connect("ledger.db") as connection:
        connection.execute(
            "CREATE TRIGGER taken AFTER INSERT ON entries WHEN NEW.position = 100 "
            "BEGIN UPDATE head SET writer = 'another'; END"
        )
    connection.close()
    found = bureau("determine", HOME, "--table", "roster.csv", "--batch", "b1")
    done = determined()
    assert found.exit_code == Exit.USAGE
    assert 0 < done < 1000
    assert found.stderr == (
        "S0303 writer-replaced  sqlite:///ledger.db\n"
        "  another process has taken over the writing of the ledger\n"
        f"{1000 - done} rows are not determined; the same command goes on, and determines none twice\n"
    )
    again = bureau("determine", HOME, "--table", "roster.csv", "--batch", "b1")
    assert again.stdout.splitlines() == [
        "b1: 1000 rows, 1000 determined, 300000.00 CNY, 0 at nothing, 0 refused",
        f"{done} of them were determined before",
    ]
