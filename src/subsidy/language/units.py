"""Units: products and quotients of base units, written ``CNY/(person*month)``. Nothing converts in silence.

A scaled unit, such as 万元, is a number of a base unit: it may stand where a text states a figure, and is counted in
the base unit from there on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from ..catalogue.vocabulary import Unit as Symbol
from ..text import Language, Text

LENGTH_LIMIT: Final = 100  # also bounds how deep brackets nest
_TOKEN: Final = re.compile(r"\s*([^\s*/()]+|[*/()])")


@dataclass(frozen=True, slots=True)
class Unit:
    """Base units with their powers, sorted by name; none at all is ``ratio``."""

    powers: tuple[tuple[str, int], ...] = ()

    def __mul__(self, other: Unit) -> Unit:
        return _unit([*self.powers, *other.powers])

    def __truediv__(self, other: Unit) -> Unit:
        return _unit([*self.powers, *((name, -power) for name, power in other.powers)])

    def __str__(self) -> str:
        over = _product([(name, power) for name, power in self.powers if power > 0])
        under = _product([(name, -power) for name, power in self.powers if power < 0])
        if not under:
            return over or "ratio"
        return f"{over or '1'}/({under})" if "*" in under else f"{over or '1'}/{under}"


RATIO: Final = Unit()
CNY: Final = Unit((("CNY", 1),))


class UnitError(Exception):
    """A unit that cannot be read; `name` is the unknown base unit, or empty."""

    def __init__(self, name: str = "") -> None:
        super().__init__(name)
        self.name = name


def parse_unit(text: str, known: Mapping[str, object]) -> Unit:
    """The unit that `text` says.

    Raises:
        UnitError: the text is too long, is no unit, or names a base unit that the vocabulary does not have.
    """
    tokens: list[str] = []
    position = 0
    text = text.rstrip()
    if len(text) > LENGTH_LIMIT:
        raise UnitError
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise UnitError
        tokens.append(found[1])
        position = found.end()
    unit = _read_product(tokens, known)
    if tokens:
        raise UnitError
    return unit


def unscaled(unit: Unit, scaled: Mapping[str, tuple[str, Fraction]]) -> tuple[Unit, Fraction]:
    """The unit in base units alone, and how many of them it is: 万元/张 is 10,000 元/张."""
    plain, factor = Unit(), Fraction(1)
    for name, power in unit.powers:
        base, size = scaled.get(name, (name, Fraction(1)))
        plain, factor = plain * Unit(((base, power),)), factor * size**power
    return plain, factor


def _read_product(tokens: list[str], known: Mapping[str, object]) -> Unit:
    unit = _read_factor(tokens, known)
    while tokens and tokens[0] in "*/":
        operator = tokens.pop(0)
        factor = _read_factor(tokens, known)
        unit = unit * factor if operator == "*" else unit / factor
    return unit


def _read_factor(tokens: list[str], known: Mapping[str, object]) -> Unit:
    if not tokens:
        raise UnitError
    token = tokens.pop(0)
    if token == "(":
        unit = _read_product(tokens, known)
        if not tokens or tokens.pop(0) != ")":
            raise UnitError
        return unit
    if token in {"*", "/", ")"}:
        raise UnitError
    if token == "ratio":
        return RATIO
    if token not in known:
        raise UnitError(token)
    return Unit(((token, 1),))


def _unit(powers: list[tuple[str, int]]) -> Unit:
    total: dict[str, int] = {}
    for name, power in powers:
        total[name] = total.get(name, 0) + power
    return Unit(tuple(sorted((name, power) for name, power in total.items() if power)))


def _product(powers: list[tuple[str, int]]) -> str:
    return "*".join(name if power == 1 else "*".join([name] * power) for name, power in powers)


def symbols(unit: Unit | None, known: Mapping[str, Symbol], *, one: bool = False) -> Text:
    """A unit as people write it, such as 元/(人·月); empty for a ratio. Base units stand in the vocabulary's order.

    Behind the figure `one` a unit is in the singular, as it always is within a product.
    """
    powers = dict(unit.powers) if unit is not None else {}
    if not one and list(powers.values()) == [1]:
        return known[next(iter(powers))].symbol

    names = [name for name in known if name in powers]

    def product(language: Language, sign: int) -> str:
        return "·".join(known[name].one.in_(language) for name in names for _ in range(sign * powers[name]))

    def whole(language: Language) -> str:
        over, under = product(language, 1), product(language, -1)
        if not under:
            return over
        return f"{over or '1'}/({under})" if "·" in under else f"{over or '1'}/{under}"

    return Text(whole("zh"), whole("en"))
