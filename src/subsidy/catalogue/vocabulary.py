"""The shared words of all policies: units, lists of choices, payers; and divisions of GB/T 2260 with their class."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Annotated, NamedTuple

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


class DivisionList(Document):
    """One division a line: code, class, the code of the division above or ``-``, the Chinese name, the English name."""

    lines: str


class DivisionsDocument(Document):
    """`divisions.toml`: a table for each of a few divisions, or a list for all of them."""

    source: DivisionSource
    divisions: list[DivisionEntry] = Field(default=[])
    listed: DivisionList | None = None


class Division(NamedTuple):
    """An administrative division. Its class comes from the list, never from the digits of the code.

    There are thousands, most of which nobody asks for: a tuple is made at once, and a name when it is wanted.
    """

    code: str
    class_: str
    parent: str | None
    zh: str
    en: str

    @property
    def name(self) -> Text:
        return Text(self.zh, self.en)


class Names(Mapping[str, Text]):
    """The names of divisions by code."""

    def __init__(self, divisions: Mapping[str, Division]) -> None:
        self._divisions = divisions

    def __getitem__(self, code: str) -> Text:
        return self._divisions[code].name

    def __iter__(self) -> Iterator[str]:
        return iter(self._divisions)

    def __len__(self) -> int:
        return len(self._divisions)


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

    @cached_property
    def names(self) -> Names:
        """The names of the divisions by code."""
        return Names(self.divisions)

    @cached_property
    def class_of(self) -> dict[str, str]:
        """The classes of the divisions by code."""
        return {division.code: division.class_ for division in self.divisions.values()}

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
