"""Timing for the benchmarks: medians with minimum and maximum, the things compared taken in turn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple


class Timing(NamedTuple):
    """Microseconds a call."""

    median: float
    least: float
    most: float

    def __str__(self) -> str:
        return f"{self.median:10.2f} µs  ({self.least:.2f} – {self.most:.2f})"


def in_turn(works: Mapping[str, Callable[[], object]], rounds: int = 30, seconds: float = 0.01) -> dict[str, Timing]:
    """Time each work in batches of about `seconds`, one batch of each in turn, `rounds` times over."""
    sizes: dict[str, int] = {}
    for name, work in works.items():
        work()
        start = time.perf_counter()
        work()
        sizes[name] = max(1, int(seconds / max(time.perf_counter() - start, 1e-7)))
    batches: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            start = time.perf_counter()
            for _ in range(sizes[name]):
                work()
            batches[name].append((time.perf_counter() - start) / sizes[name] * 1e6)
    return {name: Timing(statistics.median(all_), min(all_), max(all_)) for name, all_ in batches.items()}
