"""From the bytes of a TOML file to a frozen document, or to every problem of its shape at once.

The limits are checked before any parser sees the text.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from ..errors import Place, Problems, did_you_mean
from ..text import Text
from .positions import Path, Positions, dotted

FILE_LIMIT: Final = 256 * 1024
DEPTH_LIMIT: Final = 8

D = TypeVar("D", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Origin:
    """A file as it was read: its name, and where its keys stand."""

    file: str
    positions: Positions

    def place(self, path: Path) -> Place:
        """The place of a key, with its line of the file."""
        line, column = self.positions.find(path)
        source = self.positions.line(line)
        start = max(column - 1, 0)
        width = len(source.rstrip()) - start if source else 1
        return Place(self.file, dotted(path), line, column, source, start, width)

    def formula(self, path: Path, text: str, start: int, width: int) -> Place:
        """The place of a span within a formula, with the formula itself as its source."""
        line, column = self.positions.find(path)
        exact = self.positions.has(path) and f'"{text}"' in self.positions.line(line)
        return Place(self.file, dotted(path), line, column + 1 + start if exact else 0, text, start, width)


def read(file: str, content: bytes, kind: type[D], problems: Problems) -> tuple[D | None, dict[str, Any], Origin]:
    """The document in `content`, its plain data, and its origin; None with the problems added where it is not one."""
    nothing = Origin(file, Positions(""))
    if len(content) > FILE_LIMIT:
        problems.add("P0102", file, place=Place(file), size=str(len(content)), limit=str(FILE_LIMIT))
        return None, {}, nothing
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        problems.add("P0111", file, place=Place(file), byte=str(error.start))
        return None, {}, nothing
    if (depth := _depth(text)) > DEPTH_LIMIT:
        problems.add("P0103", file, place=Place(file), depth=str(depth), limit=str(DEPTH_LIMIT))
        return None, {}, nothing
    origin = Origin(file, Positions(text))
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problems.add("P0101", file, place=_syntax_place(file, origin, str(error)), detail=str(error))
        return None, {}, origin
    _floats((), data, origin, problems)
    try:
        document = kind.model_validate(data)
    except ValidationError as error:
        for found in error.errors():
            _shape(found, data, kind, origin, problems)
        return None, data, origin
    return document, data, origin


def _depth(text: str) -> int:
    """How deep brackets or dotted keys nest, strings and comments left out."""
    bare = re.sub(r'"""[\s\S]*?"""|\'\'\'[\s\S]*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#.*', "", text)
    depth = deepest = 0
    for sign in bare:
        if sign in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in "]}":
            depth -= 1
    dots = max((line.count(".") + 1 for line in re.findall(r"^[^=\n]*", bare, re.MULTILINE)), default=0)
    return max(deepest, dots)


def _syntax_place(file: str, origin: Origin, message: str) -> Place:
    spot = re.search(r"at line (\d+), column (\d+)", message)
    if spot is None:
        return Place(file)
    line, column = int(spot[1]), int(spot[2])
    return Place(file, "", line, column, origin.positions.line(line), column - 1)


def _floats(path: Path, value: Any, origin: Origin, problems: Problems) -> None:
    if isinstance(value, float):
        problems.add("P0104", dotted(path), place=origin.place(path), given=repr(value))
    elif isinstance(value, dict):
        for key, item in value.items():
            _floats((*path, key), item, origin, problems)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _floats((*path, index), item, origin, problems)


def _shape(found: Any, data: dict[str, Any], kind: type[BaseModel], origin: Origin, problems: Problems) -> None:
    """One finding of pydantic in our words. A float was reported already."""
    path, holder = _real_path(found["loc"], data)
    place, where, given = origin.place(path), dotted(path), found.get("input")
    if isinstance(given, float):
        return
    match found["type"]:
        case "extra_forbidden":
            hint = did_you_mean(str(path[-1]), _allowed(kind, path, data)) or Text("删去该项", "remove it")
            problems.add("P0105", where, place=place, key=str(path[-1]), hint=hint)
        case "missing":
            problems.add("P0106", where, place=origin.place(path[:-1]), key=str(path[-1]))
        case "string_pattern_mismatch" | "string_too_long" | "string_too_short":
            problems.add("P0110", where, place=place, given=_brief(given))
        case "union_tag_not_found":
            problems.add("P0106", f"{where}.type", place=place, key="type")
        case "number":
            problems.add("P0108", where, place=place, given=_brief(given))
        case _:
            problems.add("P0107", where, place=place, given=_brief(given), allowed=_expected(found))


def _real_path(loc: tuple[int | str, ...], data: Any) -> tuple[Path, Any]:
    """The path in the file: pydantic puts the tag of a union and ``[key]`` in between, which no file has."""
    path: list[int | str] = []
    for index, part in enumerate(loc):
        last = index == len(loc) - 1
        if part == "[key]":
            continue
        if (
            isinstance(data, dict)
            and part in data
            or isinstance(data, list)
            and isinstance(part, int)
            and part < len(data)
        ):
            path.append(part)
            data = data[part]  # type: ignore[index]
        elif last and not (
            isinstance(part, str) and (part.startswith(("list[", "constrained", "function")) or part == "str")
        ):
            path.append(part)
    return tuple(path), data


def _allowed(kind: type[BaseModel], path: Path, data: Any) -> list[str]:
    """The keys that the table holding `path` may have, for the nearest name."""
    import types
    import typing

    models: list[type[BaseModel]] = [kind]

    def inside(annotation: Any) -> list[type[BaseModel]]:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return [annotation]
        if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is not None:
            return [model for part in typing.get_args(annotation) for model in inside(part)]
        return []

    for part in path[:-1]:
        data = data[part] if not isinstance(data, dict) or part in data else {}
        following = [
            found
            for model in models
            for name, field in model.model_fields.items()
            if (field.alias or name) == part
            for found in inside(field.annotation)
        ]
        if following:
            tag = data.get("type") if isinstance(data, dict) else None
            models = [m for m in following if tag is None or _has_tag(m, tag)] or following
        elif isinstance(data, dict) and "type" in data:
            models = [m for m in models if _has_tag(m, data["type"])] or models
    return sorted({field.alias or name for model in models for name, field in model.model_fields.items()})


def _has_tag(model: type[BaseModel], tag: Any) -> bool:
    import typing

    field = model.model_fields.get("type")
    return field is None or tag in typing.get_args(field.annotation)


def _expected(found: Any) -> Text:
    kinds = {
        "text": Text('两种语言：{ zh = "…", en = "…" }', 'both languages: { zh = "…", en = "…" }'),
        "date": Text("不加引号的日期，如 2021-03-29", "a date without quotes, such as 2021-03-29"),
        "string_type": Text("引号内的文字", "a text in quotes"),
        "int_type": Text("不加引号的整数", "a whole number without quotes"),
        "bool_type": Text("true 或 false", "true or false"),
        "list_type": Text("方括号列表", "a list in brackets"),
        "dict_type": Text("表", "a table"),
        "model_type": Text("表", "a table"),
    }
    if found["type"] in kinds:
        return kinds[found["type"]]
    context = found.get("ctx", {})
    if "expected" in context:
        return Text(str(context["expected"]), str(context["expected"]).replace("' or '", "', '"))
    if "expected_tags" in context:
        return Text(str(context["expected_tags"]), str(context["expected_tags"]))
    return Text(found["msg"], found["msg"])


def _brief(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
