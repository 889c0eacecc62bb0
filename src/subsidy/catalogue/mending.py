"""A document with mistakes in its shape, mended so far that the rest of it can be looked through; never to be used.

Where it is plain what the author meant, that is put in. Any other mistake gives way to the least value that its place
accepts, and its path is kept, so that nothing is said about that value or about what rests on it.
"""

from __future__ import annotations

import datetime as dt
import types
import typing
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from ..errors import nearest
from ..exact import nearest_number
from .documents import Fact, FactBase
from .positions import Path
from .shape import allowed_keys, has_tag, models, real_path

UNREADABLE: Final = "unreadable"  # in the place of a name
_WORDS: Final = {"zh": "？", "en": "?"}
_DIGEST: Final = f"sha256:{'0' * 64}"
_TEXTS: Final = ("x/x/x", "x/x/x#x", "2000-01-01", "000000", _DIGEST)
_LEAVES: Final = (UNREADABLE, "1", 1, True, dt.date(2000, 1, 1), _WORDS, *_TEXTS)
_VALIDATORS: Final[dict[str, Callable[[list[Any]], object]]] = {}
_IDLE_TABLES: Final = frozenset({"language", "source", "gaps", "examples"})  # no formula rests on these,
_IDLE_KEYS: Final = frozenset({"clause", "because", "note", "published", "status"})  # nor on these in any table


def mended(
    found: Iterable[ErrorDetails], data: dict[str, Any], kind: type[BaseModel]
) -> tuple[dict[str, Any], set[Path]]:
    """`data` without the mistakes that a model found in it, and the paths of what could not be read."""
    rest = deepcopy(data)
    gone = {_mend(each, data, rest, kind) for each in found}
    return rest, {path for path in gone if path and not is_idle(path)}


def is_idle(path: Path) -> bool:
    """Whether no formula rests on the value at `path`, so that nothing else need be silent for it."""
    is_key = len(path) > 2 or path[0] == "policy"
    return path[0] in _IDLE_TABLES or (is_key and path[-1] in _IDLE_KEYS)


def _mend(each: ErrorDetails, data: dict[str, Any], rest: dict[str, Any], kind: type[BaseModel]) -> Path:
    """Mend one mistake in `rest`; the path of what could not be read, empty where what is meant is plain."""
    path = real_path(each, data)
    table = _table(rest, path)
    if not path or table is None:
        return ()
    key: Any = path[-1]
    annotation, is_required = _field(kind, path, data)
    if each["type"] == "extra_forbidden":
        table.pop(key, None)
        return _misspelt(path, data, kind)
    if each["type"] == "number" and (meant := _meant(each["input"])) is not None:
        table[key] = meant
        return ()
    if each["type"].startswith("union_tag"):
        if key in table:  # its name may have been a mistake as well
            _flag(table[key], is_said=each["type"] == "union_tag_invalid")
        return (*path, "type")
    if each["loc"][-1] == "[key]" or not is_required:
        table.pop(key, None)
        return path
    table[key] = _least(annotation)
    return () if table[key] == _WORDS else path


def _misspelt(path: Path, data: dict[str, Any], kind: type[BaseModel]) -> Path:
    """The path of the key that an unknown one most likely means, where its lack would not be found here."""
    meant = nearest(str(path[-1]), allowed_keys(kind, path, data))
    if meant is None or meant in _table(data, path) or _field(kind, (*path[:-1], meant), data)[1]:
        return ()
    return (*path[:-1], meant)


def takes_number(path: Path, data: dict[str, Any], kind: type[BaseModel]) -> bool:
    """Whether a number in quotes may stand at `path`."""
    annotation, _ = _field(kind, path, data)
    return annotation is Any or _least(annotation) == "1"


def _table(data: Any, path: Path) -> Any:
    """The table or list that holds the value at `path`; None where it gave way itself."""
    for part in path[:-1]:
        if not _holds(data, part):
            return None
        data = data[part]
    return data if isinstance(data, dict if isinstance(path[-1], str) else list) else None


def _holds(data: Any, part: int | str) -> bool:
    return part in data if isinstance(data, dict) else isinstance(data, list) and part in range(len(data))


def _meant(given: Any) -> str | None:
    """The number that is plainly meant."""
    return str(given) if type(given) is int else nearest_number(given) if isinstance(given, str) else None


def _flag(fact: dict[str, Any], *, is_said: bool) -> None:
    """A fact of a type that is not known becomes a flag, of which the keys that all facts have are looked through.

    Without any type, the mistake may well be in another key, and no other is spoken of.
    """
    common = {*FactBase.model_fields, "type"}
    special = {key for model in models(Fact) for key in model.model_fields} - common
    for key in special if is_said else fact.keys() - common:
        fact.pop(key, None)
    fact["type"] = "flag"
    if not is_said:
        fact.setdefault("label", _WORDS)


def _field(kind: Any, path: Path, data: Any) -> tuple[Any, bool]:
    """What may stand at `path`, and whether something must."""
    found = [(kind, True)]
    for part in path:
        tag = data.get("type") if isinstance(data, dict) else None
        found = [below for annotation, _ in found for below in _below(annotation, part, tag)]
        data = data[part] if _holds(data, part) else None
    return found[0] if found else (Any, False)


def _below(annotation: Any, part: int | str, tag: Any) -> list[tuple[Any, bool]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [
            (_whole(field), field.is_required())
            for name, field in annotation.model_fields.items()
            if (field.alias or name) == part and (tag is None or has_tag(annotation, tag))
        ]
    inner = typing.get_args(annotation)
    match typing.get_origin(annotation):
        case typing.Annotated:
            return _below(inner[0], part, tag)
        case typing.Union | types.UnionType:
            return [found for way in inner for found in _below(way, part, tag)]
        case t if t is list and isinstance(part, int):
            return [(inner[0], True)]
        case t if t is dict and isinstance(part, str):
            return [(inner[1], True)]
    return []


def _whole(field: FieldInfo) -> Any:
    """The annotation of a field, from which the model took its constraints."""
    return Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation


def _least(annotation: Any) -> Any:
    """The least value that may stand there."""
    bare = annotation
    while typing.get_origin(bare) is Annotated:
        bare = typing.get_args(bare)[0]
    if isinstance(bare, type) and issubclass(bare, BaseModel):
        fields = bare.model_fields.items()
        return {field.alias or name: _least(_whole(field)) for name, field in fields if field.is_required()}
    inner = typing.get_args(bare)
    ways: Iterable[Any] = _LEAVES
    match typing.get_origin(bare):
        case typing.Union | types.UnionType:
            return _least(inner[0])
        case typing.Literal:
            return inner[0]
        case t if t is list:
            ways = ([_least(inner[0])] * count for count in range(3))
        case t if t is dict:
            ways = ({}, {_least(inner[0]): _least(inner[1])})
    may_stand = _validator(annotation)
    for way in ways:
        try:
            may_stand([way])
        except ValidationError:
            continue
        return way
    raise AssertionError(annotation)


def _validator(annotation: Any) -> Callable[[list[Any]], object]:
    """What says whether a value may stand there; made once, as pydantic evaluates annotations to make it."""
    key = repr(annotation)  # constraints need not be hashable
    if key not in _VALIDATORS:
        _VALIDATORS[key] = TypeAdapter(list[annotation], config=ConfigDict(strict=True)).validate_python
    return _VALIDATORS[key]
