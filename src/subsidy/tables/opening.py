"""A roster opened for one policy beside another, whose facts may not be the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..calculation.policy import Policy
from ..columns import names_of
from ..errors import RequestError
from ..sheets.roster import Roster

# A roster for the versions of a policy; beside others, with columns that are carried along, and without what was said
# of facts that only the others have.
Open = Callable[[Sequence[Policy], Sequence[str] | None], Roster]


def beside(
    open_: Open, versions: Sequence[Policy], others: Sequence[Policy], carried: Sequence[str] | None = None
) -> Roster:
    """A roster as the versions of a policy read it.

    A column that is a fact of the others alone is carried along, also where its header looks like a fact misspelt.

    Raises:
        RequestError: it cannot be read, or has columns that may be facts misspelt; all problems.
    """
    names = {name for each in others for name in names_of(each)}
    try:
        return open_(versions, carried)
    except RequestError as error:
        theirs = [each.where for each in error.problems if each.code == "R0702" and each.where in names]
        if not theirs and not all(each.code == "F0101" and each.where in names for each in error.problems):
            raise
        return open_(versions, [*(carried or ()), *theirs])


def reads_alike(one: Sequence[Policy], other: Sequence[Policy]) -> bool:
    """Whether the versions of two rules read a roster alike."""
    return [_reads(each) for each in one] == [_reads(each) for each in other]


def _reads(policy: Policy) -> tuple[object, ...]:
    return {name: fact.type for name, fact in policy.facts.items()}, names_of(policy)
