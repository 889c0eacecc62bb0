"""The answers of a roster as queries: all of them once, what they come to, which rows are read again, the result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sqlglot import exp

from ...engines.sql import words as w
from ...engines.sql.query import query
from ...engines.sql.words import Sql
from ...exact import decimals
from ...language import program as p
from ...language.types import Choice, Division, Month, Number
from ...text import Text
from ..layout import Column, layout
from ..outcome import Outcome
from ..sums import LIMIT
from .source import ODD, ROSTER, ROW, Source, carried_of, said_of, table, written

AGAIN: Final = "again"  # the rows that were read again
_ANSWERED: Final = "answered"
_IS_ODD: Final = " again"  # whether a row is read again, as it is odd or something is wrong with it
_DIGITS: Final = 12  # behind the point, of a number that is shown as a decimal


class Answers:
    """The answers of a roster under one version of a policy.

    Attributes:
        columns: of the result.

    Raises:
        FactsError, RequestError: DuckDB cannot say the policy exactly.
    """

    def __init__(self, source: Source, outcome: Outcome) -> None:
        self._source, self._of, self._group = source, outcome.under.columns, outcome.sums.group
        self._places, self._dated_by = outcome.sums.places, outcome.policy.program.dated_by
        (self._policy,), (readings,) = outcome.versions, outcome.under.readings
        self.columns: Sequence[Column] = layout(source.roster, self._of)
        known = source.roster.schema.names
        along = [said_of(name) for name in known] + [carried_of(name) for name in source.roster.carried.names]
        self._query = query(
            self._policy,
            relation=ROSTER,
            columns=known,
            along=[ROW, ODD, *along],
            readings=readings,
            steps=[*self._of.steps, *self._of.tests],
        )

    def unfit(self) -> Iterator[Text]:
        """Steps that would not be shown as they are otherwise."""
        for name, of in self._query.denominators.items():
            if (decimals(of) or 0) > _DIGITS or decimals(of) is None:
                label = self._policy.steps[name].label
                yield Text(f"步骤“{label.zh}”是分数", f"the step “{label.en}” is a fraction")

    def made(self) -> str:
        """The table of the answers, the columns of the result with one that says which rows are read again."""
        is_odd = w.either([w.stated(w.column("problems")), w.column(ODD)])
        pairs = [(each.name, self._shown(each)) for each in self.columns]
        text = written(exp.select(*(w.aliased(*each) for each in [*pairs, (_IS_ODD, is_odd)])))
        return f'create table "{_ANSWERED}" as {text} from ({self._query.text})'

    @staticmethod
    def count() -> str:
        """How many rows were read."""
        return written(exp.select(exp.Count(this=exp.Star())).from_(table(_ANSWERED)))

    def again(self) -> str:
        """The cells of the rows that are read again, in order."""
        rows = exp.select(w.column("row")).from_(table(_ANSWERED)).where(w.column(_IS_ODD))
        return self._cells(rows)

    def some(self) -> str:
        """The cells of a row that is answered."""
        first = exp.select(exp.Min(this=w.column("row"))).from_(table(_ANSWERED)).where(w.denied(w.column(_IS_ODD)))
        return self._cells(first)

    def _cells(self, rows: exp.Select) -> str:
        found = exp.select(w.column(ROW), *map(w.column, self._source.cells)).from_(table(ROSTER))
        return written(found.where(exp.In(this=w.column(ROW), query=rows.subquery())).order_by(w.column(ROW)))

    def sums(self) -> tuple[list[str], str]:
        """What the answered rows come to, as `Sums.count` takes it, and by which keys."""
        names = {(each.source, each.key): each.name for each in self.columns}
        day = w.cast(w.column(names["facts", self._dated_by]), "VARCHAR")
        keys = {"key.month": w.called("SUBSTR", day, w.small(1), w.small(7))}
        if self._group:
            keys["key.group"] = w.column(names["facts" if self._group[0] == "facts" else "carried", self._group[1]])
        for name in self._places:
            keys[f"key.{name}"] = w.column(names["facts", name]) if ("facts", name) in names else exp.Null()
        refused = w.denied(w.coalesced(w.column("eligible"), w.truth(True)))
        counts = {"computed": w.truth(True), "wrong": w.truth(False), "refused": refused}
        counts |= {"open": self._open(), "simulated": w.column("simulation")}
        made = [w.aliased(name, value) for name, value in keys.items()]
        made += [w.aliased(f"count.{name}_sum", _counted(test)) for name, test in counts.items()]
        made.append(w.aliased("count_all", _counted(w.truth(True))))
        for name in self._of.sums:
            bounds = {"low": name} if self._of.is_exact else {"low": f"{name}.low", "high": f"{name}.high"}
            made += [w.aliased(f"sum.{name}.{end}_sum", exp.Sum(this=w.column(of))) for end, of in bounds.items()]
        found = exp.select(*made).from_(table(_ANSWERED)).where(w.denied(w.column(_IS_ODD)))
        places = [exp.Literal.number(place) for place in range(1, len(keys) + 1)]
        return list(keys), written(found.group_by(*places).limit(LIMIT + 1))

    def _open(self) -> Sql:
        """Whether an answered row has a sum that is not determined."""
        if self._of.is_exact:
            return w.truth(False)
        return w.either(w.absent(w.column(name)) for name in self._of.sums)

    def result(self) -> str:
        """Every row in order; of those that were read again, what came of it, or nothing."""
        columns = [w.column(each.name) for each in self.columns]
        found = exp.select(*columns).from_(table(_ANSWERED)).where(w.denied(w.column(_IS_ODD)))
        every = exp.union(found, exp.select(*columns).from_(table(AGAIN)), distinct=False).subquery("rows")
        return written(exp.select(*columns).from_(every).order_by(w.column("row")))

    def _shown(self, column: Column) -> Sql:
        match column.source:
            case "row":
                return w.cast(w.column(ROW), w.BIGINT)
            case "facts":
                return w.column(said_of(column.key))
            case "carried":
                return w.column(carried_of(column.key))
        if column.kind == "problems":
            return exp.Null()
        value = w.column(column.key)
        if column.kind == "sum":
            return w.cast(value, f"DECIMAL({self._of.schema.field(column.key).type.precision}, 2)")
        kind, _, name = column.key.partition(".")
        return self._step(self._policy.steps[name], value) if kind == "steps" else value

    def _step(self, step: p.Step, value: Sql) -> Sql:
        """The value of a step as it is shown otherwise."""
        match step.type:
            case Number():
                return _figure(value, self._query.denominators[step.name])
            case Month():
                return _month(value)
            case Choice() | Division():
                return exp.Nullif(this=value, expression=w.text(""))
            case _:
                return value


def _counted(test: Sql) -> Sql:
    return w.cast(exp.Sum(this=w.cast(test, w.BIGINT)), w.BIGINT)


def _figure(value: Sql, of: int) -> Sql:
    """A whole number over another as a decimal without idle noughts."""
    digits = decimals(of) or 0
    size = exp.Abs(this=w.own(value))
    whole = w.cast(w.called("DIVIDE", size, w.big(of)), "VARCHAR")
    rest = w.times(w.called("MOD", size, w.big(of)), w.big(10**digits // of))
    behind = w.called("RTRIM", w.called("LPAD", w.cast(rest, "VARCHAR"), w.small(digits), w.text("0")), w.text("0"))
    sign = w.cases([(w.compared("<", value, w.big(0)), w.text("-"))], w.text(""))
    point = w.cases([(w.compared("==", behind, w.text("")), w.text(""))], w.text("."))
    return w.cases([(w.stated(value), w.called("CONCAT", sign, whole, point, behind))])


def _month(value: Sql) -> Sql:
    """A month as a text."""
    year, month = w.called("DIVIDE", value, w.big(12)), w.plus(w.called("MOD", value, w.big(12)), w.big(1))
    year, month = (
        w.called("LPAD", w.cast(part, "VARCHAR"), w.small(size), w.text("0")) for part, size in ((year, 4), (month, 2))
    )
    return w.cases([(w.stated(value), w.called("CONCAT", year, w.text("-"), month))])
