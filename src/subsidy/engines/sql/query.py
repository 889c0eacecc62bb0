"""A query for a policy: facts as they are read, one named step a level, tests, parts and shares, and what comes out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Final

from sqlglot import exp
from sqlglot.errors import ParseError

from ...calculation.adopted import is_simulated
from ...calculation.facts import missing
from ...calculation.policy import Policy
from ...calculation.readers import as_readings
from ...calculation.runner import FEN, Runner
from ...errors import FactsError, Problem, RequestError, hint
from ...language import program as p
from ...language.lowering import over
from ...language.passes.width import wide_under
from ...language.types import Number
from ...text import Text
from . import words as w
from .dialects import Dialect, dialect_of
from .facts import Column, Listed, Reading, given_of, is_list, lacking, read_of, typed, value_of, wrong_of
from .formulas import LISTS, unsaid
from .outputs import PROBLEMS, Outputs, joined
from .splits import Instalments, split
from .way import APPLIED, Way
from .words import Sql

OPEN_FIGURES: Final = Text("尚未确定的数（open parameters）", "figures that are open")
DECIDED: Final = Text("由人决定的金额（decided）", "sums that somebody decides")
WIDE: Final = Text("超过 64 位的整数", "whole numbers beyond 64 bits")
STANDS: Final = Text(
    "随申报而不同的采用文件或下级文件", "adoptions or texts of lower levels that differ between claims"
)
ROWS: Final = "claims"


@dataclass(frozen=True)
class Level:
    """One level of the query: columns that are added to those of the level before."""

    name: str
    columns: Sequence[Column]
    comment: str = ""


@dataclass(frozen=True)
class Query:
    """A policy as a query of an engine.

    Attributes:
        text: the query, to be read and run.
        columns: what comes out behind the columns of the claims.
        denominators: of each step that is wanted and is a number: what its whole number is divided by.
    """

    text: str
    columns: tuple[str, ...]
    denominators: Mapping[str, int] = field(default_factory=dict)


def query(
    policy: Policy,
    *,
    dialect: str = "duckdb",
    relation: str = ROWS,
    columns: Sequence[str] | None = None,
    along: Sequence[str] | None = None,
    readings: Mapping[str, str] | None = None,
    steps: Sequence[str] = (),
    facts: Mapping[str, Any] | None = None,
) -> Query:
    """A policy as a query over claims: the columns of the claims, and behind them those of `Policy.calculate_table`.

    Numbers are read as decimals with at most nine places, days as dates, months as texts (2025-03), choices and
    divisions as texts, records as lists. A sum is a decimal in CNY; a step that is a number is a whole number over
    `Query.denominators`. ``problems`` has the codes of what is wrong with a row, of which nothing is computed then.

    Args:
        relation: the table or view of the claims, as it stands behind FROM.
        columns: those that it has: facts, and others, which go along; every fact unless given.
        along: those that come out before the answers, in place of all `columns`.
        steps: the steps and conditions that are wanted beside the others.
        facts: what picks how the policy stands, where its adoption differs between days.

    Raises:
        FactsError: a fact that every claim states has no column.
        RequestError: a reading, a step or a dialect is unknown, or the engine cannot say the policy exactly.
    """
    engine, readings = dialect_of(dialect), as_readings(readings)
    if policy.stands_by:
        if facts is None:
            raise unsaid(STANDS, engine)
        policy = policy.standing_for(facts, readings)
    if columns is None:
        columns = [name for name, fact in policy.program.facts.items()]
    return _Making(policy, engine, readings, columns, steps).query(_relation(relation, engine), along or columns)


def _relation(text: str, engine: Dialect) -> Sql:
    """What stands behind FROM.

    Raises:
        RequestError: it is no table of the engine.
    """
    try:
        found = exp.maybe_parse(text, into=exp.Table, dialect=engine.name)
    except ParseError:
        found = None
    if not isinstance(found, exp.Table):
        raise RequestError(Problem.of("R0766", "--from", given=text))
    return found


class _Making:
    def __init__(
        self, policy: Policy, engine: Dialect, readings: Mapping[str, str], columns: Sequence[str], steps: Sequence[str]
    ) -> None:
        self.policy, self.engine, self.program = policy, engine, policy.program
        self.columns, self.steps = columns, tuple(dict.fromkeys(steps))
        self._check(columns, steps)
        runners = policy.runners(readings)
        if any(_is_open(runner, self.steps) for runner in runners):
            raise unsaid(OPEN_FIGURES, engine)
        if any(part.decided for part in self.program.parts):
            raise unsaid(DECIDED, engine)
        if any(any(wide_under(self.program, runner.folded)) for runner in runners):
            raise unsaid(WIDE, engine)
        if not engine.has_lists and any(is_list(fact) for fact in self.program.facts.values()):
            raise unsaid(LISTS, engine)
        suffixes = [""] if len(runners) == 1 else [f" ({place})" for place in range(1, len(runners) + 1)]
        self.ways = [Way(runner, engine, suffix) for runner, suffix in zip(runners, suffixes, strict=True)]
        self._wrong: list[str] = []  # the columns that say so
        self._applies: dict[tuple[str, str], Sql] = {}  # whether a fact does, by the way that it is read
        self.is_simulated = is_simulated(policy, policy.chosen(readings))

    def _check(self, columns: Sequence[str], steps: Sequence[str]) -> None:
        program = self.program
        known = [*self.policy.steps, *(test.name for test in program.conditions)]
        problems = [
            Problem.of("R0120", f"steps.{name}", given=name, **hint(name, known)) for name in steps if name not in known
        ]
        if problems:
            raise RequestError(problems)
        problems = [
            missing(fact)
            for name, fact in program.facts.items()
            if name not in columns and not fact.optional and fact.when is None
        ]
        if problems:
            raise FactsError(problems)

    # — levels —

    def query(self, relation: Sql, along: Sequence[str]) -> Query:
        levels = [*self._facts(), *self._steps(), *self._tests(), *self._parts(), *self._shares(), *self._problems()]
        outputs = list(Outputs(self.policy, self.ways, self.steps, is_simulated=self.is_simulated).columns())
        body = exp.select(*(w.column(name) for name in along), *(w.aliased(*each) for each in outputs))
        before: Sql = relation
        made = exp.Select()
        for level in levels:
            inner = exp.select(exp.Star(), *(w.aliased(*each) for each in level.columns)).from_(before, copy=False)
            if self.engine.puts_in:
                inner = inner.offset(0)  # which computes a level once, and keeps nothing
            if level.comment:
                inner.add_comments([level.comment])
            made = made.with_(exp.to_identifier(level.name, quoted=True), as_=inner, copy=False)
            before = exp.Table(this=exp.to_identifier(level.name, quoted=True))
        body = body.from_(before, copy=False)
        body.set("with_", made.args.get("with_"))
        text = body.sql(dialect=self.engine.name, pretty=True, identify=True)
        denominators = {
            name: self.ways[0].runner.ops[name].denominator
            for name in self.steps
            if name in self.policy.steps and isinstance(self.policy.steps[name].type, Number)
        }
        return Query(f"{self._head()}\n{text}", tuple(name for name, _ in outputs), denominators)

    def _head(self) -> str:
        policy = self.policy
        lines = [
            f"{policy.title.zh} · {policy.title.en}",
            f"{policy.id} {policy.version} r{policy.revision} {policy.digest}",
            "金额先以分计，为整数；一步一层 · sums are whole fen until the end; one step a level",
        ]
        if len(self.ways) > 1:
            for way in self.ways:
                read = ", ".join(f"{name}={reading}" for name, reading in way.runner.folded.readings.items())
                lines.append(f"{way.suffix.strip()} 口径 · read {read}")
        # Each on one line: what stood on the next would be part of the query.
        return "\n".join(f"-- {' '.join(line.split())}" for line in lines)

    def _facts(self) -> Iterator[Level]:
        """Facts in the types of their kinds, what is wrong with them, and their values."""
        read: list[Column] = []
        wrong: list[Column] = []
        values: list[Column] = []
        for name, fact in self.program.facts.items():
            if name not in self.columns:
                values += [(value_of(name), self._none(fact)), (given_of(name), w.truth(False))]
            elif is_list(fact):
                listed = Listed(fact, self.engine)
                wrong.append((wrong_of(name), listed.wrong()))
                if self._is_asked(fact):
                    lacks = w.cases([(w.absent(listed.raw), w.text(f"F0102 {name}"))], listed.wrong())
                    wrong[-1] = wrong_of(name), lacks
                values += [(value_of(name), listed.value()), (given_of(name), listed.given)]
            else:
                raw = w.column(name)
                of = typed(fact, raw, self.engine)
                if of != raw:
                    read.append((read_of(name), of))
                    of = w.column(read_of(name))
                own = self.policy.bounds if name == self.program.dated_by else None
                each = Reading(fact, raw, of, name, self.engine, own)
                found, sound = each.wrong(is_asked=self._is_asked(fact)), w.truth(True)
                if found is not None:
                    wrong.append((wrong_of(name), found))
                    sound = w.absent(w.column(wrong_of(name)))
                values += [(value_of(name), each.value(sound)), (given_of(name), each.given)]
        self._wrong += [name for name, _ in wrong]
        if read:
            yield Level("read", read, "按类型读出 · read in their types")
        if wrong:
            yield Level("wrong", wrong, "哪里不对：代码与事实 · what is wrong: a code and a fact")
        yield Level("facts", values, "事实：数为步长的整数倍 · facts: numbers are whole steps")
        for name, fact in self.program.facts.items():
            if fact.when is not None:
                yield self._conditional(name, fact)

    @staticmethod
    def _is_asked(fact: p.Fact) -> bool:
        return fact.when is None and not fact.optional

    def _none(self, fact: p.Fact) -> Sql:
        if not is_list(fact):
            return lacking(fact)
        return Listed(fact, self.engine).nothing()

    def _conditional(self, name: str, fact: p.Fact) -> Level:
        """A fact that applies only where a test holds: elsewhere it is as if it were not stated.

        Whether it does is NULL where that rests on a fact that is itself wrong or missing.
        """
        columns: list[Column] = []
        applies: list[Sql] = []
        value, given = w.column(value_of(name)), w.column(given_of(name))
        for way in self.ways:
            test = way.runner.folded.when[name]
            assert test is not None
            here = way.formula(test)
            unknown = list(self._unknown(way, dict.fromkeys(each for each, _ in way.runner.when_uses[name])))
            if unknown:
                here = w.cases([(w.denied(w.either(unknown)), here)])
            self._applies[way.suffix, name] = here
            applies.append(here)
            columns.append((f"{value_of(name)}{way.suffix or APPLIED}", w.chosen(here, value, self._none(fact))))
            columns.append((f"{given_of(name)}{way.suffix or APPLIED}", w.both([here, given])))
        needed = w.either(applies)
        pairs = [(w.both([given, w.denied(needed)]), w.text(f"F0103 {name}"))]
        if not fact.optional:
            pairs.append((w.both([w.denied(given), needed]), w.text(f"F0102 {name}")))
        columns.append((f"applies.{name}", w.cases(pairs)))
        self._wrong.append(f"applies.{name}")
        return Level(f"applies.{name}", columns)

    def _unknown(self, way: Way, names: Iterable[str]) -> Iterator[Sql]:
        """Where each of some facts is wrong or missing, and not because it does not apply."""
        for name in names:
            fact = self.program.facts[name]
            found = [w.stated(w.column(wrong_of(name)))] if wrong_of(name) in self._wrong else []
            if fact.when is not None:
                if not fact.optional:
                    found.append(w.denied(w.column(given_of(name))))
                found = [w.both([w.coalesced(self._applies[way.suffix, name], w.truth(True)), w.either(found)])]
            yield from found

    def _steps(self) -> Iterator[Level]:
        for place, step in enumerate(self.program.steps):
            if any(step.name not in way.runner.settled for way in self.ways):
                continue  # a step that rests on a figure that is open, and on which nothing here rests
            columns: list[Column] = []
            for way in self.ways:
                found = way.runner.folded.steps[place]
                columns.append((f"steps.{step.name}{way.suffix}", way.emitter.step(found, way.runner.ops[step.name])))
            said = f"{step.label.zh} · {step.label.en} 〔{step.clause}〕"
            if isinstance(step.type, Number):
                of = self.ways[0].runner.ops[step.name].denominator
                unit = str(step.type.unit or "1")
                said += f" 以 {unit} 的 1/{of} 计 · in 1/{of} {unit}" if of > 1 else f" {unit}"
            yield Level(f"step.{step.name}", columns, said)

    def _tests(self) -> Iterator[Level]:
        columns: list[Column] = []
        for way in self.ways:
            folded = way.runner.folded
            tests = [(f"guard.{place}", guard.test) for place, guard in enumerate(folded.guards)]
            tests += [(f"conditions.{test.name}", test.test) for test in folded.conditions]
            columns += [(f"{name}{way.suffix}", way.formula(node)) for name, node in tests]
        if columns:
            said = "；".join(f"{test.label.zh} · {test.label.en} 〔{test.clause}〕" for test in self.program.conditions)
            yield Level("tests", columns, said)

    def _parts(self) -> Iterator[Level]:
        columns: list[Column] = []
        for way in self.ways:
            for part in way.runner.folded.parts:
                total = way.emitter.formula(over(way.runner.lowered(part.value), FEN))
                needed = [
                    way.column(f"conditions.{test.name}")
                    for test in self.program.conditions
                    if test.concerns(part.name)
                ]
                if needed:
                    total = w.chosen(w.both(needed), total, w.big(0))
                columns.append((f"fen.{part.name}{way.suffix}", total))
        if columns:
            said = "；".join(f"{part.label.zh} · {part.label.en} 〔{part.clause}〕" for part in self.program.parts)
            yield Level("parts", columns, said)

    def _shares(self) -> Iterator[Level]:
        yield from self._instalments()
        columns: list[Column] = []
        for way in self.ways:
            for part in way.runner.folded.parts:
                totals = [f"{part.name}@{place}" for place in range(len(part.instalments))] or [part.name]
                every = [split(part, way.column(f"fen.{name}"), way.runner.lowered, way.emitter) for name in totals]
                for share, sums in zip(part.shares, zip(*every, strict=True), strict=True):
                    columns.append((f"fen.{part.name}.{share.name}{way.suffix}", reduce(w.plus, sums)))
        if columns:
            yield Level("shares", columns, "各方分担 · shares")

    def _instalments(self) -> Iterator[Level]:
        """The instalments of each part: what each says of itself, then what each comes to."""
        for place, part in enumerate(self.program.parts):
            if not part.instalments:
                continue
            own = [way.runner.folded.parts[place] for way in self.ways]
            made = [
                Instalments(each, way.column(f"fen.{part.name}"), way.runner.lowered, way.emitter)
                for each, way in zip(own, self.ways, strict=True)
            ]
            names = [f"stated.{part.name}@{number}" for number in range(len(part.instalments))]
            for number, name in enumerate(names):
                stated = [
                    (f"{name}{way.suffix}", each.stated(number, [way.column(before) for before in names[:number]]))
                    for each, way in zip(made, self.ways, strict=True)
                ]
                yield Level(name, stated)
            sums = [
                (f"fen.{part.name}@{number}{way.suffix}", each.sum(number, [way.column(name) for name in names]))
                for each, way in zip(made, self.ways, strict=True)
                for number in range(len(names))
            ]
            said = "；".join(f"{each.label.zh} · {each.label.en} 〔{each.clause}〕" for each in part.instalments)
            yield Level(f"instalments.{part.name}", sums, said)

    def _problems(self) -> Iterator[Level]:
        """What is wrong with a row: codes and names, one behind the other; NULL where nothing is.

        Guards are asked where every fact can be read, for elsewhere some are not what was stated; whether a claim is
        possible, where none of them fails.
        """
        guards: list[Sql] = []
        impossible: list[Sql] = []
        for way in self.ways:
            for place, guard in enumerate(way.runner.folded.guards):
                failed = w.denied(way.column(f"guard.{place}"))
                guards.append(w.cases([(failed, w.text(f"{guard.code} {guard.where}"))]))
        for test in self.program.conditions:
            if test.kind == "admissible":  # and fails under every reading
                failed = w.both([w.denied(way.column(f"conditions.{test.name}")) for way in self.ways])
                impossible.append(w.cases([(failed, w.text(f"F0117 {test.name}"))]))
        found = [
            exp.Nullif(this=joined(each, "; "), expression=w.text(""))
            for each in ([w.column(name) for name in self._wrong], guards, impossible)
            if each
        ]
        said = w.first(found) if found else w.cast(exp.Null(), "TEXT")
        yield Level("problems", [(PROBLEMS, said)], "有问题的行不算 · a row with problems is not computed")


def _is_open(runner: Runner, steps: Sequence[str]) -> bool:
    """Whether something that comes out rests on a figure that nobody has fixed."""
    folded = runner.folded
    if not folded.open_parameters:
        return False
    said = [*folded.guards, *folded.conditions, *folded.parts]
    said += [each for part in folded.parts for each in (*part.shares, *part.instalments)]
    asked = {step.name for step in folded.steps} & {*steps}
    return not (
        asked <= runner.settled
        and all(runner.is_settled(node) for each in said for node in p.children(each))
        and all(runner.is_settled(node) for node in folded.when.values() if node is not None)
    )
