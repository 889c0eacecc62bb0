"""Columns that are no facts: one near a fact may be it, misspelt, and stops the roster; any other goes along."""

from __future__ import annotations

import shlex
from typing import Final

from ..errors import Problem, nearest
from ..text import Text
from .together import Together

ALL: Final = "*"  # of the columns that go along: every one that is no fact


def misspelt(text: str, known: Together) -> Problem | None:
    """The problem of a header that is near a fact's name or label; None where it is near none."""
    meant = nearest(text, known.names)
    if meant is None:
        return None
    facts = [fact for fact in known.facts.values() if fact.from_ledger is None and not fact.left_of]
    word = word_of(text)
    hint = Text(
        f"是否想写 {meant}？否则加 --carry {word} 带入结果，或 --ignore {word} 略过",
        f"did you mean {meant}? otherwise add --carry {word} to take it along, or --ignore {word}",
    )
    allowed = ", ".join(f"{fact.name} ({fact.label.zh})" for fact in facts)
    return Problem.of("R0702", text, allowed=allowed, word=word, hint=hint)


def word_of(text: str) -> str:
    """A header as it is written on a command line."""
    return text if text.isalnum() else shlex.quote(text)
