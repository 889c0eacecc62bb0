"""How each key of a file is written, and in which tables it stands: what to add where one is missing or misplaced."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final, get_args, get_origin

from pydantic import BaseModel

from ..errors import Hint, nearest
from ..text import Text
from .shape import models

_WORDS: Final = '{ zh = "…", en = "…" }'
_NEAR: Final = 0.8  # a key spelt so much alike is a slip, wherever else it stands
_FORMS: Final = {
    "language": "1",
    "id": '"cn/province/city/name"',
    "version": '"2021-03-29"',
    "status": '"issued"',
    "valid": "{ from = 2021-03-29 }",
    "from": "2021-03-29",
    "published": "2021-03-29",
    "issued": "2021-03-29",
    "dated": "2021-03-29",
    "on": "2021-03-29",
    "dated_by": '"accepted_on"',
    "division": '"140800"',
    "title": _WORDS,
    "issuer": _WORDS,
    "label": _WORDS,
    "question": _WORDS,
    "text": _WORDS,
    "why": _WORDS,
    "clause": '"三(二)"',
    "type": '"number"',
    "unit": '"CNY"',
    "resolution": '"0.01"',
    "range": '["0", "1000"]',
    "rows": "[0, 50]",
    "of": '["a", "b"]',
    "kind": '"required"',
    "test": '"age >= 80[year]"',
    "name": '"grant"',
    "value": '"300"',
    "required": '"beds_needed"',
    "sense": '"at_least"',
    "payee": '"project"',
    "payer": '"city"',
    "shares": '[{ payer = "city", percent = "100%" }]',
    "over": '["project"]',
    "to": '"county"',
    "if": '"works == lease"',
    "otherwise": '"0"',
    "if_failed": '"lapses"',
    "decided": '"decided_amount"',
    "up_to": '"ceiling"',
    "within": '{ min = "0", max = "100" }',
    "presumes": '"bonus"',
    "corrects": '{ digest = "sha256:…", on = 2023-05-01, why = { zh = "…", en = "…" } }',
    "readings": '{ yes = { zh = "…", en = "…" }, no = { zh = "…", en = "…" } }',
    "source": '"derived"',
    "facts": '{ project = "P1" }',
    "expect": '{ amount = "600000.00" }',
    "digest": '"sha256:…"',
    "policy": '"cn/province/city/name"',
    "implements": '"cn/province/city/name#parameter"',
    "by": '"name"',
    "document": '"number"',
    "subject": '"project"',
    "combine": '"sum"',
    "limit": '"1000"',
    "then": '"second"',
}
_HEADERS: Final = {
    "policy": "[policy]",
    "source": "[source]",
    "facts": "[facts.project]",
    "outcome": "[[outcome.parts]]",
    "parts": "[[outcome.parts]]",
    "examples": "[[examples]]",
    "fields": "[facts.stays.fields.moved_in]",
    "programme": "[programme]",
    "members": "[[members]]",
    "adoption": "[adoption]",
    "parameters": "[parameters.bonus]",
}


def missing_hint(key: str, *, is_top: bool = False) -> Hint:
    """How a missing key is written."""
    if key in _HEADERS and (is_top or key not in _FORMS):
        return {"hint": Text(f"加上 {_HEADERS[key]} 一节", f"add a part {_HEADERS[key]}")}
    if key not in _FORMS:
        return {}
    form = f"{key} = {_FORMS[key]}"
    return {"hint": Text(f"补上，如 {form}", f"add it, such as {form}")}


def misplaced(key: str, allowed: list[str], kind: type[BaseModel]) -> Text | None:
    """Where a key stands that was written in a table that does not have it."""
    if key in allowed or nearest(key, allowed, _NEAR) is not None:
        return None
    tables = _tables(kind).get(key, ())
    if not tables or len(tables) > 4:
        return None
    return Text(f"它属于 {'、'.join(tables)}", f"it belongs in {' or '.join(tables)}")


@cache
def _tables(kind: type[BaseModel]) -> dict[str, tuple[str, ...]]:
    """The tables that have each key."""
    found: dict[str, list[str]] = {}
    for name, key in _keys(kind, "", False):
        found.setdefault(key, [])
        if name not in found[key]:
            found[key].append(name)
    return {key: tuple(names) for key, names in found.items()}


def _keys(kind: type[BaseModel], path: str, is_list: bool) -> Iterator[tuple[str, str]]:
    header = f"[[{path}]]" if is_list else f"[{path}]"
    for name, field in kind.model_fields.items():
        key = field.alias or name
        if path:
            yield header, key
        below = f"{path}.{key}" if path else key
        several = _origin(field.annotation)
        for model in models(field.annotation):
            if below.count(".") < 4:
                yield from _keys(model, f"{below}.…" if several is dict else below, several is list)


def _origin(annotation: object) -> object:
    """Whether a value is a list or a table of others; `None` where it is neither."""
    for each in (annotation, *get_args(annotation)):
        if get_origin(each) in {list, dict}:
            return get_origin(each)
    return None
