"""The scalar runner: a program's operations as closures over one list of values.

The list has the facts in the program's order, then a place each for the row and the month at hand, then the steps as
they are computed.
Numbers in it are whole numbers over the static denominators of `language.lowering`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import ge, gt, le, lt
from typing import Any, Final

from .. import dates
from ..language.bounds import MONTHS_LIMIT
from ..language.lowering import Op
from ..rounding import divide

Environment = list[Any]
Closure = Callable[[Environment], Any]

_ORDERS: Final = {"<": lt, "<=": le, ">": gt, ">=": ge}


HAND: Final = (None, None)  # the places of the row and of the month at hand, empty before a calculation


class Slots:
    """Where each fact, the row and the month at hand, and each step stand; behind them, what is asked later."""

    def __init__(self, facts: list[str], steps: list[str], asked: Iterable[str] = ()) -> None:
        self.facts = {name: index for index, name in enumerate(facts)}
        self.row = len(facts)
        self.month = self.row + 1
        self.steps = {name: self.row + len(HAND) + index for index, name in enumerate(steps)}
        self.facts |= {name: self.row + len(HAND) + len(steps) + index for index, name in enumerate(asked)}


def closure(op: Op, slots: Slots) -> Closure:
    """The function that computes `op` from the list of values."""
    match op.kind:
        case "constant":
            value = op.value
            return lambda _: value
        case "fact" | "step":
            place = slots.facts[op.value] if op.kind == "fact" else slots.steps[op.value]
            return lambda env: env[place]
        case "field":
            row, index = slots.row, op.value[1]
            return lambda env: env[row][index]
        case "month":
            month = slots.month
            return lambda env: env[month]
    args = [closure(arg, slots) for arg in op.args]
    one = args[0] if args else _nothing
    two = args[1] if len(args) > 1 else _nothing
    value = op.value
    match op.kind:
        case "given":
            return lambda env: one(env) is not None
        case "add":
            return lambda env: one(env) + two(env)
        case "subtract":
            return lambda env: one(env) - two(env)
        case "multiply":
            return lambda env: one(env) * two(env)
        case "scale":
            return _scale(op, one, value, slots)
        case "negate":
            return lambda env: -one(env)
        case "min" | "max":
            return _extreme(op, args)
        case "first" | "last":
            pick = min if op.kind == "first" else max
            place_of = value.__getitem__
            return lambda env: pick((arg(env) for arg in args), key=place_of)
        case "table":
            return _table(args, value)
        case "round":
            factor, divisor, mode = value
            return lambda env: divide(one(env) * factor, divisor, mode)
        case "quotient":
            factor, divisor, mode = value
            return lambda env: divide(one(env) * factor, divisor * two(env), mode)
        case "==":
            return lambda env: one(env) == two(env)
        case "!=":
            return lambda env: one(env) != two(env)
        case "<" | "<=" | ">" | ">=":
            compare = _ORDERS[op.kind]
            if value is not None:
                return lambda env: compare(value[one(env)], value[two(env)])
            return _compare(op.kind, one, two)
        case "and":
            return (
                (lambda env: one(env) and two(env)) if len(args) == 2 else (lambda env: all(arg(env) for arg in args))
            )
        case "or":
            return (lambda env: one(env) or two(env)) if len(args) == 2 else (lambda env: any(arg(env) for arg in args))
        case "not":
            return lambda env: not one(env)
        case "in":
            return lambda env: one(env) in value
        case "class":
            beyond, names = value
            return lambda env: names[bisect_right(beyond, one(env))]
        case "if":
            three = args[2]
            return lambda env: two(env) if one(env) else three(env)
        case "call":
            return _call(value, args)
        case "highest":
            return _highest(args, value)
        case "position":
            return _position(one, two, slots.facts[value], slots.row)
        case "months":
            return _gathered(value, args[2:], _each_month(slots.month, one, two))
        case _:
            return _gathered(op.kind, args, _each_row(slots.facts[value], slots.row))


def _nothing(_: Environment) -> Any:
    raise AssertionError


def _scale(op: Op, one: Closure, factor: int, slots: Slots) -> Closure:
    if op.args[0].kind in {"fact", "step"}:
        inner = op.args[0]
        place = slots.facts[inner.value] if inner.kind == "fact" else slots.steps[inner.value]
        return lambda env: env[place] * factor
    return lambda env: one(env) * factor


def _extreme(op: Op, args: list[Closure]) -> Closure:
    """min and max; of two, by hand, and with a constant side in place: they are in almost every step."""
    pick = min if op.kind == "min" else max
    if len(args) != 2:
        return lambda env: pick(arg(env) for arg in args)
    one, two = args
    if op.args[0].kind == "constant":
        one, two = two, one
    constant = next((arg.value for arg in op.args if arg.kind == "constant"), None)
    if op.kind == "min":

        def least(env: Environment) -> Any:
            a, b = one(env), two(env)
            return a if a <= b else b

        def at_most(env: Environment) -> Any:
            a = one(env)
            return a if a <= constant else constant

        return least if constant is None else at_most

    def greatest(env: Environment) -> Any:
        a, b = one(env), two(env)
        return a if a >= b else b

    def at_least(env: Environment) -> Any:
        a = one(env)
        return a if a >= constant else constant

    return greatest if constant is None else at_least


def _compare(kind: str, one: Closure, two: Closure) -> Closure:
    match kind:
        case "<":
            return lambda env: one(env) < two(env)
        case "<=":
            return lambda env: one(env) <= two(env)
        case ">":
            return lambda env: one(env) > two(env)
        case _:
            return lambda env: one(env) >= two(env)


def _table(args: list[Closure], values: Mapping[Any, Any]) -> Closure:
    if len(args) == 1:
        key = args[0]
        return lambda env: values[key(env)]
    return lambda env: values[tuple([arg(env) for arg in args])]


def _call(value: Any, args: list[Closure]) -> Closure:
    if isinstance(value, Mapping):  # class(place): a table of the divisions
        one = args[0]
        return lambda env: value[one(env)]
    function = getattr(dates, value)
    if len(args) == 1:
        one = args[0]
        return lambda env: function(one(env))
    return lambda env: function(*[arg(env) for arg in args])


def _highest(args: list[Closure], order: Mapping[Any, int] | None) -> Closure:
    """The greatest of the values whose tests hold; what stands last, if none does."""
    pairs, otherwise = list(zip(args[:-1:2], args[1::2], strict=True)), args[-1]
    place = order.__getitem__ if order is not None else None

    def found(env: Environment) -> Any:
        values = [value(env) for test, value in pairs if test(env)]
        return max(values, key=place) if values else otherwise(env)

    return found


def _position(key: Closure, test: Closure, rows: int, here: int) -> Closure:
    """One more than the rows before the one at hand that have its key and pass the test."""

    def found(env: Environment) -> int:
        row, mine, count = env[here], key(env), 1
        for other in env[rows]:
            if other is row:
                break
            env[here] = other
            count += bool(test(env) and key(env) == mine)
        env[here] = row
        return count

    return found


def _each_row(rows: int, here: int) -> Closure:
    """Puts one row after the other at hand."""

    def each(env: Environment) -> Iterator[None]:
        for row in env[rows]:
            env[here] = row
            yield

    return each


def _each_month(here: int, first: Closure, last: Closure) -> Closure:
    """Puts one month after the other at hand, no more than the language allows: a guard then refuses the facts."""

    def each(env: Environment) -> Iterator[None]:
        begin = first(env)
        for month in range(begin, min(last(env) + 1, begin + MONTHS_LIMIT)):
            env[here] = month
            yield

    return each


def _gathered(kind: str, args: list[Closure], each: Closure) -> Closure:
    test = args[0]
    body = args[1] if len(args) > 1 else _nothing

    def kept(env: Environment) -> Iterator[Environment]:
        for _ in each(env):
            if test(env):
                yield env

    match kind:
        case "sum":
            return lambda env: sum([body(each) for each in kept(env)])
        case "count":
            return lambda env: sum([1 for _ in kept(env)])
        case "any":
            return lambda env: any(body(each) for each in kept(env))
        case "all":
            return lambda env: all(body(each) for each in kept(env))
        case _:
            pick = min if kind == "least" else max
            otherwise = args[2]

            def found(env: Environment) -> Any:
                values = [body(each) for each in kept(env)]
                return pick(values) if values else otherwise(env)

            return found
