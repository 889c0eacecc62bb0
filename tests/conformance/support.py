"""The conformance cases and the runners held to them: language-neutral JSON, which any other runner can be held to.

A case names what a receipt's ``result`` must have at some of its keys, such as ``steps.granted_area``.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from subsidy import Catalogue, Policy
from subsidy.calculation import reference
from subsidy.policies import shipped_folder

HERE = Path(__file__).parent
Facts = Mapping[str, Any]
Run = Callable[[Policy, Facts, Mapping[str, str]], dict[str, Any]]


def cases(name: str) -> list[Any]:
    """The cases of a file as parameters of a test, each under its name."""
    found = json.loads((HERE / "cases" / f"{name}.json").read_text(encoding="utf-8"))["cases"]
    return [pytest.param(case, id=case["name"]) for case in found]


@cache
def catalogue() -> Catalogue:
    """The shipped policies, with the modules of this folder."""
    target = Path(tempfile.mkdtemp()) / "policies"
    shutil.copytree(shipped_folder(), target)
    shutil.copytree(HERE / "modules", target, dirs_exist_ok=True)
    return Catalogue(target)


def at(result: Mapping[str, Any], key: str) -> Any:
    """What stands at a key with dots."""
    found: Any = result
    for name in key.split("."):
        found = found[name]
    return found


def by_the_runner(policy: Policy, facts: Facts, readings: Mapping[str, str]) -> dict[str, Any]:
    result: dict[str, Any] = policy.calculate(facts, readings=readings).to_dict()["result"]
    return result


def by_the_reference(policy: Policy, facts: Facts, readings: Mapping[str, str]) -> dict[str, Any]:
    recommended = {name: item.recommended or "open" for name, item in policy.interpretations.items()}
    return reference.calculate(policy.program, facts, recommended | dict(readings))


RUNNERS: Final[list[Any]] = [
    pytest.param(by_the_runner, id="runner"),
    pytest.param(by_the_reference, id="reference"),
]
