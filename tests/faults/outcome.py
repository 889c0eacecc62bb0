"""What comes of a fault, put together on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from .evidence import Figures, Tick

Step = Callable[[], None]  # told that one of N is done


@dataclass
class Outcome:
    """What came of a fault.

    Attributes:
        figures: what was done, and what of it was reached.
        control: what the same harness found of something unsafe; `caught` says how much, and nothing means it is blind.
        wrong: what does not hold, in words.
    """

    figures: dict[str, Any]
    control: dict[str, Any]
    wrong: list[str] = field(default_factory=list)

    @property
    def plain(self) -> Figures:
        """As evidence has it."""
        return {**self.figures, "control": self.control, "failures": self.wrong}


def steps(tick: Tick, n: int) -> Step:
    """Tells one after another of `n`."""
    done = count(1)
    return lambda: tick(next(done), n)
