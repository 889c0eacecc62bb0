"""What is said of other claims: facts from the ledger, and what tells one claim from another."""

from __future__ import annotations

from typing import Final, Literal

from ...catalogue import documents as d
from ...catalogue.positions import Path
from ...errors import Also, hint
from ...record import replace
from ...text import Text
from .. import program as p
from ..beside import STATED, WANTED, absence, at, stated
from ..types import Date, Month, Number, Records, describe
from ..units import CNY, RATIO, Unit
from ..work import NONE, Work

_DAY: Final = Text("日期或月份", "a date or a month")


def from_the_ledger(work: Work) -> None:
    """Every fact from the ledger names what is there, of its own type and unit; `once_per` names facts and steps."""
    for name, fact in work.document.facts.items():
        if fact.from_ledger is not None:
            work.facts[name] = replace(work.facts[name], from_ledger=_value(work, name, fact, fact.from_ledger))
    tell_claims_apart(work, ("policy", "once_per"), work.document.policy.once_per or ())


def tell_claims_apart(work: Work, path: Path, names: list[str] | tuple[str, ...]) -> None:
    """Facts and steps that are always given at the claim, and that are the same or not: no amounts, no rows."""
    facts = work.document.facts
    known = [
        name
        for name, type_ in work.types.items()
        if not isinstance(type_, Number | Records)
        and not (name in facts and (facts[name].optional or facts[name].when or facts[name].asked == "instalment"))
    ]
    for index, name in enumerate(names):
        here = (*path, index)
        work.used.add(name)
        if name in known or (name in work.unreadable and name in work.kinds):
            continue
        if name not in work.types:
            work.problem("P0301", here, given=name, **hint(name, known))
        elif name in facts and facts[name].asked == "instalment":
            work.problem("P0334", here, also=stated(work, name, STATED, "asked"), given=name)
        elif name in facts and (facts[name].optional or facts[name].when):
            work.problem("P0324", here, also=absence(work, name), given=name)
        else:
            allowed = ", ".join(known) or NONE
            also = stated(work, name, STATED, "type", "unit")
            work.problem("P0337", here, also=also, given=name, kind=describe(work.types[name]), allowed=allowed)


def _value(work: Work, name: str, fact: d.FactBase, said: d.FromLedger) -> p.LedgerValue:
    path: Path = ("facts", name, "from_ledger")
    ways = [key for key in ("sum", "last") if getattr(said, key) is not None] + ["count"] * said.count
    if len(ways) != 1:
        work.problem("P0317", path, given=", ".join(ways) or NONE, wanted="sum / count / last")
        said = said.model_copy(update={"sum": None, "last": None, "count": False})
    tell_claims_apart(work, (*path, "over"), said.over)
    days = [known for known, type_ in work.types.items() if isinstance(type_, Date | Month)]
    for key, bound in (("from", said.from_), ("until", said.until)):
        if bound is not None:
            work.used.add(bound)
            if bound not in work.types:
                work.problem("P0301", (*path, key), given=bound, **hint(bound, days))
            elif bound not in days:
                also = stated(work, bound, STATED, "type", "unit")
                work.problem("P0401", (*path, key), also=also, given=describe(work.types[bound]), wanted=_DAY)
    if said.last is not None and not fact.optional:
        work.problem("P0335", (*path, "last"), also=at(work, ("facts", name)), given=name)
    if said.sum is not None:
        _sum(work, path, name, said.sum, own=said.policy is None)
    elif said.last is not None:
        _last(work, path, name, said.last, own=said.policy is None)
    elif said.count and not work.is_broken(("policy", "claim")):
        _fits(work, path, name, RATIO, work.claim)
    kind: Literal["sum", "count", "last"] = "sum" if said.sum else "last" if said.last else "count"
    return p.LedgerValue(
        kind,
        said.sum or said.last or "",
        tuple(said.over),
        said.policy or "",
        said.from_ or "",
        said.until or "",
    )


def _sum(work: Work, path: Path, name: str, of: str, *, own: bool) -> None:
    parts = ["amount", *(part.name for part in work.document.outcome.parts)]
    steps = [step.name for step in work.document.steps if isinstance(work.types.get(step.name), Number)]
    if own and of not in {*parts, *steps}:
        work.problem("P0301", (*path, "sum"), given=of, **hint(of, [*parts, *steps]))
    elif own and of in steps:
        type_ = work.types[of]
        assert isinstance(type_, Number)
        _fits(work, path, name, type_.unit or RATIO, because=stated(work, of, WANTED, "unit"))
    elif own or of == "amount":
        _fits(work, path, name, CNY, CNY / work.claim)


def _last(work: Work, path: Path, name: str, of: str, *, own: bool) -> None:
    known = [each for each, type_ in work.types.items() if not isinstance(type_, Records)]
    if own and of not in known:
        work.problem("P0301", (*path, "last"), given=of, **hint(of, known))
    elif own and name in work.types and work.types[of] != work.types[name]:
        given, wanted = describe(work.types[name]), describe(work.types[of])
        also = stated(work, of, WANTED, "unit", "of", "type")
        work.problem("P0401", ("facts", name, "type"), also=also, given=given, wanted=wanted)


def _fits(work: Work, path: Path, name: str, *units: Unit, because: tuple[Also, ...] = ()) -> None:
    """A sum or a count is a number with one of some units."""
    type_ = work.types.get(name)
    if type_ is None:
        return  # it could not be read
    if not isinstance(type_, Number):
        also = (*because, *stated(work, name, STATED, "type"))
        work.problem("P0401", path, also=also, given=describe(type_), wanted=describe(Number(units[0])))
    elif type_.unit not in units:
        wanted = ", ".join(dict.fromkeys("ratio" if unit == RATIO else str(unit) for unit in units))
        given = Text("无单位", "none") if type_.unit == RATIO else str(type_.unit)
        also = because or at(work, path, WANTED, "sum", "count")
        advice = Text(f'写 unit = "{units[0]}"', f'write unit = "{units[0]}"')
        work.problem("P0402", ("facts", name, "unit"), also=also, given=given, wanted=wanted, hint=advice)


def no_circle(work: Work) -> None:
    """What picks the claims that a fact speaks of does not rest on that fact."""
    rests: dict[str, set[str]] = {}
    for step in work.steps:
        found: set[str] = set()
        for node in p.walk(step.value):
            if isinstance(node, p.FactValue):
                found.add(node.name)
            elif isinstance(node, p.StepValue):
                found |= rests.get(node.name, set())
        rests[step.name] = found
    for name, fact in work.facts.items():
        ledger = fact.from_ledger
        if ledger is None:
            continue
        for key in (*ledger.over, ledger.begin, ledger.until):
            if name == key or name in rests.get(key, ()):
                also = stated(work, key, STATED, "value", "pick")
                work.problem("P0336", ("facts", name, "from_ledger"), also=also, given=key, name=name)
