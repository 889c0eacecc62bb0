"""Whatever is written in the place of a value of a text beside the policies is reported with its place, no crash."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from tests.diagnostics.test_several import toml, values

import subsidy

from .support import ADOPTION, CARE, FACTS, HERE, ID, TEXT, care, policies

WRONG: tuple[Any, ...] = (None, "x", 5, ["x"], {"x": "y"})
COUNTY = (HERE / "fictional" / TEXT).read_text("utf-8")
PROGRAMME = f"{CARE}/2023-08-01.programme.toml"


def mistakes(text: str) -> Iterator[str]:
    """The file with each of its values left out, or of another kind."""
    data = tomllib.loads(text)
    for path in values(data):
        for wrong in WRONG:
            changed = deepcopy(data)
            table: Any = changed
            for part in path[:-1]:
                table = table[part]
            if wrong is None:
                del table[path[-1]]
            else:
                table[path[-1]] = wrong
            yield "".join(f"{key} = {toml(value)}\n" for key, value in changed.items())


def shapes(catalogue: subsidy.Catalogue, file: str) -> list[subsidy.Problem]:
    """What is wrong with one file; every problem is about it, with its place."""
    try:
        catalogue.check()
    except subsidy.SubsidyError as error:
        for problem in error.problems:
            assert problem.place is not None, problem.report("en")
            assert problem.place.file == file, problem.report("en")
        return list(error.problems)
    return []


@pytest.mark.parametrize("implements", [None, "x"])
def test_a_text_that_does_not_say_what_it_fills(tmp_path: Path, implements: str | None) -> None:
    """Where `implements` is missing or no name, that alone is reported, also by a calculation beside the text."""
    folder = policies(tmp_path, text=True)
    line = next(each for each in COUNTY.splitlines() if each.startswith("implements"))
    put = "" if implements is None else f'implements = "{implements}"'
    (folder / TEXT).write_text(COUNTY.replace(line, put), "utf-8")
    wanted = (
        f"P0106 missing-key  {TEXT}\n  implements is missing\n"
        '  → add it, such as implements = "cn/province/city/name#parameter"'
        if implements is None
        else f"P0110 bad-name  {TEXT}:3:14  implements\n"
        "  x is not well formed\n"
        "  → the id of a policy, # and the name of a parameter\n"
        '    implements = "x"\n'
        "                 ^^^"
    )
    catalogue = subsidy.Catalogue(folder)
    with pytest.raises(subsidy.PolicyError) as checked:
        catalogue.check()
    with pytest.raises(subsidy.PolicyError) as calculated:
        catalogue.calculate(ID, FACTS)
    assert [checked.value.report("en"), calculated.value.report("en")] == [wanted, wanted]


def test_no_mistake_in_a_filling_crashes(tmp_path: Path) -> None:
    """Each value of a county's text, left out or of another kind: reported, or of no consequence."""
    folder = policies(tmp_path, text=True)
    for text in mistakes(COUNTY):
        (folder / TEXT).write_text(text, "utf-8")
        if shapes(subsidy.Catalogue(folder), TEXT):
            with pytest.raises(subsidy.SubsidyError):
                subsidy.Catalogue(folder).calculate(ID, FACTS)


def test_no_mistake_in_an_adoption_crashes(tmp_path: Path) -> None:
    """Each value of an adoption, left out or of another kind: reported, or of no consequence."""
    folder, file = policies(tmp_path), f"{ID}/2021-07-01.toml"
    for text in mistakes(ADOPTION):
        (tmp_path / "adoptions" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "adoptions" / file).write_text(text, "utf-8")
        shapes(subsidy.Catalogue(folder, tmp_path / "adoptions"), file)


def test_no_mistake_in_a_programme_crashes(tmp_path: Path) -> None:
    """Each value of a programme, left out or of another kind: reported, or of no consequence."""
    folder = care(tmp_path).folder.path
    sound = (folder / PROGRAMME).read_text("utf-8")
    for each in {file.parent for file in folder.rglob("*.toml")} - {folder, (folder / PROGRAMME).parent}:
        if (
            each.relative_to(folder).as_posix() not in sound
        ):  # what the programme has nothing to do with only takes time
            shutil.rmtree(each)
    (folder / "catalogue.lock").unlink()
    assert not shapes(subsidy.Catalogue(folder), PROGRAMME)
    for text in mistakes(sound):
        (folder / PROGRAMME).write_text(text, "utf-8")
        shapes(subsidy.Catalogue(folder), PROGRAMME)
