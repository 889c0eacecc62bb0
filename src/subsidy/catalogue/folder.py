"""A folder of policies: its modules, its vocabulary and divisions, its lock. The only place that reads policy files."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from ..errors import CatalogueError, PolicyError, Problem, Problems, RequestError, did_you_mean, hint
from ..text import Text
from .digest import digest
from .divisions import listed
from .documents import Headed, kind_of
from .entry import Entry
from .head import path_of
from .lock import LISTS, changed, read_lock
from .origin import Origin
from .reading import read
from .versions import check_versions
from .vocabulary import DivisionsDocument, Vocabulary, VocabularyDocument

MARKS: Final = ("fill", "programme")


_TOLD_APART_BY: Final = (("policy", "valid"), ("policy", "version"), ("policy", "revision"), ("policy", "dated_by"))


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
        found = sorted(file.relative_to(path).as_posix() for file in path.glob("*/**/*.toml"))
        self.files = [file for file in found if not mark_of(file)]
        self.companions = [file for file in found if mark_of(file)]
        self._entries: dict[str, tuple[Entry, ...]] = {}
        self._kept: dict[str, bytes] = {}

    @cached_property
    def vocabulary(self) -> Vocabulary:
        problems = Problems()
        words, words_data, words_origin = self._document("vocabulary.toml", VocabularyDocument, problems)
        places, places_data, origin = self._document("divisions.toml", DivisionsDocument, problems)
        problems.raise_as(CatalogueError)
        assert words is not None and places is not None
        classes = words.choices["division_class"].values if "division_class" in words.choices else {}
        _check_units(words, words_origin, problems)
        _check_payers(words, classes, words_origin, problems)
        divisions = listed(places, classes, origin, problems)
        found = {"vocabulary.toml": digest(words_data), "divisions.toml": digest(places_data)}
        for name, now in found.items():  # a class moved in the list of divisions would move sums in silence
            if self.lock.get(name, now) != now:
                problems.add("C0112", name, locked=self.lock[name], found=now)
        problems.raise_as(CatalogueError)
        return Vocabulary(words.units, words.choices, words.payers, divisions, *found.values())

    def _document(self, name: str, kind: Any, problems: Problems) -> tuple[Any, dict[str, Any], Any]:
        try:
            content = self.content(name)
        except FileNotFoundError:
            problems.add("C0106", name)
            return None, {}, None
        return read(name, content, kind, problems)

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
                meant = did_you_mean(policy_id, self.ids)
                raise RequestError(Problem("R0101", policy_id, values | ({"hint": meant} if meant else {})))
            problems = Problems()
            entries = self.readable(policy_id, problems)
            kinds = {problem.code[0] for problem in problems.errors()}
            problems.raise_as(CatalogueError if kinds == {"C"} else PolicyError)
            self._entries[policy_id] = entries
        return self._entries[policy_id]

    def readable(self, policy_id: str, problems: Problems) -> tuple[Entry, ...]:
        """As `entries`, but with every problem added to `problems`, and every module that could be read at all."""
        files = [file for file in self.files if file.rpartition("/")[0] == policy_id]
        found = [entry for file in files if (entry := self._entry(file, problems))]
        entries = tuple(sorted(found, key=lambda entry: (entry.start, entry.document.policy.revision)))
        for entry in entries:
            if entry.is_repeal:
                self._check_repeal(entry, problems)
        told = tuple(entry for entry in entries if not entry.origin.has_broken(*_TOLD_APART_BY))
        check_versions(told, problems, is_whole=len(told) == len(files))
        return entries

    def _check_repeal(self, entry: Entry, problems: Problems) -> None:
        """What the compiler would find in the head of a version that pays."""
        head = entry.head
        if head.valid.until is not None and head.valid.until < entry.start:
            place = entry.origin.place(("policy", "valid"))
            problems.add("P0322", place.key, place=place, begin=str(entry.start), until=str(head.valid.until))
        if head.revision > 1 and head.corrects is None:
            place = entry.origin.place(("policy", "corrects"))
            problems.add("P0106", place.key, place=place, key="corrects")
        with suppress(CatalogueError):  # of the lists themselves, reported wherever they are used
            known = self.vocabulary.divisions
            if head.division not in known:
                place = entry.origin.place(("policy", "division"))
                problems.add("P0306", place.key, place=place, given=head.division, **hint(head.division, known))

    def _entry(self, file: str, problems: Problems) -> Entry | None:
        return read_entry(file, self.content(file), self.lock.get(file), problems)

    def content(self, file: str) -> bytes:
        """The bytes of a file of the folder."""
        return self._kept[file] if file in self._kept else (self.path / file).read_bytes()

    def keep(self) -> None:
        """Read every file now: what is asked for later is what it says at this moment.

        Raises:
            OSError: one cannot be read.
        """
        lists = [name for name in LISTS if (self.path / name).exists()]
        self._kept = {file: self.content(file) for file in (*lists, *self.files, *self.companions)}

    def accept_lists(self) -> None:
        """Take the vocabulary and the divisions as they now are, to lock them anew."""
        for name in LISTS:
            self.lock.pop(name, None)

    def check_lock(self) -> None:
        """Every file that the lock names is there.

        Raises:
            CatalogueError: one is gone.
        """
        there = {*self.files, *self.companions, *LISTS}
        gone = [changed(path, locked, None) for path, locked in self.lock.items() if path not in there]
        if gone:
            raise CatalogueError(gone)

    def by_digest(self, wanted: str) -> Entry | None:
        """The module with this digest, whatever its version; None where the folder does not have it."""
        locked = [path for path, value in self.lock.items() if value == wanted and path in self.files]
        unlocked = [path for path in self.files if path not in self.lock]
        for path in [*locked, *unlocked]:
            problems = Problems()  # a draft beside it may be broken: that is no reason not to find this one
            entry = self._entry(path, problems)
            if entry is not None and entry.digest == wanted and not problems.errors():
                return entry
        return None


def mark_of(file: str) -> str:
    """What a file is that is no policy: ``fill`` or ``programme``, the word before ``.toml``; empty for a policy."""
    mark = file.rpartition("/")[2].removesuffix(".toml").rpartition(".")[2]
    return mark if mark in MARKS else ""


def read_entry(file: str, content: bytes, locked: str | None, problems: Problems) -> Entry | None:
    """A module from the bytes of its file, checked against its path and its lock, problems added.

    None where it cannot be read at all. One with problems is given back all the same, for the problems of its formulas.
    """
    document, data, origin = read(file, content, Headed, problems, kind_of)
    if document is None:
        return None
    if path_of(document.policy) != file and not origin.has_broken(("policy", "id"), ("policy", "version")):
        problems.add(
            "P0109", "policy.id", place=origin.place(("policy", "id")), given=file, allowed=path_of(document.policy)
        )
    found = digest(data)
    if locked is not None and locked != found:
        problems.take(changed(file, locked, found))
    return Entry(file, document, data, origin, found, locked == found)


def _check_units(words: VocabularyDocument, origin: Origin, problems: Problems) -> None:
    """A scaled unit is so many of a base unit."""
    for name, unit in words.units.items():
        if unit.of is None and unit.factor is None:
            continue
        base = words.units.get(unit.of or "")
        if base is None or base.of is not None or unit.factor is None or Fraction(unit.factor) <= 0:
            place = origin.place(("units", name))
            known = ", ".join(each for each, one in words.units.items() if one.of is None)
            problems.add("C0113", place.key, place=place, given=name, allowed=known)


def _check_payers(document: VocabularyDocument, classes: Collection[str], origin: Origin, problems: Problems) -> None:
    """The classes at the level of a payer are known."""
    for name, payer in document.payers.items():
        for index, class_ in enumerate(payer.classes):
            if class_ not in classes:
                place = origin.place(("payers", name, "classes", index))
                problems.add("C0107", place.key, place=place, code=name, given=class_, **hint(class_, classes))
