"""Facts from JSON: no number in them becomes a binary float, and no key stands twice."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from ..exact import NUMBER
from .json_limits import is_long, measured
from .readers import Unreadable


def read_json(text: str) -> Any:
    """Plain data from JSON. A number with a point is a `Decimal`; one that no grammar here has stays unreadable.

    Raises:
        ValueError: it is not JSON, or a key stands twice in an object.
    """
    try:
        return json.loads(
            text, parse_int=_whole, parse_float=_number, parse_constant=Unreadable, object_pairs_hook=_object
        )
    except RecursionError:
        raise ValueError("nested too deep") from None


def _whole(text: str) -> int | Unreadable:
    return Unreadable(text) if is_long(text) else int(text)


def _number(text: str) -> Decimal | Unreadable:
    return Decimal(text) if NUMBER.fullmatch(text) else Unreadable(text)


def _object(found: list[tuple[str, Any]]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for name, value in found:
        if name in data:
            raise Twice(name)
        data[name] = value
    return data


class Twice(ValueError):
    """A key that stands twice in an object."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} stands twice")
        self.name = name


def read_rows(text: str) -> Any:
    """Rows from JSON; what cannot be read stays a value that the policy refuses with the reason."""
    try:
        return read_json(measured(text, "records"))
    except json.JSONDecodeError as error:
        return Unreadable(f"JSON, column {error.colno}: {error.msg}")
    except ValueError as error:
        return Unreadable(f"JSON: {error}")
