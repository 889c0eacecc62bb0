"""`subsidy demo`: the service on a free loopback port, the shipped worked cases calculated over it and explained.

Then a ledger for show, under a fictional adoption.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from ..calculation.policy import Policy
from ..catalogue.documents import Example
from ..extras import needs
from ..policies import Catalogue, catalogue
from ..text import LANGUAGES, Language
from . import demo_ledger
from .exits import Exit
from .options import AsJson, Lang
from .output import reports, say, show_json

if TYPE_CHECKING:
    from ..client import Answer, Client
    from ..v1.calculation_service_pb2 import Part, Step
    from ..v1.values_pb2 import Amount, Text

# How many of its worked cases are shown for each policy: those that its text was first read by stand first.
SHOWN: Final = {
    "cn/shanxi/yuncheng/construction-grant": 6,
    "cn/shanxi/yuncheng/operating-subsidy": 2,
    "cn/shanxi/yuncheng/bed-subsidy": 4,
    "cn/liaoning/shenyang/home-service": 2,
}
_IN_FULL: Final = "cn/shanxi/yuncheng/bed-subsidy"


@dataclass(frozen=True)
class Case:
    """A worked case of a module and what the service answers to it."""

    policy: Policy
    example: Example
    answer: Answer

    @property
    def comes_out(self) -> bool:
        """Whether every sum is as the module says it should be, to the fen."""
        expected = {name: want for name, want in self.example.expect.items() if name in self.sums}
        return "amount" in expected and all(_ends(want) == self.sums[name] for name, want in expected.items())

    @property
    def sums(self) -> dict[str, tuple[Decimal, Decimal]]:
        """The amount and the parts by name, each as its least and its most."""
        from ..client.answer import bounds

        parts = {part.name: bounds(part.amount) for part in self.answer.message.parts}
        return {"amount": (self.answer.low, self.answer.high), **parts}


@reports
def demo(lang: Lang = None, as_json: AsJson = False) -> Exit:
    """启动服务，测算并说明随附算例，在演示台账中核定，然后停止。

    Starts the service, calculates and explains the worked cases, determines claims in a ledger for show, and stops.
    """
    with needs("service"):
        from ..client import Client
        from ..service import Server
    with needs("ledger"):
        from .. import ledger as _  # noqa: F401 – its absence is said before anything is shown

    shipped = catalogue()
    with Server(shipped, "127.0.0.1:0") as server, Client(server.address) as client:
        if not as_json:
            say(f"gRPC {server.address}  subsidy.v1.CalculationService\n")
        cases = list(_calculated(shipped, client))
    shown = demo_ledger.run()
    if as_json:
        show_json({"cases": [_data(case) for case in cases], "ledger": shown.data()})
    else:
        languages = (lang,) if lang else LANGUAGES
        for line in (*_lines(cases, languages), *shown.said(languages)):
            say(line)
    same = [shipped.replay(case.answer.receipt()).is_same for case in cases]
    as_expected = [case.comes_out for case in cases]
    if not as_json:
        say(f"{sum(as_expected)}/{len(cases)} 与算例一致 · as the worked cases say")
        say(f"{sum(same)}/{len(cases)} 份回执重算一致 · receipts replayed, same")
        right = sum(claim.comes_out for claim in shown.claims)
        say(f"{right}/{len(shown.claims)} 次核定与限额相符，存证有效 · determinations within the cap, proofs valid")
    return Exit.FINE if all(same) and all(as_expected) and shown.comes_out else Exit.FINDING


def _calculated(shipped: Catalogue, client: Client) -> Iterator[Case]:
    for policy_id, count in SHOWN.items():
        policy = shipped.policy(policy_id)
        for example in policy.document.examples[:count]:
            yield Case(policy, example, client.calculate(policy_id, example.facts, readings=example.under, full=True))


def _ends(want: Any) -> tuple[Decimal, Decimal]:
    low, high = want if isinstance(want, list) else (want, want)
    return Decimal(low), Decimal(high)


def _data(case: Case) -> dict[str, Any]:
    return {
        "policy": case.policy.id,
        "example": case.example.name,
        "comes_out": case.comes_out,
        "kind": "simulation" if case.answer.is_simulation else "adopted",
        "sums": {name: {"low": str(low), "high": str(high)} for name, (low, high) in case.sums.items()},
    }


def _lines(cases: list[Case], languages: tuple[Language, ...]) -> Iterator[str]:
    """Every case in short form, the policy named before its first; then one in full."""
    shown = ""
    for number, case in enumerate(cases, start=1):
        if case.policy.id != shown:
            shown = case.policy.id
            yield "━" * 78
            for language in languages:
                yield f"{case.policy.title.in_(language)} · {case.policy.document.source.title.in_(language)}"
            yield f"{shown} · {case.policy.version}\n"
        yield f"{'✓' if case.comes_out else '✗'} {number}. {case.example.name}"
        for language in languages:
            yield from ("    " + line for line in _short(case, language))
        yield ""
    example = next(case for case in cases if case.policy.id == _IN_FULL)
    for language in languages:
        yield "━" * 78
        yield example.answer.explain(language)


def _short(case: Case, language: Language) -> Iterator[str]:
    """A case in a few lines: facts, readings, steps in figures, sums with their payers and clauses."""
    message = case.answer.message
    heads = ("事实", "口径", "计算", "结果") if language == "zh" else ("Facts", "Readings", "Calculation", "Result")
    blocks = (
        [_facts(case.answer, heads[0])],
        [f"{_said(item.question, language)} → {_said(item.label, language)}" for item in message.interpretations],
        [_step(step, language) for step in message.steps],
        [*(_part(part, language) for part in message.parts), *_kind(case.answer, language)],
    )
    width = 4 if language == "zh" else 11
    for head, lines in zip(heads, blocks, strict=True):
        margin = head if language == "zh" else head.ljust(width)
        for line in lines:
            yield f"{margin}  {line}"
            margin = " " * width


def _facts(answer: Answer, head: str) -> str:
    """The facts on one line, as the explanation words them."""
    language: Language = "zh" if head == "事实" else "en"
    block = next(block for block in answer.explain(language).split("\n\n") if block.startswith(f"{head}\n"))
    facts = [line.strip().rsplit("  ", 1)[0] for line in block.splitlines()[1:]]
    return ("；" if language == "zh" else "; ").join(facts)


def _step(step: Step, language: Language) -> str:
    figures, value = _said(step.figures, language), _said(step.said, language)
    stages = [_said(step.label, language), value]
    if len(step.values) == 1:  # of alternatives, each has figures of its own
        stages.insert(1, figures)
    return " = ".join(dict.fromkeys(stages)) + _clause(step.clause, language)


def _part(part: Part, language: Language) -> str:
    payers = ", ".join(f"{_said(share.label, language)} {_sum(share.amount, language)}" for share in part.shares)
    aside = "" if part.counted else "（另列，不计入金额）" if language == "zh" else " (shown beside)"
    sum_ = f"{_said(part.label, language)}{aside}  {_sum(part.amount, language)}"
    return f"{sum_} ← {payers}{_clause(part.clause, language)}"


def _kind(answer: Answer, language: Language) -> Iterator[str]:
    if answer.is_simulation:
        yield "测算，不作支付依据" if language == "zh" else "a simulation: nothing may be paid from it"


def _sum(amount: Amount, language: Language) -> str:
    from ..client.answer import bounds

    low, high = bounds(amount)
    if low == high:
        return f"{low} 元" if language == "zh" else f"{low} CNY"
    return f"{low}–{high} 元，未定" if language == "zh" else f"{low}–{high} CNY, undetermined"


def _clause(clause: str, language: Language) -> str:
    return "" if not clause else f"  〔{clause}〕" if language == "zh" else f"  [{clause}]"


def _said(text: Text, language: Language) -> str:
    return text.zh if language == "zh" else text.en
