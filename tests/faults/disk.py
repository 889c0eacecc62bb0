"""A disk for SQLite that writes down every change in order, can fail at the n-th, and can lose its power.

The ledger's own `Store` runs over it: `driver.over` hands SQLAlchemy a connection of APSW, where Python's own
driver has no way to put a file system of one's own under SQLite. So what is tested is the product's transactions, its
pragmas and its answers to errors, over SQLite's own pager, in the version that APSW brings; images of a lost disk are
opened by Python's own driver. Power loss is simulated: by sectors of 512 bytes, each written, dropped or torn.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

import apsw

SECTOR: Final = 512
_FILES: Final = apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_MAIN_JOURNAL
_NUMBERS: Final = count()


class Event(NamedTuple):
    """One change of a file, or an answer that was given.

    Attributes:
        kind: write, truncate, sync, broken sync, create, unlink, or answer.
        file: its name; the request id of an answer.
    """

    kind: str
    file: str
    offset: int = 0
    data: bytes = b""


class Disk(apsw.VFS):
    """The files of the system, with every change written down.

    Args:
        fault: is told the kind of each operation before it is done; may raise, or end the process.
        is_deaf: whether a sync that failed is reported as done; for a control.
    """

    def __init__(self, fault: Callable[[str], None] | None = None, *, is_deaf: bool = False) -> None:
        self.name = f"disk{next(_NUMBERS)}"
        self.events: list[Event] = []
        self.fault, self.is_deaf = fault, is_deaf
        self.failed_at: int | None = None  # after how many events something failed first
        self.writing = threading.RLock()
        super().__init__(self.name, "")

    def done(self, event_: Event) -> None:
        """Write down what was done."""
        with self.writing:
            self.events.append(event_)

    def before(self, kind: str) -> None:
        """Whatever is to happen instead of an operation."""
        try:
            if self.fault is not None:
                self.fault(kind)
        except apsw.Error:
            self.failed_at = len(self.events) if self.failed_at is None else self.failed_at
            raise

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        return _File(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        self.before("unlink")
        super().xDelete(filename, syncdir)
        self.done(Event("unlink", Path(filename).name))


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, filename: Any, flags: list[int]) -> None:
        self.disk = disk
        name = filename.filename() if isinstance(filename, apsw.URIFilename) else filename
        self.is_kept = bool(flags[0] & _FILES)
        self.name = Path(name or "-").name
        is_new = self.is_kept and not Path(name).exists()
        if is_new:
            disk.before("create")
        super().__init__("", filename, flags)
        if is_new:
            disk.done(Event("create", self.name))

    def xWrite(self, data: Any, offset: int) -> None:  # noqa: N802
        if self.is_kept:
            self.disk.before("write")
        super().xWrite(data, offset)
        if self.is_kept:
            self.disk.done(Event("write", self.name, offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        if self.is_kept:
            self.disk.before("truncate")
        super().xTruncate(newsize)
        if self.is_kept:
            self.disk.done(Event("truncate", self.name, newsize))

    def xSync(self, flags: int) -> None:  # noqa: N802
        if self.is_kept:
            try:
                self.disk.before("sync")
            except apsw.Error:
                self.disk.done(Event("broken sync", self.name))
                if self.disk.is_deaf:
                    return
                raise
        super().xSync(flags)
        if self.is_kept:
            self.disk.done(Event("sync", self.name))


class Platter:
    """What is on a disk while its events go by: what is certain, and what is only on its way.

    A file is certain up to its last sync, a name from the first sync of a journal on, with which SQLite syncs the
    folder. Of what was on its way when a sync failed, each sector is written or lost for good, by chance: a system does
    not try again. A truncation comes before what is written after it, as in every file system that keeps a journal of
    its own: one that is lost takes that with it, and it is tried again with the next sync.
    """

    def __init__(self, random: Random, base: Mapping[str, bytes]) -> None:
        self.random = random
        self.certain = {name: bytearray(content) for name, content in base.items()}
        self.named = set(base)
        self.on_its_way: dict[str, list[Event]] = {}

    def take(self, event: Event) -> None:
        """One more event."""
        kind, file = event.kind, event.file
        if kind == "create":
            self.certain.setdefault(file, bytearray())
        elif kind in ("write", "truncate"):
            self.on_its_way.setdefault(file, []).append(event)
        elif kind == "sync":
            content = self.certain.setdefault(file, bytearray())
            for each in self.on_its_way.pop(file, ()):
                _apply(content, each, lambda: True)
            if file.endswith("-journal"):
                self.named.update(self.certain)
        elif kind == "broken sync":
            self._break(file)
        elif kind == "unlink":
            raise NotImplementedError("a journal that is truncated is never unlinked")

    def _break(self, file: str) -> None:
        content, waiting = self.certain.setdefault(file, bytearray()), self.on_its_way.pop(file, [])
        while waiting and not (waiting[0].kind == "truncate" and self.random.random() < 0.5):
            _apply(content, waiting.pop(0), lambda: self.random.random() < 0.5)
        self.on_its_way[file] = waiting

    def lost_power(self) -> dict[str, bytes]:
        """What there is after the power was lost now: everything that is certain, and some of the rest."""
        found, random = {}, self.random
        share = random.choice((0.0, 0.1, 0.5, 0.9, 1.0))
        for name, certain in self.certain.items():
            if name not in self.named and random.random() >= share:
                continue
            content = bytearray(certain)
            for each in self.on_its_way.get(name, ()) if share else ():
                if each.kind == "truncate" and random.random() >= share:
                    break
                _apply(content, each, lambda: random.random() < share, random)
            found[name] = bytes(content)
        return found


def _apply(content: bytearray, event: Event, is_written: Callable[[], bool], random: Random | None = None) -> None:
    """Do to a file what an event says, sector by sector; with `random`, sectors are torn, and new space is garbage."""
    if event.kind == "truncate":
        del content[event.offset :]
        content.extend(bytes(event.offset - len(content)))
        return
    data, begin = event.data, event.offset
    first = begin - begin % SECTOR
    for sector in range(first, begin + len(data), SECTOR):
        left, right = max(sector, begin), min(sector + SECTOR, begin + len(data))
        if not is_written():
            continue
        if random is not None and random.random() < 0.1:  # torn: the beginning or the end of it
            cut = random.randint(left, right)
            left, right = random.choice(((left, cut), (cut, right)))
        if len(content) < right:
            gap = right - len(content)
            content.extend(random.randbytes(gap) if random is not None and random.random() < 0.5 else bytes(gap))
        content[left:right] = data[left - begin : right - begin]
