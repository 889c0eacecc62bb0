"""Power loss, simulated: a real run is written down change by change, and cut at every point in thousands of ways.

Each image of what the disk then held is opened by Python's own driver, which rolls back what was not committed, and
audited; every state that comes of it is opened as a ledger, and asked for all that it had acknowledged by then.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from tests.ledger.support import bureau

import subsidy

from .audit import audited
from .disk import Disk, Event, Platter
from .driver import over
from .evidence import Figures, Tick
from .scenario import Ask, Caller, asked_again, opened, steps

MEMORY: Final = "/dev/shm"  # noqa: S108 – where there is one: what is lost is decided here, and not by a disk
CONTROLS: Final = ("NORMAL", "OFF")  # what PRAGMA synchronous is in truth, when FULL was asked for
_OPENED: Final = "opened"  # the answer to whoever makes a ledger


@dataclass
class Run:
    """A run of a ledger that was written down.

    Attributes:
        base: the files that were there before.
        first: from which event on images are looked at.
    """

    events: list[Event]
    asked: dict[str, Ask]
    answers: dict[str, bytes]
    wrong: list[str]
    base: dict[str, bytes] = field(default_factory=dict)
    first: int = 0


@dataclass
class Seen:
    """What images came to."""

    images: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    states: dict[bytes, set[str]] = field(default_factory=dict)  # which answers each has, by the digest of its file
    recovered: int = 0


def recorded(folder: Path, catalogue: subsidy.Catalogue, synchronous: str = "") -> Run:
    """A ledger is made, asked, closed, opened again and asked."""
    disk = Disk()
    caller = Caller(told=lambda request, _: disk.done(Event("answer", request)))
    groups = list(steps())
    with over(disk, folder, synchronous):
        for some in (groups[:4], groups[4:]):
            with opened(folder, catalogue) as ledger:
                disk.done(Event("answer", _OPENED))
                for group in some:
                    caller.ask(ledger, group)
    wrong = (
        caller.wrong + caller.faults + [f"no answer: {each}" for each in caller.asked.keys() - caller.answers.keys()]
    )
    return Run(disk.events, caller.asked, caller.answers, wrong)


def cut(run: Run, images: int, random: Random) -> Iterator[tuple[int, dict[str, bytes], frozenset[str]]]:
    """Images of the disk, spread over all points of a run: where, what is there, and what was answered by then."""
    platter, said, done = Platter(random, run.base), frozenset[str](), 0
    for at, event in enumerate(run.events):
        if event.kind == "answer":
            said |= {event.file}
        else:
            platter.take(event)
        while done < images * (at + 1 - run.first) // max(1, len(run.events) - run.first):
            yield at, platter.lost_power(), said
            done += 1


def judge(
    run: Run, images: int, random: Random, place: Path, catalogue: subsidy.Catalogue, key: Path, tick: Tick
) -> Seen:
    """Look at images of a run."""
    seen = Seen()
    file = place / "ledger.db"
    for at, content, said in cut(run, images, random):
        for name in ("ledger.db", "ledger.db-journal"):
            (place / name).unlink(missing_ok=True)
            if name in content:
                (place / name).write_bytes(content[name])
        seen.images += 1
        seen.recovered += len(content.get("ledger.db-journal", b"")) > 0
        wrong = _looked(run, seen, file, said, catalogue, key)
        for each in wrong:
            seen.lost[each.partition(":")[0]] += 1
        if wrong:
            seen.failures.append(f"event {at}, image {seen.images}: {'; '.join(wrong)[:300]}")
        if seen.images % 100 == 0:
            tick(seen.images, images)
    return seen


def _looked(
    run: Run, seen: Seen, file: Path, said: frozenset[str], catalogue: subsidy.Catalogue, key: Path
) -> list[str]:
    try:
        with closing(sqlite3.connect(file)) as connection:
            tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    except (sqlite3.Error, ValueError, LookupError, TypeError) as error:
        return [f"unreadable: {error!r}"]
    if not tables:
        return [f"lost: {len(said)} answers with all the rest"] if said else []
    state = hashlib.sha256(file.read_bytes()).digest()
    if state not in seen.states:
        there, wrong = _answers(file), audited(file, {})
        if not wrong:
            has = {request: run.answers[request] for request in there & run.answers.keys()}
            wrong = audited(file, has)
            shutil.copy(key, file.parent / "key.pem")
            wrong += asked_again(file.parent, catalogue, run.asked, has)
        if wrong:
            return wrong
        seen.states[state] = there | {_OPENED}
    return [f"lost: {request}" for request in sorted(said - seen.states[state])]


def _answers(file: Path) -> set[str]:
    with closing(sqlite3.connect(file)) as connection:
        try:
            return {request for (request,) in connection.execute("SELECT request FROM requests")}
        except (sqlite3.Error, ValueError):
            return set()


def run(n: int, seed: int, tick: Tick) -> Figures:
    """Lose the power n times."""
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as made:
        folder = Path(made)
        catalogue = bureau(folder)
        found = {}
        for name, images in (("", n), *((name, max(n // 10, 300)) for name in CONTROLS)):
            here, place = folder / f"run{name}", folder / f"image{name}"
            here.mkdir()
            place.mkdir()
            written = recorded(here, catalogue, name)
            random = Random(f"{seed}/{name}")  # noqa: S311 – to be repeated, not to be secret
            seen = judge(
                written, images, random, place, catalogue, here / "key.pem", tick if not name else lambda *_: None
            )
            found[name] = (written, seen)
    written, seen = found[""]
    kinds = Counter(each.kind for each in written.events)
    return {
        "images": seen.images,
        "with a journal to roll back": seen.recovered,
        "states": len(seen.states),
        "events": dict(sorted(kinds.items())),
        "lost": dict(seen.lost),
        "control": {f"synchronous={name}": len(found[name][1].failures) for name in CONTROLS},
        "lost in the controls": {
            f"{name}: {what}": count for name in CONTROLS for what, count in found[name][1].lost.items()
        },
        "failures": [*written.wrong, *seen.failures],
    }
