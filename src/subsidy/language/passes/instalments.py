"""Instalments: they make up their part, whichever of them exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import product
from typing import Final

from ...catalogue import documents as d
from ...catalogue.positions import Path
from ...errors import Also
from ...exact import show
from ...record import replace
from ...text import Text, plain
from .. import program as p
from ..beside import at
from ..folding import Folded
from ..typed import typed
from ..types import DATE, FLAG, Number
from ..units import CNY, RATIO
from ..work import NONE, Work
from .range import CASES_LIMIT, every_case

_OPPOSITE: Final = {"!=": "==", "<": ">=", "<=": ">"}
_TESTS_LIMIT: Final = 8
_REST: Final = Text("取其余的一期", "the one that takes the rest")
_ONE_TAKER: Final = Text(
    "取其余的是写了 remainder = true 的，或 share、value 都不写的",
    "what takes the rest is an instalment with remainder = true, or with neither share nor value",
)
_SPLIT_EACH: Final = Text(
    "每一期分别分担，定额会在每一期各算一次；改写 percent",
    "each instalment is split by itself, so a fixed sum would count in each of them; write a percent",
)
_NONE_TAKES: Final = Text("有的写了 value，而没有一期取其余", "there is a value, and none takes the rest")


def check_keys(work: Work, path: Path, part: d.Part) -> None:
    """Each instalment says in one way how much it is; a test says what follows if it fails."""
    for number, each in enumerate(part.instalments):
        here = (*path, "instalments", number)
        ways = [key for key in ("share", "value") if getattr(each, key) is not None]
        if len(ways) > 1:
            work.problem("P0317", here, given=", ".join(ways), wanted="share / value")
        is_whole = not work.is_broken((*here, "test"), (*here, "if_failed"))
        if is_whole and (each.test is None) != (each.if_failed is None):
            given, missing = ("if_failed", "test") if each.test is None else ("test", "if_failed")
            also = at(work, (*here, given), Text("与此配套", "it goes with this"))
            work.problem("P0106", here, also=also, key=missing)
    takers = [each.name for each in part.instalments if takes_the_rest(each)]
    if len(takers) > 1:
        work.problem("P0317", (*path, "instalments"), given=", ".join(takers), wanted=_REST, hint=_ONE_TAKER)
    for number, share in enumerate(part.shares):
        if part.instalments and share.value is not None:
            here = (*path, "shares", number, "value")
            work.problem("P0317", here, given="value", wanted="percent / residual", hint=_SPLIT_EACH)


def takes_the_rest(each: d.Instalment) -> bool:
    """Whether an instalment is to take what the others leave: it says so, or it says no sum of its own."""
    return each.remainder or (each.share is None and each.value is None)


def typed_instalments(work: Work, path: Path, part: d.Part, seen: set[str]) -> tuple[p.Instalment, ...]:
    """The instalments of a part with their formulas typed."""
    found = []
    asked = {name for name, fact in work.facts.items() if fact.asked}
    for number, each in enumerate(part.instalments):
        here = (*path, "instalments", number)
        share = typed(work, (*here, "share"), Number(RATIO), seen) if each.share is not None else None
        value = typed(work, (*here, "value"), Number(CNY), seen) if each.value is not None else None
        due = typed(work, (*here, "due"), DATE, seen) if each.due is not None else None
        when = typed(work, (*here, "when"), FLAG, seen) if each.when is not None else None
        test = typed(work, (*here, "test"), FLAG, seen | asked) if each.test is not None else None
        used = {_fact(node) for node in p.walk(test)} & asked if test is not None else set()
        found.append(
            p.Instalment(
                each.name, each.label, each.clause or "", share, value, takes_the_rest(each), due, when, test,
                each.test or "", each.if_failed or "", tuple(name for name in work.facts if name in used),
            )
        )  # fmt: skip
    return tuple(found)


def _fact(node: p.Node) -> str:
    match node:
        case p.FactValue(name=name) | p.Aggregate(rows=name):
            return name
        case p.Given(of=p.FactValue(name=name)):
            return name
        case _:
            return ""


def instalments(work: Work, folded: Folded, path: Path, part: p.Part) -> None:
    """Shares make the whole under every combination of what decides whether they exist; or one takes what is left."""
    assert work.program is not None
    rest = [each for each in part.instalments if each.share is None and each.value is None]
    numbers = {each.name: number for number, each in enumerate(part.instalments)}

    def places(several: Iterable[p.Instalment]) -> tuple[Also, ...]:
        return tuple(
            work.entry.origin.also(plain(each.name), (*path, numbers[each.name]), "share", "value", "when", "name")
            for each in several
        )

    if any(each.value is not None for each in part.instalments) and not rest:
        work.problem("P0504", path, also=places(part.instalments), given=_NONE_TAKES, part=part.name)
        return
    if any(each.when is not None for each in rest):
        name = rest[0].name
        given = Text(
            f"{name} 取其余，但有 when，未必存在", f"{name} takes the rest, but exists only when its test holds"
        )
        also = at(work, (*path, numbers[name], "when"), plain(name))
        advice = Text(
            f"删去 {name} 的 when，或另列取其余的一期", f"take when out of {name}, or let another take the rest"
        )
        work.problem("P0504", path, also=also, given=given, part=part.name, hint=advice)
        return
    shares = [each for each in part.instalments if each.share is not None]
    nodes = [node for each in shares for node in (each.share, each.when) if node is not None]
    atoms = list(dict.fromkeys(atom for each in shares if each.when is not None for atom in _atoms(each.when)))
    cases = every_case(work.program, folded, nodes, work.proof)
    if cases is None or len(atoms) > _TESTS_LIMIT:
        most = str(CASES_LIMIT if cases is None else 2**_TESTS_LIMIT)
        work.problem("P0504", path, given=Text(f"超过 {most} 种组合", f"more than {most} combinations"), part=part.name)
        return
    for bounds in cases:
        for truth in product(*(sorted(bounds.of(atom)) for atom in atoms)):
            known = dict(zip(atoms, truth, strict=True))
            there = [each for each in shares if each.when is None or _holds(each.when, known)]
            found = [bounds.of(each.share) for each in there if each.share is not None]
            low = sum((interval.low for interval in found), Fraction(0))
            high = sum((interval.high for interval in found), Fraction(0))
            if high > 1 if rest else not low == high == 1:
                made = f"{show(low * 100)}%" + ("" if low == high else f"…{show(high * 100)}%")
                names = ", ".join(each.name for each in there) or NONE.en
                work.problem("P0504", path, also=places(there), given=f"{made} ({names})", part=part.name)
                return


def _plain(test: p.Node) -> tuple[p.Node, bool]:
    """A test without what turns it round, and whether it was turned round."""
    match test:
        case p.Not(operand=operand):
            node, turned = _plain(operand)
            return node, not turned
        case p.Compare(operator=operator) if operator in _OPPOSITE:
            return replace(test, operator=_OPPOSITE[operator]), True
        case _:
            return test, False


def _atoms(test: p.Node) -> Iterator[p.Node]:
    """The tests that a test is made of."""
    node, _ = _plain(test)
    if isinstance(node, p.Logic):
        for operand in node.operands:
            yield from _atoms(operand)
    elif not isinstance(node, p.Constant):
        yield node


def _holds(test: p.Node, known: Mapping[p.Node, bool]) -> bool:
    """Whether a test holds where it is known of its atoms."""
    node, turned = _plain(test)
    match node:
        case p.Logic(operator=operator, operands=operands):
            found = [_holds(operand, known) for operand in operands]
            return (any(found) if operator == "or" else all(found)) is not turned
        case p.Constant(value=value):
            return bool(value) is not turned
        case _:
            return known[node] is not turned
