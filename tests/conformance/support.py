"""The conformance cases: language-neutral text and JSON, to which any runner can be held. README.md has the format.

A case names what a receipt's ``result`` must have at some of its keys, such as ``steps.granted_area``.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from subsidy import Catalogue, Policy
from subsidy.calculation.runners import RUNNERS as REGISTRY
from subsidy.calculation.runners import (
    Run,  # also for the tests of this folder
    refused,
)
from subsidy.catalogue.folder import read_entry
from subsidy.errors import PolicyError, Problems
from subsidy.language.compiler import compile_module
from subsidy.policies import shipped_folder

HERE = Path(__file__).parent
KEYS: Final = frozenset(
    [
        "name",
        "formula",
        "unit",
        "type",
        "of",
        "with",
        "facts",
        "without",
        "readings",
        "policy",
        "on",
        "expected",
        "code",
        "codes",
    ]
)
RUNNERS: Final[list[Any]] = [pytest.param(run, id=name) for name, run in REGISTRY.items()]


@dataclass(frozen=True)
class Case:
    """One case: which module, what is given, and what must come of it."""

    topic: str
    name: str
    module: str  # the text of a module, or the id of a policy of the catalogue
    formula: str  # the text that the formula of the case adds to it
    on: str  # the day that picks the version of a policy of the catalogue
    facts: Mapping[str, Any]
    readings: Mapping[str, str]
    expected: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.topic}: {self.name}"

    def policy(self) -> Policy:
        """The policy, compiled once.

        Raises:
            PolicyError: it is not sound.
        """
        found = catalogue().policy(self.module, on=self.on) if self.on else compiled(self.module + self.formula)
        if isinstance(found, PolicyError):
            raise found
        return found

    def found(self, run: Run) -> dict[str, Any]:
        """What a runner gives at each key that the case names."""
        try:
            policy = self.policy()
        except PolicyError as error:
            return refused(error.problems)
        result = run(policy, self.facts, self.readings)
        return {key: at(result, key) for key in self.expected} if "refused" not in result else result


def topics() -> Iterator[tuple[str, Path]]:
    """Each topic with its file of cases: the numbered folders, then single files that have no folder yet."""
    for folder in sorted(HERE.glob("[0-9]*")):
        if (folder / "cases.json").exists():  # another has cases of another shape alone
            yield folder.name, folder / "cases.json"
    for file in sorted((HERE / "cases").glob("*.json")):
        yield file.stem, file


@cache
def all_cases() -> tuple[Case, ...]:
    """Every case of every topic."""
    return tuple(case for topic, file in topics() for case in _read(topic, file))


def direct(topic: str) -> list[Any]:
    """The cases of a topic's functions alone, as parameters of a test."""
    found = json.loads((HERE / topic / "direct.json").read_text(encoding="utf-8"))["cases"]
    return [pytest.param(case, id=case["name"]) for case in found]


def shared(topic: str) -> dict[str, Any]:
    """The facts that all direct cases of a topic share."""
    found: dict[str, Any] = json.loads((HERE / topic / "direct.json").read_text(encoding="utf-8"))["facts"]
    return found


def module(topic: str) -> Policy:
    """The module of a topic alone."""
    text = (HERE / topic / "module.toml").read_text(encoding="utf-8")
    found = compiled(text if "[policy]" in text else _part("head") + text)
    assert isinstance(found, Policy), found
    return found


def cases(name: str) -> list[Any]:
    """The cases of a single file, as parameters of a test."""
    file = HERE / "cases" / f"{name}.json"
    return [pytest.param(case, id=case["name"]) for case in json.loads(file.read_text(encoding="utf-8"))["cases"]]


def _read(topic: str, file: Path) -> Iterator[Case]:
    content = json.loads(file.read_text(encoding="utf-8"))
    is_folder = file.parent.name == topic
    module = file.parent / "module.toml"
    text = module.read_text(encoding="utf-8") if is_folder and module.exists() else ""
    for case in content["cases"]:
        if odd := case.keys() - KEYS:
            assert not is_folder, f"{file}: {case['name']}: {odd}"
            continue  # of another shape, for a test of its own
        facts = {**content.get("facts", {}), **case.get("facts", {})}
        codes = case.get("codes") or ([case["code"]] if "code" in case else None)
        expected = case.get("expected")
        assert (codes is None) is not (expected is None), f"{file}: {case['name']}: expected or code"
        yield Case(
            topic,
            case["name"],
            case.get("policy") or (text if "[policy]" in text else _part("head") + text) + case.get("with", ""),
            _formula(case) if "formula" in case else "",
            case.get("on", ""),
            {name: value for name, value in facts.items() if name not in case.get("without", ())},
            case.get("readings", {}),
            {"refused": codes} if codes else _by_key(expected),
        )


def _by_key(expected: Any) -> Mapping[str, Any]:
    """What is expected, by key; alone, it is the value of the formula."""
    is_value = not isinstance(expected, dict) or expected.keys() == {"possible"}
    return {"steps.it": expected} if is_value else expected


def _formula(case: Mapping[str, Any]) -> str:
    """The step that a case adds, and a condition that uses it."""
    type_ = case.get("type", "number")
    kind = {"type": type_, "of": case.get("of"), "unit": case.get("unit", "ratio" if type_ == "number" else None)}
    lines = [f'{key} = "{value}"' for key, value in kind.items() if value is not None]
    formula = json.dumps(case["formula"], ensure_ascii=False)
    return _part("formula").replace("{type}", "\n".join(lines)).replace("{value}", formula)


@cache
def _part(name: str) -> str:
    return (HERE / f"{name}.toml").read_text(encoding="utf-8")


@cache
def compiled(text: str) -> Policy | PolicyError:
    """The policy of a module's text, or why there is none."""
    if "[[outcome.parts]]" not in text:
        text += _part("outcome")
    file = "/".join(re.findall(r'^(?:id|version) = "(.+)"', text, re.MULTILINE)[:2]) + ".toml"
    vocabulary, problems = catalogue().folder.vocabulary, Problems()
    try:
        entry = read_entry(file, text.encode(), None, problems)
        problems.raise_as(PolicyError)
        assert entry is not None
        return Policy(entry, compile_module(entry, vocabulary), vocabulary, None)
    except PolicyError as error:
        return error


@cache
def catalogue() -> Catalogue:
    """The shipped policies, with the modules of this folder."""
    target = Path(tempfile.mkdtemp()) / "policies"
    shutil.copytree(shipped_folder(), target)
    if (HERE / "modules").exists():
        shutil.copytree(HERE / "modules", target, dirs_exist_ok=True)
    return Catalogue(target)


def at(result: Mapping[str, Any], key: str) -> Any:
    """What stands at a key with dots."""
    found: Any = result
    for name in key.split("."):
        found = found[name]
    return found
