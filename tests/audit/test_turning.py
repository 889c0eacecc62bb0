"""Whatever was paid and whatever is published later: what is turned comes out as the impact said, over every cap."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some
from tests.ledger.support import NURSING, Place

from subsidy.audit.impact import impact
from subsidy.audit.sources import Stored
from subsidy.audit.turning import turn

from .later import Bureau, own

CLAIMS = some.lists(
    some.tuples(
        some.sampled_from(["E1", "E2"]),
        some.sampled_from(["2024-02", "2024-03", "2024-04", "2025-01"]),
        some.decimals("0", "1300", places=2).map(str),
        some.sampled_from(["B1", "B2", "B3"]),
    ),
    min_size=3,
    max_size=8,
)


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bureau, Bureau]:
    """A bureau before the later text and with it; each example has a ledger of its own."""
    folders = [tmp_path_factory.mktemp(name) for name in ("before", "after")]
    before, after = (own(Place("sqlite:///none", folder, None), folder) for folder in folders)  # type: ignore[arg-type]
    after.later()
    return before, after


@settings(max_examples=6, deadline=None, derandomize=True)
@example(claims=[("E1", "2024-02", "0.01", "B1")] * 3, reversed_={0})  # the second is due now, the third still is not
@given(claims=CLAIMS, reversed_=some.sets(some.integers(0, 7), max_size=2))
def test_what_is_turned_is_what_was_said(
    offices: tuple[Bureau, Bureau],
    tmp_path_factory: pytest.TempPathFactory,
    claims: list[tuple[str, str, str, str]],
    reversed_: set[int],
) -> None:
    """Random claims, some reversed: after the later text is turned, nothing is left to change, and no cap is over."""
    folder = tmp_path_factory.mktemp("ledger")
    place = Place(f"sqlite:///{folder}/ledger.db", folder, offices[0].place.catalogue)
    try:
        with place.ledger() as ledger:
            answers = [
                ledger.determine(
                    NURSING, {"elder": who, "month": month, "cost": cost, "bill": bill}, request=str(number)
                )
                for number, (who, month, cost, bill) in enumerate(claims)
            ]
            for number in reversed_ & set(range(len(answers))):
                ledger.reverse(answers[number].position, request=f"r{number}", why="counted twice")
        place.catalogue = offices[1].place.catalogue
        with Stored(place.url) as source:
            found = impact(source, place.catalogue)
        assert all(not each.hand for each in found.changes)
        with place.ledger() as ledger:
            turned = turn(ledger, found, "later")
        assert [(each.position, each.amount, each.finding) for each in turned] == [
            (each.position, each.low, None) for each in found.changes
        ]
        with Stored(place.url) as source:
            again = impact(source, place.catalogue)
        assert again.changes == ()
        moved = sum((each.difference or Decimal() for each in found.changes), Decimal())
        assert moved == sum((sum(each.payers.values(), Decimal()) for each in found.changes), Decimal())
    finally:
        place.close()
        shutil.rmtree(Path(folder))
