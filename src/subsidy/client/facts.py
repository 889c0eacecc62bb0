"""Facts for the wire: each in the member of `Value` that the policy declares for it."""

from __future__ import annotations

import datetime as dt
import enum
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from google.type.date_pb2 import Date

from ..calculation.readers import A_ROW, as_readings, shown
from ..errors import FactsError, Problem, Problems
from ..exact import NUMBER, written
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
_BYTES: Final = (bytes, bytearray)
_HALF_PAIR: Final = re.compile(r"[\ud800-\udfff]")
_SENDABLE: Final = Text("文字、整数、Decimal、是否、日期或记录", "text, int, Decimal, bool, date or records")


def encode_facts(policy: policies.Policy, facts: Mapping[str, Any]) -> dict[str, v1.Value]:
    """The facts for a request, as `policy` declares them. Takes what the library takes.

    A value that does not fit its fact is sent as what it is, and the service says what is wrong with it.

    Raises:
        FactsError: a value is a binary float, which is never sent, or of a kind that facts do not have; all of them.
    """
    found, problems = encode_what_can_be(policy.facts, facts)
    problems.raise_as(FactsError)
    return found


def encode_what_can_be(
    declared: Iterable[policies.Fact], facts: Mapping[str, Any]
) -> tuple[dict[str, v1.Value], Problems]:
    """The facts for a request, with one that is surely refused where a value cannot be sent, and why it cannot."""
    problems = Problems()
    return _encode_all(declared, facts, "", problems), problems


def with_unsent(service: FactsError, unsent: Problems) -> FactsError:
    """What the service found, with the true reason in the place of each value or row that could not be sent."""
    reasons = {problem.where: problem for problem in unsent.found}
    found: list[Problem] = []
    for problem in service.problems:
        row, dot, _ = problem.where.partition(".")
        if dot and row in reasons:  # whatever was said of what stands for the row
            if reasons[row] not in found:
                found.append(reasons[row])
        else:
            found.append(reasons.get(problem.where, problem) if problem.code == "F0106" else problem)
    told = FactsError(found)
    told.call_id, told.request = service.call_id, service.request
    return told


def encode_readings(readings: Mapping[str, str] | None) -> dict[str, str]:
    """The readings for a request; what is no text is sent as one, and the service says what is wrong with it.

    Raises:
        RequestError: they are no mapping.
    """
    return {sendable(name): sendable(reading) for name, reading in as_readings(readings).items()}


def _encode_all(
    declared: Iterable[policies.Fact], given: Mapping[Any, Any], prefix: str, problems: Problems
) -> dict[str, v1.Value]:
    facts = {fact.name: fact for fact in declared}
    return {
        sendable(str(name)): _encode(value, facts.get(str(name)), f"{prefix}{name}", problems)
        for name, value in given.items()
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
        case int() | Decimal():
            text = shown(value)  # as it was given, where the grammar has that
            return v1.Value(decimal=text if NUMBER.fullmatch(text) else written(value) or text)
        case str():
            return _encode_text(sendable(value), kind)
        case dt.date() if type(value) is dt.date:
            return v1.Value(date=Date(year=value.year, month=value.month, day=value.day))
        case Sequence() if fact is not None and kind == policies.FACT_KIND_RECORDS and not isinstance(value, _BYTES):
            return v1.Value(records=v1.Records(rows=_rows(value, fact, where, problems)))
        case float():
            problems.take(_float(value, fact, where))
        case _:
            allowed = Text(fact.allowed.zh, fact.allowed.en) if fact is not None else _SENDABLE
            problems.take(_refused("F0106", fact, where, given=shown(value), allowed=allowed))
    # Another kind than the fact's own: the service refuses it, and so the facts that rest on it are judged alike.
    return v1.Value(flag=False) if kind == policies.FACT_KIND_RECORDS else v1.Value(records=v1.Records())


def _rows(rows: Sequence[Any], fact: policies.Fact, where: str, problems: Problems) -> Iterable[v1.Record]:
    for number, row in enumerate(rows, start=1):
        place = f"{where}[{number}]"
        if isinstance(row, Mapping):
            yield v1.Record(fields=_encode_all(fact.records.fields, row, f"{place}.", problems))
        else:  # what stands for it has a field without a name, which is surely refused
            problems.take(_refused("F0106", fact, place, given=shown(row), allowed=A_ROW))
            yield v1.Record(fields={"": v1.Value()})


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


def sendable(text: str) -> str:
    """The text for the wire: half a surrogate pair has no UTF-8, and a NUL, refused as well, stands for it."""
    return _HALF_PAIR.sub("\0", text)


def _float(value: float, fact: policies.Fact | None, where: str) -> Problem:
    text = repr(value)
    if fact is not None and fact.kind != policies.FACT_KIND_DECIMAL:
        return _refused("F0106", fact, where, given=text, allowed=Text(fact.allowed.zh, fact.allowed.en))
    if not NUMBER.fullmatch(text):
        return _refused("F0107", fact, where, given=text)
    return _refused("F0108", fact, where, given=text, text=text.removesuffix(".0"))


def _refused(code: str, fact: policies.Fact | None, where: str, **values: str | Text) -> Problem:
    label = Text(fact.label.zh, fact.label.en) if fact is not None else Text(where, where)
    return Problem.of(code, where, label=label, **values)
