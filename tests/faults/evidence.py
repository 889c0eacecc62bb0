"""What a fault came to, as figures for whoever was not there."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
EVIDENCE: Final = ROOT / "build" / "evidence" / "faults"
Step = Callable[[], None]  # told that one of N is done


@dataclass
class Outcome:
    """What a fault came to.

    Attributes:
        figures: what was done, and what of it was reached.
        control: what the same harness found of something unsafe; `caught` says how much, and nothing means it is blind.
        wrong: what does not hold, in words.
    """

    figures: dict[str, Any]
    control: dict[str, Any]
    wrong: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong, and the control was caught."""
        return not self.wrong and bool(self.control.get("caught"))


def record(name: str, seed: int, n: int, outcome: Outcome, seconds: float) -> dict[str, Any]:
    """Write the evidence of a run, and return it."""
    found = {"fault": name, "seed": seed, "n": n, **asdict(outcome), "holds": outcome.holds}
    found |= {"seconds": round(seconds, 1), "python": platform.python_version(), "system": platform.platform()}
    EVIDENCE.mkdir(parents=True, exist_ok=True)
    (EVIDENCE / f"{name}.json").write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return found
