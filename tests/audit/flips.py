"""Every byte of a small ledger changed, one at a time: python -m tests.audit.flips [--every N] [--page BYTES].

Each change is found, or changes nothing that the file says; the figures go into build/evidence/audit/flips.json. The
control is a verifier that looks at the root alone: it must miss some.
"""

from __future__ import annotations

import argparse
import functools
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from tests.faults.evidence import ROOT, record
from tests.ledger.support import HERE, NURSING, Place, adopt

import subsidy
from subsidy.audit import sources
from subsidy.audit.kept import Kept
from subsidy.audit.sources import Stored
from subsidy.audit.verifying import verify
from subsidy.errors import SubsidyError
from subsidy.ledger.merkle import leaf_hash, node_hash, root_of
from subsidy.ledger.notes import Checkpoint, read_checkpoint
from subsidy.policies import shipped_folder

from .pages import Pages, pages, sampled
from .support import small

FOLDER: Final = ROOT / "build" / "evidence" / "audit"
BESIDE: Final = ("head.writer",)  # what no entry says: which process writes
WAYS: Final[dict[str, Callable[[int, random.Random], int]]] = {
    "bit": lambda byte, dice: byte ^ 1 << dice.randrange(8),
    "bits": lambda byte, _: byte ^ 0xFF,
    "value": lambda byte, dice: byte ^ dice.randrange(1, 256),
}
_LONGEST: Final = 20  # seconds, after which a verification hangs
_DIVISIONS: Final = ("140000", "140800")


@dataclass(frozen=True)
class Kit:
    """What a process needs: the ledger, what was kept of it, and what its file says by plain SQLite."""

    file: Path
    fingerprint: str
    key: str
    said: dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What came of one change.

    Attributes:
        how: found, no ledger, unchanged, beside, or wrong.
        what: the first code, or where it was changed, or what is wrong.
        root: whether one who looks at the root alone finds it.
    """

    offset: int
    how: str
    what: str
    root: bool
    seconds: float


# — the ledger —


def a_bureau(folder: Path) -> subsidy.Catalogue:
    """A bureau of one policy with few divisions: their whole list would be nine tenths of a small ledger."""
    made = folder / "policies"
    made.mkdir()
    shutil.copy(shipped_folder() / "vocabulary.toml", made)
    shutil.copytree(HERE / "modules" / NURSING, made / NURSING)
    lines = (shipped_folder() / "divisions.toml").read_text("utf-8").splitlines()
    kept = [line for line in lines if not line[:6].isdigit() or line[:6] in _DIVISIONS]
    (made / "divisions.toml").write_text("\n".join(kept) + "\n", "utf-8")
    plain = subsidy.Catalogue(made)
    for first, until in (("2024-01-01", "2024-12-31"), ("2025-01-01", "")):
        adopt(folder / "adoptions", plain.policy(NURSING, on=first), first, until, {})
    return subsidy.Catalogue(made, adoptions=folder / "adoptions")


def a_kit(folder: Path, page: int) -> Kit:
    """A small ledger with every kind of entry, in pages of so many bytes."""
    file = folder / "ledger.db"
    place = Place(f"sqlite:///{file}", folder, a_bureau(folder))
    ledger = place.ledger()
    small(ledger, folder)
    fingerprint, key = read_checkpoint(ledger.checkpoint()).fingerprint, str(ledger.verifiers()[0])
    ledger.close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute(f"PRAGMA page_size={page}")
        connection.execute("VACUUM")
    return Kit(file, fingerprint, key, said(file))


def said(file: Path) -> dict[str, Any]:
    """All that a file says, read by plain SQLite: its schema, and every row with the types of its values."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        connection.text_factory = bytes
        found: dict[str, Any] = {"integrity": connection.execute("PRAGMA integrity_check").fetchall()}
        found["schema"] = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            table = name.decode()
            columns = [row[1].decode() for row in connection.execute(f'PRAGMA table_info("{table}")')]
            for column in columns:
                query = f'SELECT typeof("{column}"), "{column}" FROM "{table}" ORDER BY rowid'  # noqa: S608
                found[f"{table}.{column}"] = connection.execute(query).fetchall()
        return found


# — one change —


class Flipper:
    """A copy of the ledger in which a byte is changed, and put back."""

    def __init__(self, kit: Kit, folder: Path) -> None:
        self.kit, self.file = kit, folder / f"{os.getpid()}.db"
        shutil.copy(kit.file, self.file)
        self.pages = pages(self.file)
        self._handle = os.open(self.file, os.O_RDWR)

    def __call__(self, change: tuple[int, int]) -> Outcome:
        """Change a byte; what comes of it."""
        offset, value = change
        before = os.pread(self._handle, 1, offset)
        os.pwrite(self._handle, bytes([value]), offset)
        forget()
        begun = time.monotonic()
        try:
            how, what = self._verified(offset)
            return Outcome(offset, how, what, self._root(), time.monotonic() - begun)
        finally:
            os.pwrite(self._handle, before, offset)
            for beside in self.file.parent.glob(f"{self.file.name}-*"):
                beside.unlink()

    def _verified(self, offset: int) -> tuple[str, str]:
        try:
            with within(_LONGEST), Stored(f"sqlite:///{self.file}") as source:
                found = verify(source, Kept([self.kit.fingerprint]), key=self.kit.key, jobs=1).findings.listed
        except SubsidyError as error:
            return "no ledger", error.problems[0].code
        except Exception as error:  # noqa: BLE001 – what nobody has foreseen is what is looked for
            return "wrong", f"{type(error).__name__}: {str(error)[:200]}"
        if found:
            return "found", found[0].problem.code
        return self._unfound(offset)

    def _unfound(self, offset: int) -> tuple[str, str]:
        """What was changed that was not found."""
        try:
            now = said(self.file)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            return "wrong", f"clean, and unreadable: {error!r}"
        changed = [name for name in {**self.kit.said, **now} if self.kit.said.get(name) != now.get(name)]
        if not changed:
            return "unchanged", self.pages.uses[offset]
        return ("beside" if set(changed) <= set(BESIDE) else "wrong"), ", ".join(changed)

    def _root(self) -> bool:
        """Whether the root over the entries is not the one that was kept."""
        try:
            with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)) as connection:
                (origin,) = connection.execute("SELECT value FROM meta WHERE name = 'origin'").fetchone()
                leaves = [leaf_hash(row[0]) for row in connection.execute("SELECT body FROM entries ORDER BY position")]
        except (sqlite3.Error, TypeError, UnicodeDecodeError):
            return True
        return Checkpoint(origin, len(leaves), _root_of(leaves)).fingerprint != self.kit.fingerprint


def _root_of(leaves: list[bytes]) -> bytes:
    def node(height: int, place: int) -> bytes:
        if height == 0:
            return leaves[place]
        return node_hash(node(height - 1, 2 * place), node(height - 1, 2 * place + 1))

    return root_of(0, len(leaves), node)


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """What takes longer is said to hang."""

    def late(*_: object) -> None:
        raise TimeoutError(f"more than {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def forget() -> None:
    """Let go of what SQLite has read: it tells a change by a counter, which is not counted on here."""
    for store in sources._readers.values():
        store.close()
    sources._readers.clear()


# — all of them —

_flipper: Flipper


def _begin(kit: Kit, folder: Path) -> None:
    global _flipper  # noqa: PLW0603 – one for each process
    tomllib.loads = functools.cache(tomllib.loads)  # the same texts come again and again
    _flipper = Flipper(kit, folder)


def _flip(change: tuple[int, int]) -> Outcome:
    return _flipper(change)


def changes(content: bytes, offsets: Iterable[int], ways: Iterable[str], seed: int) -> list[tuple[int, int]]:
    """Another value for each byte, in each way."""
    dice, chosen = random.Random(seed), list(offsets)  # noqa: S311 — the same changes with every run
    return [(offset, WAYS[way](content[offset], dice)) for way in ways for offset in chosen]


def flipped(kit: Kit, tasks: list[tuple[int, int]], jobs: int, tick: Callable[[], None]) -> Iterator[Outcome]:
    """What comes of each change."""
    with tempfile.TemporaryDirectory() as name:
        if jobs == 1:
            one = Flipper(kit, Path(name))
            for task in tasks:
                yield one(task)
                tick()
            return
        with ProcessPoolExecutor(jobs, get_context("spawn"), _begin, (kit, Path(name))) as pool:
            for outcome in pool.map(_flip, tasks, chunksize=64):
                yield outcome
                tick()


def figures(outcomes: Iterable[Outcome], found: Pages) -> dict[str, Any]:
    """What came of all changes, as numbers."""
    all_ = list(outcomes)
    counted: dict[str, Counter[str]] = {how: Counter() for how in ("found", "no ledger", "unchanged", "beside")}
    owners: dict[str, Counter[str]] = {}
    for each in all_:
        if each.how != "wrong":
            counted[each.how][each.what] += 1
        owners.setdefault(found.owner(each.offset), Counter())[each.how] += 1
    detected = [each for each in all_ if each.how in ("found", "no ledger")]
    return {
        "changes": len(all_),
        "detected": len(detected),
        **{how.replace(" ", "_"): dict(sorted(count.items())) for how, count in counted.items()},
        "owners": {owner: dict(sorted(count.items())) for owner, count in sorted(owners.items())},
        "slowest": round(max(each.seconds for each in all_), 2),
        "failures": [f"byte {each.offset} of {found.owner(each.offset)}, {found.uses[each.offset]}: {each.what}"
                     for each in all_ if each.how == "wrong"],
        "control": {"detected, and missed by the root alone": sum(not each.root for each in detected)},
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="each so-manieth byte alone")
    parser.add_argument("--first", type=int, default=0, help="from which byte on")
    parser.add_argument("--page", type=int, default=512, help="bytes of a page: in small ones few bytes are free")
    parser.add_argument("--ways", default="bit", help=", ".join(WAYS))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sample", type=int, default=0, help="so many bytes of each table and index alone")
    given = parser.parse_args()
    begun, console = time.monotonic(), Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with tempfile.TemporaryDirectory() as name:
        kit = a_kit(Path(name), given.page)
        content, found = kit.file.read_bytes(), pages(kit.file)
        offsets = sampled(found, given.sample) if given.sample else range(given.first, len(content), given.every)
        tasks = changes(content, offsets, given.ways.split(","), given.seed)
        with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
            bar = progress.add_task("flips", total=len(tasks))
            made = figures(flipped(kit, tasks, given.jobs, lambda: progress.advance(bar)), found)
    made = {"bytes": len(content), "page": given.page, "ways": given.ways, **made}
    file = record(
        f"flips-{given.page}-{given.ways}-{given.first}", len(tasks), given.seed, time.monotonic() - begun, made, FOLDER
    )
    for each in made["failures"][:50]:
        print(f"  {each}")
    print(
        {name: value for name, value in made.items() if name not in ("failures", "owners")}, len(made["failures"]), file
    )
    return 1 if made["failures"] or not all(made["control"].values()) else 0


if __name__ == "__main__":
    sys.exit(main())
