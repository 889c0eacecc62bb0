"""Wrong explanations, planted into right ones: each kind changes one printed thing so that it can no longer follow.

A kind is a section and a change of one line that knows, from the print, that what it makes is wrong; it leaves alone
what would still be right. `at` says in which lines, counted from the changed one, the wrong may be found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from . import changes as c

SECTIONS: Final = {
    "条件": "conditions", "计算": "calculation", "结果": "result", "标准": "measures", "Conditions": "conditions",
    "Calculation": "calculation", "Result": "result", "Measures": "measures",
}  # fmt: skip
Change = Callable[[Sequence[str], int], str | None]


@dataclass(frozen=True)
class Kind:
    """A way to be wrong. `at`: where it may be found, counted from the changed line."""

    name: str
    section: str
    change: Change
    at: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class Planted:
    """A print with one thing wrong, and the lines in one of which that must be found."""

    kind: str
    text: str
    lines: frozenset[int]


def planted(text: str, kind: Kind) -> Iterator[Planted]:
    """Every place of a print in which a kind can be planted; an empty change drops the line."""
    lines = text.splitlines()
    section = ""
    for index, line in enumerate(lines):
        if line and not line.startswith(" "):
            section = SECTIONS.get(line, "")
        if section != kind.section or not line.startswith(" "):
            continue
        changed = kind.change(lines, index)
        if changed is not None and changed != line:
            wrong = [*lines[:index], *([changed] if changed else []), *lines[index + 1 :]]
            found = frozenset(index + 1 + offset for offset in kind.at)
            yield Planted(kind.name, "\n".join(wrong) + "\n", found)


KINDS: Final = (
    Kind("value", "calculation", c.value),
    Kind("fact", "calculation", c.fact),
    Kind("operator", "calculation", c.operator),
    Kind("difference", "calculation", c.difference),
    Kind("extreme", "calculation", c.extreme),
    Kind("unit", "calculation", c.unit, (0, 1)),
    Kind("direction of rounding", "calculation", c.direction),
    Kind("rounded value", "calculation", c.rounded),
    Kind("cut fraction", "calculation", c.cut),
    Kind("outcome of a test", "calculation", c.outcome),
    Kind("row", "calculation", c.row),
    Kind("dropped row", "calculation", c.dropped, tuple(range(-2, 16))),
    Kind("term", "calculation", c.term),
    Kind("day", "calculation", c.day),
    Kind("span", "calculation", c.years),
    Kind("ladder", "calculation", c.picked, (0, 1, 2, 3)),
    Kind("parameter behind", "calculation", c.behind, (1, 2, 3)),
    Kind("line of no kind", "calculation", c.kindless),
    Kind("total", "result", c.total),
    Kind("payable", "result", c.payable),
    Kind("part", "result", c.part),
    Kind("share", "result", c.share),
    Kind("percentage", "result", c.percent, tuple(range(-8, 9))),
    Kind("instalment", "result", c.instalment),
    Kind("due day", "result", c.due),
    Kind("recovered", "result", c.recovered),
    Kind("capitals", "result", c.in_capitals),
    Kind("low end", "result", c.low),
    Kind("high end", "result", c.high),
    Kind("mark", "conditions", c.mark),
    Kind("distance", "conditions", c.distance),
    Kind("side of a distance", "conditions", c.way),
    Kind("figure of a condition", "conditions", c.compared),
    Kind("comparison", "conditions", c.sign),
    Kind("mark of a standard", "measures", c.mark),
    Kind("shortfall", "measures", c.distance),
    Kind("required", "measures", c.required),
    Kind("actual", "measures", c.actual),
)
