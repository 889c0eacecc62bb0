"""What a code is."""

from __future__ import annotations

from dataclasses import dataclass

from ..text import Text


@dataclass(frozen=True, slots=True)
class Code:
    """What a code says. `{names}` are filled from the problem's values; `help` may be empty."""

    slug: str
    message: Text
    help: Text
    warning: bool = False


def words(slug: str, zh: str, en: str, help_zh: str = "", help_en: str = "", *, warning: bool = False) -> Code:
    """A code by its words in both languages."""
    return Code(slug, Text(zh, en), Text(help_zh, help_en), warning)
