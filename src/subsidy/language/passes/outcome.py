"""The outcome, its conditions and caps: everything that they say by name is there, and says one thing."""

from __future__ import annotations

from typing import Final

from ...catalogue import documents as d
from ...catalogue.positions import Path
from ...errors import Hint, hint
from ...exact import show
from ...record import replace
from ...text import Text
from .. import program as p
from ..beside import FIRST, STATED, WANTED, absence, at, stated
from ..meant import hint_among, labels
from ..types import Division, Number, describe
from ..units import CNY, RATIO
from ..work import KINDS, NONE, Work
from .instalments import check_keys
from .ledger import tell_claims_apart

BESIDE: Final = Text("与此配套", "it goes with this")


def is_asked(fact: d.FactBase) -> bool:
    """Whether a fact is stated when an instalment is released, and not at the claim."""
    return fact.asked == "instalment"


def later(work: Work, path: Path, name: str) -> None:
    """Nothing of the claim can rest on a fact that is stated later."""
    if name in work.document.facts and is_asked(work.document.facts[name]):
        work.problem("P0334", path, also=stated(work, name, STATED, "asked"), given=name)


def for_parts(work: Work) -> None:
    """What a condition is for: parts that it refuses alone."""
    parts = [part.name for part in work.document.outcome.parts]
    for number, test in enumerate(work.document.conditions):
        path: Path = ("conditions", number, "for")
        if test.for_ is not None and test.kind != "required":
            only = Text('只用于 kind = "required"', 'it is for kind = "required" only')
            also = at(work, ("conditions", number, "kind"), STATED)
            work.key_problem("P0340", path, also=also, key="for", why=only)
        for index, name in enumerate(test.for_ or ()):
            if name not in parts:
                work.problem("P0301", (*path, index), given=name, **hint(name, parts))


def cap_(work: Work, path: Path, cap: d.Cap) -> p.Cap:
    parts = [part.name for part in work.document.outcome.parts]
    if cap.of not in parts:
        work.problem("P0301", (*path, "of"), given=cap.of, **hint(cap.of, parts))
    tell_claims_apart(work, (*path, "over"), cap.over)
    if (cap.limit is None) == (cap.times is None):
        work.problem("P0317", path, given="limit, times" if cap.limit else NONE, wanted="limit / times")
        work.unreadable.add(cap.name)
    if cap.limit is not None:
        work.used.add(cap.limit)
        if work.kinds.get(cap.limit) not in {"parameter", "step"}:
            work.problem("P0301", (*path, "limit"), given=cap.limit, **hint(cap.limit, [*work.parameters, *work.types]))
            work.unreadable.add(cap.name)
        elif cap.limit in work.unreadable:
            work.unreadable.add(cap.name)
        else:
            _limit(work, (*path, "limit"), cap.limit)
    return p.Cap(cap.name, cap.label, cap.of, tuple(cap.over), cap.limit or "", cap.times or 0, cap.beyond, cap.clause)


def _limit(work: Work, path: Path, name: str) -> None:
    """A cap is a sum of money, as the outcome is."""
    parameter = work.parameters.get(name)
    type_ = parameter.type if parameter else work.types[name]
    also = stated(work, name, STATED, "unit", "of", "type")
    if not isinstance(type_, Number):
        work.problem("P0401", path, also=also, given=describe(type_), wanted=describe(Number(CNY)))
    elif type_.unit not in {None, CNY, CNY / work.claim} and not work.is_broken(("policy", "claim")):
        wanted = str(CNY) if work.claim == RATIO else f"{CNY}, {CNY / work.claim}"
        work.problem("P0402", path, also=also, given=str(type_.unit), wanted=wanted)


def outcome(work: Work) -> None:
    document = work.document
    ids = [name for name, fact in document.facts.items() if fact.type == "id"]
    for index, part in enumerate(document.outcome.parts):
        path: Path = ("outcome", "parts", index)
        work.used.add(part.payee)
        if part.payee not in ids:
            work.problem("P0301", (*path, "payee"), given=part.payee, **hint(part.payee, ids))
        elif document.facts[part.payee].optional or document.facts[part.payee].when:
            work.problem("P0324", (*path, "payee"), also=absence(work, part.payee), given=part.payee)
        _sum(work, path, part)
        check_keys(work, path, part)
        later(work, (*path, "payee"), part.payee)
        later(work, (*path, "decided"), part.decided or "")
        shares: dict[str, int] = {}
        for number, share in enumerate(part.shares):
            here = (*path, "shares", number)
            name = share.name or share.payer
            if name in shares:
                also = at(work, (*path, "shares", shares[name]), FIRST, "name", "payer")
                key = "name" if share.name else "payer"
                advice = Text(
                    "同一付款方的两项分担，各写 name 区分", "give each of two shares of one payer its own name"
                )
                work.problem("P0302", (*here, key), also=also, given=name, other=KINDS["share"], hint=advice)
            shares.setdefault(name, number)
            if share.payer not in work.vocabulary.payers:
                work.problem(
                    "P0318",
                    (*here, "payer"),
                    given=share.payer,
                    **hint_among(share.payer, labels(work.vocabulary.payers)),
                )
            elif share.of is not None:
                _payer_of(work, here, share.payer, share.of)
            ways = [key for key in ("percent", "value") if getattr(share, key) is not None] + [
                "residual"
            ] * share.residual
            if len(ways) != 1:
                work.problem("P0317", here, given=", ".join(ways) or NONE, wanted="percent / value / residual")
        if sum(share.residual for share in part.shares) > 1:
            work.problem("P0317", (*path, "shares"), given="2 × residual", wanted="residual")
    if not document.outcome.parts and not document.measures and not work.is_broken(("outcome",), ("measures",)):
        work.problem("P0106", (), key="outcome")
    for index, each in enumerate(document.measures):
        if each.by is not None and each.before is not None:
            work.problem("P0317", ("measures", index), given="by, before", wanted="by / before")
    numbers = [name for name, fact in document.facts.items() if fact.type == "number"]
    for index, name in enumerate(document.outcome.rises_with):
        if name not in numbers:
            work.problem("P0301", ("outcome", "rises_with", index), given=name, **hint(name, numbers))


def _sum(work: Work, path: Path, part: d.Part) -> None:
    """A part is a `value`, or `up_to` a ceiling, and then somebody decides the sum."""
    ways = [key for key in ("value", "up_to") if getattr(part, key) is not None]
    if len(ways) != 1:
        work.problem("P0317", path, given=", ".join(ways) or NONE, wanted="value / up_to")
    is_whole = not work.is_broken((*path, "up_to"), (*path, "decided"))
    if is_whole and (part.up_to is None) != (part.decided is None):
        missing = "decided" if part.decided is None else "up_to"
        other = "up_to" if missing == "decided" else "decided"
        work.problem("P0106", path, also=at(work, (*path, other), BESIDE), key=missing)
    if part.decided is None:
        return
    work.used.add(part.decided)
    facts = work.document.facts
    decided = [name for name, fact in facts.items() if fact.type == "number" and fact.optional and not fact.when]
    if part.decided not in decided:
        also = stated(work, part.decided, STATED, "when", "optional")
        named = facts.get(part.decided)
        near: Hint = {}
        if isinstance(named, d.NumberFact) and not decided:
            form, where = "optional = true", f"[facts.{part.decided}]"
            near = {"hint": Text(f"在 {where} 写 {form}，删去 when", f"write {form} in {where}, without when")}
        allowed = ", ".join(decided) or NONE
        work.problem("P0331", (*path, "decided"), also=also, given=part.decided, allowed=allowed, **near)
        return
    fact = work.facts[part.decided]
    unit = fact.type.unit if isinstance(fact.type, Number) else None
    if unit not in {CNY, CNY / work.claim}:
        wanted = str(CNY) if work.claim == RATIO else f"{CNY}, {CNY / work.claim}"
        also = at(work, (*path, "decided"), WANTED)
        work.problem("P0402", ("facts", part.decided, "unit"), also=also, given=str(unit), wanted=wanted)
    if (100 * fact.resolution).denominator != 1:
        also = at(work, (*path, "decided"), WANTED)
        how = Text('写 resolution = "0.01" 或它的倍数', 'make it resolution = "0.01" or a multiple of that')
        given, fine = Text("它", "it"), show(fact.resolution)
        place = ("facts", part.decided, "resolution")
        work.problem("P0603", place, also=also, part=part.decided, given=given, fine=fine, hint=how)
    if fact.low < 0:
        also = at(work, (*path, "decided"), WANTED)
        advice = Text('范围从 "0" 起', 'let its range begin at "0"')
        work.problem(
            "P0602", ("facts", part.decided, "range"), also=also, part=part.decided, low=show(fact.low), hint=advice
        )


def _payer_of(work: Work, path: Path, payer: str, of: str) -> None:
    """The payer is the division at its level that holds the place: each that the fact may be has one."""
    facts = work.document.facts
    places = [name for name, fact in facts.items() if fact.type == "division"]
    work.used.add(of)
    later(work, (*path, "of"), of)
    if of not in places:
        work.problem("P0301", (*path, "of"), given=of, **hint(of, places))
        return
    if facts[of].optional or facts[of].when:
        work.problem("P0324", (*path, "of"), also=absence(work, of), given=of)
    classes = work.vocabulary.payers[payer].classes
    if not classes:
        work.problem("P0332", (*path, "payer"), given=payer)
        return
    type_ = work.types.get(of)
    if not isinstance(type_, Division):
        return  # it was reported
    domain = tuple(code for code in type_.domain if work.vocabulary.of_class(code, classes))
    if type_.domain and not domain:
        also = at(work, ("facts", of), STATED, "within")
        work.problem("P0333", (*path, "of"), also=also, given=of, payer=work.vocabulary.payers[payer].label)
    if domain != type_.domain:
        level = work.vocabulary.payers[payer].label
        work.types[of] = Division(domain)
        work.facts[of] = replace(work.facts[of], type=Division(domain), level=level)
