"""Which version of a policy a roster is calculated under, where nobody names one: that of its own days."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from itertools import islice

from ..calculation.policy import Policy
from ..errors import RequestError
from ..sheets.roster import Roster
from .sums import texts


def dated(read: Callable[[Policy], Roster], latest: Policy, on: Callable[[date], Policy]) -> Roster:
    """A roster under the version of the first row whose day has one, as a single claim is; else under the latest.

    Rows of other versions are problems of the result, and say so.

    Args:
        read: reads it for a version.
        on: the version that is in force on a day.

    Raises:
        RequestError: it cannot be read.
    """
    roster = read(latest)
    name = latest.program.dated_by
    if name not in roster.schema.names:
        return roster
    for piece in islice(roster.pieces(), 1):
        for text in texts(piece.facts.column(piece.facts.schema.get_field_index(name))).unique().to_pylist():
            day = latest.date_of({name: text})
            if day is None:
                continue
            with suppress(RequestError):
                version = latest if latest.applies_on(day) else on(day)
                return roster if version is latest else read(version)
    return roster
