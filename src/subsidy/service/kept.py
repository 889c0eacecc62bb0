"""What is made once for each policy, and kept for as long as the policy is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from weakref import WeakKeyDictionary

from ..calculation.edition import Edition

E = TypeVar("E", bound=Edition)
T = TypeVar("T")


def kept(make: Callable[[E], T]) -> Callable[[E], T]:
    """The same function with a memory that lets go of a policy when its catalogue is replaced."""
    made: WeakKeyDictionary[E, T] = WeakKeyDictionary()

    def get(policy: E) -> T:
        found = made.get(policy)
        if found is None:
            found = made[policy] = make(policy)
        return found

    return get
