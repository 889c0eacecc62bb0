"""A roster through policies, piece by piece: sums in whole fen as columns, and what each row belongs to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from typing import Any, Final, TypeVar

from ..errors import Place, Problem, RequestError
from ..exact import fen
from ..extras import needs
from ..language.types import Choice, Division, Flag, Month, Records
from ..text import Text

with needs("tables"):
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
    from numpy.typing import NDArray

    from ..sheets.roster import Piece, Roster
    from ..sheets.together import together
    from .under import Split, Under

Fen = NDArray[Any]  # int64, or Python's own whole numbers where these may not be enough
Mask = NDArray[np.bool_]
P = TypeVar("P")
A = TypeVar("A")
Tick = Callable[[int, int | None], None]

_NARROW: Final = 1 << 46  # fen; as many of such sums as a piece has rows fit 64 bits
_MONTH: Final = re.compile(r"[0-9]{4}-[0-9]{2}")
_PAYERS: Final = ("payer", "分担", "承担")
_MONTHS: Final = ("month", "月份")
NOBODY: Final = Text("（空）", "(blank)")


@dataclass(frozen=True)
class Answered:
    """What the versions of a policy answer to a piece.

    Attributes:
        good: the rows that have an answer; the sums of others are nought.
        low, high: the amount of each row, in fen; the same unless something is open.
        eligible, ineligible: which rows are, where that is determined.
        payers: of each payer the same two.
    """

    answers: pa.RecordBatch
    good: Mask
    low: Fen
    high: Fen
    eligible: Mask
    ineligible: Mask
    payers: Mapping[str, tuple[Fen, Fen]]


class Reckoner:
    """Sums over a roster under the versions of a policy.

    Raises:
        RequestError: one of them pays nothing.
    """

    def __init__(self, under: Under) -> None:
        for each in under.versions:
            if not each.pays:
                raise RequestError(Problem.of("R0115", each.id, given=each.id))
        self._under, self._names = under, set(under.schema.names)
        self._payers: dict[str, list[tuple[int, str]]] = {}
        for version, policy in enumerate(under.versions):
            for part in (policy.program.parts[index] for index in policy.counted):
                for share in part.shares:
                    if not share.own:
                        sum_ = version, f"shares.{part.name}.{share.name}"
                        self._payers.setdefault(share.payer, []).append(sum_)

    def answer(self, split: Split) -> Answered:
        """What they answer to a piece. A row with a cell that could not be read has no answer."""
        answers = self._under.answer(split)
        good = np.array(_of(answers, "problems").is_null().to_numpy(zero_copy_only=False))
        good[list(split.piece.wrong)] = False
        low, high = self._sums(answers, "amount", good)
        verdict = answers.column(answers.schema.get_field_index("eligible"))
        return Answered(
            answers, good, low, high,
            good & pc.fill_null(verdict, False).to_numpy(zero_copy_only=False),
            good & ~pc.fill_null(verdict, True).to_numpy(zero_copy_only=False),
            {payer: self._payer(answers, sums, split, good) for payer, sums in self._payers.items()},
        )  # fmt: skip

    def _payer(
        self, answers: pa.RecordBatch, names: Sequence[tuple[int, str]], split: Split, good: Mask
    ) -> tuple[Fen, Fen]:
        """What a payer bears: a share in the rows of the versions in which it is theirs."""
        sums = [self._sums(answers, name, good & (split.of == version)) for version, name in names]
        return reduce(np.add, (low for low, _ in sums)), reduce(np.add, (high for _, high in sums))

    def _sums(self, answers: pa.RecordBatch, name: str, good: Mask) -> tuple[Fen, Fen]:
        if f"{name}.low" not in self._names:
            found = _fen(_of(answers, name), good)
            return found, found
        return _fen(_of(answers, f"{name}.low"), good), _fen(_of(answers, f"{name}.high"), good)


def answered(
    pieces: Iterable[P],
    work: Callable[[P], A],
    size: Callable[[P], int],
    *,
    threads: int = 1,
    tick: Tick | None = None,
    of: int | None = None,
) -> Iterator[tuple[P, A]]:
    """Every piece with what work makes of it, in order, some ahead at a time.

    Args:
        size: how many rows a piece has; `tick` is told how many are done, of how many, as far as that is known.
    """
    done = 0
    waiting: list[tuple[P, Future[A]]] = []

    def first() -> tuple[P, A]:
        nonlocal done
        piece, found = waiting.pop(0)
        result = found.result()
        done += size(piece)
        if tick is not None:
            tick(done, None if of is None else max(of, done))
        return piece, result

    with ThreadPoolExecutor(max(threads, 1)) as crew:
        try:
            for piece in pieces:
                waiting.append((piece, crew.submit(work, piece)))
                if len(waiting) > threads:
                    yield first()
            while waiting:
                yield first()
        finally:
            for _, each in waiting:
                each.cancel()


def total(sums: Fen) -> int:
    """A sum of sums, exact whatever their size."""
    if sums.dtype == object or (len(sums) and max(-int(sums.min()), int(sums.max())) > _NARROW):
        return sum(map(int, sums.tolist()))
    return int(sums.sum())


def added(sums: Fen, codes: NDArray[np.int64], size: int) -> list[int]:
    """The sum of each group, by the place of each row's group."""
    if sums.dtype == object or (len(sums) and max(-int(sums.min()), int(sums.max())) > _NARROW):
        found = [0] * size
        for code, each in zip(codes.tolist(), sums.tolist(), strict=True):
            found[code] += int(each)
        return found
    columns = np.zeros(size, np.int64)
    np.add.at(columns, codes, sums)
    return [int(each) for each in columns.tolist()]


def counted(rows: Mask, codes: NDArray[np.int64], size: int) -> list[int]:
    """How many of some rows each group has."""
    return [int(each) for each in np.bincount(codes[rows], minlength=size).tolist()]


def _of(batch: pa.RecordBatch, name: str) -> pa.Array:
    return batch.column(batch.schema.get_field_index(name))


def _fen(column: pa.Array, good: Mask) -> Fen:
    """Sums in CNY with two places as whole fen, nought where there is none."""
    words = np.frombuffer(column.buffers()[1], np.int64).reshape(-1, 2)[column.offset : column.offset + len(column)]
    low = np.where(good, words[:, 0], 0)
    if ((words[:, 1] == words[:, 0] >> 63) | ~good).all():
        return low
    found = [int(each.scaleb(2)) if has else 0 for each, has in zip(column.to_pylist(), good.tolist(), strict=True)]
    return np.array(found, object)


# — groups —


class Groups:
    """What the rows of a roster are put together by: payer, month, or a column. Its groups keep the order they came in.

    Attributes:
        name: as it was asked for: `payer`, `month`, the name of a fact, or a header.
        label: for the head of a table.
    """

    def __init__(self, name: str, label: Text, roster: Roster, fact: str = "", header: str = "") -> None:
        self.name, self.label, self._fact, self._header = name, label, fact, header
        self._type = roster.facts[fact].type if fact else None
        self._words = _words(roster, fact)
        self._vocabulary = roster.policy.vocabulary
        self._is_months = name == "month"

    @property
    def is_by_payer(self) -> bool:
        """Whether a row may belong to several, each with its own part of the amount."""
        return self.name == "payer"

    def codes(self, piece: Piece) -> tuple[list[str], NDArray[np.int64]]:
        """The groups of a piece, and the place of each row's group among them."""
        batch, name = (piece.facts, self._fact) if self._fact else (piece.carried, self._header)
        found = batch.column(batch.schema.get_field_index(name))
        coded = (found if pa.types.is_dictionary(found.type) else found.dictionary_encode()).cast(
            pa.dictionary(pa.int64(), found.type.value_type if pa.types.is_dictionary(found.type) else found.type)
        )
        names = [self.key(value) for value in coded.dictionary.to_pylist()]
        places = pc.fill_null(coded.indices, len(names)).to_numpy(zero_copy_only=False)
        names.append("")
        different = list(dict.fromkeys(names))
        of = np.array([different.index(each) for each in names], np.int64)
        return different, of[places]

    def key(self, value: Any) -> str:
        """A group by what a cell says, or by one of its words in either language."""
        text = "" if value is None else str(value).strip()
        if self._is_months:
            month = text[:7].replace("/", "-")
            return month if _MONTH.fullmatch(month) else text
        if isinstance(value, Decimal):
            return format(value.normalize(), "f")
        if isinstance(value, bool):
            text = str(value).lower()
        return self._words.get(text, text)

    def said(self, key: str) -> Text:
        """A group in words."""
        if not key:
            return NOBODY
        if self.is_by_payer:
            return self._vocabulary.payers[key].label if key in self._vocabulary.payers else Text(key, key)
        if isinstance(self._type, Choice) and key in self._type.labels:
            return self._type.labels[key]
        if isinstance(self._type, Division) and key in self._vocabulary.divisions:
            named = self._vocabulary.divisions[key].name
            return Text(f"{key} {named.zh}", f"{key} {named.en}")
        return Text(key, key)


def _words(roster: Roster, fact: str) -> dict[str, str]:
    """What else a group may be called."""
    found: dict[str, str] = {}
    policy = roster.policy
    if not fact:
        for name, payer in policy.vocabulary.payers.items():
            found |= {payer.label.zh: name, payer.label.en: name}
        return found
    match roster.facts[fact].type:
        case Choice(labels=labels):
            found = {word: value for value, label in labels.items() for word in (label.zh, label.en)}
        case Division(domain=domain):
            names = {code: policy.vocabulary.divisions[code].name for code in domain}
            found = {word: code for code, name in names.items() for word in (name.zh, name.en)}
        case Flag():
            found = {"是": "true", "否": "false", "yes": "true", "no": "false"}
    return found


def groups_of(name: str, roster: Roster) -> Groups:
    """What `name` asks for: payer, month, a fact by its name or its label, or a header of a column that is none.

    Raises:
        RequestError: there is nothing of that name.
    """
    if name in _PAYERS:
        return Groups("payer", Text("承担", "payer"), roster)
    dated_by, facts = roster.policy.program.dated_by, roster.facts
    if name in _MONTHS:
        return Groups("month", Text("月份", "month"), roster, dated_by)
    fact = together(roster.versions).names.get(name, "")
    plain = [each for each in roster.schema.names if not isinstance(facts[each].type, Records)]
    if fact in plain:
        if fact == dated_by and isinstance(facts[fact].type, Month):
            return Groups("month", Text("月份", "month"), roster, fact)
        return Groups(fact, facts[fact].label, roster, fact)
    if name in roster.carried.names:
        return Groups(name, Text(name, name), roster, header=name)
    allowed = list(dict.fromkeys(("payer", "month", *plain, *roster.carried.names)))
    raise RequestError(Problem.of("R0776", name, given=name, allowed=", ".join(allowed)))


# — problems —


@dataclass(frozen=True, slots=True)
class Wrong:
    """A row that is in no total, and why."""

    row: int
    place: Place
    code: str
    said: Text

    def line(self, language: str) -> str:
        """Where, which code, and what is wrong."""
        return f"{self.place.key}  {self.code} {self.said.zh if language == 'zh' else self.said.en}"


def wrong_rows(roster: Roster, piece: Piece, found: Answered, room: int) -> list[Wrong]:
    """Why the first rows of a piece have no answer, each with the address of its cell."""
    said: list[Wrong] = []
    column = _of(found.answers, "problems")
    for place in np.flatnonzero(~found.good).tolist():
        if len(said) >= room:
            break
        row = piece.rows[place].as_py()
        for problem in piece.wrong.get(place, ()):
            at = problem.place or roster.place(row, None)
            said.append(Wrong(row, at, problem.code, Text(problem.message("zh"), problem.message("en"))))
        if place in piece.wrong:
            continue
        for each in column[place].as_py() or ():
            at = roster.place(row, roster.column_of(each["where"], place, piece))
            said.append(Wrong(row, at, each["code"], Text(each["zh"], each["en"])))
    return said


def cny(sum_: int) -> Decimal:
    """A sum in fen as CNY with two places."""
    return fen(sum_)
