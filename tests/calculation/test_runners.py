"""Examples hold in every runner: where one runner gives something else, checking a module says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from subsidy import Catalogue, Policy, PolicyError
from subsidy.calculation.runners import RUNNERS

from ..diagnostics.support import GOOD

REPORT = """\
P0705 runners-differ  cn/somewhere/town/grant/2021-01-01.toml:209:1  examples[0]
  算例“西县新建”：计算方式 scalar 与 reference 结果不同：result.amount: 30000.00 ≠ 30000.01
  → 这是本软件的缺陷，请连同模块一起报告
  example “西县新建”: the runners scalar and reference differ: result.amount: 30000.00 ≠ 30000.01
  → this is a fault of the software; please report it with the module
    [[examples]]
    ^^^^^^^^^^^^"""


def a_fen_more(policy: Policy, facts: Mapping[str, Any], readings: Mapping[str, str]) -> dict[str, Any]:
    """The scalar runner with a fault: a fen more on one amount."""
    found = RUNNERS["scalar"](policy, facts, readings)
    return found | {"amount": "30000.01"} if found.get("amount") == "30000.00" else found


def test_a_runner_with_a_fault_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """An example that is a fen off in one runner is reported, with what each of the two gave."""
    assert Catalogue(GOOD).check() == ()
    monkeypatch.setitem(RUNNERS, "reference", a_fen_more)
    with pytest.raises(PolicyError) as caught:
        Catalogue(GOOD).check()
    assert caught.value.report() == REPORT


def test_what_one_runner_says_is_what_is_held_against_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A runner that says nothing but a wrong amount is reported for that alone."""
    monkeypatch.setitem(RUNNERS, "replay", lambda *_: {"amount": "1.00"})
    with pytest.raises(PolicyError) as caught:
        Catalogue(GOOD).check()
    (found,) = caught.value.problems
    assert found.values["detail"] == "result.amount: 30000.00 ≠ 1.00"
