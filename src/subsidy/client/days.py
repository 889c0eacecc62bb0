"""Days as a caller gives them, and as they travel."""

from __future__ import annotations

import datetime as dt
from typing import Any

from google.type.date_pb2 import Date

from ..policies import day_of
from ..v1.policy_service_pb2 import PolicySummary


def wire_day(on: dt.date | str | None, where: str = "on") -> Date | None:
    """A day of a request; None for none."""
    if on is None:
        return None
    day = day_of(on, where)
    return Date(year=day.year, month=day.month, day=day.day)


def text_of_day(value: Any) -> str:
    """A day as text, the first one of a month; empty where the value is neither."""
    text = value.isoformat() if type(value) is dt.date else value if isinstance(value, str) else ""
    return f"{text}-01" if len(text) == 7 else text if len(text) == 10 else ""


def applies(summary: PolicySummary, day: str) -> bool:
    """Whether a version applies on a day."""
    first, last = (f"{d.year:04d}-{d.month:02d}-{d.day:02d}" for d in (summary.first_day, summary.last_day))
    return first <= day and (not summary.HasField("last_day") or day <= last)
