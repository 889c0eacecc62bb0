"""Cells of rosters of many policies: good ones, ones of other spellings and types, and ones that are wrong."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from .support import AID, BED, DRAFT, EARLIER, GRANT, HOME, NURSING, RATED

HOURS: Final = {"fewer_hours": "as_served", "more_hours": "first_45"}
PEOPLE: Final = [f"E{number}" for number in range(12)]
MONTHS: Final = [f"{year}-{month:02}" for year in (2023, 2024, 2025) for month in (1, 9, 12)]
ODD: Final = ["", "x", "−1", 1e20, True, dt.date(2024, 2, 2)]
STAYS: Final = [
    '[{"moved_in": "2023-01-01"}]',
    '[{"moved_in": "2023-01-01", "moved_out": "2024-09-03"}]',
    '[{"moved_in": "2023-01-01", "left": "2024-09-03"}]',
    '[{"moved_in": 2023}]',
    "[",
    "[]",
]
CELLS: Final[dict[str, dict[str, list[Any]]]] = {
    NURSING: {
        "elder": PEOPLE,
        "bill": ["B1", "B2"],
        "month": [*MONTHS, dt.date(2024, 3, 1), "2024-1"],
        "cost": ["0", "300", 700, 800.5, "1200", "900.505"],
    },
    DRAFT: {"elder": PEOPLE, "bill": ["B1"], "month": ["2025-01", "2025-02"], "cost": ["300", "1200"]},
    AID: {"elder": PEOPLE, "month": MONTHS, "cost": ["300", "700", "801", "0"]},
    HOME: {
        "beneficiary": PEOPLE,
        "month": ["2023-08", "2023-09"],
        "hours": ["1", 20.0, "45", "50", "745"],
        "price": [30, "30.5", "1e1"],
        "left_monthly": ["", "", "", "", "", "5"],
    },
    BED: {
        "centre": ["C"],
        "resident": PEOPLE,
        "month": ["2021-05", "2024-09", "2024-10"],
        "care_level": ["自理", "disabled", "半失能"],
        "stays": STAYS,
    },
    GRANT: {
        "project": PEOPLE,
        "accepted_on": ["2021-09-30", "2022-03-01", dt.date(2023, 1, 1)],
        "place": ["140802", "140825"],
        "works": ["new_build", "extension", "新建"],
        "floor_area": ["1000", "400", 2350.5],
        "cost": ["", "3000000"],
    },
    RATED: {
        "centre": PEOPLE,
        "assessed_on": ["2021-09-30", "2022-03-01", "2022-09-01"],
        "place": ["140802"],
        "rating": ["A", "AA 级", "5"],
    },
    EARLIER: {"centre": ["C"], "resident": PEOPLE, "month": MONTHS, "level": ["disabled", "self_care"]},
}
