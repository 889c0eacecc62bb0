"""What a ledger stated of earlier claims is answered again by the entries before, and not taken from the entry."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.ledger.support import EARLIER, Place, bed

from subsidy.audit.exporting import export
from subsidy.audit.filters import Filter
from subsidy.audit.replaying import replay
from subsidy.audit.sources import Exported
from subsidy.ledger import Answer, Ledger

from .support import read
from .test_replaying import found, replayed


def claim(ledger: Ledger, request: str, month: str, who: str = "R1", level: str = "disabled") -> Answer:
    """A claim that takes from the ledger what was paid this year and before, how often, and the last level."""
    facts = {"centre": "C1", "resident": who, "month": month, "level": level}
    return ledger.determine(EARLIER, facts, request=request)


@pytest.fixture
def claims(place: Place) -> list[Answer]:
    """Claims of two persons and of another policy, one of them reversed between two others."""
    ledger = place.ledger()
    bed(ledger, "b1", centre="C1", who="R1", month="2024-01")
    made = [claim(ledger, f"a{month}", f"2024-{month:02d}") for month in (1, 2)]
    ledger.reverse(made[1].position, request="v", why="误报")
    made += [claim(ledger, f"a{month}", f"2024-{month:02d}") for month in (3, 4)]
    made += [claim(ledger, "z", "2024-04", who="R2")]
    made += [claim(ledger, "next", "2025-01", level="semi_disabled")]
    place.close()
    return made


def test_what_was_taken_from_earlier_claims_is_answered_again(place: Place, claims: list[Answer]) -> None:
    """Sums, counts and the last, also of another policy, before and behind a reversal; of an export as well."""
    stated = [each.body["receipt"]["facts"]["paid_before"] for each in claims]
    assert stated == ["0.00", "200.00", "200.00", "400.00", "0.00", "0.00"]
    once = replayed(place)
    with read(place) as source:
        export(source, place.folder / "ledger.jsonl")
    with Exported(place.folder / "ledger.jsonl") as exported:
        again = replay(exported)
    assert (once.same, once.is_clean) == (again.same, again.is_clean) == (7, True)
    assert again.digest == once.digest == replayed(place, jobs=2).digest


def test_a_sum_that_was_not_the_sum_is_found(place: Place, claims: list[Answer]) -> None:
    """An operator who states less than was paid gets past the ceiling; receipt and amount agree with what is stated."""
    at = claims[3].position

    def less(position: int, body: dict[str, Any]) -> None:
        if position == at:
            receipt = body["receipt"]
            receipt["facts"]["paid_before"] = "100.00"
            receipt["result"]["steps"]["rest"] = str(int(receipt["result"]["steps"]["rest"]) + 300)

    (en,), (zh,) = found(place, less), found(place, less, "zh")
    at_first = "first in facts.paid_before: recorded 100.00, computed 400 (differences: 1)"
    assert en == f"{at}: V0153 computed again it differs, {at_first}"
    assert zh == f"{at}: V0153 重算不同，始于facts.paid_before：记录 100.00，重算 400（共 1 处不同）"
    assert found(place, lambda *_: None) == []


def test_a_value_that_was_left_out_is_found(place: Place, claims: list[Answer]) -> None:
    """The last level, without which a person that got better would be paid on; and a count."""
    at = claims[5].position

    def none(position: int, body: dict[str, Any]) -> None:
        if position == at:
            del body["receipt"]["facts"]["last_level"]
            body["receipt"]["facts"]["months_before"] = "1"

    assert [each.split(" first in ")[1] for each in found(place, none) if "facts." in each] == [
        "facts.months_before: recorded 1, computed 3 (differences: 1)",
        "facts.last_level: recorded –, computed disabled (differences: 1)",
    ]


def test_what_a_filter_leaves_out_still_counts(place: Place, claims: list[Answer]) -> None:
    """A part of a ledger is computed again with all that was paid before it."""
    last = claims[3].position
    part = replayed(place, wanted=Filter(first=last, last=last))
    assert (part.same, part.is_clean) == (1, True)


def test_it_goes_on_with_what_came_before(place: Place, claims: list[Answer]) -> None:
    """A replay that was interrupted has kept the claims that later ones ask for."""
    del claims
    work = place.folder / "work"
    with read(place) as source:
        whole = replay(source)
        rows = [row.position for row in source.rows() if json.loads(row.content)["kind"] == "determination"]
        source.size = rows[3]
        replay(source, work=work)
    with read(place) as source:
        again = replay(source, work=work)
    assert (again.digest, again.same, again.is_clean) == (whole.digest, whole.same, True)
