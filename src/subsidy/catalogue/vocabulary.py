"""The shared words of all policies: units, lists of choices, payers; and divisions of GB/T 2260 with their class."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Annotated

from pydantic import Field

from ..text import Text
from .documents import ChoiceList
from .keys import Date, Document, Name, Number, Words


class Unit(Document):
    """A base unit, or `factor` of the base unit `of`; `symbol` is how it is printed behind a figure."""

    label: Words
    symbol: Words
    of: str | None = None
    factor: Number | None = None

    @property
    def one(self) -> Text:
        """The symbol behind a one and within a product: of the plural ``beds``, the label ``bed``."""
        return Text(self.symbol.zh, self.label.en) if self.symbol.en == f"{self.label.en}s" else self.symbol


class Payer(Document):
    """A public purse. `classes` are those of the divisions at its level: which of them pays follows from a place."""

    label: Words
    classes: list[Name] = Field(default=[])


class VocabularyDocument(Document):
    """`vocabulary.toml`."""

    units: dict[str, Unit]
    choices: dict[Name, ChoiceList]
    payers: dict[Name, Payer]


class DivisionSource(Document):
    """Where the divisions were taken from, and when."""

    standard: str
    title: Words
    taken_from: str
    date: Date
    note: Words | None = None


class DivisionEntry(Document):
    """One administrative division."""

    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]
    parent: str | None = None
    class_: Name = Field(alias="class")
    name: Words


class DivisionsDocument(Document):
    """`divisions.toml`."""

    source: DivisionSource
    divisions: list[DivisionEntry]


@dataclass(frozen=True, slots=True)
class Division:
    """An administrative division. Its class comes from the list, never from the digits of the code."""

    code: str
    parent: str | None
    class_: str
    name: Text


@dataclass(frozen=True)
class Vocabulary:
    """Everything that modules may refer to by name."""

    units: dict[str, Unit]
    choices: dict[str, ChoiceList]
    payers: dict[str, Payer]
    divisions: dict[str, Division]
    digest: str = ""
    divisions_digest: str = ""

    @cached_property
    def scaled(self) -> dict[str, tuple[str, Fraction]]:
        """The scaled units, each with its base unit and its factor."""
        return {
            name: (unit.of, Fraction(unit.factor))
            for name, unit in self.units.items()
            if unit.of is not None and unit.factor is not None
        }

    def below(self, code: str) -> list[Division]:
        """The divisions directly below `code`."""
        return [division for division in self.divisions.values() if division.parent == code]

    def of_class(self, code: str, classes: Collection[str]) -> str | None:
        """The division of one of `classes` that is `code` or above it; None where there is none."""
        step: str | None = code
        while step is not None and self.divisions[step].class_ not in classes:
            step = self.divisions[step].parent
        return step

    def path(self, code: str) -> str:
        """The name of a division in Chinese with those above it, such as 山西省运城市盐湖区."""
        names: list[str] = []
        step: str | None = code
        while step is not None and step in self.divisions:
            names.append(self.divisions[step].name.zh)
            step = self.divisions[step].parent
        return "".join(reversed(names))
