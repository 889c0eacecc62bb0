"""What the commands that hold a roster against something share: how it is read, and what was noted of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ..columns import names_of
from .rosters import Reading

if TYPE_CHECKING:
    from ..calculation.policy import Policy
    from ..errors import Problem
    from ..sheets.roster import Roster
    from ..tables.opening import Open

_THREADS_MOST: Final = 8


def opener(reading: Reading) -> Open:
    """What opens a roster for a policy, with columns that are carried along though they may look like facts."""

    def open_(policy: Policy, carried: Sequence[str] | None) -> Roster:
        own = names_of(policy)
        if carried is None:
            return reading.under(policy)
        passed = [each for each in (*reading.carried, *carried) if each not in own]
        columns = {text: name for text, name in reading.columns.items() if name.partition("[")[0] in policy.facts}
        zeros = [each for each in reading.blank_is_zero if each in own]
        months_of = reading.months_of if reading.months_of in policy.facts else None
        return replace(reading, carried=passed, columns=columns, months_of=months_of, blank_is_zero=zeros).under(policy)

    return open_


def notes_of(*rosters: Roster) -> list[Problem]:
    """What was understood in a way that somebody should look at, once of each."""
    found: list[Problem] = []
    for roster in rosters:
        found += [note for note in roster.notes if note not in found]
    return found


def threads_of(threads: int | None) -> int:
    """How many work at a roster."""
    return threads or min(os.cpu_count() or 1, _THREADS_MOST)
