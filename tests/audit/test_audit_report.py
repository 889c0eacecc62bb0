"""The report of an audit: what was found, what was paid, what it rests on, and an explanation of each policy."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl.reader.excel import load_workbook
from sqlalchemy import create_engine, text
from tests.cli.conftest import Run, run
from tests.ledger.support import BED, GRANT, NURSING, Place

from subsidy.audit.filters import Filter
from subsidy.audit.gathering import gathered
from subsidy.audit.kept import kept
from subsidy.audit.replaying import replay
from subsidy.audit.reporting import report_of_replay, report_of_verification
from subsidy.audit.sources import Stored
from subsidy.audit.verifying import verify
from subsidy.cli.exits import Exit
from subsidy.ledger.notes import read_checkpoint
from subsidy.reports.report import Report, Table
from subsidy.text import Text

from .exports import exported, live

__all__ = ["run"]  # a fixture

_NAMED = {
    BED: Text(f"养老床位补贴（{BED}）", f"Bed subsidy for residents ({BED})"),
    GRANT: Text(
        f"城市社区养老服务中心建设奖补（{GRANT}）", f"Community elder-care centre construction grant ({GRANT})"
    ),
    NURSING: Text(f"护理补贴（{NURSING}）", f"Nursing subsidy ({NURSING})"),
}


def of(report: Report, name: str) -> Table:
    """A table by its name."""
    return next(table for table in report.tables if table.name == name)


def reported(place: Place, fingerprint: str = "", wanted: Filter | None = None) -> Report:
    """The report of the ledger of a place."""
    given = kept([fingerprint] if fingerprint else [])
    with Stored(place.url) as source:
        verified = verify(source, given)
        replayed = replay(source, wanted)
        found = gathered(source, wanted or Filter(), replayed.findings)
    return report_of_replay(replayed, verified, found, kept=given, wanted=wanted)


def test_a_report_says_what_was_paid_and_why(place: Place) -> None:
    """Totals by policy, month and payer, the adoptions relied on, what was kept, and one claim of each policy."""
    ledger = live(place)
    fingerprint = read_checkpoint(ledger.checkpoint()).fingerprint
    ledger.close()
    made = reported(place, fingerprint)
    assert made.is_clean
    assert made.title == Text("台账审计报告", "Audit of a ledger")
    assert made.verdict == Text(
        "未发现问题；重算 14 条，14 条相同", "nothing is wrong; 14 of 14 computed again the same"
    )
    facts = {name.en: value for name, value in made.facts}
    assert facts.pop("digest of what was computed").startswith("sha256:")
    assert facts.pop("schema of the database").startswith("sha256:")
    assert facts == {
        "ledger": ledger.store.shown, "log": ledger.origin, "division": "140800", "entries": "29",
        "checkpoints": "15", "fingerprint to keep": fingerprint, "determinations and releases": "14",
        "computed again the same": "14", "different": "0", "cannot be computed": "0",
    }  # fmt: skip
    together = Text("合计", "together")
    policies = of(made, "policies")
    assert policies.rows == (
        (_NAMED[BED], 1, Decimal("0.00")), (_NAMED[GRANT], 2, Decimal("300000.00")),
        (_NAMED[NURSING], 9, Decimal("350.00")),
    )  # fmt: skip
    assert policies.total == (together, 12, Decimal("300350.00"))
    assert of(made, "months").rows == (
        ("2021-06", Decimal("300000.00")), ("2024-03", Decimal("300.00")), ("2024-05", Decimal("45.00")),
        ("2024-06", Decimal("5.00")),
    )  # fmt: skip
    assert of(made, "payers").rows == (
        (Text("市级财政", "city treasury"), Decimal("300000.00")),
        (Text("县级财政", "county treasury"), Decimal("350.00")),
    )
    issuer = Text("虚构民政局", "Fictional Bureau")
    adoptions = of(made, "adoptions").rows
    assert [row[:-1] for row in adoptions] == [
        (BED, "2021-03-29", "虚构〔2023〕1号", issuer, "2021-06-01", "part_month=any_day", 1),
        (GRANT, "2021-03-29", "虚构〔2023〕1号", issuer, "2021-06-01",
         "other_works=do_not, shortfall=same_rate_above_cap", 2),
        (NURSING, "2024-01-01", "虚构〔2023〕1号", issuer, "2024-01-01", "", 9),
    ]  # fmt: skip
    held = {row[3] for row in of(made, "texts").rows}
    assert {row[-1] for row in adoptions} < held
    assert len(held) == 8
    assert of(made, "kept").rows == ((fingerprint, "29"),)
    assert [sample.title.en for sample in made.samples] == [
        f"Entry 25: {BED}", f"Entry 15: {GRANT}", f"Entry 6: {NURSING}",
    ]  # fmt: skip
    nursing = made.samples[-1].lines
    assert Text("第 6 条：核定，应付 700.00 元", "Entry 6: determined, 700.00 CNY are payable") in [
        Text(line.zh.strip(), line.en.strip()) for line in nursing
    ]
    assert not any("catalogue.lock" in line.en for sample in made.samples for line in sample.lines)


def test_a_report_of_a_part(sqlite_place: Place) -> None:
    """What was asked for is said, and nothing else is counted."""
    live(sqlite_place).close()
    wanted = Filter((NURSING,), since="2024-05", until="2024-06-30", first=3, last=28)
    made = reported(sqlite_place, wanted=wanted)
    said = dict(made.facts)
    assert {
        name.en: said[name] for name in said if name.en.startswith(("policies", "dated", "from", "up to", "computed"))
    } == {
        "policies": NURSING, "dated from": "2024-05", "dated until": "2024-06-30", "from entry": "3",
        "up to entry": "28", "computed again the same": "6",
    }  # fmt: skip
    assert of(made, "policies").rows == ((_NAMED[NURSING], 6, Decimal("50.00")),)
    assert of(made, "kept").note == Text(
        "没有与留存的东西对照，只知台账自身是否一致。",
        "Nothing that was kept was given: it is known only whether the ledger agrees with itself.",
    )


def test_what_differs_is_what_is_explained(sqlite_place: Place) -> None:
    """Where somebody raised an amount, the findings come first, and the explanation is that of the entry."""
    live(sqlite_place).close()
    engine = create_engine(sqlite_place.url)
    with engine.begin() as connection:
        content = connection.scalar(text("SELECT body FROM entries WHERE position = 7"))
        assert b'"amount":"300.00"' in content
        altered = content.replace(b'"amount":"300.00"', b'"amount":"900.00"', 1)
        connection.execute(text("UPDATE entries SET body = :body WHERE position = 7"), {"body": altered})
    engine.dispose()
    made = reported(sqlite_place)
    assert not made.is_clean
    assert made.in_order()[0].name == "findings"
    found = [(row[0], row[1]) for row in of(made, "findings").rows]
    assert ("7", "V0107") in found
    said = next(row[2] for row in of(made, "findings").rows if row[1] == "V0153")
    assert said == Text(
        "重算不同，始于amount：记录 900.00，重算 300.00（共 1 处不同）",
        "computed again it differs, first in amount: recorded 900.00, computed 300.00 (differences: 1)",
    )
    assert made.samples[-1].title.en == f"Entry 7: {NURSING}"
    with Stored(sqlite_place.url) as source:
        alone = report_of_verification(verify(source))
    assert alone.title == Text("台账核验报告", "Verification of a ledger")
    assert ("7", "V0107") in [(row[0], row[1]) for row in of(alone, "findings").rows]


def test_the_command(sqlite_place: Place, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`subsidy audit report` writes a page or a workbook of a ledger or an export; another name is refused at once."""
    live(sqlite_place).close()
    exported(sqlite_place, "export.jsonl")
    monkeypatch.chdir(tmp_path)
    with Stored(sqlite_place.url) as source:
        fingerprint = read_checkpoint(source.latest()).fingerprint
    made = run("audit", "report", "a.html", "--ledger", "ledger.db", "--against", fingerprint, "--lang", "en")
    assert (made.exit_code, made.stdout, made.stderr) == (
        0,
        (
            f"a.html: nothing is wrong; 14 of 14 computed again the same\nFingerprint to keep: {fingerprint}\n"
        ),
        "",
    )  # fmt: skip
    page = Path("a.html").read_text("utf-8")
    assert "<title>Audit of a ledger</title>" in page and "300,350.00" in page
    book = run("audit", "report", "a.xlsx", "--ledger", "export.jsonl", "--against", "ledger.db", "--lang", "zh")
    assert (book.exit_code, book.stdout) == (
        0, f"a.xlsx：未发现问题；重算 14 条，14 条相同\n请留存指纹：{fingerprint}\n",
    )  # fmt: skip
    assert "按政策" in load_workbook("a.xlsx").sheetnames
    data = json.loads(run("audit", "report", "b.html", "--ledger", "ledger.db", "--json").stdout)
    assert (data["file"], data["verified"]["size"], data["replayed"]["same"]) == ("b.html", 29, 14)
    wrong = run("audit", "report", "a.pdf", "--ledger", "nowhere.db", "--lang", "en")
    assert (wrong.exit_code, wrong.stderr) == (
        Exit.REQUEST,
        (
            "R0581 no-form-of-report  a.pdf\n  there is no form of report for a.pdf\n"
            "  → let the name end with .html, .xlsx\n"
        ),
    )  # fmt: skip
