"""What the commands that hold a roster against something share: how it is read, and what was noted of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from .rosters import Reading

if TYPE_CHECKING:
    from ..calculation.policy import Policy
    from ..errors import Problem
    from ..sheets.roster import Roster
    from ..tables.opening import Open

_THREADS_MOST: Final = 8


def opener(reading: Reading) -> Open:
    """What opens a roster for a policy, with columns that are carried along though they may look like facts."""
    from ..sheets.together import together

    def open_(versions: Sequence[Policy], carried: Sequence[str]) -> Roster:
        if not carried:
            return reading.under(versions)
        known = together(versions)
        passed = [each for each in (*reading.carried, *carried) if each not in known.names]
        columns = {text: name for text, name in reading.columns.items() if name.partition("[")[0] in known.facts}
        return replace(reading, carried=passed, columns=columns).under(versions)

    return open_


def notes_of(*rosters: Roster) -> list[Problem]:
    """What was understood in a way that somebody should look at, once of each."""
    found: list[Problem] = []
    for roster in rosters:
        found += [note for note in roster.notes if note not in found]
    return found


def versions_data(versions: Sequence[Policy]) -> dict[str, Any]:
    """The version that was used, for JSON; a list of them where there are several."""
    every = [{"version": each.version, "revision": each.revision, "digest": each.digest} for each in versions]
    return every[0] if len(every) == 1 else {"versions": every}


def threads_of(threads: int | None) -> int:
    """How many work at a roster."""
    return threads or min(os.cpu_count() or 1, _THREADS_MOST)
