"""What a printed formula is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from .amounts import Value


@dataclass(frozen=True)
class Leaf:
    """A figure, as it is printed."""

    said: str
    value: Value


@dataclass(frozen=True)
class Name:
    """What was told above: a fact, or an earlier line."""

    said: str


@dataclass(frozen=True)
class Named:
    """What nothing above is called: a parameter of the text with its keys, a field of a row, or a word."""

    said: str
    keys: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Operation:
    sign: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Minus:
    of: Node


@dataclass(frozen=True)
class Extreme:
    which: str
    of: tuple[Node, ...]


@dataclass(frozen=True)
class Compare:
    sign: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Logic:
    which: str
    of: tuple[Node, ...]


@dataclass(frozen=True)
class Not:
    of: Node


@dataclass(frozen=True)
class In:
    of: Node
    members: tuple[Node, ...]
    is_denied: bool = False


@dataclass(frozen=True)
class If:
    test: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True)
class Ladder:
    pick: str
    tests: tuple[Node, ...]
    values: tuple[Node, ...]
    otherwise: Node | None


@dataclass(frozen=True)
class Round:
    of: Node
    mode: str
    quantum: Value


@dataclass(frozen=True)
class Call:
    function: str
    of: tuple[Node, ...]


@dataclass(frozen=True)
class Over:
    """A sum or the like over rows of a fact, or over the months from one to another."""

    which: str
    rows: str
    months: tuple[Node, ...]
    body: Node | None
    test: Node | None
    of_none: Node | None = None


@dataclass(frozen=True)
class Kind:
    """The class of a division, or the class in which a number falls."""

    of: Node
    kind: str


@dataclass(frozen=True)
class Given:
    of: str


@dataclass(frozen=True)
class Reading:
    said: str


@dataclass(frozen=True)
class Place:
    """The place of a row among its like."""

    key: Node | None
    test: Node | None


Node: TypeAlias = (
    Leaf | Name | Named | Operation | Minus | Extreme | Compare | Logic | Not | In | If | Ladder | Round | Call | Over
    | Kind | Given | Reading | Place
)  # fmt: skip
