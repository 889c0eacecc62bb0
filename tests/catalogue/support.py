"""Catalogues of the tests: copies of the good one of the diagnostics, with more versions."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

GOOD: Final = Path(__file__).parents[1] / "diagnostics" / "catalogue"
ID: Final = "cn/somewhere/town/grant"
FIRST: Final = f"{ID}/2021-01-01.toml"


def copy(folder: Path) -> Path:
    """A copy of the good catalogue in `folder`."""
    return Path(shutil.copytree(GOOD, folder / "policies"))


def add(folder: Path, version: str, valid: str, *, revision: int = 1, **changes: str) -> str:
    """Another version or revision of the module; its path. `changes` are texts with what takes their place."""
    text = (folder / FIRST).read_text("utf-8")
    lines = f'version = "{version}"\nrevision = {revision}'
    if revision > 1:
        lines += '\ncorrects = { digest = "sha256:0", why = { zh = "更正", en = "mended" } }'
    text = text.replace('version = "2021-01-01"', lines).replace("{ from = 2021-01-01 }", valid)
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    suffix = "" if revision == 1 else f".r{revision}"
    path = f"{ID}/{version}{suffix}.toml"
    (folder / path).write_text(text, "utf-8")
    return path
