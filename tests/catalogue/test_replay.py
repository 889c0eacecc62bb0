"""Replay: a receipt computed again, years later and after tampering."""

from __future__ import annotations

import copy as copies
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import subsidy

from .support import ID, add, copy

SHIPPED = subsidy.catalogue()
RESULT = SHIPPED.calculate(
    "cn/shanxi/yuncheng/construction-grant",
    {"project": "P", "accepted_on": "2021-06-30", "place": "140802", "works": "new_build", "floor_area": "2350.50"},
    readings={"shortfall": "same_rate_above_cap"},
)


def leaves(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every figure and word in some plain data."""
    if isinstance(data, dict | list):
        for key in data if isinstance(data, dict) else range(len(data)):
            yield from leaves(data[key], (*path, key))
    else:
        yield path


def tampered(path: tuple[Any, ...], value: Any) -> bytes:
    """The receipt with one thing in it changed."""
    data = copies.deepcopy(RESULT.to_dict())
    place = data["result"]
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return json.dumps(data).encode()


@pytest.mark.parametrize("path", list(leaves(RESULT.to_dict()["result"])), ids=str)
def test_every_altered_figure_is_found(path: tuple[Any, ...]) -> None:
    """Whatever is altered in the result of a receipt, replay names its place."""
    found = SHIPPED.replay(tampered(path, "1.23"))
    assert [difference.key.split("[")[0] for difference in found.differences]
    assert not found.is_same


@pytest.mark.parametrize("where", [(), ("parts",), ("parts", "grant"), ("steps",)], ids=str)
def test_an_added_nothing_is_found(where: tuple[str, ...]) -> None:
    """A key that was added with no value is not the same as no key."""
    found = SHIPPED.replay(tampered((*where, "bonus"), None))
    assert [(each.key, each.recorded, each.computed) for each in found.differences] == [
        (".".join(("result", *where, "bonus")), "null", "–")
    ]


def test_a_later_version_changes_no_receipt(tmp_path: Path) -> None:
    """A receipt replays under the text it names, although a later text now covers its day."""
    folder = copy(tmp_path)
    before = subsidy.Catalogue(folder).policy(ID)
    facts = dict(before.document.examples[0].facts)
    receipt = before.calculate(facts, readings=before.document.examples[0].under).receipt()
    add(folder, "2021-03-01", "{ from = 2021-03-01 }")
    after = subsidy.Catalogue(folder)
    assert after.policy(ID, on="2021-07-01").version == "2021-03-01"
    assert after.replay(receipt).is_same


def test_a_broken_draft_keeps_no_receipt_from_replay(tmp_path: Path) -> None:
    """A malformed file beside the module that a receipt names does not matter to it."""
    folder = copy(tmp_path)
    before = subsidy.Catalogue(folder).policy(ID)
    receipt = before.calculate(before.document.examples[0].facts, readings=before.document.examples[0].under).receipt()
    (folder / ID / "2030-01-01.toml").write_text("language = ", "utf-8")
    assert subsidy.Catalogue(folder).replay(receipt).is_same
