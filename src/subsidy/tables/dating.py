"""Which versions of a policy a roster falls under, where nobody names one: those of its own days, as single claims."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..calculation.policy import Policy
from ..errors import Problem, RequestError
from ..policies import Catalogue
from ..sheets.misspelt import ALL
from ..sheets.roster import Roster
from .opening import Open, beside
from .texts import values


class Picking:
    """Picks the version of a day as the catalogue does, each day once.

    Raises:
        RequestError: there is no such policy, or nothing of it was published by `known`.
    """

    def __init__(self, catalogue: Catalogue, policy_id: str, known: dt.date | None = None) -> None:
        self._catalogue, self._id, self._known = catalogue, policy_id, known
        self.latest = catalogue.policy(policy_id, known=known)
        self._found: dict[Any, Policy | tuple[Problem, ...]] = {}

    def __call__(self, stated: Any) -> Policy | tuple[Problem, ...]:
        """The version, by what a row states of its day; nothing where that is no day; why, where there is none."""
        if stated not in self._found:
            self._found[stated] = self._pick(stated)
        return self._found[stated]

    def _pick(self, stated: Any) -> Policy | tuple[Problem, ...]:
        name = self.latest.program.dated_by
        day = self.latest.date_of({name: stated})
        if day is None:
            return ()
        if self.latest.applies_on(day):
            return self.latest
        try:
            return self._catalogue.policy(self._id, day, self._known)
        except RequestError as none:  # at the cell that states the day
            return tuple(replace(each, where=name) for each in none.problems)

    def versions(self) -> list[Policy]:
        """Every version, the latest last."""
        every = {each.version: each for each in self._catalogue.versions(self._id)}
        every.pop(self.latest.version, None)
        return [*every.values(), self.latest]

    def used(self, roster: Roster) -> list[Policy]:
        """The versions of the days of a roster, by the day from which they apply; the latest where it has none."""
        name = self.latest.program.dated_by
        if name not in roster.schema.names:
            return [self.latest]
        days = dict.fromkeys(day for column in roster.stated(name) for day in values(self.latest, name, column)[0])
        found = {each.version: each for each in map(self, days) if isinstance(each, Policy)}
        return sorted(found.values(), key=lambda each: each.first_day) or [self.latest]


def dated(read: Open, picking: Picking) -> Roster:
    """A roster whose rows fall under the versions of their own days, as single claims do.

    A row that states no day falls under the last of these, which says so.

    Raises:
        RequestError: it cannot be read.
    """
    versions = picking.versions()
    used = versions if len(versions) == 1 else picking.used(_some(read, versions))
    roster = beside(read, used, versions)
    roster.pick = picking
    return roster


def _some(read: Open, versions: Sequence[Policy]) -> Roster:
    """A roster as far as it is needed to see its days: as some version reads it that finds them.

    Raises:
        RequestError: no version can read it; with what the latest says.
    """
    found = None
    for version in reversed(versions):
        try:
            roster = read([version], [ALL])
        except RequestError:
            continue
        if version.program.dated_by in roster.schema.names:
            return roster
        found = found or roster
    return found or read(versions[-1:], None)
