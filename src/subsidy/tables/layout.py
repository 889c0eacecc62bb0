"""The columns of a result: the row, what the roster stated, what it carried along, and what was found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from ..language.types import Choice, Flag, Number, Records, Type
from ..sheets.roster import Roster
from ..text import Language, Text
from .under import VERSION, Columns

Kind = Literal["count", "sum", "number", "flag", "choice", "text", "records", "reasons", "basis", "problems"]

ROW: Final = Text("行号", "row")
VERSIONED: Final = Text("版本", "version")
AMOUNT: Final = Text("金额", "amount")
ELIGIBLE: Final = Text("符合条件", "eligible")
REASONS: Final = Text("不符合的条件", "conditions that fail")
BASIS: Final = Text("性质", "basis")
PROBLEMS: Final = Text("问题", "problems")
_LEAST, _MOST = Text("下限", "least"), Text("上限", "most")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a result.

    Attributes:
        name: in Parquet, and no other column has it: that of the fact or of the answer.
        head: on a sheet.
        source: where its cells come from, under `key`.
        kind: how its cells are shown.
    """

    name: str
    head: Text
    kind: Kind
    source: Literal["row", "facts", "carried", "answers"]
    key: str


def layout(roster: Roster, of: Columns) -> tuple[Column, ...]:
    """Every column of a result, in order; those carried along stand between the facts and the answers."""
    answers = list(_answers(of))
    known = roster.facts
    facts = [Column(name, known[name].label, _kind(known[name].type), "facts", name) for name in roster.schema.names]
    carried = [Column(name, Text(name, name), "text", "carried", name) for name in roster.carried.names]
    return _apart([Column("row", ROW, "count", "row", "row"), *facts, *carried, *answers])


def payer_of(columns: Columns, name: str) -> Text:
    """What a sum is called: the amount, a part by its label, a share by its part and its payer."""
    kind, _, rest = name.partition(".")
    if kind == "amount":
        return AMOUNT
    part = columns.part(rest.partition(".")[0])
    said = part.label
    if kind == "shares":
        share = columns.share(part.name, rest.partition(".")[2])
        said = Text(f"{said.zh} · {share.label.zh}", f"{said.en} · {share.label.en}")
    return said if part.counted else Text(f"{said.zh}（不计入金额）", f"{said.en} (not in the amount)")


def _answers(of: Columns) -> Iterator[Column]:
    if of.has_versions:
        yield Column(VERSION, VERSIONED, "text", "answers", VERSION)
    for name in of.sums:
        label = payer_of(of, name)
        yield Column(name, label, "sum", "answers", name)
        if not of.is_exact:
            yield Column(f"{name}.low", _bound(label, _LEAST), "sum", "answers", f"{name}.low")
            yield Column(f"{name}.high", _bound(label, _MOST), "sum", "answers", f"{name}.high")
    yield Column("eligible", ELIGIBLE, "flag", "answers", "eligible")
    yield Column("reasons", REASONS, "reasons", "answers", "reasons")
    for name in of.steps:
        step = of.step(name)
        yield Column(f"steps.{name}", step.label, _kind(step.type), "answers", f"steps.{name}")
    for name in of.tests:
        yield Column(f"conditions.{name}", of.test(name).label, "flag", "answers", f"conditions.{name}")
    yield Column("simulation", BASIS, "basis", "answers", "simulation")
    yield Column("problems", PROBLEMS, "problems", "answers", "problems")


def _kind(type_: Type) -> Kind:
    match type_:
        case Number():
            return "number"
        case Flag():
            return "flag"
        case Records():
            return "records"
        case Choice():
            return "choice"
        case _:
            return "text"


def _bound(label: Text, bound: Text) -> Text:
    return Text(f"{label.zh}（{bound.zh}）", f"{label.en} ({bound.en})")


def _apart(columns: Iterable[Column]) -> tuple[Column, ...]:
    """No two of one name: answers keep theirs, and what a roster calls the same is told by where it comes from."""
    given = list(columns)
    taken = {each.name for each in given if each.source in ("answers", "row")}
    found = []
    for each in given:
        name = each.name
        if each.source in ("facts", "carried"):
            number = 1
            while name in taken:
                name = f"{each.source}.{each.name}" if number == 1 else f"{each.source}.{each.name} ({number})"
                number += 1
            taken.add(name)
        found.append(Column(name, each.head, each.kind, each.source, each.key))
    return tuple(found)


def heads(columns: Iterable[Column], language: Language) -> list[str]:
    """What stands above the columns of a sheet; the second of one head says where it comes from."""
    found: list[str] = []
    for each in columns:
        head = each.head.in_(language)
        if head in found:
            head = f"{head} ({each.name})"
        found.append(head)
    return found
