"""The formats for editors: every file that is sound fits its schema, a mistake of shape does not, every key is told."""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from tests.diagnostics.malformed_texts import Mistake, mistakes, text_of

from subsidy.catalogue.editors import KINDS, format_schema
from subsidy.catalogue.folder import mark_of
from subsidy.catalogue.meanings import MEANINGS, meaning
from subsidy.catalogue.shape import models

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FOLDERS = ("policies", "examples/world/policies", "tests/conformance/modules", "tests/adoption")
SHAPE = {"P0104", "P0105", "P0106", "P0108"}  # a float, a key too many or too few, a number without quotes
NAMED = {"vocabulary.toml": "vocabulary", "divisions.toml": "divisions"}


def plain(value: Any) -> Any:
    """What TOML holds as an editor hands it to a schema: a day as text."""
    match value:
        case dict():
            return {key: plain(each) for key, each in value.items()}
        case list():
            return [plain(each) for each in value]
        case dt.date() | dt.time():
            return value.isoformat()
    return value


def kind_of(file: Path, data: dict[str, Any]) -> str:
    """Which of the formats a file is of."""
    if "adoption" in data:
        return "adoption"
    if data.get("policy", {}).get("status") == "repealed":
        return "repeal"
    return NAMED.get(file.name) or mark_of(file.as_posix()) or "module"


FILES = sorted(file for folder in FOLDERS for file in (ROOT / folder).glob("**/*.toml"))


def test_every_sound_file_fits_the_format_of_its_kind() -> None:
    """The modules, county texts, programmes, vocabularies and divisions of the project are what their schemas say."""
    seen: dict[str, int] = {}
    validators = {kind: Draft7Validator(format_schema(kind)) for kind in KINDS}
    for file in FILES:
        data = tomllib.loads(file.read_text("utf-8"))
        kind = kind_of(file, data)
        assert not [f"{file}: {each.json_path}: {each.message}" for each in validators[kind].iter_errors(plain(data))]
        seen[kind] = seen.get(kind, 0) + 1
    adopted = plain(tomllib.loads(text_of("adoption")))
    assert not list(validators["adoption"].iter_errors(adopted))
    assert seen.keys() | {"adoption"} == KINDS.keys()
    assert seen["module"] > 75


@pytest.mark.parametrize("kind", KINDS)
def test_a_format_is_a_schema_that_says_what_each_key_means(kind: str) -> None:
    """Each is sound JSON Schema of draft 7 and plain JSON, and each of its keys has a line in both languages."""
    schema = format_schema(kind)
    Draft7Validator.check_schema(schema)
    assert json.loads(json.dumps(schema)) == schema
    tables = [schema, *schema["definitions"].values()]
    told = [each["description"].split("\n\n") for table in tables for each in table.get("properties", {}).values()]
    assert told and all(len(said) == 2 and all(said) for said in told)


def test_no_meaning_is_told_of_a_key_that_there_is_not() -> None:
    """A line about a key that no file has any more would never be read, and is found."""
    used: set[str] = set()
    for kind in KINDS.values():
        for model in models_below(kind):
            for name, field in model.model_fields.items():
                key = field.alias or name
                used.add(f"{model.__name__}.{key}" if f"{model.__name__}.{key}" in MEANINGS else key)
                assert meaning(model, key).zh
    assert sorted(MEANINGS.keys() - used) == []


def models_below(root: Any) -> list[Any]:
    """A kind of file with the kinds of all its tables."""
    found = [root]
    for model in found:
        for field in model.model_fields.values():
            found += [each for each in models(field.annotation) if each not in found]
    return found


# What one key asks of another is for the check alone.
BESIDE = {
    "a delegation without bounds",
    "what lapses without a test",
    "a test without what follows",
    "a choice of no list",
}
MISSHAPEN = [each for each in mistakes() if set(each.codes) <= SHAPE and each.name not in BESIDE]


@pytest.mark.parametrize("mistake", MISSHAPEN, ids=lambda each: f"{each.base}-{each.name.replace(' ', '-')}")
def test_a_mistake_of_shape_is_seen_while_it_is_typed(mistake: Mistake) -> None:
    """What the check refuses for its shape alone does not fit the schema, so that an editor underlines it."""
    kind = mistake.base if mistake.base in KINDS else "module"
    assert list(Draft7Validator(format_schema(kind)).iter_errors(plain(tomllib.loads(mistake.text))))
