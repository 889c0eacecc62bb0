"""A policy, ready to calculate: an edition with one runner for each choice of readings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from .. import dates
from ..catalogue.entry import Entry
from ..catalogue.vocabulary import Vocabulary
from ..errors import FactsError, Problem, RequestError, hint
from ..extras import needs
from ..language import program as p
from ..language.folding import OPEN, combinations, fold
from ..language.types import Month
from .answers import Answer, Point, Span
from .basis import NOTHING, Basis
from .edition import Edition
from .facts import UNKNOWN_LIMIT, contradictions, missing, plain, reader, unknown
from .readers import Read, Refused, as_facts, as_readings, refuse, shown
from .result import Result
from .runner import Runner
from .scalar import HAND, Environment
from .schema import schema

if TYPE_CHECKING:
    import pyarrow as pa

    from .receipt import Receipt
    from .release import Release

_RUNNERS_KEPT: Final = 256


class Stands(Protocol):
    """Says how a policy stands for a claim: under which adoption, with which texts of lower levels."""

    def __call__(self, policy: Policy, facts: Mapping[str, Any], readings: Mapping[str, str], /) -> Policy:
        """The policy for a claim."""

    def rests_on(self, policy: Policy) -> tuple[str, ...]:
        """The facts on which that rests; none where every claim is under the policy as it is."""


class Policy(Edition):
    """One version of a policy, ready to calculate. Calculations leave no trace in it."""

    def __init__(
        self,
        entry: Entry,
        program: p.Program,
        vocabulary: Vocabulary,
        last_day: dt.date | None,
        basis: Basis = NOTHING,
        standing: Stands | None = None,
        *,
        first_day: dt.date | None = None,
    ) -> None:
        super().__init__(entry, program, vocabulary, last_day, basis, first_day=first_day)
        self._standing = standing
        self._readers: list[tuple[str, Read]] = [
            (n, reader(fact, vocabulary.names)) for n, fact in program.facts.items()
        ]
        self._read_by_name = dict(self._readers)
        self._always = not any(fact.optional or fact.when for fact in program.facts.values())
        self._conditional = [(i, fact) for i, fact in enumerate(program.facts.values()) if fact.when is not None]
        self._dated = list(program.facts).index(program.dated_by)
        self._first, self._last = self._bounds()
        self._may_refuse = any(test.kind == "admissible" for test in program.conditions) or any(
            part.decided for part in program.parts
        )
        self._has_guards = bool(program.guards)
        self._default = self.defaults
        self._runners: dict[tuple[str, ...], Runner] = {}
        self._ways: dict[tuple[str, ...], list[Runner]] = {}
        self._recommended = self._runner(self._default) if self._is_fixed(self._default) else None

    def __repr__(self) -> str:
        return f"<Policy {self.id} {self.version} r{self.revision}>"

    def schema(self) -> dict[str, Any]:
        """JSON Schema (2020-12) of the facts."""
        return schema(self)

    def date_of(self, facts: Mapping[str, Any]) -> dt.date | None:
        """The day that picks the version, a month by its first day; None where the fact cannot be read."""
        value = self.value_of(self.program.dated_by, facts)
        return value if value is None or isinstance(value, dt.date) else dates.first_day(value)

    def value_of(self, name: str, facts: Mapping[str, Any]) -> Any:
        """The value of one fact, whatever the others are; None where it is not given or cannot be read."""
        read = self._read_by_name[name]
        try:
            return None if facts.get(name) is None else read(facts[name])
        except Refused:
            return None

    def calculate(
        self, facts: Mapping[str, Any] | None = None, /, *, readings: Mapping[str, str] | None = None, **more: Any
    ) -> Result:
        """The amount and its reasons. Pure: the same facts give the same bytes, and no trace is left.

        Args:
            facts: values by fact name; keyword arguments add to them.
            readings: a reading by interpretation name; ``open`` leaves one open. Others are as recommended.

        Raises:
            FactsError: the facts do not fit; all problems at once.
            RequestError: an interpretation or a reading is unknown, or the date is outside this version.
        """
        given: Mapping[str, Any] = facts if facts.__class__ is dict else as_facts(facts)
        if more:
            given = {**given, **more}
        return self.standing_for(given, readings or {}).calculate_alone(given, readings)

    def standing_for(self, given: Mapping[str, Any], readings: Mapping[str, str]) -> Policy:
        """The policy as it stands for a claim: under the adoption of its day, with what texts of lower levels fill.

        Raises:
            PolicyError: a text does not fill the parameter of this version.
        """
        return self if self._standing is None else self._standing(self, given, readings)

    @property
    def stands_by(self) -> tuple[str, ...]:
        """The facts on which it rests how the policy stands for a claim; none where that is the same for all."""
        return () if self._standing is None else self._standing.rests_on(self)

    def chosen(self, readings: Mapping[str, str]) -> Mapping[str, str]:
        """Every interpretation with its reading, of the policy's own choice where a caller chooses none.

        Raises:
            RequestError: an interpretation or a reading is unknown.
        """
        return self._chosen(readings)

    def runners(self, readings: Mapping[str, str]) -> list[Runner]:
        """A runner for every choice of readings that a caller leaves open.

        Raises:
            RequestError: an interpretation or a reading is unknown.
        """
        return self._runners_for(self._chosen(readings))

    @property
    def bounds(self) -> tuple[Any, Any]:
        """The first and the last day, or month, of this version, as the fact that picks it has them."""
        return self._first, self._last

    def calculate_table(
        self,
        table: Any,
        /,
        *,
        readings: Mapping[str, str] | None = None,
        steps: Sequence[str] = (),
        only: Sequence[str] | None = None,
        sums: Literal["decimal128", "decimal64"] = "decimal128",
        threads: int = 1,
    ) -> pa.Table:
        """The amount of every row of a table, exact, in the order of its rows. It needs the extra ``[tables]``.

        A row is answered as `calculate` answers it. One whose facts do not fit has no amount and says why in
        ``problems``; it stops no other. Where a text leaves something open, ``amount.low`` and ``amount.high`` have the
        bounds.

        Args:
            table: an Arrow table, or what has the Arrow interface, such as a frame of pandas or Polars. Its columns are
                facts by name: integers, decimals, texts, dates, lists of structs; floats only where they are exact.
            readings: as of `calculate`.
            steps: the steps and conditions whose values are wanted, too.
            only: the columns that are wanted, such as ``["amount"]``; all of them unless given. What nobody wants is
                not computed.
            sums: ``decimal64`` has sums in half the room, where they are proved to fit; not every program reads it.
            threads: how many work at it.

        Returns:
            As many rows: ``amount``, ``parts.…`` and ``shares.…`` in CNY, ``eligible``, ``reasons`` with the conditions
            that fail, ``steps.…``, ``simulation`` where nothing may be paid from it, and ``problems``.

        Raises:
            FactsError: a column is no fact, or a fact that every claim states has none; all problems at once.
            RequestError: a reading, a step or a column of the answer is unknown, sums do not fit, or a column stands
                there twice.
        """
        with needs("tables"):
            from .columnar.table import calculate_table
        return calculate_table(self, table, readings=readings, steps=steps, only=only, sums=sums, threads=threads)

    def calculate_batches(
        self,
        batches: Iterable[pa.RecordBatch],
        /,
        *,
        readings: Mapping[str, str] | None = None,
        steps: Sequence[str] = (),
        only: Sequence[str] | None = None,
        sums: Literal["decimal128", "decimal64"] = "decimal128",
        threads: int = 1,
    ) -> Iterator[pa.RecordBatch]:
        """As `calculate_table`, a batch for each batch and as they come: for tables larger than memory.

        Args:
            batches: a `RecordBatchReader`, or any batches of the same columns, of some 100,000 rows each to be quick.

        Raises:
            FactsError, RequestError: as `calculate_table`, before the first answer; and whatever the reading of
                `batches` raises.
        """
        with needs("tables"):
            from .columnar.table import calculate_batches
        asked: Any = {"readings": readings, "steps": steps, "only": only, "sums": sums}
        return calculate_batches(self, batches, threads=threads, **asked)

    def calculate_alone(self, given: Mapping[str, Any], readings: Mapping[str, str] | None = None) -> Result:
        """As `calculate`, but under this text as it is: no adoption and no text of a lower level is looked for.

        Raises:
            FactsError, RequestError: as `calculate`.
        """
        if readings or self._recommended is None:
            return self._calculate_under(given, self._chosen(readings or {}))
        runner = self._recommended
        env = self._read_quickly(given) if self._always else None
        if env is None:
            env = self._read(given, [runner])[0]
        if not self._first <= env[self._dated] <= self._last:
            self._check_date(env)
        return self._result((self._answer(runner, env),), self._default)

    def calculate_again(self, facts: Mapping[str, Any], readings: Mapping[str, str]) -> Result:
        """What `calculate` answered before: a later version, which ends the time of this one, changes nothing.

        Raises:
            FactsError, RequestError: the facts or the readings do not fit.
        """
        return self._calculate_under(facts, self._chosen(readings), is_dated=False)

    def release(
        self,
        award: Result | Receipt,
        instalment: str,
        facts: Mapping[str, Any] | None = None,
        /,
        *,
        on: dt.date | None = None,
        **more: Any,
    ) -> Release:
        """Whether an instalment of a claim is paid, with the facts that are asked when it is released.

        Args:
            award: the result of the claim, or its receipt, which is computed again.
            instalment: its name.
            facts: values by fact name; keyword arguments add to them.
            on: the day of the release; before the due date the instalment waits. Without it the due date is not
                looked at, and the release says so.

        Raises:
            FactsError: the facts do not fit; all problems at once.
            RequestError: the policy or the claim has no such instalment, or the receipt is of another policy, or wrong.
        """
        from .release import release

        return release(self, award, instalment, {**as_facts(facts), **more}, on)

    def _calculate_under(self, given: Mapping[str, Any], chosen: Mapping[str, str], *, is_dated: bool = True) -> Result:
        """Every choice of readings that `chosen` leaves open, each answered."""
        runners = self._runners_for(chosen)
        env = self._read_quickly(given) if self._always else None
        environments = self._read(given, runners) if env is None else [list(env) for _ in runners]
        if is_dated:
            self._check_date(environments[0])
        answers = [self._answer(runner, env) for runner, env in zip(runners, environments, strict=True)]
        return self._result(tuple(answers), chosen)

    def _answer(self, runner: Runner, env: Environment) -> Answer:
        if runner.may_be_open and (runner.folded.open_parameters or runner.is_undecided(env)):
            return Span(runner, env)
        env.extend(HAND)
        tests, parts = runner.run(env)
        return Point(runner, env, tests, parts)

    def _result(self, answers: tuple[Answer, ...], chosen: Mapping[str, str]) -> Result:
        if self._has_guards:
            self._check_guards(answers)
        result = Result(self, answers, chosen)
        if self._may_refuse:
            result.check_admissible()
        return result

    def _check_guards(self, answers: tuple[Answer, ...]) -> None:
        """Refuse facts that contradict themselves: an end before its beginning, a span without end."""
        refused = {(each.code, each.where): (each, answer) for answer in answers for each in answer.refused()}
        if refused:
            facts = list(self.program.facts)
            found = [(guard, dict(zip(facts, answer.env, strict=False))) for guard, answer in refused.values()]
            raise FactsError(contradictions(self.program, found))

    def _is_fixed(self, chosen: Mapping[str, str]) -> bool:
        open_parameters = {n for n, parameter in self.program.parameters.items() if parameter.values is None}
        presumed = {item.presumes for n, item in self.program.interpretations.items() if chosen[n] != OPEN}
        return OPEN not in chosen.values() and open_parameters <= presumed

    def _runners_for(self, chosen: Mapping[str, str]) -> list[Runner]:
        """A runner for every choice of readings that `chosen` leaves open."""
        key = tuple(chosen.values())
        found = self._ways.get(key)
        if found is None:
            if len(self._ways) >= _RUNNERS_KEPT:
                self._ways.clear()
            ways = combinations(self.program.interpretations, chosen)
            found = self._ways[key] = [self._runner(choice) for choice in ways]
        return found

    def _runner(self, choice: Mapping[str, str]) -> Runner:
        key = tuple(choice[name] for name in self.program.interpretations)
        found = self._runners.get(key)
        if found is None:
            if len(self._runners) >= _RUNNERS_KEPT:
                self._runners.clear()
            found = self._runners[key] = Runner(self.program, fold(self.program, choice))
        return found

    def _chosen(self, readings: Mapping[str, str]) -> Mapping[str, str]:
        """Every interpretation with its reading, recommended where the caller chose none."""
        readings = as_readings(readings)
        problems: list[Problem] = []
        known = self.program.interpretations
        if len(readings) > len(known) + UNKNOWN_LIMIT:
            given, most = str(len(readings)), str(len(known))
            raise RequestError(Problem.of("R0312", "readings", given=given, limit=most))
        for name in sorted(readings):
            if name not in known:
                problems.append(Problem.of("R0103", f"readings.{name}", given=name, **hint(name, known)))
            elif readings[name] not in (OPEN, *known[name].readings):
                options = [*known[name].readings, OPEN]
                given = readings[name]
                problems.append(Problem.of("R0104", f"readings.{name}", given=given, name=name, **hint(given, options)))
        if problems:
            raise RequestError(problems)
        return MappingProxyType({name: readings.get(name, default) for name, default in self._default.items()})

    def _read_quickly(self, given: Mapping[str, Any]) -> Environment | None:
        """The facts of a policy that always needs all of them; None where anything is wrong."""
        if len(given) != len(self._readers):
            return None
        try:
            return [read(given[name]) for name, read in self._readers]
        except (KeyError, Refused):
            return None

    def _read(self, given: Mapping[str, Any], runners: list[Runner]) -> list[Environment]:
        """The facts for each runner, or every problem at once.

        A fact with ``when`` is needed if it applies under any of the runners, and refused if under none.
        """
        env: Environment = []
        wrong: dict[str, list[Problem]] = {}
        for name, read in self._readers:
            value = None
            if given.get(name) is not None:
                try:
                    value = read(given[name])
                except Refused as refused:
                    wrong[name] = list(refused.problems)
                    value = refused
            env.append(value)
        environments = [list(env) for _ in runners]
        unneeded = self._leave_out(given, runners, environments, wrong)
        for index, fact in enumerate(self.program.facts.values()):
            if env[index] is None and fact.name not in unneeded and (not fact.optional or fact.name in given):
                wrong.setdefault(fact.name, []).append(missing(fact))
        odd = [name for name in given if name not in self.program.facts]
        if wrong or odd:
            facts, later = self.program.facts, self.program.asked
            problems = [problem for name in facts for problem in wrong.get(name, ())]
            problems += [refuse("F0133", later[name], name).problems[0] for name in later if name in odd]
            odd = [name for name in odd if name not in later]
            raise FactsError(problems + unknown(odd, list(facts.values())))
        return environments

    def _leave_out(
        self,
        given: Mapping[str, Any],
        runners: list[Runner],
        environments: list[Environment],
        wrong: dict[str, list[Problem]],
    ) -> set[str]:
        """Takes the facts that do not apply out of each environment, and says which need not be given.

        What applies may rest on a fact that does not, or was rightly left out; not on one that is wrong or missing.
        """
        optional = {name for name, fact in self.program.facts.items() if fact.optional and given.get(name) is None}
        absent = [set(optional) for _ in runners]
        unneeded: set[str] = set()
        for index, fact in self._conditional:
            applies = [_applies(fact, *way) for way in zip(runners, environments, absent, strict=True)]
            for env, names, here in zip(environments, absent, applies, strict=True):
                if here is False:
                    env[index] = None
                    names.add(fact.name)
            if True not in applies:
                unneeded.add(fact.name)
            if all(here is False for here in applies) and fact.name in given:
                values = {"given": shown(given[fact.name]), "when": self.document.facts[fact.name].when or ""}
                wrong.setdefault(fact.name, []).extend(refuse("F0103", fact, fact.name, **values).problems)
        return unneeded

    def _bounds(self) -> tuple[Any, Any]:
        """The first and last value of the dated fact under this version; a month counts by its first day."""
        last = self.last_day or dates.LAST_DAY
        if isinstance(self.program.facts[self.program.dated_by].type, Month):
            first = dates.month_of(self.first_day)
            return first + (self.first_day.day > 1), dates.month_of(last)
        return self.first_day, last

    def _check_date(self, env: Environment) -> None:
        value = env[self._dated]
        if self._first <= value <= self._last:
            return
        fact = self.program.facts[self.program.dated_by]
        span = f"{self.first_day} – {self.last_day or '…'}"
        given = str(plain(value, fact))
        raise RequestError(Problem.of("R0105", fact.name, fact=fact.label, given=given, span=span))


def _applies(fact: p.Fact, runner: Runner, env: Environment, absent: set[str]) -> bool | None:
    """Whether a fact applies; None where that rests on a fact that is itself wrong or missing."""
    for name, place in runner.when_uses[fact.name]:
        value = env[place]
        if isinstance(value, Refused) or (value is None and name not in absent):
            return None
    return bool(runner.when[fact.name](env))
