"""Programmes of a catalogue: what several policies together give one subject."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final, Protocol

from .calculation.combined import combine, in_order
from .calculation.policy import Policy
from .calculation.programme import ProgrammeResult, programme_result
from .calculation.programme_replay import ProgrammeReplay, read_programme_receipt, replay_programme
from .calculation.receipt import Receipt
from .calculation.replay import Replay
from .calculation.result import Result
from .catalogue.companions import read_programmes, settled
from .catalogue.folder import Folder
from .catalogue.positions import Path
from .catalogue.programmes import ProgrammeEntry
from .catalogue.versions import pick
from .catalogue.vocabulary import Vocabulary
from .dates import show_month
from .errors import Also, CatalogueError, FactsError, PolicyError, Problem, Problems, RequestError, hint
from .language.types import Id, Month
from .language.units import RATIO
from .text import Text, plain

Versions = Callable[[str], Iterable[Policy]]
_FIRST: Final = Text("先用在这里", "used here first")
_THERE: Final = Text("写在这里", "stated here")
_ROUND: Final = Text("绕回这里", "it comes round here")


class Dated(Protocol):
    """The version of a policy that some facts pick, of what was known by a day."""

    def __call__(self, policy_id: str, facts: Mapping[str, Any], /, *, known: dt.date | None = None) -> Policy: ...


class Programme:
    """One version of a programme, ready to calculate. Calculations leave no trace in it.

    With `known`, its members too are calculated by what was known by that day.
    """

    def __init__(
        self, entry: ProgrammeEntry, vocabulary: Vocabulary, dated: Dated, known: dt.date | None = None
    ) -> None:
        self.entry, self.document, self.vocabulary = entry, entry.document, vocabulary
        self._dated, self._known = dated, known

    def __repr__(self) -> str:
        return f"<Programme {self.id} {self.version} r{self.document.programme.revision}>"

    @property
    def id(self) -> str:
        """The programme's path."""
        return self.document.programme.id

    @property
    def version(self) -> str:
        """The version, a date."""
        return self.document.programme.version

    @property
    def digest(self) -> str:
        """SHA-256 of the file's canonical content."""
        return self.entry.digest

    @property
    def title(self) -> Text:
        """The title in both languages."""
        return self.document.programme.title

    def titles(self) -> dict[str, Text]:
        """What each member is called, as the latest version of its policy has it."""
        return {member.name: self._dated(member.policy, {}).title for member in self.document.members}

    def applies_on(self, day: dt.date) -> bool:
        """Whether this version applies on a day."""
        return self.entry.applies_on(day)

    def days_of(self, facts: Mapping[str, Mapping[str, Any]]) -> list[dt.date]:
        """The days of the claims, as far as they can be read, in the order of the members."""
        days = []
        for member in self.document.members:
            given = facts.get(member.name)
            with suppress(RequestError):  # which the calculation reports
                day = None if given is None else self._dated(member.policy, given, known=self._known).date_of(given)
                days += [] if day is None else [day]
        return days

    def calculate(
        self,
        facts: Mapping[str, Mapping[str, Any]],
        /,
        *,
        readings: Mapping[str, Mapping[str, str]] | None = None,
    ) -> ProgrammeResult:
        """The total and its reasons.

        Args:
            facts: by member, its facts by name; a member that is left out was not claimed.
            readings: by member, as `Policy.calculate` takes them.

        Raises:
            FactsError, RequestError: facts do not fit, a member is unknown, subjects differ; all problems at once.
        """
        problems = Problems()
        known = {member.name: member for member in self.document.members}
        for name in dict.fromkeys([*facts, *(readings or {})]):
            if name not in known:
                problems.take(Problem.of("R0401", name, given=name, **hint(name, known)))
        claimed = {name: member for name, member in known.items() if name in facts}
        if not claimed and not problems.errors():
            problems.add("R0402", self.id, members=", ".join(known))
        results: dict[str, Result] = {}
        days: dict[str, dt.date] = {}
        titles = self.titles()
        for name, member in claimed.items():
            try:
                policy = self._dated(member.policy, facts[name], known=self._known)
                results[name] = policy.calculate(facts[name], readings=(readings or {}).get(name))
            except RequestError as error:
                for problem in error.problems:
                    problems.take(replace(problem, where=f"{name}.{problem.where}"))
                continue
            titles[name] = policy.title
            day = policy.date_of(facts[name])
            assert day is not None
            days[name] = day
        self._check_alike(results, days, problems)
        problems.raise_as(FactsError if any(p.code[0] == "F" for p in problems.errors()) else RequestError)
        combined = combine(self.document, {name: result.total_in_fen() for name, result in results.items()})
        first = next(iter(results))
        subject = results[first].facts[known[first].subject]
        return programme_result(self.entry, self.vocabulary, subject, titles, results, combined)

    def _check_alike(self, results: Mapping[str, Result], days: Mapping[str, dt.date], problems: Problems) -> None:
        """All members are about one subject, in the time of the programme, and in one month where they go by months."""
        members = {member.name: member for member in self.document.members}
        names = list(results)
        for name in names:
            where = f"{name}.{members[name].subject}"
            given, wanted = (results[each].facts[members[each].subject] for each in (name, names[0]))
            if given != wanted:
                problems.add("R0403", where, given=given, wanted=wanted, other=names[0])
            dated = f"{name}.{results[name].policy.program.dated_by}"
            if not self.entry.applies_on(days[name]):
                span = f"{self.entry.first} – {self.entry.last or '…'}"
                problems.add("R0404", dated, given=days[name].isoformat(), span=span)
        monthly = [
            name
            for name in names
            if isinstance(results[name].policy.program.facts[results[name].policy.program.dated_by].type, Month)
        ]
        for name in monthly[1:]:
            if days[name] != days[monthly[0]]:
                dated = f"{name}.{results[name].policy.program.dated_by}"
                given, wanted = (show_month(day.year * 12 + day.month - 1) for day in (days[name], days[monthly[0]]))
                problems.add("R0405", dated, given=given, wanted=wanted, other=monthly[0])


class ProgrammeFolder:
    """The programmes that stand beside the policies of a folder. Files are read when they are asked for."""

    def __init__(self, folder: Folder, dated: Dated, versions: Versions) -> None:
        self.folder, self._dated, self._versions = folder, dated, versions

    @property
    def ids(self) -> list[str]:
        """Every programme id, sorted."""
        return sorted({file.rpartition("/")[0] for file in self.folder.companions if file.endswith(".programme.toml")})

    def dated(
        self, programme_id: str, facts: Mapping[str, Mapping[str, Any]], known: dt.date | None = None
    ) -> Programme:
        """The version that the claims' own days pick, as published by `known`; by the first of them that can be read.

        Where none does, the latest version is taken, which then reports it with everything else.

        Raises:
            RequestError, CatalogueError, PolicyError: as `programme`, but for the day.
        """
        latest = self.programme(programme_id, None, known)
        days = latest.days_of(facts)
        if not days or all(latest.applies_on(day) for day in days):
            return latest
        with suppress(RequestError):
            return self.programme(programme_id, days[0], known)
        return latest

    def programme(self, programme_id: str, on: dt.date | None, known: dt.date | None = None) -> Programme:
        """The version in force on a day, among those published by another; without a day, the latest.

        Raises:
            RequestError: there is no such programme, or none of its versions is in force on that day.
            CatalogueError, PolicyError: it is not sound, or its members are not.
        """
        if programme_id not in self.ids:
            raise RequestError(Problem.of("R0406", programme_id, given=programme_id, **hint(programme_id, self.ids)))
        problems = Problems()
        found = [entry for entry in read_programmes(self.folder, problems) if _id(entry) == programme_id]
        _raise(problems)
        found.sort(key=lambda entry: (entry.start, entry.head.revision))
        picked = pick(found, on, known)
        self.check_one(picked, self._versions, problems)
        _raise(problems)
        entry = next(each for each in settled(found, known) if each.path == picked.path)
        return Programme(entry, self.folder.vocabulary, self._dated, known)

    def replay(self, content: bytes | str, replayed: Callable[[Receipt], Replay]) -> ProgrammeReplay:
        """Compute a programme's receipt again under the digests it names.

        Raises:
            RequestError: it is no such receipt, or nothing here has a digest that it names.
        """
        receipt = read_programme_receipt(content)
        wanted = receipt.programme.digest
        found = [entry for entry in read_programmes(self.folder, Problems()) if entry.digest == wanted]
        if not found:
            raise RequestError(Problem.of("R0205", "programme.digest", given=wanted))
        titles = Programme(found[0], self.folder.vocabulary, self._dated).titles()
        return replay_programme(receipt, found[0], self.folder.vocabulary, titles, replayed)

    def check(self, versions: Versions, problems: Problems) -> None:
        """Every problem of every programme."""
        for entry in read_programmes(self.folder, problems):
            self.check_one(entry, versions, problems)

    def check_one(self, entry: ProgrammeEntry, versions: Versions, problems: Problems) -> None:
        """What a programme says of its members, proved against their policies."""
        document, origin = entry.document, entry.origin

        def add(code: str, path: Path, *, also: tuple[Also, ...] = (), **values: str | Text) -> None:
            place = origin.place(path)
            problems.add(code, place.key, place=place, also=also, **values)

        names: list[str] = []
        claims: dict[str, Text] = {}
        said: dict[str, Also] = {}
        for index, member in enumerate(document.members):
            path: Path = ("members", index)
            if member.name in names:
                first = ("members", names.index(member.name), "name")
                add("P0903", (*path, "name"), also=(origin.also(_FIRST, first),), given=member.name)
            names.append(member.name)
            if member.policy not in self.folder.ids:
                add("P0901", (*path, "policy"), given=member.policy, **hint(member.policy, self.folder.ids))
                continue
            for policy in versions(member.policy):
                ids = [name for name, fact in policy.facts.items() if isinstance(fact.type, Id)]
                ids = [name for name in ids if not policy.facts[name].optional and policy.facts[name].when is None]
                if member.subject not in ids:
                    near = hint(member.subject, ids)
                    there = policy.origin.positions.has(("facts", member.subject))
                    also = (policy.origin.also(_THERE, ("facts", member.subject), "type"),) if there else ()
                    add("P0902", (*path, "subject"), also=also, given=member.subject, policy=policy.id, **near)
                claims.setdefault(member.name, _claim(policy))
                said.setdefault(member.name, policy.origin.also(plain(member.name), ("policy",), "claim"))
        for other, claim in claims.items():
            one = next(iter(claims))
            if claim != claims[one]:
                path = ("members", names.index(other), "policy")
                both = (said[other], said[one])
                add("P0906", path, also=both, given=other, claim=claim, other=one, wanted=claims[one])
        for index, exclusion in enumerate(document.exclusions):
            for key, name in (("if", exclusion.if_), ("then", exclusion.then)):
                if name not in names:
                    add("P0904", ("exclusions", index, key), given=name, **hint(name, names))
        if document.programme.combine == "highest" and document.exclusions:
            add("P0907", ("exclusions", 0))
        circle = [name for name in names if name not in in_order(document)]
        if circle and all(each.if_ in names for each in document.exclusions):
            round_ = [i for i, each in enumerate(document.exclusions) if {each.if_, each.then} <= {*circle}]
            others = tuple(origin.also(_ROUND, ("exclusions", index)) for index in round_[1:])
            add("P0905", ("exclusions", round_[0]), also=others, given=", ".join(dict.fromkeys(circle)))
        if document.cap is not None:
            limit = Fraction(document.cap.limit)
            if limit < 0 or (limit * 100).denominator != 1:
                add("P0908", ("cap", "limit"), given=document.cap.limit)


def _claim(policy: Policy) -> Text:
    """What one calculation of a policy is about."""
    claim = str(policy.program.claim)
    return Text("件", "claim") if policy.program.claim == RATIO else Text(claim, claim)


def _id(entry: ProgrammeEntry) -> str:
    return entry.document.programme.id


def _raise(problems: Problems) -> None:
    kinds = {problem.code[0] for problem in problems.errors()}
    problems.raise_as(PolicyError if "P" in kinds else CatalogueError)
