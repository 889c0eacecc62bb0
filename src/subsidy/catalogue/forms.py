"""How each key of a file is written, and in which tables it stands: what to add where one is missing or misplaced."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final, get_args, get_origin

from pydantic import BaseModel

from ..errors import Hint, nearest
from ..exact import parse, show
from ..text import Text
from .keys import NAME, NAME_LIMIT
from .shape import models

_WORDS: Final = '{ zh = "…", en = "…" }'
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

_INSTEAD: Final = {
    "default": Text(
        "没有缺省值；可不给的写 optional = true", "there are no defaults; what may be left out has optional = true"
    ),
    "min": Text('写成 range = ["最小", "最大"]', 'write range = ["least", "most"]'),
    "max": Text('写成 range = ["最小", "最大"]', 'write range = ["least", "most"]'),
    "required": Text("事实都是必给的，除非写 optional 或 when", "a fact is required unless it has optional or when"),
    "precision": Text('写成 resolution = "0.01"', 'write resolution = "0.01"'),
}
_WELL: Final = {
    "id": Text(
        "如 cn/shanxi/yuncheng/grant：小写字母、数字、- 和 /", "such as cn/shanxi/yuncheng/grant: a-z, 0-9, - and /"
    ),
    "policy": Text(
        "如 cn/shanxi/yuncheng/grant：小写字母、数字、- 和 /", "such as cn/shanxi/yuncheng/grant: a-z, 0-9, - and /"
    ),
    "version": Text('写作日期，如 "2021-03-29"', 'a date, such as "2021-03-29"'),
    "digest": Text("sha256: 后接 64 位小写十六进制数", "sha256: and 64 lower-case hexadecimal digits"),
    "implements": Text("政策 id 后接 # 和参数名", "the id of a policy, # and the name of a parameter"),
    "code": Text("六位 GB/T 2260 代码", "the six digits of GB/T 2260"),
}
_SIZES: Final = {"": 1, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
_FIGURE: Final = re.compile(r"([0-9][0-9,]*(?:\.[0-9]+)?)\s*([百千万亿]?)\s*[^0-9]*")


def well_formed(given: str, key: str) -> Hint:
    """What would do in the place of a name or an id that is not well formed; nothing where the rule says it."""
    if key in _WELL:
        return {"hint": _WELL[key]}
    meant = re.sub(r"[^a-z0-9]+", "_", given.strip().lower()).strip("_")
    if re.fullmatch(NAME, meant) and len(meant) <= NAME_LIMIT and len(meant) > 1:
        return {"hint": Text(f"如 {meant}", f"such as {meant}")}
    return {}


def with_words(given: str) -> Text | None:
    """The number in a text that has words behind it, such as 50万元; none where there is none."""
    found = _FIGURE.fullmatch(given.strip())
    figure = parse(found[1].replace(",", "")) if found else None
    if found is None or figure is None or not re.search(r"[^0-9.,%]", given):
        return None
    number = show(figure * _SIZES[found[2]])
    return Text(f'写成 "{number}"，单位写在 unit', f'write "{number}"; its unit stands in unit')


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
    if key in _INSTEAD and not {"range", "optional"}.isdisjoint(allowed) and key not in allowed:
        return _INSTEAD[key]
    if key in allowed or nearest(key, allowed, closely=True) is not None:
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
