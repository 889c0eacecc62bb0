"""`subsidy determine`, `reverse` and `release` over a ledger, one claim at a time."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conformance.support import catalogue
from typer.testing import Result

from subsidy.catalogue.digest import canonical
from subsidy.cli.exits import Exit
from subsidy.ledger import Answer, Reader

Run = Callable[..., Result]
HOME = "cn/liaoning/shenyang/home-service"
CLAIM = ("determine", HOME, "beneficiary=R1", "month=2023-08", "price=30")


def test_a_determination_says_what_is_paid_and_what_is_left(bureau: Run) -> None:
    """Decision, amount, the cap before and after, and the checkpoint are printed; the proof goes to a file."""
    found = bureau(*CLAIM, "hours=20", "--request", "a", "--proof", "proof.txt")
    with Reader("sqlite:///ledger.db") as ledger:
        answer = ledger.answer(6)
        is_proved = answer.is_proved(ledger.verifiers())
    assert found.exit_code == Exit.FINE
    assert found.stdout.splitlines()[:2] == [
        "Entry 6: determined, 600.00 CNY are payable",
        (
            "  monthly cap per person [二(一)]: 0.00 CNY used + 600.00 CNY now = 600.00 CNY; "
            "1350.00 CNY − 600.00 CNY = 750.00 CNY left"
        ),
    ]
    assert found.stdout.splitlines()[2].startswith("ledger of 7 entries, checkpoint sha256:")
    assert is_proved
    assert Path("proof.txt").read_text("utf-8") == answer.tlog_proof


def test_a_proof_holds_for_its_own_entry_alone(bureau: Run) -> None:
    """An answer whose entry was changed, or that another key signed, is not proved."""
    bureau(*CLAIM, "hours=20", "--request", "a")
    with Reader("sqlite:///ledger.db") as ledger:
        answer, keys = ledger.answer(6), ledger.verifiers()
    changed = Answer(answer.position, canonical({**answer.body, "amount": "601.00"}), answer.checkpoint, answer.proof)
    assert [answer.is_proved(keys), changed.is_proved(keys), answer.is_proved([])] == [True, False, False]


def test_a_retry_has_the_same_bytes(bureau: Run) -> None:
    """The same request again prints the same JSON, though others came between; other content under it is refused."""
    first = bureau(*CLAIM, "hours=20", "--request", "a", "--json")
    bureau(*CLAIM, "hours=10", "--request", "b")
    again = bureau(*CLAIM, "hours=20", "--request", "a", "--json")
    other = bureau(*CLAIM, "hours=21", "--request", "a")
    assert again.stdout == first.stdout
    assert json.loads(first.stdout)["position"] == 6
    assert (other.exit_code, other.stderr) == (
        Exit.REQUEST,
        (
            "R0512 request-id-used  request\n"
            "  the request id a was used for other content, in entry 6\n"
            "  → take another id; a retry is the same in every word\n"
        ),
    )


def test_nothing_left_is_a_finding(bureau: Run) -> None:
    """A claim beyond the cap is cut to what is left; the next comes to nothing, which is recorded, with exit code 1."""
    assert bureau(*CLAIM, "hours=45", "--request", "a").exit_code == Exit.FINE
    found = bureau(*CLAIM, "hours=1", "--request", "b", "--lang", "zh")
    assert found.exit_code == Exit.FINDING
    assert found.stdout.splitlines()[:2] == [
        "第 7 条：核定为 0，应付 0.00 元",
        (
            "  每人每月最高补助〔二(一)〕：已用 1350.00 元 + 本次 0.00 元 = 1350.00 元；"
            "1350.00 元 − 1350.00 元 = 尚余 0.00 元"
        ),
    ]


def test_validating_records_nothing(bureau: Run) -> None:
    """What would be determined is said, and the ledger is as it was; a request id is not needed."""
    found = bureau(*CLAIM, "hours=20", "--validate-only")
    data = json.loads(bureau(*CLAIM, "hours=20", "--validate-only", "--json").stdout)
    with Reader("sqlite:///ledger.db") as ledger:
        assert ledger.size == 2
    assert found.exit_code == Exit.FINE
    assert found.stdout == (
        "nothing is recorded. Determined now, it would be:\n"
        "Entry 2: determined, 600.00 CNY are payable\n"
        "  monthly cap per person [二(一)]: 0.00 CNY used + 600.00 CNY now = 600.00 CNY; "
        "1350.00 CNY − 600.00 CNY = 750.00 CNY left\n"
    )
    assert (data["decision"], data["amount"]) == ("determined", "600.00")


def test_the_whole_explanation_on_request(bureau: Run) -> None:
    """With --explain the explanation stands below the answer, with the ledger's own section, and no identifier."""
    found = bureau(*CLAIM, "hours=20", "--request", "a", "--explain")
    assert "\n\nHome-service subsidy · " in found.stdout
    assert "\nLedger\n  Entry 6: determined, 600.00 CNY are payable\n" in found.stdout
    assert "R1" not in found.stdout


def test_what_is_wrong_with_the_command_is_said(bureau: Run) -> None:
    """No request id, or options that do not go together, are a matter of usage; nothing is recorded."""
    said = [
        (bureau(*CLAIM, "hours=20"), "--request is needed"),
        (bureau(*CLAIM, "hours=20", "--batch", "b"), "--batch, --output and --ignore belong to"),
        (bureau("determine", HOME, "--table", "x.csv"), "--table needs --batch"),
        (bureau(*CLAIM, "--table", "x.csv", "--batch", "b"), "--table goes with no facts"),
    ]
    for found, words in said:
        assert found.exit_code == Exit.USAGE
        assert words in found.stderr
    with Reader("sqlite:///ledger.db") as ledger:
        assert ledger.size == 2


def test_a_ledger_is_never_made_by_the_way(bureau: Run, tmp_path: Path) -> None:
    """A mistyped address makes no new ledger, in which every cap would begin anew."""
    found = bureau(*CLAIM, "hours=20", "--request", "a", "--ledger", "sqlite:///legder.db")
    assert (found.exit_code, found.stderr) == (
        Exit.USAGE,
        ("S0306 no-ledger  sqlite:///legder.db\n  this is no ledger\n  → a new one is made by subsidy ledger create\n"),
    )
    assert not list(tmp_path.glob("legder*"))


def test_a_ledger_that_cannot_be_opened(bureau: Run) -> None:
    """Another scope, another address, and a file that is no database are each said as what they are."""
    Path("text.db").write_text("a text of some length that is no database at all, " * 30, "utf-8")
    words = (*CLAIM, "hours=20", "--request", "a")
    said = [
        bureau(*words, *more) for more in (("--scope", "140800"), ("--ledger", "text.db"), ("--ledger", "mysql://x/y"))
    ]
    assert [each.stderr.partition("\n  →")[0] for each in said] == [
        "R0518 scope-of-another  scope\n  this ledger is that of 210100, not of 140800\n",
        "R0501 bad-ledger  ledger\n  text.db is no address of a ledger",
        "R0501 bad-ledger  ledger\n  mysql://x/y is no address of a ledger",
    ]
    broken = bureau(*words, "--ledger", "sqlite:///text.db")
    assert (broken.exit_code, broken.stderr) == (
        Exit.USAGE,
        ("S0306 no-ledger  sqlite:///text.db\n  this is no ledger\n  → a new one is made by subsidy ledger create\n"),
    )


def test_a_ledger_in_a_folder_of_any_name(bureau: Run) -> None:
    """Signs that mean something in an address are only signs in the name of a folder or a file."""
    Path("台账 100% #1").mkdir()
    url = "sqlite:///台账 100% #1/a%b.db"
    assert bureau("ledger", "create", "--ledger", url, "--scope", "210100").exit_code == Exit.FINE
    found = bureau(*CLAIM, "hours=20", "--request", "a", "--ledger", url)
    assert (found.exit_code, Path("台账 100% #1/a%b.db").is_file()) == (Exit.FINE, True)
    nowhere = bureau("ledger", "create", "--ledger", "sqlite:///nowhere/l.db", "--scope", "210100")
    assert (nowhere.exit_code, nowhere.stderr) == (
        Exit.USAGE,
        (
            "S0304 store-failed  sqlite:///nowhere/l.db\n"
            "  the database of the ledger failed: No such file or directory\n"
            "  → try again with the same request id\n"
        ),
    )


def test_without_a_ledger(run: Run) -> None:
    """Where neither the option nor the variable names a ledger, that is said."""
    found = run(*CLAIM, "hours=20", "--request", "a")
    assert found.exit_code == Exit.USAGE
    assert "--ledger or SUBSIDY_LEDGER is needed" in found.stderr


def test_a_reversal_frees_the_cap(bureau: Run) -> None:
    """A reversal names the entry and its reason, and says what is used now; a second one is refused."""
    bureau(*CLAIM, "hours=20", "--request", "a")
    found = bureau("reverse", "6", "--why", "counted twice", "--request", "r")
    again = bureau("reverse", "6", "--why", "counted twice", "--request", "s")
    assert found.exit_code == Exit.FINE
    assert found.stdout.splitlines()[:2] == [
        "Entry 7: reversed: entry 6, -600.00 CNY, counted twice",
        "  monthly cap per person: 600.00 CNY used → 0.00 CNY",
    ]
    assert (again.exit_code, again.stderr) == (
        Exit.REQUEST,
        "R0508 reversed-already  entry\n  entry 6 was reversed by entry 7\n",
    )


@pytest.fixture
def instalments(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """A ledger with one award of the policy of instalments, at entry 6."""
    policy = catalogue().policy("cn/test/instalments")
    file = tmp_path / "adoptions" / policy.id / "2024-01-01.toml"
    file.parent.mkdir(parents=True)
    file.write_text(
        f'[adoption]\npolicy = "{policy.id}"\ndigest = "{policy.digest}"\nby = "B"\n'
        'issuer = { zh = "虚构", en = "fictional" }\ndocument = "D"\ndated = 2024-01-01\n'
        "valid = { from = 2024-01-01 }\n",
        "utf-8",
    )
    monkeypatch.chdir(tmp_path)
    settings = {"POLICIES": catalogue().folder.path, "ADOPTIONS": "adoptions", "LEDGER": "sqlite:///l.db", "LANG": "en"}
    for name, value in settings.items():
        monkeypatch.setenv(f"SUBSIDY_{name}", str(value))
    assert run("ledger", "create", "--scope", "140800").exit_code == 0
    facts = ("graduate=G", "entered_on=2024-02-29", "degree=bachelor", "adjustment=0", "place=140802")
    found = run("determine", policy.id, *facts, "--request", "a")
    assert found.stdout.startswith("Entry 6: determined, "), found.output
    return run


def test_an_instalment_is_released_once(instalments: Run) -> None:
    """An instalment of a determination is released by its entry, and recorded; a second release of it is refused."""
    words = ("release", "6", "second", "still_employed=true", "--on", "2027-03-01")
    found, again = (instalments(*words, "--request", request) for request in ("r", "s"))
    assert found.exit_code == Exit.FINE, found.output
    assert found.stdout.splitlines()[0] == "Entry 7: paid: second of entry 6, 9000.00 CNY"
    assert (again.exit_code, again.stderr) == (
        Exit.REQUEST,
        "R0511 settled-already  instalment\n  second was settled by entry 7\n",
    )


def test_an_instalment_that_falls_due_needs_its_day(instalments: Run) -> None:
    """Where an instalment has a day on which it falls due, the ledger wants the day of its release."""
    found = instalments("release", "6", "second", "still_employed=true", "--request", "r")
    assert (found.exit_code, found.stderr) == (
        Exit.REQUEST,
        (
            "R0515 no-day  on\n"
            "  second instalment has a day on which it falls due, so the day of its release is needed\n"
            "  → add on\n"
        ),
    )


def test_a_receipt_and_an_entry_are_told_apart(instalments: Run) -> None:
    """What belongs to a ledger is refused with a receipt, and the other way round; an entry that is none is said."""
    said = [
        (instalments("release", "6", "second"), "--request is needed"),
        (instalments("release", "6", "second", "--request", "r", "--capitals"), "takes no --capitals"),
        (instalments("release", "receipt.json", "second", "--request", "r"), "receipt.json is a receipt"),
        (instalments("release", "receipt.json", "second", "--ledger", "sqlite:///l.db"), "receipt.json is a receipt"),
    ]
    for found, words in said:
        assert found.exit_code == Exit.USAGE
        assert words in " ".join(found.stderr.replace("│", "").split())
    other = instalments("release", "0", "second", "--request", "r")
    assert other.stderr == "R0507 no-such-entry  entry\n  the ledger has no such entry: 0; allowed is: determination\n"
