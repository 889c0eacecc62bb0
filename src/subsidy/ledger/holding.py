"""Holding a claim against caps: what it uses of each, or why it is refused."""

from __future__ import annotations

from typing import Any

from ..calculation.result import Result
from ..errors import Problem, RequestError
from ..language import program as p
from ..text import Text
from .batch import Batch, Key, Raised
from .claims import ONCE, Said, limit_of, yuan


def held(
    batch: Batch, said: Said, new: frozenset[str]
) -> tuple[tuple[Raised, ...], list[dict[str, Any]], list[Problem]]:
    """A result held against every cap: the buckets as they become, what is said of each, and why it is refused.

    Raises:
        RequestError: how much a cap allows is open.
    """
    raised, touched, why = list[Raised](), list[dict[str, Any]](), list[Problem]()
    result, program = said.result, said.policy.program

    def hold(name: str, key: Key, more: int, most: int, over: tuple[str, ...]) -> int | None:
        """How much is left where this is more than that; None where it is held."""
        bucket = batch.bucket(key, is_new=said.is_of(over, new))
        before = after = bucket.used if bucket is not None else 0
        is_over = more > 0 and before + more > most
        if more and not is_over:
            after = before + more  # it is never below zero: the compiler has proved it of every amount
            raised.append(Raised(key, after, max(most, after)))
        touched.append({"cap": name, "key": key.over.hex(), "before": before, "after": after, "most": most})
        return max(0, most - before) if is_over else None

    for cap in program.caps:
        most = limit_of(said, cap)
        if most is None:
            raise RequestError(Problem.of("R0505", cap.name, why=cap.label))
        amount = result.sum_of(said.policy.places[cap.of]).low
        asked = amount if not cap.times or not amount else 1
        left = hold(cap.name, said.key(cap.name, cap.over), asked, most, cap.over)
        if left is not None:
            why.append(_refusal(cap, most, left, amount))
    is_paid = bool(program.once_per and result.total_in_fen().low)
    if is_paid and hold(ONCE, said.key(ONCE, program.once_per), 1, 1, program.once_per) is not None:
        labels = [_label(result, name) for name in program.once_per]
        names = Text("、".join(each.zh for each in labels), ", ".join(each.en for each in labels))
        why.append(Problem.of("R0603", ONCE, names=names))
    if why:  # then it uses nothing of any cap
        touched = [{**each, "after": each["before"]} for each in touched]
    return tuple(raised), touched, why


def _refusal(cap: p.Cap, most: int, left: int, asked: int) -> Problem:
    if cap.times:
        return Problem.of("R0601", cap.name, label=cap.label, clause=cap.clause, times=str(most))
    return Problem.of("R0602", cap.name, label=cap.label, clause=cap.clause, left=yuan(left), asked=yuan(asked))


def _label(result: Result, name: str) -> Text:
    program = result.policy.program
    known = {
        **{n: fact.label for n, fact in program.facts.items()},
        **{step.name: step.label for step in program.steps},
    }
    return known[name]
