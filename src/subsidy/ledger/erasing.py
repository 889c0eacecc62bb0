"""Erasing an identifier: afterwards nobody can tell whose entries they are; the entries themselves stay.

Refused while a cap of that person is open or for life: the next claim would begin it anew. Vouchers are kept by law for
years; how that was settled is for the bureau to say, and stands in the entry.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import select

from ..errors import Problem, RequestError
from ..policies import Catalogue
from ..text import Text
from . import tables as t
from .batch import Batch, Entry
from .claims import ONCE
from .earlier import DETERMINED, recorded
from .requests import Request

_MONTH: Final = re.compile(r"[0-9]{4}-[0-9]{2}")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ZONES: Final = dt.timedelta(days=1)  # the writer's clock says UTC; elsewhere it may be tomorrow
_LIFE: Final = dt.date.max


def erase(
    batch: Batch, catalogue: Catalogue, clear: str, ground: str, retention: str, on: dt.date, request: Request
) -> list[Entry]:
    """The entry by which an identifier is erased.

    Args:
        ground: by which law or decision.
        retention: how the duty to keep vouchers was settled.
        on: the day by which caps are open or closed; none that is still to come.

    Raises:
        RequestError: nobody has it, a cap is open, or something is left unsaid; all reasons.
    """
    problems = [
        Problem.of(code, where)
        for code, where, said in (("R0522", "ground", ground), ("R0523", "retention", retention))
        if not said.strip()
    ]
    if on > dt.date.fromisoformat(batch.recorded[:10]) + _ZONES:
        problems.append(Problem.of("R0527", "on", given=on.isoformat()))
    subject = batch.subject(clear)
    if subject is None:
        problems.insert(0, Problem.of("R0521", "person"))
    else:
        problems += [
            Problem.of("R0524", f"entry.{position}", label=label, until=_until(last))
            for position, label, last in _caps(batch, catalogue, subject)
            if last >= on
        ]
    if problems or subject is None:
        raise RequestError(problems)
    body = {
        "kind": "erasure",
        "scope": request.asked.scope,
        "request": request.asked.id,
        "subject": subject,
        "ground": ground,
        "retention": retention,
        "on": on.isoformat(),
    }
    return [Entry(kind="erasure", body=body, request=request, erased=subject)]


def is_erased(batch: Batch, clear: str, position: int) -> bool:
    """Whether an identifier may be the one that an entry erased: whoever is known still, or again, is not."""
    subject = batch.subject(clear)
    return subject is None or subject == (batch.body(position) or {}).get("subject")


def _caps(batch: Batch, catalogue: Catalogue, subject: str) -> Iterator[tuple[int, Text, dt.date]]:
    """The caps of which a person used something that was not given back, with the last day on which each is open."""
    c = t.SUBJECTS.c
    positions = batch.connection.scalars(select(c.position).where(c.subject == subject).order_by(c.position)).all()
    for position in positions:
        body = batch.body(position)
        if body is None or body["decision"] != DETERMINED or batch.reversed_by(position) is not None:
            continue
        policy = catalogue.by_digest(body["receipt"]["policy"]["digest"])
        for each in body["caps"]:
            if policy is None:
                yield position, Text(each["cap"], each["cap"]), _LIFE
            elif each["cap"] == ONCE:
                yield position, Text("只付一次", "paid once"), _last_day(body, policy.program.once_per)
            else:
                cap = next(cap for cap in policy.program.caps if cap.name == each["cap"])
                yield position, cap.label, _last_day(body, cap.over)


def _last_day(body: dict[str, Any], over: tuple[str, ...]) -> dt.date:
    """The last day of what a cap is over: of a month its end, of a day a year from it; without either, for life."""
    ends = [_end(recorded(body, name) or "") for name in over]
    return min((end for end in ends if end is not None), default=_LIFE)


def _end(value: str) -> dt.date | None:
    if _MONTH.fullmatch(value):
        year, month = int(value[:4]), int(value[5:])
        return dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)
    if _DAY.fullmatch(value):  # most often the first day of a year of the policy
        return dt.date.fromisoformat(value) + dt.timedelta(days=365)
    return None


def _until(last: dt.date) -> Text:
    return Text("终身", "for life") if last == _LIFE else Text(f"至 {last}", f"until {last}")
