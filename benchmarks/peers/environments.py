"""Environments for the engines: made on demand, with the versions that environments.toml pins."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
WHERE: Final = ROOT / "build" / "peers"
PINNED: Final[dict[str, list[str]]] = tomllib.loads(Path(__file__).with_name("environments.toml").read_text("utf-8"))
OURS: Final = ("ours", "by_hand")
NAMES: Final = (*OURS, *PINNED)


class MissingError(Exception):
    """An engine cannot be installed here; its text says why."""


def interpreter(name: str) -> Path:
    """The Python of an engine, with the engine installed.

    Raises:
        MissingError: it cannot be.
    """
    if name in OURS:
        return Path(sys.executable)
    folder = WHERE / name
    python, stamp, wanted = folder / "bin" / "python", folder / "installed.txt", "\n".join(PINNED[name])
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        return python
    _run([sys.executable, "-m", "venv", "--clear", str(folder)])
    _run([str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *PINNED[name]])
    stamp.write_text(wanted, "utf-8")
    return python


def _run(words: list[str]) -> None:
    run = subprocess.run(words, check=False, capture_output=True, text=True)
    if run.returncode:
        lines = [line for line in run.stderr.splitlines() if line.lower().startswith("error")]
        raise MissingError(bare(lines[-1] if lines else "the installation stopped"))


def bare(line: str) -> str:
    """A line of an installer without addresses and paths, which are the machine's."""
    return re.sub(r"\s+", " ", re.sub(r"\S*(?:://|/)\S*", "…", line)).strip()
