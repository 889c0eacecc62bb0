"""A roster opened for one policy, or for two whose facts are not the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..calculation.policy import Policy
from ..columns import names_of
from ..errors import RequestError
from ..sheets.roster import Roster

Open = Callable[[Policy, Sequence[str]], Roster]  # a roster for a policy, with columns that are passed over


def for_both(open_: Open, before: Policy, after: Policy) -> tuple[Roster, Roster]:
    """A roster as each of two policies reads it; one, where both read it alike.

    A column that is a fact of the other alone is carried along, also where its header looks like a fact misspelt.

    Raises:
        RequestError: it cannot be read, or has columns that may be facts misspelt; all problems.
    """
    one = _beside(open_, before, after)
    types = [{name: fact.type for name, fact in each.facts.items()} for each in (before, after)]
    if types[0] == types[1] and names_of(before) == names_of(after):
        return one, one
    return one, _beside(open_, after, before)


def _beside(open_: Open, policy: Policy, other: Policy) -> Roster:
    others = names_of(other)
    try:
        return open_(policy, ())
    except RequestError as error:
        theirs = [each.where for each in error.problems if each.code == "R0702" and each.where in others]
        if not theirs:
            raise
        return open_(policy, theirs)
