"""A policy that compiles, on facts that validate, yields in every runner the same value, within its proved range."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conformance.constructs import LANGUAGE

from .modules import module
from .seeds import Found, made, tried

BLOCKS, POLICIES, STRIDE, CLAIMS = 40, 50, 1000, 2
BASE = int(os.environ.get("SUBSIDY_SEED", "0"))  # fresh seeds: SUBSIDY_SEED=123456789
ACCEPTED = 0.6  # of the modules that are made, so many compile at least
KEPT = [line.split()[0] for line in (Path(__file__).parent / "kept.txt").read_text(encoding="utf-8").splitlines()]


def report(found: Found) -> str:
    """What is wrong with a seed, and how to see it again."""
    return f"python -m tests.soundness show {found.seed}\n" + "\n".join(found.wrong)


@pytest.mark.parametrize("block", range(BLOCKS))
@pytest.mark.timeout(600)
def test_every_policy_is_sound(block: int, record_property: Callable[[str, Any], None]) -> None:
    """Of the seeds of a block, each is refused for a declared reason, or nothing is wrong with any of its claims."""
    seeds, tries = iter(range(BASE + block * STRIDE, BASE + (block + 1) * STRIDE)), list[Found]()
    while sum(not each.refused for each in tries) < POLICIES:
        tries.append(tried(next(seeds), count=CLAIMS))
    figures = {
        "policies compiled": POLICIES,
        "modules made": len(tries),
        "claims": sum(each.claims for each in tries),
        "constructs": sorted(frozenset[str]().union(*(each.constructs for each in tries))),
    }
    record_property(f"figure soundness from seed {BASE}", figures)
    wrong = [report(each) for each in tries if each.wrong]
    assert not wrong, "\n\n".join(wrong)
    assert len(tries) * ACCEPTED <= POLICIES


@pytest.mark.parametrize("seed", [int(each) for each in KEPT if each != "#"])
def test_what_once_failed_is_sound(seed: int) -> None:
    """Nothing is wrong with a seed with which something once was."""
    found = tried(seed)
    assert not found.wrong, report(found)


@pytest.mark.timeout(600)
def test_every_construct_is_generated(record_property: Callable[[str, Any], None]) -> None:
    """The first blocks' seeds alone make policies with every construct of the language, each at least twice."""
    counts: Counter[str] = Counter()
    for seed in (block * STRIDE + number for block in range(10) for number in range(POLICIES)):
        counts.update(tried(seed, count=0).constructs)
    rarest = ", ".join(f"{name} {count}" for name, count in sorted(counts.items(), key=lambda item: item[1])[:5])
    record_property(
        "figure constructs", f"{len(LANGUAGE & counts.keys())} of {len(LANGUAGE)} in 500 modules; rarest: {rarest}"
    )
    assert sorted(name for name in LANGUAGE if counts[name] < 2) == []


def test_a_seed_makes_one_module() -> None:
    """The same seed makes the same text, and another makes another."""
    assert made(7)[0].text == made(7)[0].text != made(8)[0].text


@given(random=st.randoms(use_true_random=False))
@settings(max_examples=5, deadline=None, database=None)
def test_hypothesis_may_draw_a_module(random: Random) -> None:
    """A module is drawn from any source of chance, such as one that makes failures smaller."""
    assert module(random).text.startswith("language = 1\n")
