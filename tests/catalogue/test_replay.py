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


def test_replay_names_the_mend(tmp_path: Path) -> None:
    """An old receipt is the same under its digest, and a later mend of that encoding is named with its reason."""
    folder = copy(tmp_path)
    before = subsidy.Catalogue(folder).policy(ID)
    example = before.document.examples[0]
    receipt = before.calculate(example.facts, readings=example.under).receipt()
    add(folder, "2021-01-01", "{ from = 2021-01-01 }", revision=2, changes={'value = "300"': 'value = "350"'})
    after = subsidy.Catalogue(folder)
    found = after.replay(receipt)
    assert (found.is_same, found.policy.revision, found.policy.digest) == (True, 1, before.digest)
    assert [(note.zh, note.en) for note in found.notes] == [
        ("第 2 次编码已于 2023-05-01 更正：单价录错", "mended since by revision 2 of 2023-05-01: the rate was mistyped")
    ]
    assert str(after.calculate(ID, example.facts, readings=example.under).amount) == "35000.00"


def test_replay_names_the_text_that_took_the_place(tmp_path: Path) -> None:
    """An old receipt stays the same, and a text published later for its day is named."""
    folder = copy(tmp_path)
    before = subsidy.Catalogue(folder).policy(ID)
    example = before.document.examples[0]
    receipt = before.calculate(example.facts, readings=example.under).receipt()
    add(folder, "2022-11-01", "{ from = 2021-06-01 }", published="2022-11-01")
    found = subsidy.Catalogue(folder).replay(receipt)
    assert found.is_same
    assert [(note.zh, note.en) for note in found.notes] == [
        (
            "2022-11-01 公布的《关于建设补助的通知》自 2021-06-01 起取代该版本",
            "in the place of this version since 2021-06-01: “Notice on construction grants”, published on 2022-11-01",
        )
    ]
