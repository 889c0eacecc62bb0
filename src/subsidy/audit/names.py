"""What the kinds of entries, and the roles of texts, are called."""

from __future__ import annotations

from typing import Final

from ..text import Text, plain

_KINDS: Final = {
    "opened": Text("建立", "opened"),
    "key": Text("密钥", "keys"),
    "text": Text("文本", "texts"),
    "roster": Text("名单", "rosters"),
    "determination": Text("核定", "determinations"),
    "reversal": Text("冲销", "reversals"),
    "release": Text("拨付", "releases"),
    "erasure": Text("抹除", "erasures"),
}
_ROLES: Final = {
    "vocabulary": Text("词汇", "vocabulary"),
    "divisions": Text("区划", "divisions"),
    "policy": Text("政策", "policy"),
    "fill": Text("下级文本", "text of a lower level"),
    "adoption": Text("采用文件", "adoption"),
}


def kind(name: str) -> Text:
    """Entries of a kind."""
    return _KINDS.get(name, plain(name))


def role(name: str) -> Text:
    """What a text is to those that rest on it."""
    return _ROLES.get(name, plain(name))
