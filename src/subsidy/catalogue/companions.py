"""What stands beside policies in a folder: texts that fill a delegated parameter, and programmes.

Their files carry a mark before ``.toml``, so that a folder knows them without reading them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations
from typing import Any, TypeVar

from ..errors import Problems, hint
from ..text import Text
from . import fillings, programmes
from .companion import Companion, CompanionHead
from .digest import digest
from .fillings import FillingDocument, FillingEntry
from .folder import Folder, mark_of
from .lock import changed
from .origin import Origin
from .programmes import ProgrammeDocument, ProgrammeEntry
from .reading import read
from .versions import DAY, check_overlaps, known_versions, span_of

D = TypeVar("D", FillingDocument, ProgrammeDocument)


def read_fillings(folder: Folder, problems: Problems) -> tuple[FillingEntry, ...]:
    """Every text of the folder that fills a parameter, problems added; its parameter is not yet looked at."""
    found = [read_filling(folder, file, folder.content(file), problems) for file in _marked(folder, fillings.MARK)]
    read_ones = [entry for entry in found if entry is not None]
    _check_overlaps(read_ones, "policy", problems)
    ended = settled(read_ones)
    told = [entry for entry in ended if not entry.origin.has_broken(("implements",), ("policy",))]
    by_time = sorted(current(told), key=lambda entry: (entry.first, entry.path))
    for one, two in combinations(by_time, 2):
        alike = one.document.implements == two.document.implements and one.head.division == two.head.division
        if alike and one.head.id != two.head.id and one.applies_on(two.first):
            place = two.origin.place(("policy", "valid", "from"))
            also = (one.origin.also(Text("另一件", "the other one"), ("policy", "valid")),)
            problems.add("P0805", place.key, place=place, also=also, other=one.path, day=two.first.isoformat())
    return ended


def read_filling(folder: Folder, file: str, content: bytes, problems: Problems) -> FillingEntry | None:
    """A text that fills a parameter from the bytes of its file; a draft may stand anywhere."""
    document, data, origin = read(file, content, FillingDocument, problems)
    if document is None:
        return None
    is_told = not origin.has_broken(("implements",), ("parameters",))
    if is_told and list(document.parameters) != [document.target[1]]:
        given, wanted = ", ".join(document.parameters), document.target[1]
        place = origin.place(("parameters",))
        problems.add("P0317", place.key, place=place, given=given or "–", wanted=f"parameters.{wanted}")
    return _checked(folder, file, document, document.policy, "policy", data, origin, problems)


def read_programmes(folder: Folder, problems: Problems) -> tuple[ProgrammeEntry, ...]:
    """Every programme of the folder, problems added; its members are not yet looked at."""
    found = [read_programme(folder, file, folder.content(file), problems) for file in _marked(folder, programmes.MARK)]
    read_ones = [entry for entry in found if entry is not None]
    _check_overlaps(read_ones, "programme", problems)
    return settled(read_ones)


def read_programme(folder: Folder, file: str, content: bytes, problems: Problems) -> ProgrammeEntry | None:
    """A programme from the bytes of its file; a draft may stand anywhere."""
    document, data, origin = read(file, content, ProgrammeDocument, problems)
    if document is None:
        return None
    return _checked(folder, file, document, document.programme, "programme", data, origin, problems)


def settled(entries: Iterable[Companion[D]], known: dt.date | None = None) -> tuple[Companion[D], ...]:
    """What was known by a day, or all of it, each with the days that the others leave it: the rule of policies."""
    found = [entry for entry in entries if known is None or entry.head.known_from <= known]
    newest = {id_: known_versions(several, known) for id_, several in _by_id(found).items()}
    return tuple(_beside(entry, newest[entry.head.id]) for entry in found)


def _beside(entry: Companion[D], others: Iterable[Companion[D]]) -> Companion[D]:
    span = span_of(entry, others)
    if span is None:  # later texts took all of its days
        return replace(entry, first=entry.start, last=entry.start - DAY)
    return replace(entry, first=span.first, last=span.last)


def current(entries: Iterable[Companion[D]]) -> list[Companion[D]]:
    """Each version in its latest revision."""
    return [entry for several in _by_id(entries).values() for entry in known_versions(several)]


def path_of(head: CompanionHead, mark: str) -> str:
    """Where a companion must stand below the folder."""
    suffix = "" if head.revision == 1 else f".r{head.revision}"
    return f"{head.id}/{head.version}{suffix}.{mark}.toml"


def _by_id(entries: Iterable[Companion[D]]) -> dict[str, list[Companion[D]]]:
    found: dict[str, list[Companion[D]]] = {}
    for entry in entries:
        found.setdefault(entry.head.id, []).append(entry)
    return found


def _check_overlaps(entries: Iterable[Companion[D]], table: str, problems: Problems) -> None:
    for several in _by_id(entry for entry in entries if not entry.origin.has_broken((table,))).values():
        check_overlaps(several, table, problems)


def _marked(folder: Folder, mark: str) -> Iterable[str]:
    return [file for file in folder.companions if mark_of(file) == mark]


def _checked(
    folder: Folder,
    file: str,
    document: D,
    head: CompanionHead,
    table: str,
    data: dict[str, Any],
    origin: Origin,
    problems: Problems,
) -> Companion[D] | None:
    """A companion with its digest, its head and its lock checked; None where it has none."""
    wanted = path_of(head, mark_of(file))
    is_named = not origin.has_broken((table, "id"), (table, "version"), (table, "revision"))
    if is_named and file in folder.companions and wanted != file:
        problems.add("P0109", f"{table}.id", place=origin.place((table, "id")), given=file, allowed=wanted)
    if head.division not in folder.vocabulary.divisions and not origin.has_broken((table, "division")):
        place = origin.place((table, "division"))
        near = hint(head.division, folder.vocabulary.divisions)
        problems.add("P0306", place.key, place=place, given=head.division, **near)
    is_dated = not origin.has_broken((table, "valid"))
    if is_dated and head.valid.until is not None and head.valid.until < head.valid.from_:
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
    first, last = head.valid.from_, head.valid.until
    return Companion(file, head, document, data, origin, found, locked == found, first, last)
