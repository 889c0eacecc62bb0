"""One mistake in the shape of a file hides no other, and none is made up for it."""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path as FilePath
from typing import Any, Final

import pytest
from tests.conformance.support import catalogue as conformance

from subsidy.catalogue.folder import Folder, read_entry
from subsidy.catalogue.positions import Path, dotted, overlap
from subsidy.catalogue.vocabulary import Vocabulary
from subsidy.errors import PolicyError, Problem, Problems
from subsidy.language.compiler import compile_module
from subsidy.policies import shipped_folder

from .support import GOOD, MODULE

OUTCOMES: Final = [
    f"cn/test/{name}/2024-01-01.toml" for name in ("instalments", "ledger", "measures", "outcome", "own")
]
FILES: Final = [
    *[(shipped_folder(), file) for file in Folder(shipped_folder()).files],
    *[(conformance().folder.path, file) for file in OUTCOMES],
    (GOOD, MODULE),
]
BOUNDS: Final = {"P0313", "P0504", "P0606"}  # a number without quotes is read as that number, with what it leads to
PLANTED: Final = ("P0301", "nonsense_name")
NONSENSE: Final[tuple[Any, ...]] = ("nonsense", -1, [], {})  # of a right kind, here and there
WRONG: Final[tuple[Any, ...]] = (3, [1], {"x": 1}, "Bad Name", True, float("1.5"))


def toml(value: Any) -> str:
    """A value as TOML, tables inline."""
    match value:
        case bool() | int() | float():
            return str(value).lower()
        case dt.date():
            return value.isoformat()
        case str():
            return json.dumps(value, ensure_ascii=False)
        case list():
            return f"[{', '.join(map(toml, value))}]"
        case _:
            return f"{{ {', '.join(f'{toml(key)} = {toml(item)}' for key, item in value.items())} }}"


def values(data: Any, path: Path = ()) -> Iterator[Path]:
    """The path of every value, tables and lists among them; a pair of words is one value."""
    inner: Any = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, item in inner:
        yield (*path, key)
        if not (isinstance(item, dict) and "zh" in item):
            yield from values(item, (*path, key))


def changed(data: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    data = deepcopy(data)
    table: Any = data
    for key in path[:-1]:
        table = table[key]
    table[path[-1]] = value
    return data


@cache
def vocabulary(root: FilePath) -> Vocabulary:
    return Folder(root).vocabulary


@cache
def planted(root: FilePath, file: str) -> tuple[dict[str, Any], Path]:
    """A module with an unknown name in its last formula of a number, and the path of that formula."""
    data = tomllib.loads((root / file).read_text("utf-8"))
    steps: list[Path] = [("steps", index) for index, step in enumerate(data.get("steps", [])) if "unit" in step]
    others: list[Path] = [("measures", 0)] if "measures" in data else [("outcome", "parts", 0)]
    path = (steps or others)[-1]
    table: Any = data
    for key in path:
        table = table[key]
    table["value"] += " + 0 * nonsense_name"
    return data, (*path, "value")


def found(root: FilePath, file: str, data: dict[str, Any]) -> list[Problem]:
    """Every problem of a module."""
    problems = Problems()
    text = "\n".join(f"{key} = {toml(value)}" for key, value in data.items())
    entry = read_entry(file, text.encode(), None, problems)
    assert entry is not None
    try:
        compile_module(entry, vocabulary(root))
    except PolicyError as error:
        return [*problems.found, *error.problems]
    return problems.found


def is_planted(problem: Problem) -> bool:
    return (problem.code, problem.values.get("given")) == PLANTED


def hides_names(path: Path) -> bool:
    """Whether any unknown name may be the one that cannot be read at `path`."""
    return len(path) == 1 or (path[0] == "steps" and (len(path) == 2 or path[2] == "name"))


@pytest.mark.parametrize(("root", "file"), FILES, ids=[file for _, file in FILES])
def test_a_value_of_a_wrong_kind_hides_nothing_and_makes_nothing_up(root: FilePath, file: str) -> None:
    """With any value of a wrong kind, an unknown name elsewhere is reported, and all else is about that value."""
    data, formula = planted(root, file)
    assert [is_planted(problem) for problem in found(root, file, data)] == [True]
    strangers: list[tuple[Path, str]] = []
    for number, path in enumerate(values(data)):
        old: Any = data
        for key in path:
            old = old[key]
        if overlap(path, formula):
            continue
        wrong = next(item for item in WRONG[number % len(WRONG) :] + WRONG if type(item) is not type(old))
        problems = found(root, file, changed(data, path, wrong))
        rest = [problem for problem in problems if not is_planted(problem)]
        strangers += [(path, "hidden")] * (len(rest) == len(problems) and not hides_names(path))
        strangers += [
            (path, each.report("en"))
            for each in rest
            if not each.where.startswith(dotted(path)) and (each.code not in BOUNDS or type(wrong) not in {int, float})
        ]
    assert strangers == []


@pytest.mark.parametrize("file", OUTCOMES)
def test_no_nonsense_is_beyond_the_compiler(file: str) -> None:
    """With nonsense in the place of any value a module compiles or is reported, in both languages, with its place."""
    root = conformance().folder.path
    data = tomllib.loads((root / file).read_text("utf-8"))
    for number, path in enumerate(values(data)):
        if path[0] == "examples":
            continue
        for nonsense in ("nonsense", NONSENSE[number % len(NONSENSE)]):
            for problem in found(root, file, changed(data, path, nonsense)):
                assert problem.place is not None
                assert problem.report()
