"""Facts for the wire: each in the member of `Value` that the policy declares for it."""

from __future__ import annotations

import datetime as dt
import enum
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from google.type.date_pb2 import Date

from ..calculation.readers import shown
from ..errors import FactsError, Problem, Problems
from ..exact import NUMBER, show
from ..text import Text
from ..v1 import policy_service_pb2 as policies
from ..v1 import values_pb2 as v1

_DAY: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_MONTH: Final = re.compile(r"([0-9]{4})-([0-9]{2})", re.ASCII)
_TEXTS: Final[dict[int, str]] = {
    policies.FACT_KIND_DECIMAL: "decimal",
    policies.FACT_KIND_CHOICE: "choice",
    policies.FACT_KIND_ID: "id",
    policies.FACT_KIND_DIVISION: "division",
}
_LARGEST: Final = 10**40  # far beyond any fact; an int of thousands of digits has no text at all
_SENDABLE: Final = Text("文字、整数、Decimal、是否、日期或记录", "text, int, Decimal, bool, date or records")


def encode_facts(policy: policies.Policy, facts: Mapping[str, Any]) -> dict[str, v1.Value]:
    """The facts for a request, as `policy` declares them. Takes what the library takes.

    A value that does not fit its fact is sent as what it is, and the service says what is wrong with it.

    Raises:
        FactsError: a value is a binary float, which is never sent, or of a kind that facts do not have; all of them.
    """
    found, problems = encode_what_can_be(policy, facts)
    problems.raise_as(FactsError)
    return found


def encode_what_can_be(policy: policies.Policy, facts: Mapping[str, Any]) -> tuple[dict[str, v1.Value], Problems]:
    """The facts for a request, with an empty value where one cannot be sent, and why."""
    problems = Problems()
    return _encode_all(policy.facts, facts, "", problems), problems


def with_unsent(service: FactsError, unsent: Problems) -> FactsError:
    """What the service found, with the true reason in the place of each value that could not be sent."""
    reasons = {problem.where: problem for problem in unsent.found}
    found = [
        reasons.get(problem.where, problem) if problem.code == "F0102" else problem for problem in service.problems
    ]
    return FactsError(found)


def _encode_all(
    declared: Iterable[policies.Fact], given: Mapping[Any, Any], prefix: str, problems: Problems
) -> dict[str, v1.Value]:
    facts = {fact.name: fact for fact in declared}
    return {
        str(name): _encode(value, facts.get(str(name)), f"{prefix}{name}", problems) for name, value in given.items()
    }


def _encode(value: Any, fact: policies.Fact | None, where: str, problems: Problems) -> v1.Value:
    if isinstance(value, enum.Enum):
        value = value.value
    kind = fact.kind if fact is not None else policies.FACT_KIND_UNSPECIFIED
    match value:
        case None:
            return v1.Value()
        case bool():
            return v1.Value(flag=value)
        case float():
            problems.take(_float(value, fact, where))
            return v1.Value()
        case int() if abs(value) < _LARGEST:
            return v1.Value(decimal=str(value))
        case Decimal():
            return v1.Value(decimal=_written(value))
        case str() if _is_sendable(value):
            return _encode_text(value, kind)
        case dt.date() if type(value) is dt.date:
            return v1.Value(date=Date(year=value.year, month=value.month, day=value.day))
        case Sequence() if not isinstance(value, bytes | bytearray):
            fields = fact.records.fields if fact is not None else ()
            return v1.Value(records=v1.Records(rows=_rows(value, fields, where, problems)))
        case _:
            label = Text(fact.label.zh, fact.label.en) if fact is not None else Text(where, where)
            problems.take(Problem.of("F0106", where, label=label, given=shown(value), allowed=_SENDABLE))
            return v1.Value()


def _rows(rows: Sequence[Any], fields: Iterable[policies.Fact], where: str, problems: Problems) -> Iterable[v1.Record]:
    for number, row in enumerate(rows, start=1):
        given = row if isinstance(row, Mapping) else {"": row}
        yield v1.Record(fields=_encode_all(fields, given, f"{where}[{number}].", problems))


def _encode_text(value: str, kind: int) -> v1.Value:
    if kind == policies.FACT_KIND_FLAG and value in ("true", "false"):
        return v1.Value(flag=value == "true")
    if kind == policies.FACT_KIND_DATE and (day := _DAY.fullmatch(value)):
        return v1.Value(date=Date(year=int(day[1]), month=int(day[2]), day=int(day[3])))
    if kind == policies.FACT_KIND_MONTH and (month := _MONTH.fullmatch(value)):
        return v1.Value(month=v1.Month(year=int(month[1]), month=int(month[2])))
    found = v1.Value()
    setattr(found, _TEXTS.get(kind, "id"), value)
    return found


def _written(value: Decimal) -> str:
    """A Decimal without exponent; trailing zeros are cut only where the grammar of numbers has no room for them."""
    if not value.is_finite() or value.adjusted() > 40 or value.as_tuple().exponent < -60:  # type: ignore[operator]
        return str(value)
    text = format(value, "f")
    return text if NUMBER.fullmatch(text) else show(Fraction(value))


def _is_sendable(text: str) -> bool:
    """Whether a text is one: half a surrogate pair has no UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _float(value: float, fact: policies.Fact | None, where: str) -> Problem:
    label = Text(fact.label.zh, fact.label.en) if fact is not None else Text(where, where)
    text = repr(value)
    if fact is not None and fact.kind != policies.FACT_KIND_DECIMAL:
        allowed = Text(fact.allowed.zh, fact.allowed.en)
        return Problem.of("F0106", where, label=label, given=text, allowed=allowed)
    if not NUMBER.fullmatch(text):
        return Problem.of("F0107", where, label=label, given=text)
    return Problem.of("F0108", where, label=label, given=text, text=text.removesuffix(".0"))
