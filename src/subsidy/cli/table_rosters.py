"""What the commands that hold a roster against something share: how it is read, and what was noted of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..text import Language
from .exits import Exit
from .output import pick, warn
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

    def open_(versions: Sequence[Policy], carried: Sequence[str] | None) -> Roster:
        if carried is None:
            return reading.under(versions)
        known = together(versions)
        months_of = reading.months_of if reading.months_of in known.facts else None
        return replace(
            reading,
            carried=[each for each in (*reading.carried, *carried) if each not in known.names],
            columns={text: name for text, name in reading.columns.items() if name.partition("[")[0] in known.facts},
            months_of=months_of,
            blank_is_zero=[each for each in reading.blank_is_zero if each in known.names],
        ).under(versions)

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


def stopped(out: Path | None, lang: Language | None) -> Exit:
    """After Ctrl-C: that nothing is written, where something was to be."""
    if out is not None:
        warn(pick(lang, f"已中止，没有写出结果；{out} 未改动", f"stopped, and nothing is written; {out} is as it was"))
    return Exit.STOPPED


def threads_of(threads: int | None) -> int:
    """How many work at a roster."""
    return threads or min(os.cpu_count() or 1, _THREADS_MOST)
