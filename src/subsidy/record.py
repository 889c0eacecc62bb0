"""Frozen records: what frozen dataclasses are, without generating code for each class.

The syntax tree and the typed program have some fifty classes. As dataclasses they take a fifth of the time in which a
fresh process has its first answer; type checkers see the same either way (PEP 681).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, field
from inspect import get_annotations
from operator import itemgetter
from typing import Any, ClassVar, TypeVar, cast, dataclass_transform

R = TypeVar("R", bound="Record")
Picking = Callable[[dict[str, Any]], tuple[Any, ...]]


def _picking(names: tuple[str, ...]) -> Picking:
    """What takes some fields out of a dictionary: the compiler compares and walks trees of them by the million."""
    picking: Picking = itemgetter(*names) if len(names) > 1 else lambda fields: tuple([fields[name] for name in names])
    return cast("Picking", staticmethod(picking))


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Record:
    """A frozen value. Its fields are its annotations, those of its bases first; ``field(compare=False)`` holds."""

    _names: ClassVar[tuple[str, ...]] = ()
    _compared: ClassVar[tuple[str, ...]] = ()
    _values: ClassVar[Picking] = _picking(())
    _key: ClassVar[Picking] = _picking(())
    _defaults: ClassVar[dict[str, Any]] = {}
    __match_args__: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        own = [name for name in get_annotations(cls) if not name.startswith("_")]
        hidden, defaults = set[str](), dict(cls._defaults)
        for name in own:
            value = cls.__dict__.get(name, MISSING)
            if isinstance(value, Field):
                delattr(cls, name)
                hidden |= set() if value.compare else {name}
                assert value.default_factory is MISSING, "records share their defaults: make it an immutable value"
                value = value.default
            if value is not MISSING:
                defaults[name] = value
        cls._names = (*cls._names, *own)
        cls._compared = (*cls._compared, *(name for name in own if name not in hidden))
        cls._values, cls._key = _picking(cls._names), _picking(cls._compared)
        cls._defaults = defaults
        cls.__match_args__ = cls._names  # type: ignore[misc]

    def __init__(self, *values: Any, **named: Any) -> None:
        names = self._names
        given = {**self._defaults, **dict(zip(names, values, strict=False)), **named}
        if len(given) != len(names) or len(values) > len(names):
            odd = sorted(set(names) ^ set(given))
            raise TypeError(f"{type(self).__name__} takes {', '.join(names)}; wrong: {', '.join(odd)}")
        self.__dict__.update(given)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __eq__(self, other: object) -> bool:
        cls = type(self)
        if type(other) is not cls:
            return NotImplemented
        return self is other or cls._key(self.__dict__) == cls._key(other.__dict__)

    def __hash__(self) -> int:
        """Found once: a formula is a deep tree, and is looked up often."""
        kept: int | None = self.__dict__.get("_hash")
        if kept is None:
            cls = type(self)
            kept = self.__dict__["_hash"] = hash((cls, cls._key(self.__dict__)))
        return kept

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={self.__dict__[name]!r}" for name in self._names)
        return f"{type(self).__name__}({shown})"


def values(record: Record) -> tuple[Any, ...]:
    """The values of all fields, in order."""
    return type(record)._values(record.__dict__)  # noqa: SLF001 – this module's own


def replace(record: R, /, **changes: Any) -> R:
    """The same record but for some fields."""
    fields = record.__dict__
    return type(record)(**{name: fields[name] for name in record.__match_args__ if name not in changes}, **changes)
