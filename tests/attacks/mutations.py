"""What is done to a real file to make it hostile: bytes, tokens, lines, keys, values, whole pieces of another file."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Final

from .formulas import formula

_TOKEN: Final = re.compile(r'"(?:\\.|[^"\\\n])*"|[A-Za-z_][A-Za-z0-9_]*|[0-9][0-9.\-]*|[^\sA-Za-z0-9_]')
_KEY: Final = re.compile(r"^[ \t]*([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=", re.MULTILINE)
_VALUE: Final = re.compile(r"(?<==)[ \t]*[^\n]+|(?<=: )[^,}\n]+")
_NAME: Final = re.compile(r"\b[a-z][a-z0-9_]*\b")
_FIGURE: Final = re.compile(r'(?<=")-?[0-9][0-9.]*(?=["%])')
_FORMULA: Final = re.compile(r'\b(?:value|test|if|when|otherwise|percent|share|due|up_to|required)\s*=\s*"([^"\n]*)"')
_BLOCK: Final = re.compile(r"^\[[^\n]*\n(?:[^\[\n][^\n]*\n|\n)*", re.MULTILINE)
_TEXT: Final = re.compile(r'"((?:\\.|[^"\\\n])*)"')

VALUES: Final = (
    "0", "1", "-1", "9" * 25, "1e400", "0.1", "nan", "inf", "true", '""', '"x"', '"{0.__class__}"',
    '"{x}"', "[]", "[[]]",
    "{}", "{ a = 1 }", '[""]', "2021-01-01", "2021-02-30", "0001-01-01", "9999-12-31", "10:00:00",
    "2021-01-01T00:00:00Z",
    '"2021-01-01"', '"60%"', '"1/3"', '"1/0"', '"-0"', '"９"', '"1e9"',
    '"999999999999999999.999999999"', "null", "0x10", "0o7",
    "{ zh = 1, en = 2 }", '{ zh = "甲", en = "a" }', '"\\u202e"', '"\\u0007"', '"\\ud800"',
    '"' + "a" * 300 + '"', '"[0]"', '"a.b"',
    "'''x'''", '"""\nx\n"""', "[1, 2]", '["0", "1"]', '"half_up"', '"0.01 sideways"',
    '"CNY/(bed*month)"', '"(" ', '"open"',
)  # fmt: skip
KEYS: Final = (
    "value",
    "values",
    "by",
    "unit",
    "of",
    "when",
    "label",
    "type",
    "rows",
    "name",
    "zh",
    "a.b",
    '""',
    '"a b"',
    "clause",
)
FIGURES: Final = ("0", "1", "-1", "0.001", "7", "99", "100", "101", "1000000", "999999999999999999", "2.5", "0.3")
UNICODE: Final = (
    "\u0000",
    "\u202e",
    "\u200b",
    "\ufeff",
    "\u00a0",
    "\u0301",
    "ß",
    "İ",
    "ﬁ",
    "\U0001f600",
    "\x85",
    "\u2028",
    "٣",
    "\r",
    "\x1b[2J",
)

Change = Callable[[Random, str, str], str]


def mutated(rng: Random, text: str, other: str) -> bytes:
    """`text` after one to four changes; `other` is a file of its kind from which pieces may be taken."""
    for _ in range(rng.choice((1, 1, 1, 1, 2, 3, 4))):
        text = rng.choice(CHANGES)(rng, text, other)
    content = text.encode("utf-8", "surrogatepass")
    if rng.random() < 0.08:
        content = bytes_changed(rng, content)
    return content


def bytes_changed(rng: Random, content: bytes) -> bytes:
    """Bytes of which some are flipped, others, gone or new."""
    found = bytearray(content)
    for _ in range(rng.randint(1, 8)):
        if not found:
            break
        place = rng.randrange(len(found))
        match rng.randint(0, 3):
            case 0:
                found[place] ^= 1 << rng.randint(0, 7)
            case 1:
                found[place] = rng.randint(0, 255)
            case 2:
                del found[place : place + rng.randint(1, 64)]
            case _:
                found[place:place] = rng.randbytes(rng.randint(1, 4))
    return bytes(found)


def _spot(rng: Random, pattern: re.Pattern[str], text: str, group: int = 0) -> tuple[int, int]:
    """Where one of the pieces that a pattern finds stands; an empty span anywhere where it finds none."""
    found = [each.span(group) for each in pattern.finditer(text)]
    place = rng.randint(0, len(text))
    return rng.choice(found) if found else (place, place)


def _put(text: str, spot: tuple[int, int], new: str) -> str:
    return text[: spot[0]] + new + text[spot[1] :]


def _swap_tokens(rng: Random, text: str, other: str) -> str:
    start, end = _spot(rng, _TOKEN, other)
    return _put(text, _spot(rng, _TOKEN, text), other[start:end])


def _drop_token(rng: Random, text: str, _: str) -> str:
    return _put(text, _spot(rng, _TOKEN, text), "")


def _other_value(rng: Random, text: str, _: str) -> str:
    return _put(text, _spot(rng, _VALUE, text), f" {rng.choice(VALUES)}")


def _value_of_other(rng: Random, text: str, other: str) -> str:
    start, end = _spot(rng, _VALUE, other)
    return _put(text, _spot(rng, _VALUE, text), other[start:end])


def _formula_for_text(rng: Random, text: str, _: str) -> str:
    return _put(text, _spot(rng, _TEXT, text, 1), formula(rng))


def _text_for_text(rng: Random, text: str, other: str) -> str:
    start, end = _spot(rng, _TEXT, other, 1)
    return _put(text, _spot(rng, _TEXT, text, 1), other[start:end])


def _other_name(rng: Random, text: str, _: str) -> str:
    start, end = _spot(rng, _NAME, text)
    return _put(text, _spot(rng, _NAME, text), text[start:end])


def _other_figure(rng: Random, text: str, _: str) -> str:
    return _put(text, _spot(rng, _FIGURE, text), rng.choice(FIGURES))


def _other_formula(rng: Random, text: str, other: str) -> str:
    start, end = _spot(rng, _FORMULA, rng.choice((text, other)), 1)
    new = other[start:end] if rng.random() < 0.5 else formula(rng)
    return _put(text, _spot(rng, _FORMULA, text, 1), new.replace('"', ""))


def _blocks(rng: Random, text: str, other: str) -> str:
    """Tables left out, written twice, moved, or taken from another file."""
    spot, (start, end) = _spot(rng, _BLOCK, text), _spot(rng, _BLOCK, other)
    match rng.randint(0, 3):
        case 0:
            return _put(text, spot, "")
        case 1:
            return _put(text, spot, text[slice(*spot)] * 2)
        case 2:
            return _put(text, (spot[0], spot[0]), other[start:end])
        case _:
            return _put(text, spot, "") + text[slice(*spot)]


def _line(rng: Random, text: str, _: str) -> str:
    lines = text.split("\n")
    del lines[rng.randrange(len(lines))]
    return "\n".join(lines)


def _rename_key(rng: Random, text: str, other: str) -> str:
    start, end = _spot(rng, _KEY, other, 1)
    return _put(text, _spot(rng, _KEY, text, 1), rng.choice((rng.choice(KEYS), other[start:end])))


def _lines(rng: Random, text: str, other: str) -> str:
    lines, others = text.split("\n"), other.split("\n")
    place, taken = rng.randrange(len(lines)), rng.randrange(len(others))
    many = rng.choice((1, 1, 2, 8))
    match rng.randint(0, 4):
        case 0:
            del lines[place : place + many]
        case 1:
            lines[place:place] = lines[place : place + many]
        case 2:
            lines[place:place] = others[taken : taken + many]
        case 3:
            moved = lines[place : place + many]
            del lines[place : place + many]
            lines[rng.randint(0, len(lines)) :] = moved
        case _:
            lines[place] = lines[place][: rng.randint(0, len(lines[place]))]
    return "\n".join(lines)


def _splice(rng: Random, text: str, other: str) -> str:
    return text[: rng.randint(0, len(text))] + other[rng.randint(0, len(other)) :]


def _unicode(rng: Random, text: str, _: str) -> str:
    place = rng.randint(0, len(text))
    return _put(text, (place, place), rng.choice(UNICODE))


def _nest(rng: Random, text: str, _: str) -> str:
    spot = _spot(rng, _VALUE, text)
    depth = rng.choice((2, 6, 7, 8, 9, 30, 3_000))
    opening, closing = rng.choice((("[", "]"), ("{a=", "}"), ('{"a":', "}"), ("(", ")")))
    inner = text[slice(*spot)] if rng.random() < 0.7 else ""
    return _put(text, spot, " " + opening * depth + inner + closing * (depth if rng.random() < 0.7 else 0))


def _repeat(rng: Random, text: str, _: str) -> str:
    start, end = _spot(rng, _TOKEN, text)
    return _put(text, (start, end), text[start:end] * rng.choice((2, 3, 50, 2_000)))


CHANGES: Final[Sequence[Change]] = (
    _swap_tokens, _drop_token, _other_value, _other_value, _value_of_other, _formula_for_text, _formula_for_text,
    _text_for_text, _text_for_text, _rename_key, _lines, _splice, _unicode, _nest, _repeat, _line, _line, _line,
    *[_other_name] * 6, *[_other_figure] * 4, *[_other_formula] * 6, *[_blocks] * 4,
)  # fmt: skip
