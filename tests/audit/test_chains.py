"""What an audit tells in short is what the plain way tells: caps as chains of records, and canonical form."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.ledger.support import Place

from subsidy.audit import bodies
from subsidy.audit.chains import SHARES, Touched, is_whole, standing, touched
from subsidy.audit.sources import Stored
from subsidy.audit.tables import Tables
from subsidy.catalogue.digest import canonical

from .support import read, small

Standing = Sequence[Any]  # policy, cap, key, used, most, position
_MARK: Final = b"m" * 32
_MOST: Final = 10


def whole(touches: list[Touched], rows: list[Standing], parts: int = 1) -> bool:
    """By records, made of some entries at a time."""
    found = dict.fromkeys(range(SHARES), b"")
    for records in [*(touched(touches[part::parts], _MARK) for part in range(parts)), standing(rows, _MARK)]:
        for share, more in records.items():
            found[share] += more
    return all(map(is_whole, found.values()))


def plainly_whole(touches: list[Touched], rows: list[Standing]) -> bool:
    """The same by a dictionary, in the order of entries."""
    used, left = dict[Any, int](), dict[Any, tuple[int, int, int]]()
    for position, _, policy, cap, key, before, after, most, raises in sorted(touches):
        of = policy, cap, key
        if used.get(of, 0) != before:
            return False
        used[of] = after
        if raises:
            left[of] = after, max(after, most), position
    return len(rows) == len(left) and left == {(policy, cap, key): tuple(rest) for policy, cap, key, *rest in rows}


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Touched], list[Standing]]:
    """Claims held against a few caps, some given back, and the rows that they leave."""
    touches, used, rows = list[Touched](), dict[Any, int](), dict[Any, Standing]()
    for position in range(draw(st.integers(0, 12))):
        of = draw(st.sampled_from(["a", "b"])), "monthly", draw(st.sampled_from([b"1", b"2"]))
        before = used.get(of, 0)
        after = draw(st.integers(0, _MOST))
        touches.append((position, position, *of, before, after, _MOST, after != before))
        used[of] = after
        if after != before:
            rows[of] = (*of, after, _MOST, position)
    return touches, list(rows.values())


@given(histories(), st.integers(1, 3))
def test_a_true_history_is_whole(history: tuple[list[Touched], list[Standing]], parts: int) -> None:
    """In whatever parts and order its entries are looked at."""
    assert plainly_whole(*history)
    assert whole(*history, parts)


@given(histories(), st.randoms(), st.sampled_from([1, 3, 1 << 63, -1, 1 << 64, -(1 << 70)]))
def test_an_altered_history_is_told_as_the_plain_way_tells_it(
    history: tuple[list[Touched], list[Standing]], rng: random.Random, put: int
) -> None:
    """A sum that is another, an entry or a row that is gone, moved, of another cap or there twice.

    What is no record is said to be wrong, so that the rows themselves are looked at.
    """
    touches, rows = history
    changed: list[Any] = rng.choice([touches, rows])
    if not changed:
        return
    index, how = rng.randrange(len(changed)), rng.choice(["sum", "gone", "moved", "other cap", "twice"])
    is_touch, row = changed is touches, list(changed.pop(index))
    if how == "sum":
        row[rng.choice([5, 6]) if is_touch else 3] = put
    elif how == "moved":
        row[0 if is_touch else 5] += 5
    elif how == "other cap":
        row[4 if is_touch else 2] = b"3"
    changed.extend([tuple(row)] * {"gone": 0, "twice": 2}.get(how, 1))
    if how == "twice" or (how == "sum" and not 0 <= put < 1 << 64):
        assert plainly_whole(touches, rows) or not whole(touches, rows)
    else:
        assert whole(touches, rows) == plainly_whole(touches, rows)


@pytest.mark.parametrize("value", [None, "x", 1.5, b"y", -1, 1 << 64])
def test_a_row_that_is_none_is_wrong(value: Any) -> None:
    """Whoever alters a file may have put anything there."""
    touch: Touched = 0, 0, "a", "monthly", b"1", 0, 7, _MOST, True
    row: list[Any] = ["a", "monthly", b"1", 7, _MOST, 0]
    assert whole([touch], [row])
    for at in (3, 4, 5):
        assert not whole([touch], [[*row[:at], value, *row[at + 1 :]]])


# — canonical form —

_values: Final = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 60), 1 << 60) | st.text(max_size=6) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
_receipts: Final = st.fixed_dictionaries(
    {"facts": st.dictionaries(st.text(max_size=4), _values, max_size=3), "policy": _values},
    optional=dict.fromkeys(("basis", "format", "readings", "result", "more"), _values),
)
_entries: Final = st.fixed_dictionaries(
    {"kind": st.sampled_from(["determination", "key", ""])},
    optional={
        "amount": st.sampled_from(["0.00", "", "12.30"]),
        "award": st.integers(-2, 3),
        "policy": st.text(max_size=3),
        "receipt": st.none() | _receipts,
        "replaces": st.none() | st.text(max_size=2),
        "subjects": st.lists(st.text(max_size=3), max_size=2),
        "why": _values,
        "zzz": _values,
    },
)


def written(data: Any, rng: random.Random) -> bytes:
    """JSON that may be canonical, or sorted otherwise, spaced, or escaped."""
    how = rng.choice(["canonical", "unsorted", "spaced", "escaped"])
    if isinstance(data, Mapping) and how == "unsorted":
        data = dict(rng.sample(list(data.items()), len(data)))
        if isinstance(data.get("receipt"), dict):
            data["receipt"] = dict(rng.sample(list(data["receipt"].items()), len(data["receipt"])))
    spaced = (", ", ":") if how == "spaced" else (",", ":")
    text = json.dumps(data, ensure_ascii=how == "escaped", sort_keys=how != "unsorted", separators=spaced)
    return text.encode("utf-8", "surrogatepass")


def plainly_canonical(content: bytes) -> bool:
    """By the definition."""
    try:
        return canonical(json.loads(content)) == content
    except (ValueError, TypeError):
        return False


@given(_entries, st.randoms())
@example({"kind": "key", "why": 1.5}, random.Random(0))  # noqa: S311 – to be repeated
@example({"kind": "key", "receipt": {"facts": {}, "policy": {"a": 1e3}}}, random.Random(0))  # noqa: S311
def test_canonical_form_is_told_as_the_plain_way_tells_it(data: dict[str, Any], rng: random.Random) -> None:
    """Fields that are known or not, in any order, with blanks, escapes and floats, in a receipt as beside it."""
    content = written(data, rng)
    try:
        body = bodies.read(content)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return
    assert bodies.is_canonical(content, body) == plainly_canonical(content)


@pytest.mark.parametrize(
    "content",
    [
        b'{"kind":"key","key":"a"}',  # not sorted
        b'{"kind":"determination","receipt":{"basis":{"b":1,"a":2},"facts":{},"policy":1}}',  # nor within
        b'{"kind":"determination","receipt":{"facts":{},"policy":{"a": 1}}}',
        b'{"kind":"key","kind":"key"}',
        b'{"kind":"key","why":1.0}',
        b'{"kind":"key","why":"\\u4e2d"}',
        b'{"kind":"key","why":NaN}',
    ],
)
def test_what_is_not_canonical(content: bytes) -> None:
    """What means the same, but is written otherwise, is not what was hashed once."""
    try:
        assert not bodies.is_canonical(content, bodies.read(content))
    except msgspec.DecodeError:
        assert b"NaN" in content


def test_entries_are_told_in_one_reading(sqlite_place: Place) -> None:
    """What there may be a million of needs no second reading; each kind of entry is told to be canonical."""
    small(sqlite_place.ledger(), sqlite_place.folder)
    sqlite_place.close()
    kinds = dict[str, bool]()
    with read(sqlite_place) as source:
        for row in source.rows():
            body = bodies.read(row.content)
            assert bodies.is_canonical(row.content, body)
            kinds[row.kind] = kinds.get(row.kind, True) and msgspec.json.encode(body, order="sorted") == row.content
    assert {kind for kind, is_quick in kinds.items() if is_quick} >= {"determination", "reversal", "release", "roster"}


def test_tiles_that_came_all_at_once(place: Place) -> None:
    """However many tiles were filled while a ledger was verified, each is looked for, and said to be missing."""
    place.ledger()
    place.close()
    with Stored(place.url) as source:
        found = list(Tables(source).compare_tiles([(0, number, bytes(32)) for number in range(2_000)]))
    assert [each.problem.code for each in found] == ["V0107"] * 2_000
