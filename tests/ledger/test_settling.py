"""What follows a determination: reversals that free caps, and instalments that are paid, lapse or wait."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import subsidy
from subsidy import RequestError
from subsidy.ledger import Answer, Ledger

from .support import DUE, Place, bed, grant, is_proved, nursing, rows

CARED = {"still_cared_for": True}
NOT_CARED = {"still_cared_for": False}


def refused(call: Callable[[], Answer]) -> str:
    """The report of what is refused."""
    with pytest.raises(RequestError) as error:
        call()
    return error.value.report("en")


def test_a_reversal_frees_caps(place: Place) -> None:
    """What a reversed claim used of money, of times and of its natural key may be used again, and no more than that."""
    ledger = place.ledger()
    first, second = nursing(ledger, "a", "700", bill="B"), nursing(ledger, "b", "700")
    assert (first.amount, second.amount) == ("700.00", "300.00")
    back = ledger.reverse(first.position, request="r", why="误报")
    assert (back.amount, back.decision, back.body["reverses"], back.body["why"]) == (
        "-700.00", "reversed", first.position, "误报",
    )  # fmt: skip
    assert [(each["cap"], each["before"], each["after"], each["most"]) for each in back.body["caps"]] == [
        ("monthly", 100000, 30000, 100000), ("lifetime", 100000, 30000, 250000), ("once_per", 1, 0, 1),
    ]  # fmt: skip
    assert is_proved(ledger, back)
    assert nursing(ledger, "c", "900", bill="B").amount == "700.00"
    once = grant(ledger, "g")
    ledger.reverse(once.position, request="s", why="误报")
    assert [grant(ledger, request).decision for request in ("h", "i")] == ["determined", "refused"]


def test_what_cannot_be_reversed(place: Place) -> None:
    """Nothing is reversed twice, without a reason, after a release, or where there is nothing; all of it in words."""
    ledger = place.ledger()
    first = nursing(ledger, "a", "700")
    back = ledger.reverse(first.position, request="r", why="误报")
    second = nursing(ledger, "b", "700")
    paid = ledger.release(second.position, "first", request="f")
    waits = ledger.release(second.position, "third", NOT_CARED, request="t")
    before = rows(ledger.store, "entries")
    assert refused(lambda: ledger.reverse(first.position, request="r2", why="误报")) == (
        f"R0508 reversed-already  entry\n  entry {first.position} was reversed by entry {back.position}"
    )
    assert refused(lambda: ledger.reverse(second.position, request="r3", why="误报")) == (
        "R0509 released-already  entry\n"
        f"  instalments of entry {second.position} were released by entry {paid.position}, so it cannot be reversed\n"
        "  → reverse the releases first"
    )
    for why in ("", " ", "\ud800"):
        assert refused(lambda why=why: ledger.reverse(second.position, request="r4", why=why)) == (  # type: ignore[misc]
            "R0514 no-reason  why\n  a reversal needs a reason"
        )
    for nothing in (-1, 0, back.position, 10_000, 2**80):
        assert refused(lambda at=nothing: ledger.reverse(at, request="r5", why="误报")) == (  # type: ignore[misc]
            f"R0507 no-such-entry  entry\n  the ledger has no such entry: {nothing}; allowed is: determination, release"
        )
    assert rows(ledger.store, "entries") == before
    ledger.reverse(paid.position, request="r6", why="误拨")
    assert ledger.reverse(second.position, request="r7", why="误报").amount == "-700.00"
    assert ledger.answer(waits.position).decision == "waits"


def test_a_reversed_refusal_frees_nothing(place: Place) -> None:
    """To reverse a refusal is recorded, takes back nothing, and leaves the cap used."""
    ledger = place.ledger()
    bed(ledger, "a", centre="C1")
    no = bed(ledger, "b", centre="C2")
    assert ledger.reverse(no.position, request="r", why="误报").amount == "0.00"
    assert bed(ledger, "c", centre="C3").decision == "refused"


def test_instalments(place: Place) -> None:
    """Each instalment is paid, lapses or waits by what is said at its release, and is settled once."""
    ledger = place.ledger()
    award = nursing(ledger, "a", "900").position
    first = ledger.release(award, "first", request="1")
    lapsed = ledger.release(award, "second", NOT_CARED, request="2")
    waits = ledger.release(award, "third", NOT_CARED, request="3")
    third = ledger.release(award, "third", CARED, request="4")
    assert [(each.decision, each.amount, each.body["award"]) for each in (first, lapsed, waits, third)] == [
        ("paid", "360.00", award), ("lapses", "0.00", award), ("waits", "0.00", award), ("paid", "270.00", award),
    ]  # fmt: skip
    assert all(is_proved(ledger, each) for each in (first, lapsed, waits, third))
    for name, by in (("first", first), ("second", lapsed), ("third", third)):
        assert refused(lambda name=name: ledger.release(award, name, CARED, request=f"x{name}")) == (  # type: ignore[misc]
            f"R0511 settled-already  instalment\n  {name} was settled by entry {by.position}"
        )


def test_an_instalment_is_settled_again(place: Place) -> None:
    """A release that was reversed is as if it had not been, time and again: each may be followed by another."""
    ledger = place.ledger()
    award = nursing(ledger, "a", "900").position
    amounts = []
    for number in range(3):
        paid = ledger.release(award, "second", CARED, request=f"p{number}")
        amounts += [paid.amount, ledger.reverse(paid.position, request=f"r{number}", why="误拨").amount]
    assert amounts == ["270.00", "-270.00"] * 3
    assert ledger.release(award, "second", NOT_CARED, request="l").decision == "lapses"
    assert refused(lambda: ledger.release(award, "second", CARED, request="m")).startswith("R0511")


def test_what_cannot_be_released(place: Place) -> None:
    """There is nothing to release of what was reversed, refused, or is none, nor of an unknown instalment."""
    ledger = place.ledger()
    award, gone = nursing(ledger, "a", "900"), nursing(ledger, "b", "50")
    again = nursing(ledger, "c", "50", bill="a")
    back = ledger.reverse(gone.position, request="r", why="误报")
    assert again.decision == "refused"

    def released(position: int, name: str = "first") -> str:
        return refused(lambda: ledger.release(position, name, CARED, request=f"x{position}"))

    assert released(gone.position) == (
        f"R0508 reversed-already  entry\n  entry {gone.position} was reversed by entry {back.position}"
    )
    assert released(again.position) == (
        f"R0510 nothing-awarded  entry\n  entry {again.position} determined nothing, so nothing can be released"
    )
    assert released(back.position) == (
        f"R0507 no-such-entry  entry\n  the ledger has no such entry: {back.position}; allowed is: determination"
    )
    for name, shown in (("fourth", "fourth"), ("a\0b", "a<U+0000>b")):
        assert released(award.position, name) == (
            f"R0111 unknown-instalment  instalment\n  the policy has no instalment {shown}\n"
            "  → known: first, second, third"
        )


def test_instalments_that_fall_due(place: Place) -> None:
    """An instalment with a due day needs the day of its release; before it, it waits, and from then on it is paid."""
    ledger = place.ledger()
    facts = {"graduate": "G", "entered_on": "2024-02-29", "degree": "bachelor", "adjustment": "0", "place": "140802"}
    award = ledger.determine(DUE, facts, request="a").position

    def second(request: str, on: str | None = None) -> Answer:
        return ledger.release(award, "second", {"still_employed": True}, request=request, on=on)

    assert refused(lambda: second("b")) == (
        "R0515 no-day  on\n"
        "  second instalment has a day on which it falls due, so the day of its release is needed\n"
        "  → add on"
    )
    early, late = second("c", "2027-02-27"), second("d", "2027-02-28")
    assert [(each.decision, each.amount) for each in (early, late)] == [("waits", "0.00"), ("paid", "9000.00")]


def entry_kinds(ledger: Ledger) -> list[str]:
    return [body["kind"] for _, body in ledger.entries()]


def test_texts_are_recorded_once(place: Place) -> None:
    """The texts that a determination rests on stand before it, each once, under the digests it names."""
    ledger = place.ledger()
    nursing(ledger, "a", "5")
    nursing(ledger, "b", "5", month="2025-01")
    assert entry_kinds(ledger) == [
        "opened", "key", "text", "text", "text", "text", "determination", "text", "text", "determination",
    ]  # fmt: skip
    texts = {body["digest"]: body for _, body in ledger.entries() if body["kind"] == "text"}
    assert [body["role"] for body in texts.values()] == [
        "vocabulary", "divisions", "policy", "adoption", "policy", "adoption",
    ]  # fmt: skip
    for _, body in ledger.entries():
        if body["kind"] == "determination":
            policy = body["receipt"]["policy"]
            assert {policy["digest"], policy["vocabulary"], policy["divisions"]} <= texts.keys()


def test_an_entry_says_which_engine_it_was(place: Place) -> None:
    """A determination and a release name the version of the package that decided them."""
    ledger = place.ledger()
    award = nursing(ledger, "a", "700")
    release = ledger.release(award.position, "first", request="b")
    assert {award.body["engine"], release.body["engine"]} == {subsidy.__version__}
