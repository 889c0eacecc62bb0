"""What if: one roster under two rules, and what the second would change, in total, by group and by row.

Nothing may be paid from it: it is a simulation, whatever stands behind either side. Where something is open, a sum has
two bounds, and the difference is that of the lower and of the upper ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import tee
from typing import Any, Final

from ..calculation.policy import Policy
from ..errors import Problem, RequestError
from ..extras import needs
from ..language import program as p
from ..language.types import Id
from ..text import Text
from .reckoning import Answered, Groups, Reckoner, Tick, Wrong, added, answered, cny, counted, groups_of, wrong_rows
from .supposing import Change, told

with needs("tables"):
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
    from numpy.typing import NDArray

    from ..calculation.columnar.writing import SUM
    from ..sheets.roster import Piece, Roster
    from .under import Split, Under

STATES: Final = ("same", "more", "less", "open", "left_out")
SAME, MORE, LESS, OPEN, LEFT_OUT = range(5)
WRONG_SHOWN: Final = 100  # rows that are in no total, and are kept with the reason; all are counted

Rows = Callable[[pa.RecordBatch], None]
Pair = tuple[Piece, Piece]


@dataclass(frozen=True)
class Side:
    """A rule: a policy, the readings chosen for it, and what was changed in it.

    Attributes:
        policy: in its last version.
        others: the versions of it under which rows of other days fall.
        is_dated: whether each row falls under the version of its own day.
    """

    policy: Policy
    roster: Roster
    readings: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    others: tuple[Policy, ...] = ()
    is_dated: bool = True

    @property
    def versions(self) -> tuple[Policy, ...]:
        """Every version, the last one last."""
        return (*self.others, self.policy)

    @property
    def named(self) -> str:
        """The versions by their names."""
        return ", ".join(f"{v.version} r{v.revision}" if v.revision > 1 else v.version for v in self.versions)

    @property
    def steps(self) -> dict[str, p.Step]:
        """The steps of all versions."""
        return {name: step for each in self.versions for name, step in each.steps.items()}

    def under(self, steps: Sequence[str]) -> Under:
        """The roster under the rule.

        Raises:
            FactsError, RequestError: the columns do not fit it.
        """
        return Under(self.roster, readings=self.readings, steps=steps, versions=self.versions, is_dated=self.is_dated)

    @property
    def said(self) -> Text:
        """Which text, which version, under which readings, with which figures."""
        title, version = self.policy.title, self.named
        chosen = ", ".join(f"{name}={way}" for name, way in self.readings.items())
        read = (f"，口径 {chosen}", f", read {chosen}") if chosen else ("", "")
        changed = told(self.changes)
        put = (f"；{changed.zh}", f"; {changed.en}") if self.changes else ("", "")
        return Text(
            f"《{title.zh}》{self.policy.id} {version}{read[0]}{put[0]}",
            f"“{title.en}” {self.policy.id} {version}{read[1]}{put[1]}",
        )


@dataclass
class Moved:
    """What becomes of some rows. Sums are in fen, as the lower and the upper bound of both sides.

    Attributes:
        states: how many rows stay the same, have more, have less, are open.
        stopped, started: how many are no more eligible, and how many are now.
    """

    rows: int = 0
    before: list[int] = field(default_factory=lambda: [0, 0])
    after: list[int] = field(default_factory=lambda: [0, 0])
    states: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    stopped: int = 0
    started: int = 0

    @property
    def difference(self) -> tuple[Decimal, Decimal]:
        """How much more, by the lower and by the upper bounds."""
        return cny(self.after[0] - self.before[0]), cny(self.after[1] - self.before[1])

    def sums(self) -> tuple[tuple[Decimal, Decimal], tuple[Decimal, Decimal], tuple[Decimal, Decimal]]:
        """Before, after and the difference, each with both bounds."""
        before, after = ((cny(low), cny(high)) for low, high in (self.before, self.after))
        return before, after, self.difference

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        named = zip(("before", "after", "difference"), self.sums(), strict=True)
        return {
            "rows": self.rows,
            **{name: {"low": str(low), "high": str(high)} for name, (low, high) in named},
            **dict(zip(STATES, self.states, strict=False)),
            "no_longer_eligible": self.stopped,
            "newly_eligible": self.started,
        }


@dataclass
class WhatIf:
    """What one rule in the place of another would change.

    Attributes:
        groups: by what the rows are put together, each with its groups.
        left_out: how many rows are in no total, as one side or both cannot compute them.
        wrong: the first of them with the reason, of either side.
    """

    before: Side
    after: Side
    total: Moved = field(default_factory=Moved)
    groups: dict[str, tuple[Groups, dict[str, Moved]]] = field(default_factory=dict)
    left_out: int = 0
    wrong: list[Wrong] = field(default_factory=list)

    @property
    def changes(self) -> tuple[Change, ...]:
        """The figures that were changed."""
        return (*self.before.changes, *self.after.changes)


def what_if(
    before: Side,
    after: Side,
    groups: Sequence[str] = ("payer", "month"),
    *,
    rows: Rows | None = None,
    why: bool = False,
    threads: int = 1,
    tick: Tick | None = None,
) -> WhatIf:
    """Compare two rules over one roster.

    Args:
        groups: payer, month, or the names of columns.
        rows: is given every row, a piece at a time, as `schema_of` has it.
        why: name the first step of each row that is another.

    Raises:
        FactsError, RequestError: the columns do not fit a policy, or there is no such group.
    """
    found = WhatIf(before, after)
    for name in groups:
        made = groups_of(name, before.roster)
        found.groups[made.name] = (made, {})
    steps = [name for name in after.steps if name in before.steps] if why else []
    under = before.under(steps), after.under(steps)
    one, other = map(Reckoner, under)

    def work(pair: tuple[Split, Split]) -> tuple[Answered, Answered]:
        return one.answer(pair[0]), other.answer(pair[1])

    pairs = _pairs(before, after)
    for (split, another), (old, new) in answered(
        _splits(pairs, *under), work, lambda pair: len(pair[0]), threads=threads, tick=tick, of=before.roster.size
    ):
        piece, also = split.piece, another.piece
        both = _Both(old, new)
        _count(found, piece, both)
        room = WRONG_SHOWN - len(found.wrong)
        said = wrong_rows(before.roster, piece, old, room)
        known = {(each.row, each.code, each.place) for each in said}
        said += [each for each in wrong_rows(after.roster, also, new, room)
                 if (each.row, each.code, each.place) not in known]  # fmt: skip
        found.wrong += sorted(said, key=lambda each: each.row)[:room]
        if rows is not None:
            rows(_frame(found, piece, both, steps))
    return found


def _pairs(before: Side, after: Side) -> Iterator[Pair]:
    """The pieces of both sides.

    Raises:
        RequestError: the rows of the file are other claims for one policy than for the other.
    """
    if after.roster is before.roster:
        for piece in before.roster.pieces():
            yield piece, piece
        return
    try:
        for one, two in zip(before.roster.pieces(), after.roster.pieces(), strict=True):
            if not one.rows.equals(two.rows):
                raise ValueError
            yield one, two
    except ValueError:
        given, other = before.policy.id, after.policy.id
        raise RequestError(Problem.of("R0777", str(before.roster.file), given=given, other=other)) from None


def _splits(pairs: Iterable[Pair], one: Under, other: Under) -> Iterator[tuple[Split, Split]]:
    """The pieces of both sides with the versions of their rows."""
    first, second = tee(pairs)
    yield from zip(one.splits(piece for piece, _ in first), other.splits(piece for _, piece in second), strict=True)


class _Both:
    """A piece under both rules."""

    def __init__(self, old: Answered, new: Answered) -> None:
        self.old, self.new = old, new
        self.good = old.good & new.good
        self.before = _kept(old.low, self.good), _kept(old.high, self.good)
        self.after = _kept(new.low, self.good), _kept(new.high, self.good)
        more, most = self.after[0] - self.before[0], self.after[1] - self.before[1]
        is_open = (self.before[0] != self.before[1]) | (self.after[0] != self.after[1])
        self.difference = more, most
        self.state: NDArray[np.int8] = np.select(
            [~self.good, is_open.astype(bool), (more > 0).astype(bool), (more < 0).astype(bool)],
            [LEFT_OUT, OPEN, MORE, LESS], SAME,
        ).astype(np.int8)  # fmt: skip
        self.stopped = self.good & old.eligible & new.ineligible
        self.started = self.good & old.ineligible & new.eligible

    def of_payer(self, payer: str) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
        """What a payer pays, before and after."""
        nothing = np.zeros(len(self.good), np.int64)
        sums = [side.payers.get(payer, (nothing, nothing)) for side in (self.old, self.new)]
        before, after = ((_kept(low, self.good), _kept(high, self.good)) for low, high in sums)
        return before, after


def _kept(sums: NDArray[Any], good: NDArray[np.bool_]) -> NDArray[Any]:
    return sums if good.all() else np.where(good, sums, 0)


def _count(found: WhatIf, piece: Piece, both: _Both) -> None:
    """Add a piece to the total and to each group."""
    everything = np.zeros(len(both.good), np.int64)
    found.left_out += int((~both.good).sum())
    _add([found.total], everything, both.good, both, both.before, both.after)
    for groups, moved in found.groups.values():
        if groups.is_by_payer:
            for payer in dict.fromkeys((*both.old.payers, *both.new.payers)):
                before, after = both.of_payer(payer)
                pays = both.good & ((before[1] != 0) | (after[1] != 0)).astype(bool)
                _add([moved.setdefault(payer, Moved())], everything, pays, both, before, after, is_share=True)
        else:
            keys, codes = groups.codes(piece)
            present = set(codes[both.good].tolist())
            into = [moved.setdefault(key, Moved()) if at in present else Moved() for at, key in enumerate(keys)]
            _add(into, codes, both.good, both, both.before, both.after)


def _add(
    into: Sequence[Moved],
    codes: NDArray[np.int64],
    rows: NDArray[np.bool_],
    both: _Both,
    before: tuple[Any, Any],
    after: tuple[Any, Any],
    *,
    is_share: bool = False,
) -> None:
    """Add some rows to their groups; of a share, whether it is more or less is that of the share itself."""
    size, state = len(into), both.state
    if is_share:
        more = after[0] - before[0]
        is_open = (before[0] != before[1]) | (after[0] != after[1])
        state = np.select([is_open.astype(bool), (more > 0).astype(bool), (more < 0).astype(bool)], [OPEN, MORE, LESS])
    columns = [added(each, codes, size) for each in (*before, *after)]
    numbers = counted(rows, codes, size)
    by_state = [counted(rows & (state == each), codes, size) for each in (SAME, MORE, LESS, OPEN)]
    stopped, started = counted(rows & both.stopped, codes, size), counted(rows & both.started, codes, size)
    for at, each in enumerate(into):
        each.rows += numbers[at]
        each.before = [each.before[0] + columns[0][at], each.before[1] + columns[1][at]]
        each.after = [each.after[0] + columns[2][at], each.after[1] + columns[3][at]]
        each.states = [one + more[at] for one, more in zip(each.states, by_state, strict=True)]
        each.stopped += stopped[at]
        each.started += started[at]


# — rows —

_SUMS: Final = ("before", "after", "difference")


def schema_of(before: Side, after: Side, *, why: bool = False) -> pa.Schema:
    """The columns of the rows: which they are, the sums of both sides, what becomes of them, and the mark."""
    fields = [("row", pa.int64())]
    fields += [(name, pa.string()) for name in (*_named(before), *before.roster.carried.names)]
    for name in _SUMS:
        fields += [(f"{name}.low", SUM), (f"{name}.high", SUM)]
    fields += [("change", pa.string()), ("eligible.before", pa.bool_()), ("eligible.after", pa.bool_())]
    if why:
        fields.append(("first_step", pa.string()))
    mark = f"模拟 · simulation: {_short(before)} → {_short(after)}"
    return pa.schema([*fields, ("simulation", pa.bool_())], metadata={"simulation": mark})


def _short(side: Side) -> str:
    """A rule in few words: the policy, its version, and what was chosen and changed."""
    chosen = [f"{name}={way}" for name, way in side.readings.items()]
    for each in side.changes:
        of = f"{each.version} " if each.version else ""
        chosen.append(f"{of}{each.where} {each.old or '…'}→{each.new} 〔{each.clause}〕")
    return " ".join([side.policy.id, side.named, *chosen])


def _named(side: Side) -> list[str]:
    """The facts by which a row is known: its identifiers and its day."""
    facts, dated_by = side.roster.facts, side.policy.program.dated_by
    return [name for name in side.roster.schema.names if isinstance(facts[name].type, Id) or name == dated_by]


def _frame(found: WhatIf, piece: Piece, both: _Both, steps: Sequence[str]) -> pa.RecordBatch:
    """The rows of a piece."""
    before, schema = found.before, schema_of(found.before, found.after, why=bool(steps))
    columns: list[pa.Array] = [piece.rows]
    for batch, names in ((piece.facts, _named(before)), (piece.carried, before.roster.carried.names)):
        columns += [batch.column(batch.schema.get_field_index(name)).cast(pa.string()) for name in names]
    for sums in (both.before, both.after, both.difference):
        columns += [_decimals(each, both.good) for each in sums]
    columns.append(pa.array(np.array(STATES, object)[both.state], pa.string()))
    for side in (both.old, both.new):
        columns.append(pa.array(side.eligible, mask=~(side.eligible | side.ineligible)))
    if steps:
        columns.append(_first_step(steps, both))
    columns.append(pa.array(np.ones(len(both.good), bool)))
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _decimals(sums: NDArray[Any], good: NDArray[np.bool_]) -> pa.Array:
    """Sums in fen as decimals of CNY, without a look at each where 64 bits hold them."""
    if sums.dtype == object:
        return pa.array([cny(each) if has else None for each, has in zip(sums, good, strict=True)], SUM)
    words = np.empty((len(sums), 2), np.int64)
    words[:, 0] = sums
    np.right_shift(sums, 63, out=words[:, 1])
    return pa.Array.from_buffers(SUM, len(sums), [pa.array(good).buffers()[1], pa.py_buffer(words)])


def _first_step(steps: Sequence[str], both: _Both) -> pa.Array:
    """The first step of each row whose value is another; nothing where all are the same, or one is open."""
    found = np.full(len(both.good), None, object)
    for name in reversed(steps):
        one, two = (
            side.answers.column(side.answers.schema.get_field_index(f"steps.{name}")).cast(pa.string())
            for side in (both.old, both.new)
        )
        differs = pc.fill_null(pc.not_equal(one, two), False).to_numpy(zero_copy_only=False)
        found[differs & both.good] = name
    return pa.array(found, pa.string())
