"""Catalogues of the tests: copies of the good one of the diagnostics, with more versions."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from subsidy.catalogue.digest import digest

GOOD: Final = Path(__file__).parents[1] / "diagnostics" / "catalogue"
ID: Final = "cn/somewhere/town/grant"
FIRST: Final = f"{ID}/2021-01-01.toml"


def copy(folder: Path) -> Path:
    """A copy of the good catalogue in `folder`."""
    return Path(shutil.copytree(GOOD, folder / "policies"))


def add(
    folder: Path,
    version: str,
    valid: str,
    *,
    revision: int = 1,
    published: str = "2021-01-01",
    corrected: str = "2023-05-01",
    changes: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Another version or revision of the module; its path. `changes` are texts with what takes their place."""
    text = (folder / FIRST).read_text("utf-8")
    lines = f'version = "{version}"\nrevision = {revision}'
    if revision > 1:
        mended = digest_of(folder / f"{ID}/{version}{_suffix(revision - 1)}.toml")
        why = '{ zh = "单价录错", en = "the rate was mistyped" }'
        lines += f'\ncorrects = {{ digest = "{mended}", on = {corrected}, why = {why} }}'
    text = text.replace('version = "2021-01-01"', lines).replace("{ from = 2021-01-01 }", valid)
    text = text.replace("published = 2021-01-01", f"published = {published}")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    path = f"{ID}/{version}{_suffix(revision)}.toml"
    (folder / path).write_text(text, "utf-8")
    return path


def repeal(folder: Path, version: str, *, published: str | None = None) -> str:
    """A text that abolishes the policy from the day of its version on; its path."""
    text = (folder / FIRST).read_text("utf-8")
    text = text[: text.index("[facts.project]")]
    for old, new in (
        ('version = "2021-01-01"', f'version = "{version}"'),
        ('status = "issued"', 'status = "repealed"'),
        ("from = 2021-01-01", f"from = {version}"),
        ("published = 2021-01-01", f"published = {published or version}"),
        ("关于建设补助的通知", "关于废止建设补助的通知"),
        ("Notice on construction grants", "Notice on the end of construction grants"),
        ("issued = 2021-01-01", f'number = "某政〔2026〕1 号"\nissued = {version}'),
    ):
        assert old in text
        text = text.replace(old, new)
    (folder / f"{ID}/{version}.toml").write_text(text, "utf-8")
    return f"{ID}/{version}.toml"


def digest_of(file: Path) -> str:
    """The digest of a module."""
    return digest(tomllib.loads(file.read_text("utf-8")))


def _suffix(revision: int) -> str:
    return "" if revision == 1 else f".r{revision}"
