"""From the bytes of a TOML file to a frozen document, or to every problem of its shape at once.

The limits are checked before any parser sees the text.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ..errors import Place, Problems
from ..text import Text
from .positions import STRING, Path, Positions, dotted
from .shape import DATE, report

FILE_LIMIT: Final = 256 * 1024
DEPTH_LIMIT: Final = 8
_FINDINGS_LIMIT: Final = 200  # more than anyone reads; a file of nothing but mistakes is turned down as fast
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"  # Windows editors write it

_STRING_OR_COMMENT: Final = re.compile(rf"#.*|{STRING}")
_BRACKET: Final = re.compile(r"[\[\]{}]")
_BETWEEN_DOTS: Final = re.compile(r"[=,{}\[\]\n]")
_SPOT: Final = re.compile(r"\(at (?:line (\d+), column (\d+)|end of document)\)")

# What the parser of the standard library says, by how it begins.
_SYNTAX: Final = {
    "Cannot overwrite a value": Text("同一项写了两次", "the same key is written twice"),
    "Cannot declare": Text("同一个表写了两次", "the same table is written twice"),
    "Expected '=' after a key": Text("键之后应为 =", "a key is followed by ="),
    "Expected newline or end of document": Text("值之后应换行", "a value is followed by a new line"),
    "Invalid value": Text("值写得不对；文字要加引号", "not a value; a text stands in quotes"),
    "Invalid statement": Text("此行不是“键 = 值”", "this line is no “key = value”"),
    "Unterminated string": Text("引号没有闭合", "a quote is not closed"),
    "Unclosed array": Text("方括号没有闭合", "a bracket is not closed"),
    "Unclosed inline table": Text("花括号没有闭合", "a brace is not closed"),
    "Illegal character": Text("引号没有在本行闭合，或字符不可用", "a quote is left open, or a sign not allowed"),
    "Invalid date or datetime": Text("没有这个日期", "there is no such date"),
    "Exceeds the limit": Text("数太长", "the number is too long"),
}  # fmt: skip

D = TypeVar("D", bound=BaseModel)

_WORDS: Final = frozenset({"label", "title", "issuer", "question", "text"})


@dataclass(frozen=True, slots=True)
class Origin:
    """A file as it was read: its name, and where its keys stand."""

    file: str
    positions: Positions

    def place(self, path: Path, *, key: bool = False) -> Place:
        """The place of a value, or of its key, with its line of the file."""
        line, column, width = self.positions.find_key(path) if key else self.positions.find(path)
        return Place(self.file, dotted(path), line, column, self.positions.line(line), max(column - 1, 0), width)

    def formula(self, path: Path, text: str, start: int, width: int) -> Place:
        """The place of a span within a formula, with the formula itself as its source."""
        line, column, _ = self.positions.find(path)
        exact = self.positions.text_of(path)[1:-1] == text  # written without escapes, on one line
        return Place(self.file, dotted(path), line, column + 1 + start if exact else 0, text, start, width)


def read(
    file: str,
    content: bytes,
    kind: type[D],
    problems: Problems,
    kind_of: Callable[[dict[str, Any]], type[D]] | None = None,
) -> tuple[D | None, dict[str, Any], Origin]:
    """The document in `content`, its plain data, and its origin; None with the problems added where it is not one.

    `kind_of` says, where it is given, which kind of `kind` the data are.
    """
    nothing = Origin(file, Positions(""))
    if len(content) > FILE_LIMIT:
        problems.add("P0102", file, place=Place(file), size=str(len(content)), limit=str(FILE_LIMIT))
        return None, {}, nothing
    try:
        text = content.removeprefix(_BYTE_ORDER_MARK).decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problems.add("P0111", file, place=Place(file, line=line), byte=str(error.start + 1))
        return None, {}, nothing
    origin = Origin(file, Positions(text))
    if (depth := _written_depth(text)) > DEPTH_LIMIT:
        problems.add("P0103", file, place=Place(file), depth=str(depth), limit=str(DEPTH_LIMIT))
        return None, {}, origin
    try:
        data = tomllib.loads(text)
    except ValueError as error:  # not only TOMLDecodeError: a number of 5,000 digits is a plain one
        _syntax(str(error), origin, problems)
        return None, {}, origin
    if (depth := _depth(data)) > DEPTH_LIMIT:
        problems.add("P0103", file, place=Place(file), depth=str(depth), limit=str(DEPTH_LIMIT))
        return None, {}, origin
    _values((), data, origin, problems)
    kind = kind_of(data) if kind_of is not None else kind
    try:
        return kind.model_validate(data), data, origin
    except ValidationError as error:
        found = error.errors(include_url=False)
        report(found[:_FINDINGS_LIMIT], data, kind, origin, problems)
        problems.in_order()
    return (_mended(found, data, kind) if len(found) <= _FINDINGS_LIMIT else None), data, origin


def _mended(found: list[ErrorDetails], data: dict[str, Any], kind: type[D]) -> D | None:
    """The document without its unknown keys, with something in the place of missing words and of bad numbers.

    Only to be looked through for what else is wrong, never to be used: its problems are reported. None where that is
    not enough.
    """
    rest = deepcopy(data)
    for each in found:
        table: Any = rest
        for part in each["loc"][:-1]:
            if isinstance(table, list) or (isinstance(table, dict) and part in table):
                table = table[part]  # type: ignore[index]
        key = each["loc"][-1]
        if each["type"] == "number" and isinstance(table, dict | list):
            given = each["input"]
            table[key] = str(given) if isinstance(given, int) else "1"  # type: ignore[index]
        elif not isinstance(table, dict):
            return None
        elif each["type"] == "extra_forbidden":
            table.pop(key, None)
        elif each["type"] == "text" or (each["type"] == "missing" and key in _WORDS):
            table[key] = {"zh": "？", "en": "?"}
        elif each["type"] == "missing" and key == "clause":
            table[key] = "?"
    try:
        return kind.model_validate(rest)
    except ValidationError:
        return None


def _written_depth(text: str) -> int:
    """How deep brackets or dotted keys nest, strings and comments left out: at least a part of the true depth."""
    bare = _STRING_OR_COMMENT.sub("", text)
    depth = deepest = 0
    for sign in _BRACKET.findall(bare):
        depth += 1 if sign in "[{" else -1
        deepest = max(deepest, depth)
    return max(deepest, *(part.count(".") + 1 for part in _BETWEEN_DOTS.split(bare)))


def _depth(data: Any) -> int:
    """How deep tables and lists nest, found without recursion."""
    deepest, level = 0, [data]
    while level := [item for item in level if isinstance(item, dict | list)]:
        deepest += 1
        level = [inner for item in level for inner in (item.values() if isinstance(item, dict) else item)]
    return deepest


def _syntax(message: str, origin: Origin, problems: Problems) -> None:
    """What the TOML parser found, in both languages where it is a common mistake."""
    spot = _SPOT.search(message)
    said = message[: spot.start()].strip() if spot else message
    detail = next((text for start, text in _SYNTAX.items() if said.startswith(start)), Text(said, said))
    place = Place(origin.file)
    if spot is not None and spot[1]:
        line, column = int(spot[1]), int(spot[2])
        place = Place(origin.file, "", line, column, origin.positions.line(line), column - 1)
    problems.add("P0101", origin.file, place=place, detail=detail)


def _values(path: Path, value: Any, origin: Origin, problems: Problems) -> None:
    """Values that TOML has and a module has not: binary floats, and times of day."""
    match value:
        case dict():
            for key, item in value.items():
                _values((*path, key), item, origin, problems)
        case list():
            for index, item in enumerate(value):
                _values((*path, index), item, origin, problems)
        case float():
            given = origin.positions.text_of(path)
            problems.add("P0104", dotted(path), place=origin.place(path), given=given or repr(value))
        case dt.datetime() | dt.time():
            problems.add("P0107", dotted(path), place=origin.place(path), given=str(value), allowed=DATE)
