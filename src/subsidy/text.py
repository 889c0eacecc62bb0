"""Text in the two languages of the project: Chinese, which bureaus read, and English."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final, Literal, get_args

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})  # ends of lines, controls, also of direction


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


def is_hidden(sign: str) -> bool:
    """Whether a sign cannot be seen, and so could forge a line of what is printed, or turn it round."""
    return unicodedata.category(sign) in _HIDDEN


def visible(text: str, keep: str = "") -> str:
    """`text` on one line, each sign that cannot be seen shown by its code; those in `keep` stay.

    What others wrote goes through this before it is printed: it may hold commands to a terminal.
    """
    if text.isprintable():
        return text
    return "".join(sign if sign in keep or not is_hidden(sign) else f"<U+{ord(sign):04X}>" for sign in text)
