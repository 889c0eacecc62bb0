"""Figures that tests record and a run prints at its end: ``record_property("figure faults", "10 of 10 found")``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

PREFIX: Final = "figure "


def figures(reports: Iterable[Any]) -> list[str]:
    """One line for each name under which tests recorded figures, from whichever process they came."""
    found: dict[str, list[Any]] = {}
    for report in reports:
        for name, value in getattr(report, "user_properties", ()) if getattr(report, "when", "") == "call" else ():
            if name.startswith(PREFIX):
                found.setdefault(name.removeprefix(PREFIX), []).append(value)
    return [f"{name}: {', '.join(put_together(values))}" for name, values in sorted(found.items())]


def put_together(values: list[Any]) -> list[str]:
    """What several tests recorded under one name; of dicts, numbers are added, and lists are united and counted."""
    if not all(isinstance(value, dict) for value in values):
        return sorted(map(str, values))
    columns: dict[str, list[Any]] = {}
    for key, each in (pair for value in values for pair in value.items()):
        columns.setdefault(key, []).append(each)
    return [f"{len({one for each in found for one in each}) if isinstance(found[0], list) else sum(found):,} {key}"
            for key, found in columns.items()]  # fmt: skip
