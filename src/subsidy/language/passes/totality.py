"""Totality: nothing that may be absent is used unguarded, and shares make up their part."""

from __future__ import annotations

from fractions import Fraction

from ...catalogue.positions import Path
from ...errors import Hint
from ...exact import show
from ...text import Text, plain
from .. import program as p
from ..beside import absence, within
from ..bounds import Unprovable
from ..folding import Folded
from ..ladders import overlaps
from ..lowering import is_static
from ..meant import write
from ..places import formulas
from ..types import FLAG, Number
from ..work import UNPROVABLE, Work
from .instalments import instalments
from .range import CASES_LIMIT, every_case

Known = frozenset[tuple[p.Node, bool]]


def totality(work: Work) -> None:
    if work.program is None:
        return
    path: Path
    done: dict[tuple[Path, int, tuple[int, ...]], p.Node] = {}
    for folded in work.folded:
        whens = tuple(id(when) for when in folded.when.values())
        for path, node in formulas(work.document, folded):
            if (path, id(node), whens) in done:
                continue  # the readings make no difference to it
            done[path, id(node), whens] = node
            _Guard(work, folded, path).check(node, frozenset())
            _divisions(work, path, node)
            _only(work, path, node)
        if not work.has(*UNPROVABLE):
            for index, part in enumerate(folded.parts):
                path = ("outcome", "parts", index)
                try:
                    _shares(work, folded, (*path, "shares"), part)
                    if part.instalments:
                        instalments(work, folded, (*path, "instalments"), part)
                except Unprovable as error:  # one of the cases costs too much, or has a number that is too long
                    work.problem(error.code, path, also=(), **error.values)
                    return


class _Guard:
    """Follows what is known to be true in each branch of one formula."""

    def __init__(self, work: Work, folded: Folded, path: Path) -> None:
        self.work, self.folded, self.path = work, folded, path

    def check(self, node: p.Node, known: Known) -> None:
        match node:
            case p.Given():
                return
            case p.FactValue(name=name):
                self.fact(node, name, known)
            case p.FieldValue(rows=rows, name=name):
                assert self.work.program is not None
                field = next(field for field in self.work.program.known[rows].fields if field.name == name)
                if field.optional and (p.Given(FLAG, node.span, node), True) not in known:
                    self.absent(node, name, rows)
            case p.If(test=test, then=then, otherwise=otherwise):
                self.check(test, known)
                self.check(then, known | assumed(test, True))
                self.check(otherwise, known | assumed(test, False))
            case p.Logic(operator=operator, operands=operands):
                for operand in operands:
                    self.check(operand, known)
                    known |= assumed(operand, operator == "and")
            case p.Ladder(tests=tests, values=found, otherwise=otherwise):
                for test, value in zip(tests, found, strict=True):
                    self.check(test, known)
                    self.check(value, known | assumed(test, True))
                    if node.pick == "first":
                        known |= assumed(test, False)
                for test in tests:
                    known |= assumed(test, False)
                self.check(otherwise, known)
            case p.Position(key=key, test=test):  # also of the rows before, of which nothing is known
                before = frozenset(each for each in known if not _is_about_rows(each[0]))
                if test is not None:
                    self.check(test, before)
                if key is not None:
                    self.check(key, known)
                    self.check(key, before | (assumed(test, True) if test is not None else frozenset()))
            case p.Aggregate(rows=rows, test=test, body=body, otherwise=otherwise, months=months):
                for month in months:
                    self.check(month, known)
                if rows:
                    self.fact(node, rows, known)
                inner = known
                if test is not None:
                    self.check(test, known)
                    inner |= assumed(test, True)
                if body is not None:
                    self.check(body, inner)
                if otherwise is not None:
                    self.check(otherwise, known)
            case _:
                for child in p.children(node):
                    self.check(child, known)

    def fact(self, node: p.Node, name: str, known: Known) -> None:
        assert self.work.program is not None
        fact = self.work.program.known[name]
        when = self.folded.when[name]
        if any(
            isinstance(n, p.Given) and isinstance(n.of, p.FactValue) and n.of.name == name and yes for n, yes in known
        ):
            return
        if fact.optional:
            self.absent(node, name)
        elif isinstance(when, p.Constant):
            if when.value is False:
                self.absent(node, name)
        elif when is not None and not assumed(when, True) <= known:
            self.absent(node, name)

    def absent(self, node: p.Node, name: str, rows: str = "") -> None:
        """Where it is said that it may be absent, and the test that this asks for."""
        document = self.work.document
        when = None if rows or name not in document.facts else document.facts[name].when
        test = when or f"given({self.work.texts[node.span.path or self.path][node.span.start : node.span.end]})"
        if isinstance(node, p.Aggregate):
            test = when or f"given({name})"
        if rows:
            advice = Text(
                f"在汇总末尾加 if {test}，或先用它判断", f"end the aggregate with if {test}, or test it before"
            )
        else:
            advice = write(f"if {test} then … else {0 if isinstance(node.type, Number) else '…'}")
        also = absence(self.work, name, rows)
        self.work.formula_problem("P0605", self.path, node.span, also=also, given=name, hint=advice)


def _is_about_rows(node: p.Node) -> bool:
    return any(isinstance(each, p.FieldValue) for each in p.walk(node))


def assumed(node: p.Node, truth: bool) -> Known:
    """What is known where a test came out so."""
    match node:
        case p.Not(operand=operand):
            return assumed(operand, not truth)
        case p.Logic(operator=operator, operands=operands) if (operator == "and") is truth:
            return frozenset().union(*(assumed(operand, truth) for operand in operands))
        case _:
            return frozenset({(node, truth)})


def _only(work: Work, path: Path, node: p.Node) -> None:
    """Of a ladder of which only one row may hold, no two rows can hold together."""
    for ladder in p.walk(node):
        if isinstance(ladder, p.Ladder) and ladder.pick == "only":
            for one, two in overlaps(ladder.tests):
                also = within(work, path, ladder.tests[one], Text(f"第 {one + 1} 行", f"row {one + 1}"))
                span = ladder.tests[two].span
                work.formula_problem("P0614", path, span, also=also, one=str(one + 1), two=str(two + 1))


def _divisions(work: Work, path: Path, node: p.Node, parent: p.Node | None = None) -> None:
    """A division by a fact stands only directly under a rounding, or in a comparison, where it is crossed out."""
    by_fact = isinstance(node, p.Operation) and node.operator == "/" and not is_static(node.right)
    if by_fact and not isinstance(parent, p.Round | p.Compare):
        work.formula_problem("P0604", path, node.span)
    for child in p.children(node):
        _divisions(work, path, child, node)


def _shares(work: Work, folded: Folded, path: Path, part: p.Part) -> None:
    """Percentages make 100 % for every key of the tables they come from, or leave a residual that is not below zero."""
    assert work.program is not None
    also = tuple(
        work.entry.origin.also(plain(share.name), (*path, number), "percent", "value", "residual")
        for number, share in enumerate(part.shares)
    )
    residual = any(share.residual for share in part.shares)
    if any(share.value is not None for share in part.shares) and not residual:
        advice = Text("在取其余的一项写 residual = true", "write residual = true in the share that takes the rest")
        work.problem("P0503", path, also=also, given=Text("定额", "a fixed sum"), part=part.name, hint=advice)
        return
    percents = [share.percent for share in part.shares if share.percent is not None]
    cases = every_case(work.program, folded, percents, work.proof)
    if cases is None:
        many = Text(f"超过 {CASES_LIMIT} 种组合", f"more than {CASES_LIMIT} combinations")
        work.problem("P0503", path, given=many, part=part.name)
        return
    for bounds in cases:
        found = [bounds.of(percent) for percent in percents]
        low = sum((interval.low for interval in found), Fraction(0))
        high = sum((interval.high for interval in found), Fraction(0))
        whole = (high <= 1) if residual else (low == high == 1)
        if not whole:  # one that is below zero was found where ranges are
            given = f"{show(low * 100)}%" + ("" if low == high else f"…{show(high * 100)}%")
            work.problem("P0503", path, also=also, given=given, part=part.name, **_share_hint(low, high))
            return


def _share_hint(low: Fraction, high: Fraction) -> Hint:
    """How much is lacking, or too much."""
    if high >= 10:
        most = f"{show(high)}%"
        return {"hint": Text(f"是否漏了百分号？如 {most}", f"is a per cent sign missing, as in {most}?")}
    if high > 1:
        return {"hint": Text(f"多出 {show((high - 1) * 100)}%", f"{show((high - 1) * 100)}% too much")}
    rest = f"{show((1 - low) * 100)}%"
    zh = f"还差 {rest}：补上付款方，或由一项写 residual = true 取其余"
    return {
        "hint": Text(zh, f"{rest} is lacking: add who pays it, or write residual = true in one that takes the rest")
    }
