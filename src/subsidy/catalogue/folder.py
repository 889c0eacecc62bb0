"""A folder of policies: its modules, its vocabulary and divisions, its lock. The only place that reads policy files."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from ..errors import CatalogueError, PolicyError, Problem, Problems, RequestError, did_you_mean
from ..text import Text
from .digest import digest
from .documents import Module, path_of
from .lock import changed, read_lock
from .reading import Origin, read
from .vocabulary import Division, DivisionsDocument, Vocabulary, VocabularyDocument


@dataclass(frozen=True, slots=True)
class Entry:
    """One module as it stands in the folder: what the compiler needs, and what proves which text it was."""

    path: str
    document: Module
    data: dict[str, Any]
    origin: Origin
    digest: str
    is_locked: bool

    @property
    def start(self) -> dt.date:
        return self.document.policy.valid.from_


class Folder:
    """A folder of policies. Files are read when they are asked for, and then kept.

    Raises:
        CatalogueError: the folder, its vocabulary, its divisions or its lock cannot be read.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            raise CatalogueError(Problem("C0101", str(path)))
        self.path = path
        self.lock = read_lock(path)
        self.files = sorted(file.relative_to(path).as_posix() for file in path.glob("*/**/*.toml"))
        self._entries: dict[str, tuple[Entry, ...]] = {}

    @cached_property
    def vocabulary(self) -> Vocabulary:
        problems = Problems()
        words, words_data = self._document("vocabulary.toml", VocabularyDocument, problems)
        places, places_data = self._document("divisions.toml", DivisionsDocument, problems)
        problems.raise_as(CatalogueError)
        assert words is not None and places is not None
        divisions = {d.code: Division(d.code, d.parent, d.class_, d.name) for d in places.divisions}
        classes = words.choices["division_class"].values if "division_class" in words.choices else {}
        for number, division in enumerate(places.divisions):
            where = f"divisions[{number}]"
            if division.class_ not in classes:
                problems.add("C0107", where, code=division.code, given=division.class_)
            if division.parent is not None and division.parent not in divisions:
                problems.add("C0108", where, code=division.code, given=division.parent)
        if len(divisions) != len(places.divisions):
            codes = [d.code for d in places.divisions]
            for code in sorted({code for code in codes if codes.count(code) > 1}):
                problems.add("C0109", "divisions", code=code)
        problems.raise_as(CatalogueError)
        return Vocabulary(words.units, words.choices, words.payers, divisions, digest(words_data), digest(places_data))

    def _document(self, name: str, kind: Any, problems: Problems) -> tuple[Any, dict[str, Any]]:
        file = self.path / name
        if not file.exists():
            problems.add("C0106", name)
            return None, {}
        document, data, _ = read(name, file.read_bytes(), kind, problems)
        return document, data

    @cached_property
    def ids(self) -> list[str]:
        """Every policy id, by the folders that hold versions."""
        return sorted({file.rpartition("/")[0] for file in self.files})

    def entries(self, policy_id: str) -> tuple[Entry, ...]:
        """Every version and revision of a policy, by the day from which it applies.

        Raises:
            RequestError: there is no such policy.
            CatalogueError: a module is not what its lock says, or versions overlap.
            PolicyError: a module is malformed.
        """
        if policy_id not in self._entries:
            if policy_id not in self.ids:
                values: dict[str, str | Text] = {"given": policy_id}
                hint = did_you_mean(policy_id, self.ids)
                raise RequestError(Problem("R0101", policy_id, values | ({"hint": hint} if hint else {})))
            files = [file for file in self.files if file.rpartition("/")[0] == policy_id]
            problems = Problems()
            found = [entry for file in files if (entry := self._entry(file, problems))]
            kinds = {problem.code[0] for problem in problems.errors()}
            problems.raise_as(CatalogueError if kinds == {"C"} else PolicyError)
            entries = tuple(sorted(found, key=lambda entry: (entry.start, entry.document.policy.revision)))
            _overlaps(entries)
            self._entries[policy_id] = entries
        return self._entries[policy_id]

    def _entry(self, file: str, problems: Problems) -> Entry | None:
        return read_entry(file, (self.path / file).read_bytes(), self.lock.get(file), problems)

    def check_lock(self) -> None:
        """Every file that the lock names is there.

        Raises:
            CatalogueError: one is gone.
        """
        gone = [changed(path, locked, None) for path, locked in self.lock.items() if path not in self.files]
        if gone:
            raise CatalogueError(gone)

    def by_digest(self, wanted: str) -> Entry | None:
        """The module with this digest, whatever its version; None where the folder does not have it."""
        locked = [path for path, value in self.lock.items() if value == wanted and path in self.files]
        unlocked = [path for path in self.files if path not in self.lock]
        for path in [*locked, *unlocked]:
            for entry in self.entries(path.rpartition("/")[0]):
                if entry.digest == wanted:
                    return entry
        return None


def read_entry(file: str, content: bytes, locked: str | None, problems: Problems) -> Entry | None:
    """A module from the bytes of its file, checked against its path and its lock; None with the problems added."""
    before = len(problems.errors())
    document, data, origin = read(file, content, Module, problems)
    if document is None or len(problems.errors()) > before:
        return None
    if path_of(document.policy) != file:
        problems.add(
            "P0109", "policy.id", place=origin.place(("policy", "id")), given=file, allowed=path_of(document.policy)
        )
        return None
    found = digest(data)
    if locked is not None and locked != found:
        problems.take(changed(file, locked, found))
        return None
    return Entry(file, document, data, origin, found, locked is not None)


def in_force(entries: tuple[Entry, ...], on: dt.date) -> Entry:
    """The version that applies on a day, in its latest revision.

    A version without a last day applies until the day before the next one begins.

    Raises:
        RequestError: none applies; the answer has the dates.
    """
    latest = _latest(entries)
    for index, entry in enumerate(latest):
        following = latest[index + 1].start if index + 1 < len(latest) else dt.date.max
        last = entry.document.policy.valid.until
        if entry.start <= on and (on <= last if last is not None else on < following or following == dt.date.max):
            return entry
    policy_id = latest[0].document.policy.id
    zh = "；".join(_span(entry, "zh") for entry in latest)
    en = "; ".join(_span(entry, "en") for entry in latest)
    raise RequestError(Problem("R0102", policy_id, {"given": policy_id, "on": on.isoformat(), "spans": Text(zh, en)}))


def last_day(entries: tuple[Entry, ...], entry: Entry) -> dt.date | None:
    """The last day on which a version applies, as stated or because the next one begins; None where it is open."""
    stated = entry.document.policy.valid.until
    following = [other.start for other in _latest(entries) if other.start > entry.start]
    ended = min(following) - dt.timedelta(days=1) if following else None
    return min(day for day in (stated, ended) if day is not None) if stated or ended else None


def _latest(entries: tuple[Entry, ...]) -> list[Entry]:
    by_version = {entry.document.policy.version: entry for entry in entries}  # a later revision comes later
    return sorted(by_version.values(), key=lambda entry: entry.start)


def _span(entry: Entry, language: str) -> str:
    last = entry.document.policy.valid.until
    if language == "zh":
        return f"{entry.start} 起" + (f"至 {last}" if last else "")
    return f"from {entry.start}" + (f" to {last}" if last else "")


def _overlaps(entries: tuple[Entry, ...]) -> None:
    problems = Problems()
    latest = _latest(entries)
    for first, second in pairwise(latest):
        last = first.document.policy.valid.until
        if second.start == first.start or (last is not None and second.start <= last):
            problems.add("C0103", second.path, other=first.path, day=second.start.isoformat())
    problems.raise_as(CatalogueError)
