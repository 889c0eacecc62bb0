"""Random inputs meet only the errors that are declared; and the fuzzer is shown to find what is planted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from subsidy.catalogue import folder
from subsidy.errors import Problem
from subsidy.language import compiler, work
from subsidy.language.passes import read as reading

from . import targets
from .fuzz import KEPT, run
from .targets import TARGETS, attempt

SEED: Final = 1
COUNT: Final = 5_000


@pytest.mark.timeout(400)
def test_random_inputs_meet_only_declared_errors(record_property: Callable[[str, object], None]) -> None:
    """Formulas, modules and every other file, made hostile, are read or refused with problems that can be printed."""
    tally = run(SEED, 0, COUNT)
    record_property("figure fuzz", f"{tally.line().removeprefix('fuzz: ')}, seed {SEED}")
    assert [(each["what"], each["again"]) for each in tally.failures] == []
    assert tally.count == COUNT
    assert min(tally.targets[each.name] for each in TARGETS) >= 100
    assert min(tally.accepted[each.name] for each in TARGETS) >= 10, "every reader is also reached behind its checks"
    assert len(tally.codes) >= 70


def _kept() -> list[Path]:
    return sorted(file for file in KEPT.iterdir() if file.name != "README.md")


@pytest.mark.parametrize("file", _kept(), ids=lambda file: file.name)
def test_what_broke_something_once_breaks_it_no_more(file: Path) -> None:
    """Each input that a fuzzer found meets only declared errors now."""
    target = next(each for each in TARGETS if file.name.startswith(each.name.replace(" ", "-") + "-"))
    attempt(target, file.read_bytes())


def _raises(*_: Any, **__: Any) -> Any:
    raise KeyError("planted")


def _hangs(*_: Any, **__: Any) -> Any:
    while True:
        pass


def _swallowing(*_: Any, **__: Any) -> Any:
    try:
        _hangs()
    except Exception:  # noqa: BLE001 – what a careless handler does
        return ()


def _placeless(self: work.Work, code: str, *_: Any, also: Any = (), **values: Any) -> None:  # noqa: ARG001
    self.problems.take(Problem(code, "", values))


def _unnamed(self: work.Work, *_: Any, also: Any = (), **values: Any) -> None:  # noqa: ARG001
    self.problems.take(Problem("P9999", "", values))


PLANTED: Final = {
    "a unit that raises": (work, "parse_unit", _raises, "KeyError: 'planted'"),
    "a pass that raises": (compiler, "PASSES", (_raises,), "KeyError: 'planted'"),
    "a parser that hangs": (reading, "parse_formula", _hangs, "more than 0.2 s"),
    "a hang behind a handler": (reading, "parse_formula", _swallowing, "more than 0.2 s"),
    "a digest that raises": (folder, "digest", _raises, "KeyError: 'planted'"),
    "a problem without place": (work.Work, "formula_problem", _placeless, "has no place in the file"),
    "a code of no registry": (work.Work, "formula_problem", _unnamed, "P9999"),
}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # stopped amidst a garbage collection
@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_bug_is_found(planted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that fails in one of the ways that matter is found within a few hundred inputs."""
    if "hang" in planted:
        monkeypatch.setattr(targets, "TIME_LIMIT", 0.2)
    run(SEED, 0, 20, "module")  # the catalogues are read before anything is planted
    where, name, bug, said = PLANTED[planted]
    monkeypatch.setattr(where, name, bug)
    count = 20 if "hang" in planted else 400
    found = [each["what"] for each in run(SEED, 0, count, "module").failures]
    assert any(said in each for each in found), found[:5]
