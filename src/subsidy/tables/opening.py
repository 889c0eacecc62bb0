"""A roster opened for one policy beside another, whose facts may not be the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..calculation.policy import Policy
from ..columns import names_of
from ..errors import RequestError
from ..sheets.roster import Roster

# A roster for a policy; beside another, with columns that are carried along, and without what was said of its facts.
Open = Callable[[Policy, Sequence[str] | None], Roster]


def beside(open_: Open, policy: Policy, other: Policy) -> Roster:
    """A roster as a policy reads it.

    A column that is a fact of the other alone is carried along, also where its header looks like a fact misspelt.

    Raises:
        RequestError: it cannot be read, or has columns that may be facts misspelt; all problems.
    """
    others = names_of(other)
    try:
        return open_(policy, None)
    except RequestError as error:
        theirs = [each.where for each in error.problems if each.code == "R0702" and each.where in others]
        if not theirs and not all(each.code == "F0101" and each.where in others for each in error.problems):
            raise
        return open_(policy, theirs)


def reads_alike(one: Policy, other: Policy) -> bool:
    """Whether two policies read a roster alike."""
    types = [{name: fact.type for name, fact in each.facts.items()} for each in (one, other)]
    return types[0] == types[1] and names_of(one) == names_of(other)
