"""What a key of a policy file may hold: words in both languages, exact numbers in quotes, dates, names."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from ..exact import parse, parse_share
from ..text import Text, is_hidden

NAME = r"[a-z][a-z0-9_]*"
NAME_LIMIT = 40
POLICY_ID = r"^[a-z][a-z0-9-]*(/[a-z0-9][a-z0-9-]*){2,5}$"
FACT_TYPES = ("number", "choice", "flag", "date", "month", "id", "division", "records")


def _line(value: str) -> str:
    """One line of signs that can be seen: nothing that would forge a line of what is printed, or turn it round."""
    for sign in value:
        if is_hidden(sign):
            raise PydanticCustomError("unprintable", "{sign} cannot be seen", {"sign": f"U+{ord(sign):04X}"})
    return value


def _text(value: Any) -> Text:
    if isinstance(value, dict) and value.keys() == {"zh", "en"}:
        zh, en = value["zh"], value["en"]
        if isinstance(zh, str) and isinstance(en, str) and zh.strip() and en.strip():
            return Text(_line(zh), _line(en))
    raise PydanticCustomError("text", 'needs both languages: {{ zh = "…", en = "…" }}')


def _number(value: Any) -> str:
    if isinstance(value, str) and parse(value) is not None:
        return value
    raise PydanticCustomError("number", "a number in quotes", {"allowed": "plain"})


def _percent(value: Any) -> str:
    if isinstance(value, str) and parse_share(value) is not None and "/" not in value:
        return value
    raise PydanticCustomError("number", "a number in quotes", {"allowed": "percent"})


def _share(value: Any) -> str:
    if isinstance(value, str) and parse_share(value) is not None:
        return value
    raise PydanticCustomError("number", "a number in quotes", {"allowed": "share"})


def _date(value: Any) -> dt.date:
    if type(value) is dt.date:
        return value
    raise PydanticCustomError("date", "a date without quotes, such as 2021-03-29")


# How editors are told to check them: a number as `exact` reads it, but that -0 is left to it.
_DIGITS = r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,9})?"
_SHARE = rf"{_DIGITS}(%|/{_DIGITS})?"
_CHOICE = r"[A-Za-z][A-Za-z0-9_]*"
_ONE_TEXT = {"type": "string", "minLength": 1}
_BOTH = {"zh": _ONE_TEXT, "en": _ONE_TEXT}


def _written(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$"})


Words = Annotated[
    Text,
    PlainValidator(_text),
    PlainSerializer(asdict),
    WithJsonSchema({"type": "object", "properties": _BOTH, "required": ["zh", "en"], "additionalProperties": False}),
]
Number = Annotated[str, PlainValidator(_number), _written(_DIGITS)]
PercentNumber = Annotated[str, PlainValidator(_percent), _written(f"{_DIGITS}%?")]
ShareNumber = Annotated[str, PlainValidator(_share), _written(_SHARE)]
Date = Annotated[
    dt.date,
    PlainValidator(_date),
    PlainSerializer(dt.date.isoformat, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date"}),
]
Name = Annotated[str, StringConstraints(pattern=rf"^{NAME}$", max_length=NAME_LIMIT)]
ChoiceName = Annotated[str, StringConstraints(pattern=rf"^{_CHOICE}$", max_length=NAME_LIMIT)]
Line = Annotated[str, AfterValidator(_line)]
Clause = Annotated[str, StringConstraints(min_length=1), AfterValidator(_line)]
PolicyId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*(/[a-z0-9][a-z0-9-]*){2,5}$")]
Version = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Formula = str
_LEAF: dict[str, Any] = {"type": "string", "pattern": f"^({_SHARE}|{_CHOICE})$"}


def _table(deep: int) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": {"anyOf": [_LEAF, _table(deep - 1)]} if deep else _LEAF}


TableValues = Annotated[dict[str, Any], WithJsonSchema(_table(3))]  # the compiler checks it against `by`
Given = Annotated[Any, WithJsonSchema({"type": ["string", "boolean", "integer", "array", "object"]})]  # no float


class Document(BaseModel):
    """Frozen, nothing converted in silence, and no key that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)
