"""What every explanation says of sums alike: in figures, in capitals, who pays which share, and how they are added."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Final

from ..text import Text, plain
from .explanation import NOTHING, Line
from .outcomes import InstalmentResult, Money, PartResult, ShareResult, has_own

OWN: Final = Text("（自担，不支付）", " (own, not paid out)")
AMOUNT: Final = Text("金额合计", "Amount")
LEFT_OPEN: Final = Text("未定之处", "Left open")


def ends(money: Money) -> tuple[str, ...]:
    """A sum for machines: one figure, or its bounds."""
    return (str(money.low),) if money.is_determined else (str(money.low), str(money.high))


def said(money: Money) -> Text:
    """A sum in figures."""
    low, high = money.low, money.high
    if money.is_determined:
        if low < 0:
            return Text(f"{low} 元（追缴 {-low} 元）", f"{low} CNY ({-low} CNY to be recovered)")
        return Text(f"{low} 元", f"{low} CNY")
    recover = Text("（负数为追缴）", " (below zero: to be recovered)") if low < 0 else NOTHING
    return Text(f"{low} 至 {high} 元之间，未定{recover.zh}", f"between {low} and {high} CNY, undetermined{recover.en}")


def total(name: str, label: Text, short: Text, money: Money, lines: tuple[Line, ...] = ()) -> Iterator[Line]:
    """A sum in figures, and in capital characters for the forms that ask for them."""
    yield Line("amount", name, label, said(money), values=ends(money), lines=lines)
    found = money.plain_in_capitals()
    in_capitals = (
        plain(found)
        if isinstance(found, str)
        else Text("{low} 至 {high}之间，未定".format(**found), "between {low} and {high}, undetermined".format(**found))
    )
    yield Line("capitals", name, Text(f"{short.zh}大写", f"{short.en} in capitals"), in_capitals)


def shares(of: Sequence[ShareResult], asides: Sequence[Text] = ()) -> Iterator[Line]:
    """Who pays what."""
    for share, how in zip(of, asides or [NOTHING] * len(of), strict=True):
        aside = Text(how.zh + OWN.zh, how.en + OWN.en) if share.own else how
        yield Line("share", share.name, share.label, said(share), aside=aside, values=ends(share))


def split(of: PartResult | InstalmentResult, asides: Sequence[Text] = ()) -> Iterator[Line]:
    """Who pays what, and what is left to be paid out where a payer bears a share itself."""
    yield from shares(of.shares, asides)
    if has_own(of.shares):
        yield Line("payable", of.payable.name, of.payable.label, said(of.payable), values=ends(of.payable))


def formulas(name: str, how: Iterable[Text]) -> tuple[Line, ...]:
    """A line for each formula."""
    return tuple(Line("formula", name, said=each) for each in how)


def of_both_ends(name: str, how: Callable[[int], Text]) -> tuple[Line, ...]:
    """How a sum is made: once, or for its least (0) and for its most (1) where something in it is open."""
    least, most = how(0), how(1)
    if least == most:
        return formulas(name, [Text(f"= {least.zh}", f"= {least.en}")])
    return formulas(
        name,
        [
            Text(f"最低 = {least.zh}", f"at least = {least.en}"),
            Text(f"最高 = {most.zh}", f"at most = {most.en}"),
        ],
    )


def added(sums: Iterable[Decimal]) -> str:
    """An addition in figures."""
    found = list(sums)
    first = "".join(map(str, found[:1])) or "0.00"
    return first + "".join(f" + {each}" if each >= 0 else f" − {-each}" for each in found[1:])
