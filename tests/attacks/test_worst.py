"""No legal module exhausts time or memory: the worst compile and calculate, or meet a limit with its code."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from typing import Final

import pytest
from tests.language.support import FILE, FOLDER, HEAD

from subsidy import Policy
from subsidy.catalogue.folder import read_entry
from subsidy.errors import PolicyError, Problems
from subsidy.language.compiler import PASSES
from subsidy.language.passes.limits import SIZE_LIMIT, WORK_LIMIT, Cost
from subsidy.language.proof import DIGITS_LIMIT, PROOF_LIMIT
from subsidy.language.work import Work

from .worst import measured_apart
from .worst_modules import MODULES

SECONDS: Final = 120  # of the processor for one module: some twenty times what it takes
MIB: Final = 600
LEGAL: Final = [name for name, worst in MODULES.items() if not worst.codes]
REFUSED: Final = [name for name, worst in MODULES.items() if worst.codes]


def worked(name: str) -> Work:
    """What the compiler's passes make of one of the worst modules.

    Raises:
        PolicyError: its shape is wrong.
    """
    problems = Problems()
    entry = read_entry(FILE, (HEAD + MODULES[name].text()).encode(), None, problems)
    problems.raise_as(PolicyError)
    assert entry is not None
    work = Work(entry, FOLDER.vocabulary)
    for each in PASSES:
        each(work)
    return work


def quick(act: Callable[[], object]) -> None:
    """Do something, which takes no longer than the worst may."""
    begun = time.process_time()
    act()
    assert time.process_time() - begun < SECONDS


@pytest.mark.parametrize("name", REFUSED)
def test_a_module_beyond_a_limit_is_refused_with_its_code(name: str) -> None:
    """What has no reasonable bound is refused, by the code of the limit, before it costs much."""

    def refused() -> None:
        try:
            work = worked(name)
            found = {problem.code for problem in work.problems.errors()}
            assert work.proof.spent <= PROOF_LIMIT + PROOF_LIMIT // 10
        except PolicyError as error:
            found = {problem.code for problem in error.problems}
        assert found == {*MODULES[name].codes}

    quick(refused)


@pytest.mark.parametrize("name", LEGAL)
def test_the_worst_legal_modules_compile_and_calculate(name: str) -> None:
    """Within the limits, a module compiles and calculates in counted work, and its numbers stay short."""

    def calculated() -> None:
        work = worked(name)
        assert [problem.report() for problem in work.problems.errors()] == []
        assert work.program is not None
        assert work.proof.spent <= PROOF_LIMIT
        assert Cost(work, 1, 1).total <= SIZE_LIMIT
        assert Cost(work, None, 600).total <= WORK_LIMIT
        assert all(abs(end) < 10**DIGITS_LIMIT for ends in work.program.ranges.values() for end in ends)
        policy = Policy(work.entry, work.program, FOLDER.vocabulary, None)
        facts = MODULES[name].facts or dict.fromkeys(work.program.facts, "1")
        assert policy.calculate({**facts, "claim": "c", "on": "2021-06-01"}).low >= 0

    quick(calculated)


@pytest.mark.parametrize("near", ["64 readings at the limit", "months at the limit", "positions at the limit"])
def test_a_limit_is_met_closely(near: str) -> None:
    """The worst legal modules are no easier than they say: each takes a good part of what one of the limits allows."""
    work = worked(near)
    parts = [
        work.proof.spent / PROOF_LIMIT,
        Cost(work, 1, 1).total / SIZE_LIMIT,
        Cost(work, None, 600).total / WORK_LIMIT,
    ]
    assert max(parts) > 0.25


def test_the_worst_legal_module_in_time_and_memory(record_property: Callable[[str, object], None]) -> None:
    """In a process of its own the worst legal module stays within bounds of time and memory; the figure is kept."""
    found = measured_apart("wide formulas", SECONDS)
    assert found["codes"] == []
    assert found["mib"] < MIB
    record_property(
        "figure worst legal module",
        f"compiles in {found['compile']:.1f} s and {found['compile_mib']:.0f} MiB, one calculation in "
        f"{found['first']:.2f} s, then {found['calculate']:.3f} s, explained in {found['explain']:.1f} s; "
        f"{found['mib']:.0f} MiB in all, Python {platform.python_version()}",
    )
