"""Requests: at most one effect under one id, and the same bytes for whoever asks again."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from decimal import Decimal
from functools import partial
from typing import Final

import grpc
import pytest
from google.rpc.status_pb2 import Status

from subsidy.client import Client
from subsidy.client.facts import encode_facts
from subsidy.errors import FactsError, RequestError, ServiceError, SubsidyError
from subsidy.ledger import Answer, Reader
from subsidy.ledger.determining import Claim
from subsidy.v1 import ledger_service_pb2 as v1

from .served import channels, served, told
from .support import HOME, NURSING, SHENYANG, Place, determinations, home, in_one_batch, is_proved, nursing, paid

STORM: Final = 64
DETERMINE: Final = "/subsidy.v1.LedgerService/Determine"


def test_a_storm_of_retries(place: Place) -> None:
    """64 threads with one request leave one entry, and all of them have the same bytes."""
    ledger = place.ledger(SHENYANG)
    with ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(lambda _: home(ledger, "q", "20"), range(192)))
    assert len({each.to_bytes() for each in answers}) == 1
    assert len(list(determinations(ledger))) == 1
    assert is_proved(ledger, answers[0])
    ledger.close()
    assert home(place.ledger(SHENYANG), "q", "20").to_bytes() == answers[0].to_bytes()


def test_a_storm_of_retries_through_a_server(place: Place) -> None:
    """One request from 64 connections at once, three times each, leaves one entry and has one answer, byte for byte.

    In the midst of it other content under that id is refused, whoever asks.
    """
    start = threading.Barrier(STORM)

    def storm(channel: grpc.Channel) -> list[tuple[bytes | Status, bytes | Status]]:
        start.wait()
        return [(told(channel, DETERMINE, request), told(channel, DETERMINE, other)) for _ in range(3)]

    with served(place, SHENYANG) as address, ExitStack() as stack:
        with Client(address) as client:
            request, other = (
                v1.DetermineRequest(request_id="q", policy=HOME, facts=encode_facts(client.policy(HOME), facts))
                for facts in (
                    {"beneficiary": "R1", "month": "2023-08", "hours": hours, "price": "30"} for hours in ("20", "21")
                )
            )
            before = client.checkpoint().size
        with ThreadPoolExecutor(STORM) as pool:
            found = [each for of_one in pool.map(storm, channels(address, STORM, stack)) for each in of_one]
    assert len(found) == 3 * STORM
    (answer,) = {answer for answer, _ in found if isinstance(answer, bytes)}
    assert not [each for each, _ in found if isinstance(each, Status)]
    position = v1.DetermineResponse.FromString(answer).recorded.index
    assert {(each.code, each.message) if isinstance(each, Status) else each for _, each in found} == {
        (
            grpc.StatusCode.ALREADY_EXISTS.value[0],
            f"the request id q was used for other content, in entry {position}",
        )
    }
    with Reader(place.url) as ledger:
        assert len(list(determinations(ledger))) == 1
        assert ledger.size == position + 1 > before


def test_retries_within_one_batch(place: Place) -> None:
    """A request that is twice in one batch has one entry, and other content under its id is refused there too."""
    ledger = place.ledger()
    calls = [partial(nursing, ledger, "q", cost, bill="B") for cost in ("900", "900", "800")]
    first, second, other = in_one_batch(ledger, calls)
    assert isinstance(first, Answer)
    assert isinstance(second, Answer)
    assert first.to_bytes() == second.to_bytes()
    assert isinstance(other, RequestError)
    assert len(list(determinations(ledger))) == 1


def test_an_id_with_other_content(place: Place) -> None:
    """A used id with one other value is refused and says where it was used; the first answer stays as it was."""
    ledger = place.ledger()
    first = nursing(ledger, "q", "900", bill="B")
    for change in ({"cost": "900.00"}, {"who": "E2"}, {"month": "2024-04"}, {"bill": "C"}):
        with pytest.raises(RequestError) as error:
            nursing(ledger, "q", **{"cost": "900", "bill": "B", **change})
        assert error.value.report("en") == (
            "R0512 request-id-used  request\n"
            f"  the request id q was used for other content, in entry {first.position}\n"
            "  → take another id; a retry is the same in every word"
        )
    assert nursing(ledger, "q", "900", bill="B").to_bytes() == first.to_bytes()
    assert len(list(determinations(ledger))) == 1


def test_the_same_content_in_other_clothes(place: Place) -> None:
    """Numbers, days and the order of facts may be handed over differently: it is the same request."""
    ledger = place.ledger()
    facts = {"elder": "E1", "month": "2024-03", "cost": Decimal(900), "bill": "B"}
    first = ledger.determine(NURSING, facts, request="q")
    again = ledger.determine(NURSING, {**dict(reversed(facts.items())), "cost": 900}, request="q")
    assert again.to_bytes() == first.to_bytes()
    one = ledger.release(first.position, "first", request="q", on="2024-04-01")
    assert ledger.release(first.position, "first", {}, request="q", on=dt.date(2024, 4, 1)) == one


def test_many_in_their_order(place: Place) -> None:
    """Claims and reversals that are handed over together are as if each were asked for by itself, in that order.

    The cap of the month goes to those that come first; the same again has the same answers, and nothing new.
    """
    ledger = place.ledger()
    claims = [
        (
            Claim(NURSING, {"elder": f"E{number % 3}", "month": "2024-03", "cost": "450", "bill": f"B{number}"}, {}),
            f"q{number}",
        )
        for number in range(150)
    ]
    answers = list(ledger.determine_each(claims))
    assert [each.position for each in answers] == sorted(each.position for each in answers)
    assert [str(each.amount) for each in answers[:9]] == ["450.00"] * 6 + ["100.00"] * 3
    assert {each.decision for each in answers[9:]} == {"nothing"}
    back = [(answers[number].position, f"v{number}", "重复申报") for number in (0, 3, 1)]
    reversed_ = list(ledger.reverse_each(back))
    assert [each.body["reverses"] for each in reversed_] == [position for position, _, _ in back]
    size = ledger.size
    again = [*ledger.determine_each(claims), *ledger.reverse_each(back)]
    assert [each.to_bytes() for each in again] == [each.to_bytes() for each in (*answers, *reversed_)]
    assert ledger.size == size


def test_one_of_many_that_is_refused(place: Place) -> None:
    """What came before it is recorded and answered; it is told as it would be alone."""
    ledger = place.ledger()
    good, bad = ({"elder": "E1", "month": month, "cost": "1", "bill": "B"} for month in ("2024-03", "2024-13"))
    found = ledger.determine_each([(Claim(NURSING, good, {}), "good"), (Claim(NURSING, bad, {}), "bad")])
    assert next(found).decision == "determined"
    with pytest.raises(FactsError) as error:
        next(found)
    assert [each.where for each in error.value.problems] == ["month"]


def test_ids_are_of_a_method(place: Place) -> None:
    """A determination, a release and a reversal may have the same id, and each is its own request."""
    ledger = place.ledger()
    first = nursing(ledger, "q", "900")
    second = ledger.release(first.position, "first", request="q")
    third = ledger.reverse(second.position, request="q", why="误拨")
    assert [each.body["kind"] for each in (first, second, third)] == ["determination", "release", "reversal"]
    with pytest.raises(RequestError, match="R0512"):
        ledger.reverse(first.position, request="q", why="误拨")
    assert ledger.reverse(second.position, request="q", why="误拨").to_bytes() == third.to_bytes()


def test_what_could_not_be_recorded_may_be_asked_again(place: Place) -> None:
    """An id is used by what is recorded alone: after a refusal that left nothing it is free."""
    ledger = place.ledger()
    with pytest.raises(FactsError, match="F0104"):
        nursing(ledger, "q", "-1")
    assert nursing(ledger, "q", "10").amount == "10.00"


def test_a_ledger_closes_among_requests(place: Place) -> None:
    """Whoever asks while a ledger is closed has a recorded answer, or is told that it is closed; nobody waits."""
    ledger = place.ledger(SHENYANG)
    start = threading.Barrier(17)

    def ask(number: int) -> int:
        start.wait()
        for done in range(1000):
            try:
                home(ledger, f"{number}-{done}", "3", who=f"R{number}-{done}")
            except ServiceError as error:
                assert error.report("en").startswith("S0304 store-failed")  # noqa: PT017
                return done
        raise AssertionError("it never closed")

    with ThreadPoolExecutor(16) as pool:
        made = [pool.submit(ask, number) for number in range(16)]
        start.wait()
        ledger.close()
        acknowledged = sum(each.result(30) for each in made)
    assert len(paid(place.ledger(SHENYANG))) == acknowledged


@pytest.mark.parametrize("who", ["\ud800", "a\0b"])
def test_what_is_no_identifier_harms_nobody_else(place: Place, who: str) -> None:
    """Half a character, or one that PostgreSQL does not take, is refused alone: whatever is asked beside it is done."""
    ledger = place.ledger(SHENYANG)
    home(ledger, "old")
    erased = partial(ledger.erase, who, ground="依法", retention="已留存", on="2023-09-01", request="e")
    calls = [partial(home, ledger, "a", who="A"), *(partial(home, ledger, id_, who=who) for id_ in ("b", "old")),
             erased, partial(home, ledger, "c", who="C")]  # fmt: skip
    first, *others, last = in_one_batch(ledger, calls)
    assert isinstance(first, Answer)
    assert isinstance(last, Answer)
    codes = [[each.code for each in found.problems] for found in others if isinstance(found, SubsidyError)]
    assert codes == [["F0118"], ["R0512"], ["R0521"]]
    assert (first.position + 1, last.position + 1) == (last.position, ledger.size)
