"""The format of each kind of file as JSON Schema (draft 7), by which editors check and complete it as it is written.

It says the shape alone; what names, units and ranges mean together is said by ``subsidy policy check``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from .adoptions import AdoptionDocument
from .documents import Module, Repeal
from .fillings import FillingDocument
from .meanings import meaning
from .programmes import ProgrammeDocument
from .shape import models
from .vocabulary import DivisionsDocument, VocabularyDocument

KINDS: Final[Mapping[str, type[BaseModel]]] = MappingProxyType(
    {
        "module": Module,
        "repeal": Repeal,
        "fill": FillingDocument,
        "programme": ProgrammeDocument,
        "adoption": AdoptionDocument,
        "vocabulary": VocabularyDocument,
        "divisions": DivisionsDocument,
    }
)
_DRAFT: Final = "http://json-schema.org/draft-07/schema#"  # what the editors of TOML read
_REF: Final = "#/definitions/{model}"


def format_schema(kind: str) -> dict[str, Any]:
    """The schema of one of `KINDS`, each key with what it means in Chinese and English.

    Raises:
        KeyError: there is no such kind.
    """
    root = KINDS[kind]
    schema: dict[str, Any] = root.model_json_schema(by_alias=True, ref_template=_REF, schema_generator=_Plain)
    below = schema.pop("$defs", {})
    for model in _models(root):
        _say(model, schema if model is root else below[model.__name__])
    head = {"$schema": _DRAFT, "$id": f"urn:subsidy:format:{kind}", "title": f"subsidy {kind}"}
    return head | schema | {"definitions": below}


class _Plain(GenerateJsonSchema):
    """What an editor shows: what is written in a file, without a word about how it is read."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 — the name of a key is no title of it
        return False

    def default_schema(self, schema: Any) -> dict[str, Any]:
        return self.generate_inner(schema["schema"])

    def nullable_schema(self, schema: Any) -> dict[str, Any]:
        return self.generate_inner(schema["schema"])  # TOML has no null: a key is there, or it is not

    def dict_schema(self, schema: Any) -> dict[str, Any]:
        found = super().dict_schema(schema)
        return found | {"additionalProperties": False} if "patternProperties" in found else found

    def tagged_union_schema(self, schema: Any) -> dict[str, Any]:
        return {key: each for key, each in super().tagged_union_schema(schema).items() if key != "discriminator"}


def _models(root: type[BaseModel]) -> list[type[BaseModel]]:
    """The kind of a file with those of all its tables."""
    found = [root]
    for model in found:
        for field in model.model_fields.values():
            found += [each for each in dict.fromkeys(models(field.annotation)) if each not in found]
    return found


def _say(model: type[BaseModel], schema: dict[str, Any]) -> None:
    schema.pop("title", None)
    schema.pop("description", None)
    for key, found in schema["properties"].items():
        said = meaning(model, key)
        inner = {"allOf": [found]} if "$ref" in found else found  # draft 7 looks at nothing beside a $ref
        field = next(each for name, each in model.model_fields.items() if (each.alias or name) == key)
        default = {} if field.is_required() or not isinstance(field.default, bool | str) else {"default": field.default}
        schema["properties"][key] = {"description": f"{said.zh}\n\n{said.en}", **inner, **default}
