"""The kept explanations of mutants that no test notices: they are of code that is there, and say something."""

from __future__ import annotations

from .mutants import shown
from .survivors import survivors
from .trials import ROOT


def test_survivors_are_of_lines_that_are_there() -> None:
    """Every mutant that is explained is of a line that its module has, says why, and is explained once."""
    found = survivors()
    lines = {
        module: shown((ROOT / "src" / "subsidy" / "ledger" / f"{module}.py").read_text("utf-8").split("\n"))
        for module in {each.module for each in found}
    }
    assert found
    assert [each for each in found if each.line not in lines[each.module] or each.line == each.becomes] == []
    assert all(len(each.why) > 20 for each in found)
    assert len({each.key for each in found}) == len(found)
