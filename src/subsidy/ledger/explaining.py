"""The explanation of a determination: that of its calculation, and what the ledger adds: caps, and what was left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, Protocol

from ..calculation.explanation import Explanation, Line, Section
from ..calculation.policy import Policy
from ..calculation.receipt import Receipt
from ..calculation.result import Result
from ..text import Text
from .claims import ONCE, yuan
from .determining import REFUSED
from .reasons import problem_of

_NOT_OF_A_LEDGER: Final = ("W0108", "W0109")  # caps unchecked, values stated by the caller
_DECISIONS: Final = {
    "determined": Text("核定", "determined"),
    "nothing": Text("核定为 0", "nothing is paid"),
    REFUSED: Text("不予核定", "refused"),
}


class Texts(Protocol):
    """Where the texts are that a receipt names: a catalogue, or a ledger that holds them."""

    def policy_of(self, receipt: Receipt) -> Policy:
        """The policy as it stood for a receipt.

        Raises:
            RequestError: a text that it names is not there.
        """


def result_of(catalogue: Texts, body: Mapping[str, Any]) -> Result:
    """The calculation of a determination, made again from the facts of its entry.

    Raises:
        RequestError: a text that it names is not in the catalogue.
    """
    receipt = Receipt.model_validate(body["receipt"])
    return catalogue.policy_of(receipt).calculate_again(receipt.facts, receipt.readings)


def explained(catalogue: Texts, position: int, body: Mapping[str, Any]) -> Explanation:
    """The explanation of a determination.

    Raises:
        RequestError: a text that it names is not in the catalogue.
    """
    result = result_of(catalogue, body)
    found = result.explanation
    sections = []
    for section in found.sections:
        lines = tuple(line for line in section.lines if line.mark not in _NOT_OF_A_LEDGER)
        if lines:
            sections.append(replace(section, lines=lines))
        if section.name == "result":
            sections.append(Section("ledger", Text("台账", "Ledger"), tuple(_lines(result, position, body))))
    return replace(found, sections=tuple(sections))


def _lines(result: Result, position: int, body: Mapping[str, Any]) -> Iterator[Line]:
    decision, amount = _DECISIONS[body["decision"]], body["amount"]
    yield Line(
        "determination",
        str(position),
        Text(f"第 {position} 条", f"Entry {position}"),
        Text(f"{decision.zh}，应付 {amount} 元", f"{decision.en}, {amount} CNY are payable"),
        values=(amount,),
    )
    for reason in body["why"]:
        problem = problem_of(reason)
        yield Line("refusal", problem.where, said=Text(problem.message("zh"), problem.message("en")), mark=problem.code)
    caps = {cap.name: cap for cap in result.policy.program.caps}
    for each in body["caps"]:
        if each["cap"] == ONCE:
            continue
        cap = caps[each["cap"]]
        said = _times(each) if cap.times else _sums(each)
        yield Line("used", cap.name, cap.label, said, cap.clause, values=(str(each["before"]), str(each["after"])))


def _times(cap: Mapping[str, Any]) -> Text:
    before, after, most = cap["before"], cap["after"], cap["most"]
    return Text(
        f"已有 {before} 次 + 本次 {after - before} 次 = {after} 次，至多 {most} 次",
        f"{before} before + {after - before} now = {after} times, at most {most}",
    )


def _sums(cap: Mapping[str, Any]) -> Text:
    before, after, most = (yuan(cap[name]) for name in ("before", "after", "most"))
    now, left = yuan(cap["after"] - cap["before"]), yuan(max(0, cap["most"] - cap["after"]))
    return Text(
        f"已用 {before} 元 + 本次 {now} 元 = {after} 元；{most} 元 − {after} 元 = 尚余 {left} 元",
        f"{before} CNY used + {now} CNY now = {after} CNY; {most} CNY − {after} CNY = {left} CNY left",
    )
