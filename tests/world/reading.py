"""The reading that a case is worked out under."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Case = Mapping[str, Any]


def reading(case: Case, name: str, ways: Mapping[str, str]) -> dict[str, str]:
    """The reading that a case is worked out under; the question stays open where the case names none."""
    under = case.get("under_interpretation", "")
    return {name: ways[under]} if under in ways else {}
