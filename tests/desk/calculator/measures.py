"""Standards and targets: what is, what should be, what is missing, and by when."""

from __future__ import annotations

import re
from fractions import Fraction

from .amounts import Number, Unreadable
from .desk import Desk, printed
from .formulas import split
from .matching import Wrong, matched
from .reckoning import Known, Unknown, hull
from .sheet import Line
from .steps import Step, reader

_NIL = Fraction(0)


def measures(desk: Desk) -> None:
    for line in desk.sheet.sections.get("measures", []):
        try:
            _measure(desk, line)
        except (Wrong, Unknown, Unreadable, ValueError, IndexError) as error:
            desk.wrong(line, str(error))


def _measure(desk: Desk, line: Line) -> None:
    tongue = desk.tongue
    mark, _, said = line.said.partition(" ")
    label, parts = _parts(desk, said)
    del label
    value = _number(desk, parts[0])
    required, sign = _required(desk, parts[1])
    short = next((found[1] for part in parts[2:] if (found := tongue.short.match(part))), None)
    for part in parts[2:]:
        if not tongue.short.match(part) and not _is_deadline(desk, part):
            raise Wrong("what is said behind is of no known kind")
    low, high = (required.low - value.high) * sign, (required.high - value.low) * sign
    low, high = min(low, high), max(low, high)
    if value.is_known and required.is_known:
        if mark != ("✓" if high <= 0 else "✗"):
            raise Wrong("comes out otherwise")
        if (short is None) is not (high <= 0) or (short and _number(desk, short) != Number(high, high, value.unit)):
            raise Wrong("misses by another number")
    else:
        if mark not in {"✓" if low <= 0 else "", "✗" if high > 0 else "", "?" if low <= 0 < high else ""}:
            raise Wrong("comes out otherwise")
        missing = _number(desk, short) if short else Number(low * 0, low * 0, value.unit)
        if not max(low, _NIL) <= missing.low <= missing.high <= max(high, _NIL) or (mark == "✓") is not (short is None):
            raise Wrong("misses by another number")
        if (value.is_known or required.is_known) and (missing.low, missing.high) != (max(low, _NIL), max(high, _NIL)):
            raise Wrong("misses by another number")
    _formulas(desk, line, value, required)
    desk.is_redone(line)


def _parts(desk: Desk, said: str) -> tuple[str, list[str]]:
    """The label, and the parts behind it."""
    colon = desk.tongue.colon
    for at in (found.start() for found in re.finditer(re.escape(colon), said)):
        parts = split(said[at + len(colon) :], desk.tongue.comma)
        if len(parts) > 1 and (desk.tongue.at_least.match(parts[1]) or desk.tongue.at_most.match(parts[1])):
            return said[:at], parts
    raise Wrong("no measure")


def _is_deadline(desk: Desk, said: str) -> bool:
    found = desk.tongue.by.match(said)
    return found is not None and bool(
        re.fullmatch(r"\d{4}-\d\d-\d\d(?:(?: 至 | to )\d{4}-\d\d-\d\d)?", found[1] or found[2])
    )


def _number(desk: Desk, said: str) -> Number:
    found = printed(desk.tongue, said)
    if not isinstance(found, Number):
        raise Wrong("no number")
    return found


def _required(desk: Desk, said: str) -> tuple[Number, int]:
    if found := desk.tongue.at_least.match(said):
        return _number(desk, found[1]), 1
    found = desk.tongue.at_most.match(said)
    assert found is not None
    return _number(desk, found[1]), -1


def _formulas(desk: Desk, line: Line, value: Number, required: Number) -> None:
    """What is, and what is required, each by its formula; under several readings from the least to the most."""
    Step(desk, line, frozenset()).shown([each for each in line.below if each.said.startswith(desk.tongue.where_is)])
    for what, number in (("value", value), ("required", required)):
        head = desk.tongue.measured[what]
        found = [
            _formula(desk, each, each.said.removeprefix(head)) for each in line.below if each.said.startswith(head)
        ]
        if not found:
            raise Wrong("comes from nowhere")
        if None not in found and hull(*(each for each in found if each is not None)) != number:
            raise Wrong("does not follow from its formula")


def _formula(desk: Desk, line: Line, said: str) -> Number | None:
    chain = split(said, " = ")
    try:
        words, *figures = [reader(desk).read(each) for each in chain]

        def how(known: Known) -> Number:
            value = matched(known, words, figures[0]) if figures else known.value(words)
            if not isinstance(value, Number):
                raise Wrong("no number")
            return value

        value = desk.attempt(frozenset(), said, how)
    except (Wrong, Unknown, Unreadable, ValueError, IndexError) as error:
        desk.wrong(line, str(error))
        return None
    desk.is_redone(line)
    assert isinstance(value, Number)
    return value
