"""A policy over a DataFrame of Spark, by expressions of its own: executors need neither Python nor this package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final
from uuid import uuid4

from ..calculation.facts import missing
from ..calculation.policy import Policy
from ..calculation.readers import as_readings
from ..errors import FactsError, Problem, RequestError
from ..exact import show
from ..extras import needs
from ..language import program as p
from ..language.types import Date, Flag, Month, Number, Records
from ..text import Text

with needs("spark"):
    from pyspark.sql import Column, DataFrame
    from pyspark.sql import functions as f
    from pyspark.sql import types as t

    from .sql.query import Query, query

ANSI: Final = "spark.sql.ansi.enabled"
BEFORE, BEHIND = 18, 9  # digits of a number before the point, and behind it
PLACES: Final = 17  # more do not fit beside the nineteen digits of a whole number
DENOMINATOR: Final = "denominator"  # of a step that is no decimal, among what Spark keeps of a column
_LIMIT: Final = 10**BEFORE - 1
_NUMBER: Final = Text(
    "整数，或小数点前至多 18 位、后至多 9 位的 DECIMAL",
    "whole numbers, or DECIMAL with at most 18 digits before the point and 9 behind it",
)
_ARRAY: Final = Text("STRUCT 的 ARRAY", "ARRAY of STRUCT")


def calculate(
    frame: DataFrame,
    policy: Policy,
    *,
    readings: Mapping[str, str] | None = None,
    steps: Sequence[str] = (),
    facts: Mapping[str, Any] | None = None,
) -> DataFrame:
    """The amount of every row of a frame, exact. It needs the extra ``[spark]``, where it is called and nowhere else.

    Nothing is computed until Spark is asked for the rows.

    Args:
        frame: its columns are facts by name, and others, which go along. Numbers are whole numbers or DECIMAL with at
            most 18 digits before the point and 9 behind it, days DATE, flags BOOLEAN, all others STRING (a month as
            2025-03), records ARRAY of STRUCT of these.
        readings: as of `Policy.calculate`.
        steps: the steps and conditions that are wanted beside the others.
        facts: what picks how the policy stands, where its adoption differs between days.

    Returns:
        The columns of the frame, and behind them those of `Policy.calculate_table`; ``problems`` has the codes and the
        facts of what is wrong with a row as one text. A step that is a number is an exact DECIMAL; one that no decimal
        has, such as a third, is a whole number, over the ``denominator`` in the metadata of its column.

    Raises:
        FactsError: a column has another type, a fact that every claim states has none, or a name stands there twice.
        RequestError: a reading or a step is unknown, the SQL of Spark cannot say the policy exactly, or
            ``spark.sql.ansi.enabled`` is off.
    """
    session = frame.sparkSession
    ansi = session.conf.get(ANSI)
    if ansi.lower() != "true":
        raise RequestError(Problem.of("R0764", ANSI, given=ansi))
    if policy.stands_by and facts is not None:
        policy = policy.standing_for(facts, as_readings(readings))
    program = policy.program
    _check(frame.schema, program)
    rows = [f"row {place}" for place in range(len(frame.columns))]  # under these names the frame goes along as it is
    kept = frame.toDF(*rows)
    known = {field.name: kept[row] for field, row in zip(frame.schema.fields, rows, strict=True)}
    given = [name for name in program.facts if name in known]
    read = [_read(program.facts[name], known[name], frame.schema[name].dataType).alias(name) for name in given]
    view = f"claims_{uuid4().hex}"
    asked = query(
        policy,
        dialect="spark",
        relation=view,
        columns=[*rows, *given],
        readings=readings,
        steps=sorted(steps, key=lambda name: name not in policy.steps),
        facts=facts,
    )
    _check_names(frame, asked)
    kept.select("*", *read).createTempView(view)
    try:
        found = session.sql(asked.text)
    finally:
        session.catalog.dropTempView(view)
    carried = [found[row].alias(name) for row, name in zip(rows, frame.columns, strict=True)]
    return found.select(*carried, *(_said(policy, asked, name) for name in asked.columns))


# — what is given —


def _check(schema: t.StructType, program: p.Program) -> None:
    """That the columns of a frame are such that facts can be read from them exactly."""
    names, problems = schema.names, []
    for name, fact in program.facts.items():
        if name in names:
            if names.count(name) > 1:
                problems.append(Problem.of("R0703", name))
            else:
                problems += _misfits(fact, schema[name].dataType, name)
        elif not fact.optional and fact.when is None:
            problems.append(missing(fact, name))
    if problems:
        raise FactsError(problems)


def _misfits(fact: p.Fact, found: t.DataType, where: str) -> Iterator[Problem]:
    """What does not fit of the type of one column, or of a field of its records."""
    allowed: Text | str | None = None
    match fact.type:
        case Number():
            is_decimal = isinstance(found, t.DecimalType) and found.scale <= BEHIND
            if not (is_decimal and found.precision - found.scale <= BEFORE) and not _is_whole(found):
                allowed = _NUMBER
        case Date():
            allowed = None if found == t.DateType() else "DATE"
        case Flag():
            allowed = None if found == t.BooleanType() else "BOOLEAN"
        case Records():
            if isinstance(found, t.ArrayType) and isinstance(found.elementType, t.StructType):
                fields = found.elementType
                for each in fact.fields:
                    if each.name in fields.names:
                        yield from _misfits(each, fields[each.name].dataType, f"{where}.{each.name}")
                    elif not each.optional:
                        yield missing(each, f"{where}.{each.name}")
                return
            allowed = _ARRAY
        case _:
            allowed = None if found == t.StringType() else "STRING"
    if allowed is not None:
        yield Problem.of("R0763", where, label=fact.label, given=found.simpleString(), allowed=allowed)


def _is_whole(found: t.DataType) -> bool:
    return isinstance(found, t.ByteType | t.ShortType | t.IntegerType | t.LongType)


def _check_names(frame: DataFrame, asked: Query) -> None:
    """That no column of the frame has the name of one that is added, as Spark compares names."""
    added = {name.lower() for name in asked.columns}
    problems = [Problem.of("R0765", name) for name in dict.fromkeys(frame.columns) if name.lower() in added]
    if problems:
        raise RequestError(problems)


def _read(fact: p.Fact, column: Column, found: t.DataType) -> Column:
    """A column as a query takes it: what would be too long to be read is cut to what is out of range as well."""
    if isinstance(fact.type, Number) and isinstance(found, t.LongType) and -_LIMIT < fact.low <= fact.high < _LIMIT:
        return f.when(column > _LIMIT, _LIMIT).when(column < -_LIMIT, -_LIMIT).otherwise(column)
    if not isinstance(fact.type, Records):
        return column
    types = {field.name: field.dataType for field in found.elementType.fields}
    if all(each.name in types and not isinstance(types[each.name], t.LongType) for each in fact.fields):
        return column

    def record(row: Column) -> Column:
        return f.struct(
            *(
                (
                    _read(each, row.getField(each.name), types[each.name])
                    if each.name in types
                    else f.lit(None).cast(_type_of(each))
                ).alias(each.name)
                for each in fact.fields
            )
        )

    return f.transform(column, record)


def _type_of(fact: p.Fact) -> t.DataType:
    match fact.type:
        case Number():
            return t.DecimalType(BEFORE + BEHIND, BEHIND)
        case Date():
            return t.DateType()
        case Flag():
            return t.BooleanType()
        case _:
            return t.StringType()


# — what is answered —


def _said(policy: Policy, asked: Query, name: str) -> Column:
    """A column of the answer: as the query has it, but for steps that it has as whole numbers."""
    column = f.col(f"`{name}`")
    kind, _, step = name.partition(".")
    if kind != "steps":
        return column
    if isinstance(policy.steps[step].type, Month):
        year, month = (each.cast("string") for each in (f.expr(f"`{name}` DIV 12"), column % 12 + 1))
        return f.concat(f.lpad(year, 4, "0"), f.lit("-"), f.lpad(month, 2, "0")).alias(name)
    if step not in asked.denominators:
        return column
    of = asked.denominators[step]
    places = next((each for each in range(PLACES + 1) if 10**each % of == 0), None)
    if places is None:
        return column.alias(name, metadata={DENOMINATOR: of})
    part = f.lit(show(Fraction(1, of))).cast(t.DecimalType(places + 1, places))
    return (column.cast(t.DecimalType(19, 0)) * part).cast(t.DecimalType(19 + places, places)).alias(name)
