"""Figures from what was measured: medians with minimum and maximum, ratios within a round, amounts that are wrong."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

RULES = ("r1", "r4")


class Spread(NamedTuple):
    """A median, and the least and the most that was measured."""

    median: float
    least: float
    most: float

    def __str__(self) -> str:
        return f"{short(self.median)} ({short(self.least)}–{short(self.most)})"

    def inverse(self, over: float) -> Spread:
        """So much over it: nanoseconds a row as rows a second."""
        return Spread(over / self.median, over / self.most, over / self.least)


def short(number: float) -> str:
    """A number with as many digits as it deserves."""
    size = abs(number)
    return f"{number:,.{0 if size >= 100 or not size else 1 if size >= 10 else 2 if size >= 0.1 else 4}f}"


def spread(rounds: Iterable[Sequence[float]]) -> Spread:
    """Of several rounds: the median of their medians, the least and the most of all."""
    medians, leasts, mosts = zip(*rounds, strict=True)
    return Spread(statistics.median(medians), min(leasts), max(mosts))


def around(numbers: Iterable[float]) -> Spread:
    """Of plain numbers."""
    every = list(numbers)
    return Spread(statistics.median(every), min(every), max(every))


@dataclass(frozen=True)
class Whole:
    """A rule over a whole table.

    Attributes:
        ns: nanoseconds a row.
        ratio: how many times as long as ours, round by round.
    """

    rows: int
    ns: Spread
    ratio: Spread
    wrong: int
    amounts: int
    worst: int
    megabytes: float

    @property
    def speed(self) -> Spread:
        """Million rows a second."""
        return self.ns.inverse(1000)


@dataclass(frozen=True)
class Line:
    """One way to have an engine compute."""

    engine: str
    way: str
    arithmetic: str
    versions: Mapping[str, str]
    rules: Mapping[str, Whole]
    one: Spread
    explained: Spread | None
    written: Spread | None
    fresh: Spread | None

    @property
    def wrong(self) -> int:
        """Wrong amounts of both rules."""
        return sum(each.wrong for each in self.rules.values())

    @property
    def is_ours(self) -> bool:
        return self.engine == "ours"


def lines(peers: Mapping[str, Any]) -> list[Line]:
    """Every way of every engine: ours, then from the fastest over a table to the slowest."""
    ours = peers["engines"]["ours"]
    found = [_line(name, way, rounds, ours) for name, rounds in peers["engines"].items() for way in rounds[0]["ways"]]
    return sorted(found, key=lambda line: (not line.is_ours, line.rules["r1"].ns.median))


def _line(name: str, way: str, rounds: list[Any], ours: list[Any]) -> Line:
    each = [found["ways"][way] for found in rounds]
    is_first = way == next(iter(rounds[0]["ways"]))
    return Line(
        name,
        way,
        each[0]["arithmetic"],
        rounds[0]["versions"],
        {
            rule: _whole([one[rule] for one in each], [next(iter(our["ways"].values()))[rule] for our in ours])
            for rule in RULES
        },
        spread(one["one"] for one in each),
        _told(each, "explained"),
        _told(each, "written"),
        spread(found["fresh"] for found in rounds) if is_first else None,
    )


def _told(rounds: list[Any], key: str) -> Spread | None:
    """What only some ways can do."""
    return spread(one[key] for one in rounds) if key in rounds[0] else None


def _whole(rounds: list[Any], ours: list[Any]) -> Whole:
    ratio = around(their["ns"][0] / our["ns"][0] for their, our in zip(rounds, ours, strict=True))
    most = max(rounds, key=lambda found: found["rows"])
    worst, peak = max(found["worst"] for found in rounds), max(found["MB"] for found in rounds)
    return Whole(most["rows"], spread(f["ns"] for f in rounds), ratio, most["wrong"], most["amounts"], worst, peak)


def said_round(found: Mapping[str, list[Any]], number: int) -> str:
    """What a round came to, a line for each way, for who watches."""
    said = [f"round {number + 1}"]
    for name, rounds in found.items():
        for way, each in rounds[number]["ways"].items() if len(rounds) > number else ():
            speeds = "  ".join(f"{rule} {1000 / each[rule]['ns'][0]:9.3f} M rows/s" for rule in RULES)
            wrong = sum(each[rule]["wrong"] for rule in RULES)
            told = f"  one {each['one'][0]:10.2f} µs  fresh {rounds[number]['fresh'][0]:6.0f} ms  wrong {wrong:,}"
            said.append(f"  {name:10} {way:20} {speeds}{told}")
    return "\n".join(said)
