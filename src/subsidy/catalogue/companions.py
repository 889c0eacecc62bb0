"""What stands beside policies in a folder: texts that fill a delegated parameter, and programmes.

Their files carry a mark before ``.toml``, so that a folder knows them without reading them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import combinations, pairwise
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel

from ..errors import Problems
from . import fillings, programmes
from .companion import Companion
from .digest import digest
from .fillings import FillingDocument, FillingEntry
from .folder import Folder, mark_of
from .head import Valid
from .lock import changed
from .origin import Origin
from .programmes import ProgrammeDocument, ProgrammeEntry
from .reading import read


class _Head(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def revision(self) -> int: ...
    @property
    def valid(self) -> Valid: ...
    @property
    def division(self) -> str: ...


D = TypeVar("D", bound=BaseModel)
E = TypeVar("E", FillingEntry, ProgrammeEntry)


def read_fillings(folder: Folder, problems: Problems) -> tuple[FillingEntry, ...]:
    """Every text of the folder that fills a parameter, problems added; its parameter is not yet looked at."""
    found = [read_filling(folder, file, folder.content(file), problems) for file in _marked(folder, fillings.MARK)]
    ended = _ended([entry for entry in found if entry is not None], lambda entry: entry.document.policy)
    by_time = sorted(current(ended), key=lambda entry: (entry.first, entry.path))
    for one, two in combinations(by_time, 2):
        places = {each.document.policy.division for each in (one, two)}
        if one.document.implements == two.document.implements and len(places) == 1 and one.applies_on(two.first):
            place = two.origin.place(("policy", "valid", "from"))
            problems.add("P0805", place.key, place=place, other=one.path, day=two.first.isoformat())
    return ended


def read_filling(folder: Folder, file: str, content: bytes, problems: Problems) -> FillingEntry | None:
    """A text that fills a parameter from the bytes of its file; a draft may stand anywhere."""
    document, data, origin = read(file, content, FillingDocument, problems)
    if document is None:
        return None
    if list(document.parameters) != [document.target[1]]:
        given, wanted = ", ".join(document.parameters), document.target[1]
        place = origin.place(("parameters",))
        problems.add("P0317", place.key, place=place, given=given or "–", wanted=f"parameters.{wanted}")
    value = _checked(folder, file, document.policy, "policy", data, origin, problems)
    if value is None:
        return None
    locked, valid = folder.lock.get(file) == value, document.policy.valid
    return Companion(file, document, data, origin, value, locked, valid.from_, valid.until)


def read_programmes(folder: Folder, problems: Problems) -> tuple[ProgrammeEntry, ...]:
    """Every programme of the folder, problems added; its members are not yet looked at."""
    found = [read_programme(folder, file, folder.content(file), problems) for file in _marked(folder, programmes.MARK)]
    ended = _ended([entry for entry in found if entry is not None], lambda entry: entry.document.programme)
    newest = _newest(ended, lambda entry: entry.document.programme)
    for one, two in pairwise(sorted(newest, key=lambda entry: (entry.document.programme.id, entry.first))):
        if one.document.programme.id == two.document.programme.id and one.applies_on(two.first):
            place = two.origin.place(("programme", "valid", "from"))
            problems.add("C0103", two.path, place=place, other=one.path, day=two.first.isoformat())
    return ended


def read_programme(folder: Folder, file: str, content: bytes, problems: Problems) -> ProgrammeEntry | None:
    """A programme from the bytes of its file; a draft may stand anywhere."""
    document, data, origin = read(file, content, ProgrammeDocument, problems)
    if document is None:
        return None
    value = _checked(folder, file, document.programme, "programme", data, origin, problems)
    if value is None:
        return None
    locked, valid = folder.lock.get(file) == value, document.programme.valid
    return Companion(file, document, data, origin, value, locked, valid.from_, valid.until)


def current(entries: Iterable[FillingEntry]) -> list[FillingEntry]:
    """Each version in its latest revision."""
    return _newest(entries, lambda entry: entry.document.policy)


def path_of(head: _Head, mark: str) -> str:
    """Where a companion must stand below the folder."""
    suffix = "" if head.revision == 1 else f".r{head.revision}"
    return f"{head.id}/{head.version}{suffix}.{mark}.toml"


def _marked(folder: Folder, mark: str) -> Iterable[str]:
    return [file for file in folder.companions if mark_of(file) == mark]


def _checked(
    folder: Folder, file: str, head: _Head, table: str, data: dict[str, Any], origin: Origin, problems: Problems
) -> str | None:
    """The digest of a companion, its head and its lock checked; None where it has none."""
    wanted = path_of(head, mark_of(file))
    if file in folder.companions and wanted != file:
        problems.add("P0109", f"{table}.id", place=origin.place((table, "id")), given=file, allowed=wanted)
    if head.division not in folder.vocabulary.divisions:
        place = origin.place((table, "division"))
        problems.add("P0306", place.key, place=place, given=head.division)
    if head.valid.until is not None and head.valid.until < head.valid.from_:
        place = origin.place((table, "valid"))
        begin, until = head.valid.from_.isoformat(), head.valid.until.isoformat()
        problems.add("P0322", place.key, place=place, begin=begin, until=until)
    try:
        found = digest(data)
    except TypeError:  # a number without quotes, reported already
        return None
    locked = folder.lock.get(file)
    if locked is not None and locked != found:
        problems.take(changed(file, locked, found))
    return found


def _newest(entries: Iterable[E], head: Callable[[E], _Head]) -> list[E]:
    """Each version in its latest revision."""
    ordered = sorted(entries, key=lambda entry: head(entry).revision)
    return list({(head(entry).id, head(entry).version): entry for entry in ordered}.values())


def _ended(entries: list[E], head: Callable[[E], _Head]) -> tuple[E, ...]:
    """The entries with their last days: one without `until` ends the day before the next version of it begins."""
    newest = _newest(entries, head)

    def last(entry: E) -> dt.date | None:
        later = [other.first for other in newest if head(other).id == head(entry).id and other.first > entry.first]
        return min(later) - dt.timedelta(days=1) if entry.last is None and later else entry.last

    return tuple(replace(entry, last=last(entry)) for entry in entries)
