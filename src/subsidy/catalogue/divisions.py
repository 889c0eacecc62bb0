"""The divisions of a folder: what `divisions.toml` lists, as tables or one a line, and whether it holds together."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from ..errors import Also, Place, Problems, hint
from ..text import Text
from .origin import Origin
from .vocabulary import Division, DivisionsDocument

_FIELDS: Final = ("code", "class", "parent", "name")
_LINES: Final = ("listed", "lines")
_LINE: Final = re.compile(r"^([0-9]{6}) ([a-z_]+) ([0-9]{6}|-) ([^\s]+) ([^\s].*)$", re.MULTILINE)


def listed(
    document: DivisionsDocument, classes: Collection[str], origin: Origin, problems: Problems
) -> dict[str, Division]:
    """Every division by its code, the problems added; of two with one code the first.

    All counties are read by every process, and are hardly ever wrong: first it is seen whether all is well, and only
    where it is not, what is not.
    """
    tables = [Division(each.code, each.class_, each.parent, each.name.zh, each.name.en) for each in document.divisions]
    text = document.listed.lines if document.listed is not None else ""
    lines = [
        Division(code, class_, None if parent == "-" else parent, zh, en)
        for code, class_, parent, zh, en in _LINE.findall(text)
    ]
    found = [*tables, *lines]
    divisions = {division.code: division for division in reversed(found)}
    divisions = dict(reversed(divisions.items()))
    written = text.count("\n") + (not text.endswith("\n") and bool(text))
    if len(lines) < written or not text.replace("\n", "").isprintable():
        _check_lines(text, origin, problems)
    if len(divisions) < len(found) or not _is_sound(divisions, classes):
        numbers = [number for number, line in enumerate(text.split("\n")) if _LINE.match(line)]
        _check(found, divisions, classes, _Spots(origin, len(tables), text.split("\n"), numbers), problems)
    return divisions


def _is_sound(divisions: Mapping[str, Division], classes: Collection[str]) -> bool:
    """Whether every class is known, and every division has a top above it."""
    above = {division.code: division.parent for division in divisions.values()}
    rooted: set[str | None] = {None}
    for parent in set(above.values()):
        passed: list[str] = []
        at = parent
        while at is not None and at not in rooted:
            if at not in above or at in passed:
                return False
            passed.append(at)
            at = above[at]
        rooted.update(passed)
    return {division.class_ for division in divisions.values()} <= set(classes)


def _check_lines(text: str, origin: Origin, problems: Problems) -> None:
    """Each line is a division, and shows all its signs."""
    lines = text.removesuffix("\n").split("\n") if text else []
    spots = _Spots(origin, 0, lines, list(range(len(lines))))
    for number, line in enumerate(lines):
        if not _LINE.fullmatch(line) or not line.isprintable():
            place = spots.place(number, "")
            problems.add("C0114", place.key, place=place, given=line)


def _check(
    found: list[Division],
    divisions: Mapping[str, Division],
    classes: Collection[str],
    spots: _Spots,
    problems: Problems,
) -> None:
    """Each division once, of a known class, below one that is listed and not below itself."""
    seen: dict[str, int] = {}
    for number, division in enumerate(found):

        def add(
            code: str, field: str, /, *, number: int = number, also: tuple[Also, ...] = (), **values: str | Text
        ) -> None:
            place = spots.place(number, field)
            problems.add(code, place.key, place=place, also=also, **values)

        if division.code in seen:
            first = Also(Text("先写在这里", "stated first here"), spots.place(seen[division.code], "code"))
            add("C0109", "code", also=(first,), code=division.code)
        seen.setdefault(division.code, number)
        if division.class_ not in classes:
            add("C0107", "class", code=division.code, given=division.class_, **hint(division.class_, classes))
        above, passed = division.parent, {division.code}
        if above is not None and above not in divisions:
            add("C0108", "parent", code=division.code, given=above, **hint(above, divisions))
        while above is not None and above in divisions and above not in passed:
            passed.add(above)
            above = divisions[above].parent
        if above == division.code:
            add("C0110", "parent", code=division.code)


class _Spots:
    """Where the fields of divisions stand: those of the tables first, then those of the lines."""

    def __init__(self, origin: Origin, tables: int, lines: list[str], numbers: list[int]) -> None:
        self._origin, self._tables, self._lines, self._numbers = origin, tables, lines, numbers

    def place(self, number: int, field: str) -> Place:
        """The place of a field, or of the whole line where it is empty, of the division number `number`."""
        if number < self._tables:
            return self._origin.place(("divisions", number, field))
        number = self._numbers[number - self._tables]
        line = self._lines[number]
        parts = line.split(" ")
        before = parts[: _FIELDS.index(field)] if field else []
        start = sum(len(part) + 1 for part in before)
        positions = self._origin.positions
        opens = positions.find(_LINES).line + (positions.text_of(_LINES)[3:4] == "\n")  # TOML drops that line end
        width = len(parts[len(before)]) if field else len(line)
        return Place(self._origin.file, "listed.lines", opens + number, start + 1, line, start, width)


def above(divisions: Mapping[str, Any], code: str) -> Iterator[str]:
    """A division and those above it."""
    step: str | None = code
    while step is not None and step in divisions:
        yield step
        step = divisions[step].parent
