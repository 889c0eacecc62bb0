"""The canonical content of a module and its digest: what it says, not how the file is written."""

from __future__ import annotations

import datetime as dt
import random
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subsidy.catalogue.digest import canonical, digest

texts = st.text(st.characters(blacklist_categories=["Cs"]), max_size=5)
atoms = st.booleans() | st.integers(-5, 5) | texts | st.dates()
documents = st.dictionaries(
    texts,
    st.recursive(atoms, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)),
    max_size=4,
)


def shuffled(data: Any, seed: int) -> Any:
    if isinstance(data, dict):
        keys = list(data)
        random.Random(seed).shuffle(keys)  # noqa: S311
        return {key: shuffled(data[key], seed) for key in keys}
    return [shuffled(item, seed) for item in data] if isinstance(data, list) else data


def same(one: Any, two: Any) -> bool:
    """Equal in value and kind, so that true is not 1."""
    if isinstance(one, dict) and isinstance(two, dict):
        return one.keys() == two.keys() and all(same(one[key], two[key]) for key in one)
    if isinstance(one, list) and isinstance(two, list):
        return len(one) == len(two) and all(map(same, one, two))
    return type(one) is type(two) and bool(one == two)


@given(documents, st.integers())
def test_the_order_of_keys_does_not_matter(data: dict[str, Any], seed: int) -> None:
    """The same content in another order has the same digest."""
    assert digest(data) == digest(shuffled(data, seed))


@given(documents, documents)
def test_another_content_has_another_digest(one: dict[str, Any], two: dict[str, Any]) -> None:
    """Two contents have one canonical form only if they are the same, value by value and kind by kind."""
    assert (canonical(one) == canonical(two)) is same(one, two)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ('a = "1" # note\n\nb = 2', 'b   =   2\na = """1"""'),
        ("t = { x = 1 }", "[t]\nx = 1"),
        ("t.x = 1", "# heading\n[t]\n  x = 1"),
        ("d = 2021-03-29", "d=2021-03-29"),
    ],
)
def test_how_the_file_is_written_does_not_matter(one: str, two: str) -> None:
    """Comments, blanks, quotes and headers may change; the digest does not."""
    assert digest(tomllib.loads(one)) == digest(tomllib.loads(two))


def test_a_date_is_no_text() -> None:
    """A date, a text that looks like it, a flag, a number and a text of it are all different."""
    values = [dt.date(2021, 3, 29), "2021-03-29", True, 1, "1", "true", ["1"], {"1": "1"}]
    assert len(values) == len({digest({"x": value}) for value in values})


@pytest.mark.parametrize("value", [0.5, dt.datetime(2021, 3, 29), dt.time(1), {1, 2}, b"x"])  # noqa: DTZ001
def test_what_has_no_canonical_form(value: object) -> None:
    """A binary float or a time of day has no canonical form."""
    with pytest.raises(TypeError):
        canonical({"x": value})
