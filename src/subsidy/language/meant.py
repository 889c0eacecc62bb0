"""What a clerk most likely meant by a name that is not there: the nearest one, or the one that is called so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from ..errors import Hint, hint, nearest
from ..text import Text


class _Labelled(Protocol):
    @property
    def label(self) -> Text: ...


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


def hint_among(given: str, known: Mapping[str, Iterable[str]]) -> Hint:
    """The name that is spelt alike, or else the one that is called so; all of them where they are few."""
    if nearest(given, known) is None and (meant := called(given, known)) is not None:
        return {"hint": Text(f"是否想写 {meant}？", f"did you mean {meant}?")}
    return hint(given, known)
