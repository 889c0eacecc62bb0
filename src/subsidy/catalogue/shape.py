"""What is wrong with the shape of a file, as the models find it, said in our words."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel

from ..errors import Hint, Problems, did_you_mean, nearest
from ..exact import nearest_number
from ..text import Text, plain
from .positions import Path, dotted

if TYPE_CHECKING:
    from .origin import Origin

DATE: Final = Text("不加引号的日期，如 2021-03-29", "a date without quotes, such as 2021-03-29")
_EXPECTED: Final = {
    "text": Text('两种语言：{ zh = "…", en = "…" }', 'both languages: { zh = "…", en = "…" }'),
    "date": DATE,
    "string_type": Text("引号内的文字", "a text in quotes"),
    "int_type": Text("不加引号的整数", "a whole number without quotes"),
    "bool_type": Text("true 或 false", "true or false"),
    "list_type": Text("列表：写在方括号内，或用 [[…]] 表头", "a list: in brackets, or under headers [[…]]"),
    "dict_type": Text("表", "a table"),
    "model_type": Text("表", "a table"),
    "model_attributes_type": Text("表", "a table"),
    "too_short": Text("至少 {min_length} 项的列表", "a list of at least {min_length} entries"),
    "too_long": Text("至多 {max_length} 项的列表", "a list of at most {max_length} entries"),
    "greater_than_equal": Text("不小于 {ge} 的整数", "a whole number not below {ge}"),
    "less_than_equal": Text("不大于 {le} 的整数", "a whole number not above {le}"),
}
_DIGITS: Final = Text("小数点前至多 18 位、后至多 9 位", "at most 18 digits before the point and 9 after")
NUMBERS: Final = {  # how a number is written, by what its place takes
    kind: Text(f"用引号写数，如 {such}，{_DIGITS.zh}", f"write numbers in quotes: {such}; {_DIGITS.en}")
    for kind, such in (
        ("plain", '"300", "0.01"'),
        ("percent", '"300", "0.01", "60%"'),
        ("share", '"300", "0.01", "60%", "1/3"'),
    )
}
_QUOTED: Final = re.compile(r"'([^']*)'")
_NOT_EMPTY: Final = Text("非空的文字", "a text that is not empty")
_SHOWN: Final = 60


def report(
    findings: list[Any],
    data: dict[str, Any],
    kind: type[BaseModel],
    origin: Origin,
    problems: Problems,
    said: Collection[Path],
    gone: Collection[Path],
) -> None:
    """Add the findings of a model, one for each value: of a value that may be of two kinds, the nearest.

    Args:
        said: values that were reported already.
        gone: values that were reported and mended, so that what is found around them is no mistake of the author's.
    """
    by_path: dict[Path, list[Any]] = {}
    for found in findings:
        by_path.setdefault(real_path(found, data), []).append(found)
    mistyped = {
        (path[:-1], nearest(str(path[-1]), allowed_keys(kind, path, data)))
        for path, several in by_path.items()
        if several[0]["type"] == "extra_forbidden"
    }
    within = {path[:length] for path in by_path for length in range(len(path))}
    for path, several in by_path.items():
        if path in within and all(each["type"].endswith("_type") for each in several):
            continue  # of the kinds that it may be, the mistake is within the right one
        if path in said and several[0]["type"] != "extra_forbidden":
            continue
        if any(path == each[: len(path)] for each in gone):
            continue
        found = next((each for each in several if not each["type"].endswith("_type")), several[0])
        if found["type"] != "missing" or (path[:-1], path[-1]) not in mistyped:
            _report(path, found, data, kind, origin, problems)


def _report(
    path: Path, found: Any, data: dict[str, Any], kind: type[BaseModel], origin: Origin, problems: Problems
) -> None:
    from .forms import misplaced, missing_hint, well_formed, with_words

    where, written = dotted(path), origin.positions.text_of(path)
    given = _brief(found.get("input"), written)
    match found["type"]:
        case "extra_forbidden":
            keys = allowed_keys(kind, path, data)
            advice = misplaced(str(path[-1]), keys, kind) or did_you_mean(str(path[-1]), keys)
            advice = advice or Text("删去该项", "remove it")
            problems.add("P0105", where, place=origin.place(path, key=True), key=str(path[-1]), hint=advice)
        case "missing":
            form = missing_hint(str(path[-1]), is_top=len(path) == 1)
            problems.add("P0106", where, place=origin.place(path[:-1]), key=str(path[-1]), **form)
        case "union_tag_not_found":
            problems.add("P0106", f"{where}.type", place=origin.place(path), key="type", **missing_hint("type"))
        case "string_too_short":
            problems.add("P0107", where, place=origin.place(path), given='""', allowed=_NOT_EMPTY)
        case "string_pattern_mismatch" | "string_too_long":
            is_key = found["loc"][-1] == "[key]"
            form = well_formed(given, "" if is_key else str(path[-1]))
            problems.add("P0110", where, place=origin.place(path, key=is_key), given=given, **form)
        case "number":
            meant = nearest_number(str(found["input"])) or (given if isinstance(found["input"], int) else None)
            said = with_words(str(found["input"])) or NUMBERS[found["ctx"]["allowed"]]
            hints: Hint = {"hint": Text(f'写成 "{meant}"', f'write "{meant}"') if meant else said}
            problems.add("P0108", where, place=origin.place(path), given=given, **hints)
        case "unprintable":
            problems.add("P0112", where, place=origin.place(path), given=found["ctx"]["sign"])
        case "union_tag_invalid" | "literal_error":
            tags = _QUOTED.findall(found["ctx"].get("expected_tags") or found["ctx"]["expected"])
            near = did_you_mean(str(found["ctx"].get("tag", found["input"])), tags) if tags else None
            allowed = Text("、".join(tags), ", ".join(tags)) if tags else plain(found["ctx"]["expected"])
            spot = (*path, "type") if found["type"] == "union_tag_invalid" else path
            given = _brief(None, origin.positions.text_of(spot))
            choice: Hint = {"hint": near} if near else {}
            problems.add("P0107", dotted(spot), place=origin.place(spot), given=given, allowed=allowed, **choice)
        case "too_short" | "too_long" as kind_of:
            count, allowed = str(found["ctx"]["actual_length"]), _EXPECTED[kind_of]
            allowed = Text(allowed.zh.format(**found["ctx"]), allowed.en.format(**found["ctx"]))
            said = Text(f"{count} 项", f"{count} entries" if count != "1" else "1 entry")
            problems.add("P0107", where, place=origin.place(path), given=said, allowed=allowed)
        case kind_of:
            text = _EXPECTED.get(kind_of, plain(found["msg"]))
            context = found.get("ctx", {})
            allowed = Text(text.zh.format(**context), text.en.format(**context)) if context else text
            problems.add("P0107", where, place=origin.place(path), given=_brief(None, written), allowed=allowed)


def real_path(found: Any, data: Any) -> Path:
    """The path in the file: pydantic puts the tag of a union and ``[key]`` in between, which no file has."""
    path: list[int | str] = []
    for part in found["loc"]:
        is_there = (isinstance(data, dict) and part in data) or (
            isinstance(data, list) and isinstance(part, int) and part < len(data)
        )
        if is_there:
            path.append(part)
            data = data[part]
    return (*path, found["loc"][-1]) if found["type"] == "missing" else tuple(path)


def allowed_keys(kind: type[BaseModel], path: Path, data: Any) -> list[str]:
    """The keys that the table holding `path` may have, for the nearest name."""
    kinds: list[type[BaseModel]] = [kind]
    for part in path[:-1]:
        data = data[part]
        following = [
            found
            for model in kinds
            for name, field in model.model_fields.items()
            if (field.alias or name) == part
            for found in models(field.annotation)
        ] or kinds
        tag = data.get("type") if isinstance(data, dict) else None
        kinds = [model for model in following if tag is None or has_tag(model, tag)] or following
    return sorted({field.alias or name for model in kinds for name, field in model.model_fields.items()})


def models(annotation: Any) -> list[type[BaseModel]]:
    """The models that a value may be of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is not None:
        return [model for part in typing.get_args(annotation) for model in models(part)]
    return []


def has_tag(model: type[BaseModel], tag: Any) -> bool:
    """Whether a model is the one for entries of this `type`."""
    field = model.model_fields.get("type")
    return field is None or tag in typing.get_args(field.annotation)


def _brief(value: Any, written: str) -> str:
    """A value as it stands in the file, cut where it is long; a text without its quotes."""
    text = value if isinstance(value, str) and value else written.partition("\n")[0] or str(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
