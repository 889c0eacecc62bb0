"""Policies in a real PostgreSQL, in one statement over a table of claims."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from . import servers
from .generated import tally
from .support import Ask, outcome, runner, some_of

SEEDS = 60


@pytest.fixture(scope="module")
def by_postgres() -> Iterator[Ask]:
    """What PostgreSQL answers."""
    with servers.by_postgres() as ask:
        yield ask


def test_cases_on_postgres(by_postgres: Ask) -> None:
    """Cases come out as written, or are refused for what the engine cannot say."""
    run = runner("postgres", by_postgres)
    found = [outcome(case, run) for case in some_of(30)]
    assert {each for each in found if not each.startswith("refused: ")} == {"passed"}
    assert found.count("passed") > 35
    whys = {"figures that are open", "a place among records (position)", "records"}
    assert {each.removeprefix("refused: ") for each in found} <= whys | {"passed"}


def test_generated_policies_on_postgres(by_postgres: Ask, record_property: Callable[[str, object], None]) -> None:
    """Every claim of a policy made by chance comes to the same as in the library, or the policy is refused."""
    outcomes, rows = tally(range(SEEDS), "postgres", by_postgres)
    record_property(
        "figure generated policies on PostgreSQL",
        f"{outcomes['answered']} answered, {outcomes['R0762']} refused, {rows} claims",
    )
    assert outcomes.keys() == {"answered", "R0762"}
    assert outcomes["answered"] > 2
