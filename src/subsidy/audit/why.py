"""Why a claim comes to what it does, in one sentence: the first reason that cut it or made it what it is."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from ..calculation.explain import of_sum
from ..ledger.claims import ONCE, yuan
from ..text import Text
from .supposed import Supposed


class Why(NamedTuple):
    """A reason, and the clause that it rests on; empty where it rests on none."""

    said: Text
    clause: str = ""


def why(found: Supposed, of: Text) -> Why:
    """A refusal; a condition that is not met; a cap of which nothing is left; or the step that has the amount.

    Args:
        of: what earlier claims are called that it may rest on: rows, or entries.
    """
    result = found.result
    for problem in found.decision.why:
        clause = problem.values.get("clause", "")
        return Why(Text(problem.message("zh"), problem.message("en")), clause if isinstance(clause, str) else "")
    if found.after:
        first = ", ".join(map(str, found.after[:5])) + (" …" if len(found.after) > 5 else "")
        said = Text(
            f"{of.zh} {first} 的金额未定，上限余额因此未定",
            f"the sum of {of.en} {first} is open, and so is what is left of a cap",
        )
        return Why(said)
    if not found.paid.is_point:
        return Why(result.payable.why)
    for test in result.conditions if not found.high else ():
        if test.kind == "required" and test.holds is False:
            zh, en = (f"不符合条件：{test.label.zh}", f"not met: {test.label.en}")
            return Why(Text(_with(zh, test.figures.zh, "，"), _with(en, test.figures.en, ", ")), test.clause)
    for each in found.decision.touched:
        if each["cap"] != ONCE and each["before"] and each["after"] >= each["most"]:
            cap = result.policy.caps[each["cap"]]
            show = str if cap.times else yuan
            zh, en = ("次", "times") if cap.times else ("元", "CNY")
            before, most = show(each["before"]), show(each["most"])
            said = Text(
                f"{cap.label.zh}：此前已用 {before} {zh}，至多 {most} {zh}",
                f"{cap.label.en}: {before} {en} were used before, of {most} {en}",
            )
            return Why(said, cap.clause)
    return _step(found)


def _step(found: Supposed) -> Why:
    """The first step that has the amount; the first part of the outcome where none has."""
    lines = of_sum(found.result, Fraction(found.high, 100))
    line = next(line for line in lines if line.kind in ("step", "part", "amount"))
    if line.formula is None:
        return Why(
            Text(_with(line.label.zh, line.said.zh, "："), _with(line.label.en, line.said.en, ": ")), line.clause
        )
    said = [" ".join(dict.fromkeys(line.formula.stages(language))) for language in ("zh", "en")]
    return Why(Text(f"{line.label.zh} {said[0]}", f"{line.label.en} {said[1]}"), line.clause)


def _with(said: str, more: str, between: str) -> str:
    return f"{said}{between}{more}" if more else said
