"""What a clerk most likely meant by a name that is not there: the nearest one, or the one that is called so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, Protocol

from ..errors import Hint, hint, nearest
from ..text import Text


class _Labelled(Protocol):
    @property
    def label(self) -> Text: ...


class _Unit(_Labelled, Protocol):
    @property
    def symbol(self) -> Text: ...


def write(form: str) -> Text:
    """The advice to write something."""
    return Text(f"写 {form}", f"write {form}")


def labels(known: Mapping[str, _Labelled]) -> dict[str, list[str]]:
    """What each of some names is called in both languages."""
    return {name: [each.label.zh, each.label.en] for name, each in known.items()}


def called(given: str, known: Mapping[str, Iterable[str]]) -> str | None:
    """The name that goes by these words, in either language, whole or in part."""
    given = given.strip().casefold()
    words = {name: [word.casefold() for word in several if word] for name, several in known.items()}
    for alike in (lambda word: word == given, lambda word: len(given) > 1 and given in word):
        found = [name for name, several in words.items() if any(alike(word) for word in several)]
        if len(found) == 1:
            return found[0]
    return None


_OTHERWISE: Final = {
    "CNY": ("yuan", "RMB", "¥", "￥", "块"),
    "m2": ("sqm", "㎡", "m^2", "平米", "平方"),
    "person": ("people", "persons", "elder", "人次"),
    "bed": ("beds",),
    "month": ("months",),
    "year": ("years",),
    "day": ("days",),
    "hour": ("hours", "h"),
    "ratio": ("%", "percent"),
}


def unit_near(name: str, text: str, known: Mapping[str, _Unit]) -> Hint:
    """The unit that was meant, by its name, its label or another usual word; how units are put together."""
    words = {unit: [*(each.symbol.zh, each.symbol.en), *(each.label.zh, each.label.en)] for unit, each in known.items()}
    for unit, others in _OTHERWISE.items():
        if unit in words or unit == "ratio":
            words[unit] = [*words.get(unit, ()), *others]
    if not name or " per " in text or "每" in text or "÷" in text:
        form = re.sub(r"\s*(?: per |每|÷)\s*", "/", text)
        return {"hint": Text(f"单位用 * 和 / 相连，如 {form}", f"units are joined by * and /, such as {form}")}
    return hint_among(name, words)


def other_unit(literal: str, have: object, wanted: object) -> Hint:
    """A number in the unit that is wanted: of years in months, twelve times as many."""
    figure = literal.partition("[")[0]
    if (str(have), str(wanted)) == ("year", "month") and figure.isdecimal():
        figure = str(12 * int(figure))
    form = figure if str(wanted) == "ratio" else f"{figure}[{wanted}]"
    return {"hint": Text(f"是否应为 {form}？", f"is {form} meant?")}


def hint_among(given: str, known: Mapping[str, Iterable[str]]) -> Hint:
    """The name that is spelt alike, or else the one that is called so; all of them where they are few."""
    if nearest(given, known) is None and (meant := called(given, known)) is not None:
        return {"hint": Text(f"是否想写 {meant}？", f"did you mean {meant}?")}
    return hint(given, known)
