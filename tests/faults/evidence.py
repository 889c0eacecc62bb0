"""What a fault came to: one file of JSON, and one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / "build" / "evidence" / "faults"
Tick = Callable[[int, int], None]  # how much is done, of how much
Figures = dict[str, Any]  # has `failures`, which must be empty, and `control`, in which each figure must be above zero


@dataclass(frozen=True)
class Fault:
    """A fault that the ledger is put under.

    Attributes:
        run: is given how often, a seed, and whom to tell how far it is.
        often: how often `make faults` does it, and `make soak`.
    """

    run: Callable[[int, int, Tick], Figures]
    often: tuple[int, int]


def failed(figures: Figures) -> bool:
    """Whether something was lost, or the control lost nothing and so the search is blind."""
    return bool(figures["failures"]) or not figures["control"] or not all(figures["control"].values())


def record(name: str, n: int, seed: int, seconds: float, figures: Figures, folder: Path = FOLDER) -> Path:
    """Write the evidence of a run; its file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.json"
    content = {"fault": name, "n": n, "seed": seed, "seconds": round(seconds, 1), **figures}
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return file


def line(figures: Figures) -> str:
    """The figures in one line."""
    shown = {**figures, "failures": len(figures["failures"])}
    return ", ".join(f"{name} {_shown(value)}" for name, value in shown.items())


def _shown(value: Any) -> str:
    return "(" + ", ".join(f"{a} {b}" for a, b in value.items()) + ")" if isinstance(value, dict) else str(value)
