"""What a value can be for the reference runner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple


class Between(NamedTuple):
    """From `low` to `high`, both in: numbers, days or months."""

    low: Any
    high: Any


Possible = Between | frozenset[Any]
FLAGS = frozenset({False, True})


def hull(values: Sequence[Any]) -> Any:
    if isinstance(values[0], frozenset):
        return frozenset().union(*values)
    return Between(min(value.low for value in values), max(value.high for value in values))
