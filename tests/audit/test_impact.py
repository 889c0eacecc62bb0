"""A text published later with an earlier effect: what is paid in addition, recovered, borne by others; by hand here.

By the later text, from March on, a month has 1100 in the place of 1000, and the city bears a fifth of what the county
bore alone; a life has 2500 as before.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.ledger.support import AID, NURSING, YUNCHENG, Place, everything, nursing
from typer.testing import CliRunner

from subsidy.audit.impact import Impact, impact
from subsidy.audit.sources import Stored
from subsidy.audit.turning import turn
from subsidy.cli.app import app
from subsidy.cli.exits import Exit
from subsidy.errors import RequestError

from .later import Bureau, own


@pytest.fixture
def office(place: Place, tmp_path: Path) -> Bureau:
    """A bureau that paid in February, March and April, on either store."""
    made = own(place, tmp_path / "office")
    with place.ledger() as ledger:
        nursing(ledger, "1", "900", month="2024-02")
        nursing(ledger, "2", "1200", month="2024-03")
        nursing(ledger, "3", "1000", month="2024-04")
        nursing(ledger, "4", "500", month="2024-03", who="E2")
        nursing(ledger, "5", "1100", month="2024-03", who="E3")
    return made


def _impact(office: Bureau, **more: Any) -> Impact:
    with Stored(office.place.url) as source:
        return impact(source, office.catalogue(), **more)


def _said(found: Impact) -> list[tuple[str, str, str | None]]:
    """Each change by its code, what was paid, and the difference."""
    return [
        (each.finding.code, str(each.old), None if each.difference is None else str(each.difference))
        for each in found.changes
    ]


def _run(office: Bureau, *more: str, code: Exit) -> str:
    found = CliRunner().invoke(app, ["audit", "impact", *office.words, *more])
    assert found.exit_code == code, found.output + str(found.exception)
    return found.stdout


def test_nothing_changed(office: Bureau) -> None:
    """Under the texts of then, every determination is what it was, also the one that was cut."""
    found = _impact(office)
    assert (found.standing, found.changes) == (5, ())
    assert _run(office, "--lang", "en", code=Exit.FINE) == (
        "determinations put again: 5, changed: 0; 0.00 CNY to pay in addition, 0.00 CNY to recover\n"
    )


def test_a_later_text_with_an_earlier_effect(office: Bureau) -> None:
    """E1: 1100 for 1000, so 500 for 600 of the 2500; E2: 500 as before, 100 of it the city's; E3: 1100 for 1000."""
    office.later()
    found = _impact(office)
    assert _said(found) == [
        ("V0401", "1000.00", "100.00"),
        ("V0402", "600.00", "-100.00"),
        ("V0403", "500.00", "0.00"),
        ("V0401", "1000.00", "100.00"),
    ]
    assert [each.hand for each in found.changes] == [()] * 4
    assert (found.total.more, found.total.less) == (Decimal(200), Decimal(100))
    payers = {payer: (each.count, str(each.more), str(each.less)) for payer, each in found.by_payer.items()}
    assert payers == {(YUNCHENG, "city"): (4, "640.00", "0.00"), (YUNCHENG, "county"): (4, "0.00", "540.00")}
    months = {month: (each.count, str(each.more), str(each.less)) for month, each in found.by_month.items()}
    assert months == {"2024-03": (3, "200.00", "0.00"), "2024-04": (1, "0.00", "100.00")}
    old, new = (office.catalogue().policy(NURSING, on=day).digest for day in ("2024-01-01", "2024-03-01"))
    assert [(each.role, each.old, each.new) for each in found.changes[0].causes if each.role == "policy"] == [
        ("policy", old, new)
    ]


def test_the_words_of_it(office: Bureau) -> None:
    """Each change is said with its cause and the first reason of the new figure."""
    office.later()
    english = [each.finding.message("en") for each in _impact(office).changes]
    by = "“Nursing subsidy” of 2024-03-01, the adoption 虚构〔2023〕1号"
    step = "granted = min(cost of nursing, most a month, what is left of: monthly cap, what is left of: lifetime cap)"
    assert english == [
        (
            "entry 7: 1000.00 CNY were paid and 1100.00 CNY are due, 100.00 CNY to pay in addition: "
            f"{by}; {step} = min(1200.00 CNY, 1100.00 CNY, 1100.00 CNY, 1600.00 CNY) = 1100.00 CNY [一]"
        ),
        (
            "entry 8: 600.00 CNY were paid and 500.00 CNY are due, 100.00 CNY to recover: "
            f"{by}; lifetime cap: 2000.00 CNY were used before, of 2500.00 CNY [二]"
        ),
        (
            f"entry 9: 500.00 CNY as before, but other payers bear them: {by}; {step} "
            "= min(500.00 CNY, 1100.00 CNY, 1100.00 CNY, 2500.00 CNY) = 500.00 CNY [一]"
        ),
        (
            "entry 10: 1000.00 CNY were paid and 1100.00 CNY are due, 100.00 CNY to pay in addition: "
            f"{by}; {step} = min(1100.00 CNY, 1100.00 CNY, 1100.00 CNY, 2500.00 CNY) = 1100.00 CNY [一]"
        ),
    ]


def test_it_reads_only(office: Bureau) -> None:
    """Nothing in the ledger is another after the impact was looked at; the command leaves with a finding."""
    office.later()
    with Stored(office.place.url) as source:
        before = everything(source.store)
    said = json.loads(_run(office, "--json", code=Exit.FINDING))
    assert said["total"] == {"entries": 4, "more": "200.00", "less": "100.00"}
    assert [each["entry"] for each in said["changes"]] == [7, 8, 9, 10]
    with Stored(office.place.url) as source:
        assert everything(source.store) == before


def test_turned_into_determinations(office: Bureau) -> None:
    """What comes out is what was said, to the fen, and once more the same command changes nothing."""
    office.later()
    words = ["--determine", "--request-prefix", "later", "--key", str(office.place.folder / "key.pem"), "--lang", "en"]
    said = _run(office, *words, code=Exit.FINE)
    assert said.endswith(
        "determinations put again: 5, changed: 4; 200.00 CNY to pay in addition, 100.00 CNY to recover\n"
        "4 determined again, 3200.00 CNY; 0 for a hand\n"
    )
    with Stored(office.place.url) as source:
        after = everything(source.store)
    assert _run(office, *words, code=Exit.FINE) == said
    with Stored(office.place.url) as source:
        assert everything(source.store) == after
        standing = _standing(source)
    assert standing == {("2024-02", "900.00"), ("2024-03", "1100.00"), ("2024-04", "500.00"), ("2024-03", "500.00")}
    assert _impact(office).is_clean


def _standing(source: Stored) -> set[tuple[str, str]]:
    bodies = {row.position: json.loads(bytes(row.content)) for row in source.rows()}
    reversed_ = {body["reverses"] for body in bodies.values() if body["kind"] == "reversal"}
    return {
        (body["dated"], body["amount"])
        for at, body in bodies.items()
        if body["kind"] == "determination" and at not in reversed_
    }


@pytest.mark.parametrize("stop", range(1, 9))
def test_interrupted(sqlite_place: Place, tmp_path: Path, stop: int) -> None:
    """Stopped after any reversal or determination, the same call goes on, and nothing is paid twice."""
    office = own(sqlite_place, tmp_path / "office")
    with office.place.ledger() as ledger:
        for request, cost, month, who in (("1", "1200", "2024-03", "E1"), ("2", "1100", "2024-03", "E2")):
            nursing(ledger, request, cost, month=month, who=who)
        nursing(ledger, "3", "1000", month="2024-04")
        nursing(ledger, "4", "1000", month="2024-05")
    office.later()

    def broken_off(done: int, _: int) -> None:
        if done == stop:
            raise KeyboardInterrupt

    found = _impact(office, leaving="later")
    assert [str(each.difference) for each in found.changes] == ["100.00", "100.00", "0.00", "-100.00"]
    with office.place.ledger() as ledger, pytest.raises(KeyboardInterrupt):
        turn(ledger, found, "later", broken_off)
    again = _impact(office, leaving="later")
    assert _said(again) == _said(found)
    with office.place.ledger() as ledger:
        turned = turn(ledger, again, "later")
        assert [(each.position, str(each.amount), each.finding) for each in turned] == [
            (6, "1100.00", None),
            (7, "1100.00", None),
            (8, "1000.00", None),
            (9, "400.00", None),
        ]
        assert ledger.size == 10 + 4 + 2 + 4  # what there was, reversals, texts, determinations
    assert _impact(office).is_clean


def test_what_came_between(sqlite_place: Place, tmp_path: Path) -> None:
    """A claim that takes of the cap while it is turned makes a finding: what came out is not what was said."""
    office = own(sqlite_place, tmp_path / "office")
    with office.place.ledger() as ledger:
        nursing(ledger, "1", "1200")
    office.later()
    found = _impact(office, leaving="later")
    with office.place.ledger() as ledger:

        def meanwhile(done: int, total: int) -> None:
            if done == 1 and total == 2:
                nursing(ledger, "2", "700.50")

        turned = turn(ledger, found, "later", meanwhile)
    (finding,) = [each.finding for each in turned]
    assert finding is not None
    assert finding.problem.report("en") == (
        "V0407 turned-otherwise  entry.11\n"
        "  entry 6 was to become 1100.00 CNY, but entry 11 is 399.50 CNY\n"
        "  → reverse entry 11, and look at what was determined meanwhile"
    )


def test_what_is_left_to_a_hand(office: Bureau) -> None:
    """A released instalment and an erased identifier are said, and so is who shares a cap; the rest is turned."""
    with office.place.ledger() as ledger:
        ledger.release(7, "first", request="r1")
        ledger.release(9, "second", {"still_cared_for": True}, request="r2")
        ledger.reverse(12, request="r3", why="paid to another")
    office.later()
    found = _impact(office)
    assert [[why.en for why in each.hand] for each in found.changes] == [
        ["instalments were released by entry 11"],
        ["it shares a cap with entry 7, which is for a hand"],
        [],
        [],
    ]
    words = ["--determine", "--request-prefix", "later", "--key", str(office.place.folder / "key.pem"), "--lang", "en"]
    said = _run(office, *words, code=Exit.FINDING)
    assert said.endswith("2 determined again, 1600.00 CNY; 2 for a hand\n")


def test_an_erased_identifier(sqlite_place: Place, tmp_path: Path) -> None:
    """Whose identifier was erased is put again all the same, but cannot be determined for: a hand has to see to it."""
    office = own(sqlite_place, tmp_path / "office")
    with office.place.ledger() as ledger:
        nursing(ledger, "1", "1000", bill="B1")
        nursing(ledger, "2", "500", bill="B2")
        ledger.erase("B2", ground="PIPL-47", retention="kept", on="2026-01-01", request="3")
    office.later()
    found = _impact(office)
    assert (found.erased, _said(found)) == (1, [("V0403", "1000.00", "0.00"), ("V0401", "0.00", "100.00")])
    assert [[why.en for why in each.hand] for each in found.changes] == [
        ["it shares a cap with entry 7, which is for a hand"],
        ["an identifier was erased"],
    ]


def test_what_no_text_covers_any_more(sqlite_place: Place, tmp_path: Path) -> None:
    """Without a text for its day a claim is listed as paid under none, and still has used its part of the cap."""
    office = own(sqlite_place, tmp_path / "office")
    with office.place.ledger() as ledger:
        nursing(ledger, "1", "1000", month="2024-03")
        nursing(ledger, "2", "1000", month="2024-04")
        nursing(ledger, "3", "1000", month="2025-01")
    (office.folder / "policies" / NURSING / "2024-01-01.toml").unlink()
    (office.folder / "adoptions" / NURSING / "2024-01-01.toml").unlink()
    found = _impact(office)
    none = "R0102 no version of cn/test/nursing is in force on"
    assert [each.finding.message("en") for each in found.changes] == [
        f"entry {at}: 1000.00 CNY were paid, and no text covers that day any more: {none} {day}; "
        "the first is in force from 2025-01-01"
        for at, day in ((6, "2024-03-01"), (7, "2024-04-01"))
    ]
    assert found.by_month == {}


def test_before_it_is_adopted(office: Bureau) -> None:
    """A budget is asked for before there is an adoption: the sums are there, and nothing can be turned."""
    office.later(is_adopted=False)
    found = _impact(office)
    assert (found.total.more, found.total.less) == (Decimal(200), Decimal(100))
    why = "R0502 no adoption of cn/test/nursing is in force on that day, so nothing can be determined"
    assert [[each.en for each in change.hand] for change in found.changes] == [[why]] * 4


def test_new_facts_are_needed(sqlite_place: Place, tmp_path: Path) -> None:
    """Where the text that there is now asks for a fact that nobody stated then, that is said of the claim."""
    office = own(sqlite_place, tmp_path / "office")
    with office.place.ledger() as ledger:
        nursing(ledger, "1", "1000", month="2024-03")
    office.later()
    file = office.folder / "policies" / NURSING / "2024-03-01.toml"
    fact = '[facts.needy]\ntype = "flag"\nlabel = { zh = "困难", en = "needy" }\n\n[facts.cost]'
    text = (
        file.read_text("utf-8")
        .replace("[facts.cost]", fact)
        .replace('"min(cost,', '"min(if needy then cost else 1[CNY],')
    )
    file.write_text(text.replace('cost = "900",', 'cost = "900", needy = true,'), "utf-8")
    for adoption in (office.folder / "adoptions" / NURSING).glob("2024-03-01.toml"):
        adoption.unlink()
    assert [each.finding.message("en") for each in _impact(office).changes] == [
        (
            "entry 6: 1000.00 CNY were paid, which cannot be put again under the text that there is now: "
            "F0102 needy (needy) is missing: true or false"
        )
    ]


def test_what_is_open_now(sqlite_place: Place, tmp_path: Path) -> None:
    """Where the text that there is now leaves a figure to the county, the bounds are said, and of what comes behind."""
    office = own(sqlite_place, tmp_path / "office")
    with office.place.ledger() as ledger:
        nursing(ledger, "1", "1000", month="2024-03")
        nursing(ledger, "2", "50", month="2024-03")
    office.later(is_adopted=False)
    file = office.folder / "policies" / NURSING / "2024-03-01.toml"
    parameter = (
        '[parameters.most_at_once]\nunit = "CNY"\ndelegated = { to = "county" }\n'
        'within = { min = "500", max = "2000" }\nlabel = { zh = "每次上限", en = "most at once" }\n'
        'clause = "三"\n\n[[steps]]'
    )
    text = file.read_text("utf-8").replace("[[steps]]", parameter).replace('"min(cost,', '"min(cost, most_at_once,')
    file.write_text(text, "utf-8")
    found = _impact(office)
    by = "“Nursing subsidy” of 2024-03-01, the adoption 虚构〔2023〕1号"
    assert [each.finding.message("en") for each in found.changes] == [
        (f"entry 6: 1000.00 CNY were paid; what is due now is open between 500.00 and 1000.00 CNY: {by}; most at once"),
        (
            "entry 7: 0.00 CNY were paid; what is due now is open between 0.00 and 50.00 CNY: "
            f"{by}; the sum of entry 6 is open, and so is what is left of a cap"
        ),
    ]
    assert [str(each.difference) for each in found.changes] == ["None", "None"]
    assert all("it is open" in [why.en for why in each.hand] for each in found.changes)


def test_one_policy_alone(office: Bureau) -> None:
    """Of several policies the changes of one are listed, and one that is unknown is refused."""
    office.later()
    assert len(_impact(office, policy=NURSING).changes) == 4
    assert _impact(office, policy=AID).changes == ()
    with pytest.raises(RequestError) as error:
        _impact(office, policy="cn/none")
    assert error.value.problems[0].code == "R0101"


def test_a_prefix_that_is_none(office: Bureau) -> None:
    """A prefix of which no request id can be made stops before anything is reversed."""
    office.later()
    with office.place.ledger() as ledger:
        size = ledger.size
        with pytest.raises(RequestError) as error:
            turn(ledger, _impact(office), "later one")
        assert ledger.size == size
    assert [problem.code for problem in error.value.problems] == ["R0520"]
