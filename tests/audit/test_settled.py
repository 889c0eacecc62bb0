"""Rows that are found to be as they should be in columns: a comparison is the same as where each is put by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from tests.ledger.cells import CELLS, HOURS, ODD, STAYS
from tests.ledger.support import AID, BED, EARLIER, HOME, NURSING, RATED, policies

import subsidy
from subsidy.audit.comparing import compare
from subsidy.audit.settled import settled
from subsidy.audit.sheets import Row, Sheet
from subsidy.audit.supposed import SupposedLedger
from subsidy.errors import SubsidyError
from subsidy.ledger.determining import Claim


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> subsidy.Catalogue:
    """The policies of the tests; nobody adopted any."""
    return subsidy.Catalogue(policies(tmp_path_factory.mktemp("policies")))


def _sheet(catalogue: subsidy.Catalogue, policy: str, rows: Sequence[Sequence[Any]]) -> Sheet:
    names, facts = list(CELLS[policy]), dict[str, Any]()
    for version in catalogue.versions(policy):
        facts |= version.program.facts
    numbered = tuple(Row(number, tuple(cells)) for number, cells in enumerate(rows, start=2))
    return Sheet(Path("paid.xlsx"), "发放", (*names, "实付"), numbered, (*names, ""), facts, len(names))


def _due(catalogue: subsidy.Catalogue, policy: str, sheet: Sheet, readings: dict[str, str]) -> list[Decimal]:
    """What is due row by row; nothing where that cannot be said."""
    ledger, found = SupposedLedger(catalogue), list[Decimal]()
    for row in sheet.rows:
        facts, _ = sheet.facts_of(row)
        try:
            found.append(Decimal(ledger.put(Claim(policy, facts, readings), row.number).high).scaleb(-2))
        except SubsidyError:
            found.append(Decimal("0.00"))
    return found


@settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=some.data())
def test_a_comparison_is_the_same_in_columns_and_row_by_row(
    adopted: subsidy.Catalogue, alone: subsidy.Catalogue, data: some.DataObject
) -> None:
    """Sums, findings, notes and their order, of rows that share caps, are wrong, open, or paid otherwise."""
    catalogue = data.draw(some.sampled_from([adopted, alone]))
    policy = data.draw(some.sampled_from(list(CELLS)))
    readings = data.draw(some.sampled_from([{}, HOURS])) if policy == HOME else {}
    cells = some.tuples(*(some.sampled_from(each) for each in CELLS[policy].values()))
    rows = [list(each) for each in data.draw(some.lists(cells, min_size=1, max_size=14))]
    for row in rows:
        if data.draw(some.integers(0, 9)) == 0:
            row[data.draw(some.integers(0, len(row) - 1))] = data.draw(some.sampled_from(ODD))
    unpaid = _sheet(catalogue, policy, [[*row, "0"] for row in rows])
    paid = [
        data.draw(some.sampled_from([str(due), str(due), float(due), str(due + 1), "", "1万元"]))
        for due in _due(catalogue, policy, unpaid, readings)
    ]
    sheet = _sheet(catalogue, policy, [[*row, sum_] for row, sum_ in zip(rows, paid, strict=True)])
    known = data.draw(some.sampled_from([None, None, dt.date(2024, 6, 1)]))

    def compared(*, in_columns: bool) -> Any:
        try:
            return compare(sheet, policy, catalogue, readings=readings, known=known, in_columns=in_columns)
        except SubsidyError as error:
            return error.report("en")

    assert compared(in_columns=True) == compared(in_columns=False)


@pytest.mark.parametrize(
    ("policy", "rows", "expected"),
    [
        (NURSING, [["E1", "B", "2024-01", "700", "700"], ["E2", "B", "2025-01", 33.5, 33.5]], {0, 1}),
        (NURSING, [["E1", "B", "2024-01", "700", "700"], ["E1", "B", "2025-01", "1", "1"]], set()),
        (NURSING, [["E1", "B", "2024-01", "700", "701"], ["E2", "B", "2024-01", "x", "0"]], set()),
        (HOME, [["甲", "2023-08", "20", "30", "", "600"], ["甲", "2023-09", "1", "30", "5", "30"]], {0}),
        (BED, [["C", "甲", "2024-10", "disabled", STAYS[0], "300"]], {0}),
        (RATED, [["C1", "2022-03-01", "140802", "AAA", "100000"]], {0}),
        (EARLIER, [["C", "E1", "2024-01", "disabled", "200"], ["C", "E1", "2024-02", "disabled", "200"]], set()),
        (AID, [["E1", "2024-07", "700", "700"], ["E2", "2024-07", "801", "801"]], {0}),
    ],
)
def test_which_rows_are_settled(
    adopted: subsidy.Catalogue, policy: str, rows: list[list[Any]], expected: set[int]
) -> None:
    """Those that share no cap with another row, are held by none, and were paid what was due."""
    readings = HOURS if policy == HOME else {}
    assert settled(_sheet(adopted, policy, rows), policy, adopted, readings, None).keys() == expected
