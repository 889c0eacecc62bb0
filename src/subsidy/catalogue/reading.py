"""From the bytes of a TOML file to a frozen document, or to every problem of its shape at once.

The limits are checked before any parser sees the text.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from ..errors import Place, Problems
from ..exact import parse
from ..text import Text
from .mending import is_idle, mended, takes_number
from .origin import Origin
from .positions import STRING, Path, Positions, dotted
from .shape import DATE, report
from .slips import slip

FILE_LIMIT: Final = 256 * 1024
DEPTH_LIMIT: Final = 8
DIGITS_LIMIT: Final = (18, 9)  # before the point and after it, also where no quotes stand around the number
_FINDINGS_LIMIT: Final = 200  # more than anyone reads; a file of nothing but mistakes is turned down as fast
_ROUNDS: Final = 4  # a value put right brings to light what is wrong within it
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"  # Windows editors write it

_STRING_OR_COMMENT: Final = re.compile(rf"#.*|{STRING}")
_BRACKET: Final = re.compile(r"[\[\]{}]")
_BETWEEN_DOTS: Final = re.compile(r"[=,{}\[\]\n]")
_BARE_NUMBER: Final = re.compile(r"[=,\[][ \t\n]*[+-]?(?P<whole>[0-9][0-9A-Za-z_]*)(?:\.(?P<rest>[0-9_]*))?")
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
    "Invalid initial character for a key": Text("此处应为键", "a key is wanted here"),
}  # fmt: skip

_OPEN: Final = ("Unclosed", "Unterminated")

D = TypeVar("D", bound=BaseModel)


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
    bare = _STRING_OR_COMMENT.sub(lambda found: '"' * len(found[0]), text)
    if (depth := _written_depth(bare)) > DEPTH_LIMIT:
        problems.add("P0103", file, place=Place(file), depth=str(depth), limit=str(DEPTH_LIMIT))
        return None, {}, origin
    if (number := _long_number(bare)) is not None:
        _too_long(number, origin, problems)
        return None, {}, origin
    try:
        data = tomllib.loads(text)
    except ValueError as error:
        _syntax(str(error), origin, problems)
        return None, {}, origin
    if (depth := _depth(data)) > DEPTH_LIMIT:
        problems.add("P0103", file, place=Place(file), depth=str(depth), limit=str(DEPTH_LIMIT))
        return None, {}, origin
    said: set[Path] = set()
    broken: set[Path] = set()
    data = _values((), data, origin, problems, said, broken)
    kind = kind_of(data) if kind_of is not None else kind
    broken |= {path for path in said if not is_idle(path) and not takes_number(path, data, kind)}
    rest = data
    for _ in range(_ROUNDS):
        try:
            document = kind.model_validate(rest)
        except ValidationError as error:
            found = error.errors(include_url=False)
        else:
            return document, data, replace(origin, broken=frozenset(broken))
        report(found[:_FINDINGS_LIMIT], rest, kind, origin, problems, said, broken - said)
        problems.in_order()
        if len(found) > _FINDINGS_LIMIT:
            break
        rest, gone = mended(found, rest, kind)
        broken |= gone
    return None, data, origin


def _written_depth(bare: str) -> int:
    """How deep brackets or dotted keys nest, strings and comments left out: at least a part of the true depth."""
    depth = deepest = 0
    for sign in _BRACKET.findall(bare):
        depth += 1 if sign in "[{" else -1
        deepest = max(deepest, depth)
    return max(deepest, *(part.count(".") + 1 for part in _BETWEEN_DOTS.split(bare)))


def _long_number(bare: str) -> re.Match[str] | None:
    """The first number without quotes that has more digits than a number may have."""
    for found in _BARE_NUMBER.finditer(bare):
        digits = [len((part or "").replace("_", "")) for part in found.group("whole", "rest")]
        if digits[0] > DIGITS_LIMIT[0] or digits[1] > DIGITS_LIMIT[1]:
            return found
    return None


def _too_long(number: re.Match[str], origin: Origin, problems: Problems) -> None:
    """A long number is refused before a parser spends its time on it."""
    start = number.start("whole")
    line = number.string.count("\n", 0, start) + 1
    column = start - (number.string.rfind("\n", 0, start) + 1)
    written = origin.positions.line(line)
    place = Place(origin.file, "", line, column + 1, written, column, max(len(written) - column, 1))
    given = str(len(number["whole"]) + len(number["rest"] or ""))
    problems.add("P0120", origin.file, place=place, given=given, whole=str(DIGITS_LIMIT[0]), rest=str(DIGITS_LIMIT[1]))


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
    line, column = (int(spot[1]), int(spot[2])) if spot is not None and spot[1] else (len(origin.positions.lines), 1)
    while (
        line > 1 and column <= 1 and said.startswith(_OPEN)
    ):  # it is the end of what stands above that lacks something
        line -= 1
        column = len(origin.positions.line(line).rstrip()) + 1
    written = origin.positions.line(line)
    place = Place(origin.file, "", line, column, written, column - 1)
    problems.add("P0101", origin.file, place=place, detail=detail, **slip(written, said))


def _values(path: Path, value: Any, origin: Origin, problems: Problems, said: set[Path], broken: set[Path]) -> Any:
    """`value` with what TOML has and a module has not, binary floats and times of day, as it should be written."""
    match value:
        case dict():
            return {key: _values((*path, key), item, origin, problems, said, broken) for key, item in value.items()}
        case list():
            return [_values((*path, index), item, origin, problems, said, broken) for index, item in enumerate(value)]
        case float():
            given = origin.positions.text_of(path) or repr(value)
            problems.add("P0104", dotted(path), place=origin.place(path), given=given)
            said.add(path)
            if parse(given) is None and not is_idle(path):
                broken.add(path)
            return given
        case dt.datetime() | dt.time():
            problems.add("P0107", dotted(path), place=origin.place(path), given=str(value), allowed=DATE)
            said.add(path)
            return value.date() if isinstance(value, dt.datetime) else str(value)
    return value
