"""What a fault came to: one file of JSON, and one line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
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
    """Whether something was lost, or the control lost nothing and so the search is blind; not where it was skipped."""
    if "skipped" in figures:
        return False
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


class Earlier:
    """What an earlier call had done before it was interrupted, with the very code that is here now.

    Args:
        name: of the fault; empty where nothing is kept, as of a run that is short.
    """

    def __init__(self, name: str) -> None:
        self.file = FOLDER / f"{name}.jsonl" if name else None
        made = hashlib.sha256()
        for each in sorted((ROOT / "src").glob("**/*.py")):
            made.update(each.read_bytes())
        self.code = made.hexdigest()

    def note(self, seed: str, found: list[Any]) -> None:
        """What came of one seed."""
        if self.file is not None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self.file.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"code": self.code, "seed": seed, "found": found}) + "\n")

    def runs(self, seeds: Sequence[str]) -> Iterator[tuple[str, list[Any]]]:
        """Those of some seeds that were done."""
        if self.file is not None and self.file.exists():
            for each in map(json.loads, self.file.read_text("utf-8").splitlines()):
                if each["code"] == self.code and each["seed"] in seeds:
                    yield each["seed"], each["found"]
