"""Text in the two languages of the project: Chinese, which bureaus read, and English."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


@dataclass(frozen=True, slots=True)
class Text:
    """One thing said in both languages."""

    zh: str
    en: str

    def in_(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


def plain(text: str) -> Text:
    """A text that reads the same in both languages: a name, a figure, a formula."""
    return Text(text, text)
