"""An identifier is erased: nobody can tell whose entries they are, the entries stay, and no cap begins anew."""

from __future__ import annotations

import datetime as dt
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from subsidy.calculation.renderings import text
from subsidy.errors import RequestError
from subsidy.ledger import Answer, Ledger, Reader
from subsidy.ledger import tables as t
from subsidy.ledger.subjects import commitment

from .support import SHENYANG, YUNCHENG, Place, home, in_one_batch, is_proved, nursing

LAW = {"ground": "个人信息保护法第四十七条", "retention": "凭证另存档案室"}
OPEN = """\
R0522 no-ground  ground
  抹除须写明依据
  an erasure needs its legal ground
R0523 retention-unsettled  retention
  会计凭证有法定保管期限：须写明如何处理，台账不作决定
  vouchers are kept by law for a time: say how that was settled, which the ledger does not decide
R0524 cap-open  entry.{position}
  每人每月最高补助：至 2023-08-31尚未结束，抹除后会重新计算，不予抹除
  monthly cap per person is open until 2023-08-31; erased, it would begin anew, so nothing is erased"""
DAY_TO_COME = """\
R0527 day-to-come  on
  2190-01-01 还没有到，不能据以认定限额已经结束
  → 写今天或以前的日期
  2190-01-01 is still to come: it cannot show that a cap is over
  → give today or a day before it"""
NOBODY = """\
R0521 nobody  person
  台账中没有此人
  nobody in the ledger has this identifier"""
FOR_LIFE = "lifetime cap is open for life; erased, it would begin anew, so nothing is erased"


def clear(ledger: Ledger) -> list[tuple[str, str, bytes]]:
    """Every identifier that the ledger has in clear."""
    with ledger.store.reading() as connection:
        return [(row.subject, row.clear, bytes(row.salt)) for row in connection.execute(select(t.PERSONS))]


def test_an_identifier_stands_in_one_table_alone(place: Place) -> None:
    """Entries and answers have a commitment, which salt and identifier prove; no row but that one has the text."""
    ledger = place.ledger(SHENYANG)
    answer = home(ledger, "a", who="身份证 R-77123")
    ((subject, name, salt),) = clear(ledger)
    assert (name, f"id-0000000002-{commitment(name, salt)}") == ("身份证 R-77123", subject)
    assert answer.body["receipt"]["facts"]["beneficiary"] == subject
    with ledger.store.reading() as connection:
        for table in t.METADATA.sorted_tables:
            rows = "".join(map(str, connection.execute(select(table)).all()))
            assert ("R-77123" in rows) == (table is t.PERSONS)


def test_what_is_open_is_not_erased(place: Place) -> None:
    """All reasons come at once: no ground, nothing about vouchers, a cap of the month; and nothing is recorded."""
    ledger = place.ledger(SHENYANG)
    answer = home(ledger, "a")
    before = ledger.checkpoint()
    with pytest.raises(RequestError) as caught:
        ledger.erase("R1", ground="", retention=" ", on="2023-08-31", request="e")
    assert caught.value.report() == OPEN.format(position=answer.position)
    with pytest.raises(RequestError) as caught:
        ledger.erase("R2", **LAW, on="2024-01-01", request="e")
    assert caught.value.report() == NOBODY
    assert (ledger.checkpoint(), len(clear(ledger))) == (before, 1)


def test_no_day_to_come_closes_a_cap(place: Place) -> None:
    """A day that is still to come cannot say that a cap is over; today can, wherever it is."""
    ledger = place.ledger(SHENYANG)
    home(ledger, "a")
    with pytest.raises(RequestError) as caught:
        ledger.erase("R1", **LAW, on="2190-01-01", request="e")
    assert caught.value.report() == DAY_TO_COME
    tomorrow = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)
    assert ledger.erase("R1", **LAW, on=tomorrow, request="e").decision == "erased"


def test_another_person_under_the_same_request(place: Place) -> None:
    """A used request id never says that somebody was erased who is there still, or again; a retry has its answer."""
    ledger = place.ledger(SHENYANG)
    for who in ("R1", "R2"):
        home(ledger, who, who=who)
    calls = [partial(ledger.erase, who, **LAW, on="2023-09-01", request="e") for who in ("R1", "R1", "R2")]
    first, again, other = in_one_batch(ledger, calls)
    assert isinstance(first, Answer)
    assert again == first
    assert isinstance(other, RequestError)
    assert other.report("en") == (
        "R0512 request-id-used  request\n"
        f"  the request id e was used for other content, in entry {first.position}\n"
        "  → take another id; a retry is the same in every word"
    )
    assert [name for _, name, _ in clear(ledger)] == ["R2"]
    with pytest.raises(RequestError, match="R0512"):
        ledger.erase("R2", **LAW, on="2023-09-01", request="e")
    assert ledger.erase("R1", **LAW, on="2023-09-01", request="e").to_bytes() == first.to_bytes()
    home(ledger, "again", who="R1")
    with pytest.raises(RequestError, match="R0512"):
        ledger.erase("R1", **LAW, on="2023-09-01", request="e")


def test_a_cap_for_life_keeps_an_identifier(place: Place) -> None:
    """Who has used something of a cap for life cannot be erased, whatever the day; once it was given back, can be."""
    ledger = place.ledger()
    answer = nursing(ledger, "a", "10")
    with pytest.raises(RequestError) as caught:
        ledger.erase("E1", **LAW, on="2026-01-01", request="e")
    assert FOR_LIFE in caught.value.report()
    ledger.reverse(answer.position, request="r", why="误报")
    assert ledger.erase("E1", **LAW, on="2024-03-01", request="e").decision == "erased"


def test_what_was_erased_is_nobodys(place: Place) -> None:
    """The row is gone, the entry of it says by which law, the others are as they were, and it is asked once."""
    ledger = place.ledger(SHENYANG)
    before = home(ledger, "a")
    erased = ledger.erase("R1", **LAW, on=dt.date(2023, 9, 1), request="e")
    body = {key: value for key, value in erased.body.items() if key not in ("recorded", "fingerprint")}
    subject = before.body["receipt"]["facts"]["beneficiary"]
    assert body == {"kind": "erasure", "scope": SHENYANG, "request": "e", "subject": subject, **LAW, "on": "2023-09-01"}
    assert clear(ledger) == []
    assert ledger.erase("R1", **LAW, on="2023-09-01", request="e").to_bytes() == erased.to_bytes()
    assert ledger.answer(before.position).to_bytes() == before.to_bytes()
    assert is_proved(ledger, erased) and is_proved(ledger, before)
    with pytest.raises(RequestError, match="R0512"):
        home(ledger, "a")  # the ledger cannot tell any more that it is the same
    assert home(ledger, "b", month="2023-09").body["receipt"]["facts"]["beneficiary"] != subject


def test_erased_and_named_in_one_batch(place: Place) -> None:
    """An erasure, a claim of the same person and another erasure of it in one transaction leave one new identifier."""
    ledger = place.ledger(SHENYANG)
    first = home(ledger, "a")
    found = in_one_batch(
        ledger,
        [
            lambda: ledger.erase("R1", **LAW, on="2023-09-01", request="e"),
            lambda: home(ledger, "b", month="2023-09"),
        ],
    )
    assert not [each for each in found if isinstance(each, BaseException)]
    ((subject, name, _),) = clear(ledger)
    assert (name, subject == first.body["receipt"]["facts"]["beneficiary"]) == ("R1", False)


def test_what_was_erased_is_not_in_the_file(sqlite_place: Place) -> None:
    """No byte of an erased identifier is left in a ledger of SQLite."""
    ledger = sqlite_place.ledger(SHENYANG)
    home(ledger, "a", who="R-77123-X")
    assert b"R-77123-X" in (sqlite_place.folder / "ledger.db").read_bytes()
    ledger.erase("R-77123-X", **LAW, on="2023-09-01", request="e")
    assert b"R-77123-X" not in (sqlite_place.folder / "ledger.db").read_bytes()


def test_an_explanation_says_what_was_left(place: Place) -> None:
    """The explanation of a determination says what was used of each cap before, now and after; no remark doubts it."""
    ledger = place.ledger(SHENYANG)
    answers = [home(ledger, f"q{number}") for number in range(3)]
    printed = text(ledger.explanation(answers[-1]), "zh")
    assert (
        "台账\n"
        f"  第 {answers[-1].position} 条：核定，应付 150.00 元\n"
        "  每人每月最高补助：已用 1200.00 元 + 本次 150.00 元 = 1350.00 元；"
        "1350.00 元 − 1350.00 元 = 尚余 0.00 元  〔二(一)〕\n"
    ) in printed
    assert "W0108" not in printed and "W0109" not in printed
    with pytest.raises(RequestError, match="R0507"):
        ledger.explanation(ledger.reverse(answers[0].position, request="r", why="误报"))


def test_a_copy_is_made_while_it_is_written(place: Place, tmp_path: Path) -> None:
    """A copy of a ledger that goes on is one state of it: its last checkpoint holds, and every entry is proved."""
    ledger = place.ledger()
    for number in range(5):
        nursing(ledger, f"q{number}", "10", bill=f"B{number}")
    copied = tmp_path / "copy.db"
    size = ledger.backup(copied)
    nursing(ledger, "later", "10", bill="later")
    with Reader(f"sqlite:///{copied}") as reader:
        assert (reader.size, reader.scope, reader.origin) == (size, YUNCHENG, ledger.origin)
        assert [reader.answer(position).to_bytes() for position in range(size)] == [
            ledger.answer(position).to_bytes() for position in range(size)
        ]
    with pytest.raises(RequestError, match="R0525"):
        ledger.backup(copied)
    nowhere = tmp_path / "none" / "copy.db"
    with pytest.raises(RequestError) as caught:
        ledger.backup(nowhere)
    assert caught.value.report() == (
        f"R0526 not-written  {nowhere}\n  {nowhere} 无法写入：No such file or directory\n"
        f"  {nowhere} cannot be written: No such file or directory"
    )
