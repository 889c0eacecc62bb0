"""Claims that are found to fit in columns: a roster is checked with the same answers as where each is put alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

import subsidy
from subsidy.calculation.json_facts import read_rows
from subsidy.errors import SubsidyError
from subsidy.ledger import Ledger, Roster, fitting
from subsidy.ledger.determining import Claim

from .cells import CELLS, HOURS, ODD, STAYS
from .support import AID, BED, DRAFT, EARLIER, GRANT, HOME, NURSING, RATED, SHENYANG, YUNCHENG, Place

AT_ONCE = 3  # claims from which on the tests have them looked at in columns


@pytest.fixture(scope="module")
def ledgers(adopted: subsidy.Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Ledger]]:
    """The ledgers of two divisions, by policy; what is determined in one example is there in the next."""
    places, found = list[Place](), dict[str, Ledger]()
    for scope, ids in ((SHENYANG, [HOME]), (YUNCHENG, [each for each in CELLS if each != HOME])):
        folder = tmp_path_factory.mktemp("ledger")
        places.append(Place(f"sqlite:///{folder}/ledger.db", folder, adopted))
        found |= dict.fromkeys(ids, places[-1].ledger(scope))
    yield found
    for place in places:
        place.close()


def claims_of(policy: str, rows: Sequence[Sequence[Any]], readings: dict[str, str]) -> list[Claim]:
    """Rows as claims, as a CSV has them: in texts, and what is blank is not stated."""
    found = []
    for row in rows:
        stated = {name: cell for name, cell in zip(CELLS[policy], row, strict=True) if cell not in (None, "")}
        facts = {name: read_rows(cell) if name == "stays" and cell in STAYS else cell for name, cell in stated.items()}
        found.append(Claim(policy, facts, readings))
    return found


def checked(ledger: Ledger, roster: Roster) -> list[Any]:
    """What is said of every claim."""
    return [
        [(each.code, each.where, each.message("en")) for each in found.problems]
        if isinstance(found, SubsidyError)
        else found
        for found in ledger.check_roster(roster)
    ]


@settings(max_examples=120, deadline=None, derandomize=True)
@given(data=some.data())
def test_a_roster_is_checked_the_same_in_columns_and_one_by_one(
    ledgers: dict[str, Ledger], data: some.DataObject
) -> None:
    """Entries, reasons and their order, of claims that are wrong, open, used up, drafts, or determined before."""
    policy = data.draw(some.sampled_from(list(CELLS)))
    ledger = ledgers[policy]
    readings = data.draw(some.sampled_from([{}, HOURS, {"none": "such"}])) if policy == HOME else {}
    cells = some.tuples(*(some.sampled_from(each) for each in CELLS[policy].values()))
    rows = [list(each) for each in data.draw(some.lists(cells, min_size=1, max_size=14))]
    for row in rows:
        if data.draw(some.integers(0, 9)) == 0:
            row[data.draw(some.integers(0, len(row) - 1))] = data.draw(some.sampled_from(ODD))
    claims = claims_of(policy, rows, readings)
    roster = Roster("b1", ledger.catalogue.policy(policy), claims)
    if data.draw(some.booleans()):
        list(ledger.determine_roster(roster, claims[: len(claims) // 2]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting, "_LONG", AT_ONCE)
        in_columns = checked(ledger, roster)
    assert in_columns == checked(ledger, roster)


GOOD: dict[str, list[Any]] = {
    NURSING: ["E1", "B", "2024-01", "700"],
    AID: ["E1", "2024-07", "700"],
    HOME: ["甲", "2023-08", "20", "30", ""],
    BED: ["C", "甲", "2024-10", "disabled", STAYS[0]],
    GRANT: ["P", "2021-09-30", "140802", "new_build", "1000", ""],
}
NEVER: dict[str, list[Any]] = {  # a draft, what rests on earlier claims, a table that nobody has filled
    DRAFT: ["E1", "B1", "2025-01", "300"],
    EARLIER: ["C", "E1", "2024-01", "disabled"],
    RATED: ["C1", "2022-03-01", "140802", "AAA"],
}


@pytest.mark.parametrize("policy", [*GOOD, *NEVER])
def test_which_claims_are_found(
    adopted: subsidy.Catalogue, ledgers: dict[str, Ledger], policy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Claims in texts that fit and can be paid are found; one that is wrong is not, and none of what nobody may pay."""
    monkeypatch.setattr(fitting, "_LONG", AT_ONCE)
    good = (GOOD | NEVER)[policy]
    rows = [good, ["", *good[1:]], good, good]
    claims = claims_of(policy, rows, HOURS if policy == HOME else {})
    found = fitting.fitting(adopted, ledgers[policy].scope, claims)
    assert found == ({0, 2, 3} if policy in GOOD else set())


def test_few_claims_are_looked_at_one_by_one(adopted: subsidy.Catalogue) -> None:
    """A roster of a page is checked before Arrow would be there."""
    claims = claims_of(NURSING, [GOOD[NURSING]] * 999, {})
    assert fitting.fitting(adopted, YUNCHENG, claims) == set()
    assert fitting.fitting(adopted, YUNCHENG, [*claims, claims[0]]) == set(range(1000))
    assert fitting.fitting(adopted, SHENYANG, [*claims, claims[0]]) == set()
