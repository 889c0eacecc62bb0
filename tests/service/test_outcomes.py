"""What an answer says of parts, payers, instalments and measures, on the wire."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from tests.conformance.support import catalogue

from subsidy import RequestError
from subsidy.client.answer import Answer
from subsidy.service.answers import calculate_response

QUARTER = {
    "quarter": "Q",
    "approved_on": "2024-02-29",
    "new_quarter": True,
    "households": "125",
    "premises": "20.00",
    "wait": "15",
}


def sent(policy: str, facts: dict[str, Any], *, full: bool) -> dict[str, Any]:
    """The message of an answer, as JSON has it."""
    result = catalogue().policy(policy).calculate(facts)
    found: dict[str, Any] = MessageToDict(calculate_response(result, full=full), preserving_proto_field_name=True)
    return found


def money(units: int, nanos: int = 0) -> dict[str, Any]:
    """A sum as JSON has it."""
    parts = {"currency_code": "CNY", "units": str(units), "nanos": nanos}
    return {"determined": {name: value for name, value in parts.items() if value not in {"0", 0}}}


def test_part_alone_refused_and_payers_of_places() -> None:
    """A part says whether it is eligible, a share its name and the division that pays; a recovery is below zero."""
    facts = {
        "resident": "R",
        "day": "2024-02-01",
        "hukou": "210102",
        "place": "140802",
        "balance": "-0.02",
        "hours": "0",
        "decided_amount": "3000",
    }
    answer = sent("cn/test/outcome", facts, full=False)
    assert answer["eligible"] == "VERDICT_HOLDS"
    assert [part["eligible"] for part in answer["parts"]] == ["VERDICT_HOLDS", "VERDICT_FAILS", "VERDICT_HOLDS"]
    settlement, service, _ = answer["parts"]
    assert settlement["amount"] == money(0, -20_000_000)
    assert [share["name"] for share in service["shares"]] == ["county_of_hukou", "county_of_place"]
    assert settlement["shares"] == [
        {"payer": "county", "amount": money(0, -10_000_000), "name": "county", "division": "210102"},
        {"payer": "city", "amount": money(0), "name": "city", "division": "210100"},
        {"payer": "province", "amount": money(0, -10_000_000), "name": "province", "division": "210000"},
    ]


def test_condition_says_which_part_it_is_for() -> None:
    """A condition for one part names it, and a share's label has the division in it."""
    facts = {"resident": "R", "day": "2024-02-01", "hukou": "210102", "place": "140802", "balance": "0", "hours": "9"}
    answer = sent("cn/test/outcome", facts, full=True)
    assert [test.get("parts", []) for test in answer["conditions"]] == [[], ["service"]]
    assert answer["parts"][2]["shares"][0]["label"] == {
        "zh": "县级财政（140802 盐湖区）",
        "en": "county treasury (140802 Yanhu District)",
    }
    assert answer["left_open"] == {"zh": "核定金额", "en": "sum decided"}


def test_instalments_are_answered() -> None:
    """Each instalment has its sum, its day, its test and its shares; one that is not there says so."""
    facts = {"graduate": "G", "entered_on": "2024-02-29", "degree": "college", "adjustment": "0", "place": "140802"}
    _, second, third = sent("cn/test/instalments", facts, full=True)["parts"][0]["instalments"]
    assert (second["exists"], second["amount"], "due" in second) == ("VERDICT_FAILS", money(0), False)
    shares = third.pop("shares")
    assert third == {
        "name": "third",
        "label": {"zh": "第三期", "en": "third instalment"},
        "exists": "VERDICT_HOLDS",
        "amount": money(6000, 10_000_000),
        "due": [{"year": 2029, "month": 2, "day": 28}],
        "test": "still_employed and (not given(rating) or rating >= AA)",
        "if_failed": "waits",
        "clause": "二",
    }
    assert [share["amount"] for share in shares] == [money(2000, 10_000_000), money(2000), money(2000)]


def test_measures_are_answered_and_there_is_no_amount() -> None:
    """A measure has figures, verdict and deadline; an answer without an amount gives none to the client either."""
    answer = sent("cn/test/measures", QUARTER, full=False)
    assert "amount" not in answer
    assert answer["measures"] == [
        {
            "name": "room",
            "unit": "m2",
            "sense": "at_least",
            "value": [{"decimal": "20"}],
            "required": [{"decimal": "25"}],
            "shortfall": [{"decimal": "5"}],
            "met": "VERDICT_FAILS",
            "deadline": [{"year": 2026, "month": 2, "day": 28}],
        },
        {
            "name": "speed",
            "unit": "day",
            "sense": "at_most",
            "value": [{"decimal": "15"}],
            "required": [{"decimal": "10"}, {"decimal": "20"}],
            "shortfall": [{"decimal": "0"}, {"decimal": "5"}],
            "met": "VERDICT_UNDETERMINED",
            "deadline": [{"year": 2026, "month": 1, "day": 1}],
            "before": True,
        },
    ]
    result = catalogue().policy("cn/test/measures").calculate(QUARTER)
    with pytest.raises(RequestError) as caught:
        _ = Answer(calculate_response(result, full=False)).amount
    assert caught.value.problems[0].message("en") == "cn/test/measures sets standards and pays nothing"
