"""What could not be read: the names that mean nothing for it, and the kinds of which a name may be lacking.

Its problem was reported with its place. A formula that rests on it stays silent.
"""

from __future__ import annotations

import re
from typing import Final

from ..catalogue.documents import Module
from ..catalogue.keys import NAME
from ..catalogue.positions import Path

_KINDS: Final = {
    "facts": "fact",
    "choices": "list",
    "parameters": "parameter",
    "brackets": "bracket",
    "steps": "step",
    "conditions": "condition",
    "caps": "cap",
    "interpretations": "interpretation",
}

# Whatever is wrong with these keys, the name has its type.
_BESIDE_THE_TYPE: Final = {
    "facts": {"labels", "resolution", "range", "rows", "unique", "periods", "within"},
    "parameters": {"value", "values", "within", "unknown"},
    "brackets": set(),
    "choices": {"label", "standard"},
    "steps": {"value", "pick", "rows", "otherwise", "round"},
    "conditions": {"kind", "test"},
    "caps": {"of", "over", "beyond"},
    "interpretations": {"recommended", "presumes", "values"},
}
_USING: Final = {"when", "test", "by", "over", "limit", "delegated", "presumes", "from_ledger"}  # keys that say names


def resting_on(document: Module, path: Path) -> tuple[str, str]:
    """The name that means nothing, and the kind of thing of which a name is lacking; each may be empty."""
    if path[0] == "outcome":
        has_no_name = path[1:2] in {(), ("parts",)} and (len(path) < 4 or path[3] == "name")
        return "", "part" if has_no_name else ""
    table = str(path[0])
    if table not in _KINDS:
        return "", ""
    if len(path) == 1 or (isinstance(path[1], int) and (len(path) == 2 or path[2] == "name")):
        return "", _KINDS[table]
    name = getattr(document, table)[path[1]].name if isinstance(path[1], int) else path[1]
    kind = "" if re.fullmatch(NAME, name) else _KINDS[table]
    key = path[2] if len(path) > 2 else ""
    if key == "fields":
        if len(path) > 4 and path[4] in _BESIDE_THE_TYPE["facts"]:
            return "", kind
        kind = kind or "field"
    return "" if key in _BESIDE_THE_TYPE[table] else name, kind


def says_names(path: Path) -> bool:
    """Whether names may be used in what could not be read."""
    match path:
        case ("policy", *below):
            return below in ([], ["dated_by"]) or below[0] == "once_per"
        case ("outcome" | "measures", *_) | (_,) | (_, _) | ("steps", _, "value" | "pick" | "rows" | "otherwise", *_):
            return True
        case _:
            return bool(_USING.intersection(path[2:]))
