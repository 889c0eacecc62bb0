"""The totals of a roster beside published ones: what fits, what fits as it was rounded, and what does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, Literal

from ..calculation.policy import Policy
from ..errors import Place
from ..exact import to_decimal
from ..extras import needs
from ..language.types import Choice
from ..text import Text
from .published import Figure, Published
from .reckoning import Answered, Groups, Reckoner, Tick, Wrong, added, answered, cny, counted, total, wrong_rows
from .whole_sums import quantum_of

with needs("tables"):
    import numpy as np

    from ..sheets.roster import Piece, Roster
    from .under import Under

Verdict = Literal[
    "equal", "rounded", "open_fits", "differs", "cannot_fit", "not_published", "not_computed", "nothing_due"
]
FITTING: Final = frozenset(("equal", "rounded", "open_fits", "nothing_due"))
WRONG_SHOWN: Final = 100
_KINDS_MOST: Final = 256  # kinds of claims in a group, beyond which it is not asked what sums can be
_FEN: Final = Decimal("0.01")


@dataclass
class Sums:
    """The rows of a group: how many, and what they come to in fen, at least and at most.

    Attributes:
        left_out: rows that could not be computed, and are in no sum.
        kinds: what its rows state of facts that pick a figure.
    """

    rows: int = 0
    low: int = 0
    high: int = 0
    left_out: int = 0
    kinds: set[tuple[tuple[str, str], ...]] = field(default_factory=set)


@dataclass(frozen=True)
class Line:
    """A group beside what was published of it.

    Attributes:
        low, high: what is computed, in CNY; None where no row belongs to it.
        quantum: what every amount of its rows is a multiple of, where no multiple of it is printed as published.
    """

    group: str
    said: Text
    published: Figure | None
    place: Place | None
    low: Decimal | None
    high: Decimal | None
    rows: int
    left_out: int
    verdict: Verdict
    quantum: Decimal | None = None

    @property
    def fits(self) -> bool:
        """Whether it is as published, or may be."""
        return self.verdict in FITTING and not self.left_out

    @property
    def difference(self) -> tuple[Decimal, Decimal] | None:
        """How much more is computed than published, at least and at most."""
        if self.published is None or self.low is None or self.high is None:
            return None
        return self.low - self.published.value, self.high - self.published.value

    @property
    def neighbours(self) -> tuple[Decimal, Decimal] | None:
        """The nearest sums of whole amounts below and above what was published."""
        if self.quantum is None or self.published is None:
            return None
        below = self.published.value // self.quantum * self.quantum
        return below, below + self.quantum

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        published, between, difference = self.published, self.neighbours, self.difference
        return {
            "group": self.group,
            "label": {"zh": self.said.zh, "en": self.said.en},
            "published": published
            and {"given": published.given, "value": f"{published.value:.2f}", "printed_to": published.place},
            "cell": self.place and self.place.key,
            "low": None if self.low is None else str(self.low),
            "high": None if self.high is None else str(self.high),
            "difference": difference and {"low": f"{difference[0]:.2f}", "high": f"{difference[1]:.2f}"},
            "rows": self.rows,
            "left_out": self.left_out,
            "verdict": self.verdict,
            "fits": self.fits,
            "multiples_of": None if self.quantum is None else str(self.quantum),
            "nearest": between and [str(each) for each in between],
        }


@dataclass
class Reconciled:
    """Every group, and the whole, beside what was published."""

    versions: tuple[Policy, ...]
    roster: Roster
    groups: Groups | None
    lines: list[Line]
    whole: Line
    wrong: list[Wrong]
    left_out: int
    notes: tuple[Text, ...]
    added_up: tuple[Decimal, Figure] | None = None

    @property
    def policy(self) -> Policy:
        """The policy, in its last version."""
        return self.versions[-1]

    @property
    def fits(self) -> bool:
        """Whether nothing was found that does not fit."""
        return (
            all(each.fits for each in self.lines)
            and (self.whole.published is None or self.whole.fits)
            and not self.left_out
            and self.added_up is None
        )


def reconcile(
    roster: Roster,
    groups: Groups | None,
    published: Published,
    *,
    readings: Mapping[str, str] | None = None,
    threads: int = 1,
    tick: Tick | None = None,
) -> Reconciled:
    """Hold the totals of a roster against published ones.

    Raises:
        FactsError, RequestError: the columns do not fit the policy.
    """
    under = Under(roster, readings=readings)
    reckoner, found = Reckoner(under), dict[str, Sums]()
    keyed = _keyed(roster)
    whole, wrong = Sums(), list[Wrong]()
    splits = under.splits(roster.pieces())
    for split, answer in answered(splits, reckoner.answer, len, threads=threads, tick=tick, of=roster.size):
        piece = split.piece
        kinds = _kinds(piece, keyed)
        _count(whole, found, groups, piece, answer, kinds)
        wrong += wrong_rows(roster, piece, answer, WRONG_SHOWN - len(wrong))
    lines = []
    for key in sorted({*found, *published.figures}, key=lambda each: (not each, each)):
        sums = found.get(key)
        figure, place = published.figures.get(key, (None, None))
        said = groups.said(key) if groups is not None else Text(key, key)
        is_share = groups is not None and groups.is_by_payer
        lines.append(_line(under, key, said, figure, place, sums, is_share=is_share))
    line = _line(under, "", Text("合计", "total"), published.total, None, whole, is_share=False)
    made = Reconciled(under.versions, roster, groups, lines, line, wrong, whole.left_out, published.notes)
    made.added_up = _added_up(published)
    return made


def _count(
    whole: Sums,
    found: dict[str, Sums],
    groups: Groups | None,
    piece: Piece,
    answer: Answered,
    kinds: list[tuple[tuple[str, str], ...]] | None,
) -> None:
    whole.rows += int(answer.good.sum())
    whole.left_out += int((~answer.good).sum())
    whole.low += total(answer.low)
    whole.high += total(answer.high)
    if kinds is not None and len(whole.kinds) <= _KINDS_MOST:
        whole.kinds.update(kinds)
    if groups is None:
        return
    if groups.is_by_payer:
        for payer, (low, high) in answer.payers.items():
            sums = found.setdefault(payer, Sums())
            sums.rows += int((high != 0).sum())
            sums.low += total(low)
            sums.high += total(high)
        return
    keys, codes = groups.codes(piece)
    size = len(keys)
    lows, highs = added(answer.low, codes, size), added(answer.high, codes, size)
    rows, left_out = counted(answer.good, codes, size), counted(~answer.good, codes, size)
    for at, key in enumerate(keys):
        if rows[at] or left_out[at]:
            sums = found.setdefault(key, Sums())
            sums.rows += rows[at]
            sums.left_out += left_out[at]
            sums.low += lows[at]
            sums.high += highs[at]
            if kinds is not None and len(sums.kinds) <= _KINDS_MOST:
                sums.kinds.update(kinds[row] for row in np.flatnonzero(codes == at))


def _keyed(roster: Roster) -> list[str]:
    """The choices of a roster that pick a figure of a table."""
    used = {by for each in roster.versions for parameter in each.program.parameters.values() for by in parameter.by}
    return [name for name in roster.schema.names if name in used and isinstance(roster.facts[name].type, Choice)]


def _kinds(piece: Piece, keyed: list[str]) -> list[tuple[tuple[str, str], ...]]:
    """What each row states of these facts."""
    columns = [piece.facts.column(piece.facts.schema.get_field_index(name)).to_pylist() for name in keyed]
    if not columns:
        return [()] * len(piece.rows)
    return [
        tuple((name, value) for name, value in zip(keyed, row, strict=True) if isinstance(value, str))
        for row in zip(*columns, strict=True)
    ]


def _line(
    under: Under,
    key: str,
    said: Text,
    figure: Figure | None,
    place: Place | None,
    sums: Sums | None,
    *,
    is_share: bool,
) -> Line:
    low, high = (cny(sums.low), cny(sums.high)) if sums is not None else (None, None)
    verdict = _verdict(figure, low, high)
    quantum = None
    if verdict in ("differs", "cannot_fit") and figure is not None and sums is not None and not is_share:
        quantum = _quantum(under, figure, sums)
    rows, left_out = (sums.rows, sums.left_out) if sums is not None else (0, 0)
    return Line(key, said, figure, place, low, high, rows, left_out, verdict, quantum)


def _verdict(figure: Figure | None, low: Decimal | None, high: Decimal | None) -> Verdict:
    if figure is None:
        return "nothing_due" if not high and not low else "not_published"
    if low is None or high is None:
        return "not_computed"
    least, most = figure.bounds
    if low == high:
        return "equal" if low == figure.value else "rounded" if least <= low <= most else "differs"
    return "open_fits" if low <= most and least <= high else "cannot_fit"


def _quantum(under: Under, figure: Figure, sums: Sums) -> Decimal | None:
    """What every amount is a multiple of, under whichever version, where no multiple of it is printed so."""
    if not sums.kinds or len(sums.kinds) > _KINDS_MOST:
        return None
    rules = list(zip(under.versions, under.readings, strict=True))
    every = [quantum_of(policy, readings, dict(kind)) for kind in sums.kinds for policy, readings in rules]
    if None in every:
        return None
    whole = Fraction(0)
    for each in every:
        assert each is not None
        whole = Fraction(_gcd(whole, each))
    least, most = map(Fraction, figure.bounds)
    is_some = -(-least // whole) * whole <= most
    return None if is_some or whole <= Fraction(_FEN) else to_decimal(whole, 2)


def _gcd(one: Fraction, two: Fraction) -> Fraction:
    while two:
        one, two = two, one % two
    return one


def _added_up(published: Published) -> tuple[Decimal, Figure] | None:
    """What the published groups add up to, where that cannot be the published whole."""
    whole = published.total
    if whole is None or not published.figures:
        return None
    sum_ = sum((figure.value for figure, _ in published.figures.values()), Decimal(0))
    slack = sum((figure.half for figure, _ in published.figures.values()), whole.half)
    is_exact = abs(sum_ - whole.value) <= slack if slack > _FEN else sum_ == whole.value
    return None if is_exact else (sum_, whole)
