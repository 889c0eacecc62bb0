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

from subsidy.catalogue.folder import Folder, read_entry
from subsidy.catalogue.positions import Path, dotted, overlap
from subsidy.catalogue.vocabulary import Vocabulary
from subsidy.errors import PolicyError, Problem, Problems
from subsidy.language.compiler import compile_module
from subsidy.policies import shipped_folder

from .support import GOOD, MODULE

FILES: Final = [(shipped_folder(), file) for file in Folder(shipped_folder()).files] + [(GOOD, MODULE)]
BOUNDS: Final = {"P0313", "P0606"}  # a number without quotes is read as that number, with what it leads to
PLANTED: Final = ("P0301", "nonsense_name")
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
    """A module with an unknown name in its last step that is a number, and the path of that formula."""
    data = tomllib.loads((root / file).read_text("utf-8"))
    index = max(index for index, step in enumerate(data["steps"]) if "unit" in step)
    data["steps"][index]["value"] += " + 0 * nonsense_name"
    return data, ("steps", index, "value")


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
