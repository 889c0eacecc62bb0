"""How much JSON is taken from outside, facts and receipts: measured before any parser sees it."""

from __future__ import annotations

import re
from typing import Final

from ..errors import Problem, RequestError

SIZE_LIMIT: Final = 8 * 1024 * 1024  # ten thousand rows of facts, in a receipt, with room to spare
DEPTH_LIMIT: Final = 32
DIGITS_LIMIT: Final = 18
_STRING: Final = re.compile(r'"(?:\\.|[^"\\])*"?')
_BRACKET: Final = re.compile(r"[\[\]{}]")


def measured(content: str | bytes | bytearray, where: str) -> str:
    """The text of some JSON that is neither too large nor too deep.

    Raises:
        RequestError: it is one of these.
        UnicodeDecodeError: it is no UTF-8.
    """
    if len(content) > SIZE_LIMIT:
        raise RequestError(Problem.of("R0310", where, size=str(len(content)), limit=str(SIZE_LIMIT)))
    text = content if isinstance(content, str) else content.decode("utf-8-sig")
    depth = deepest = 0
    for sign in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if sign in "[{" else -1
        deepest = max(deepest, depth)
    if deepest > DEPTH_LIMIT:
        raise RequestError(Problem.of("R0311", where, depth=str(deepest), limit=str(DEPTH_LIMIT)))
    return text


def is_long(number: str) -> bool:
    """Whether a whole number, as JSON writes it, has more digits than any number here may have."""
    return len(number.removeprefix("-")) > DIGITS_LIMIT
