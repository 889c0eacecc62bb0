"""An explanation as it lies on the desk: sections, lines, and what stands below each by its indent."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from .amounts import Unreadable
from .tongues import EN, ZH, Tongue

_CLAUSE: Final = re.compile(r"  [〔\[][^〕\]]*[〕\]]$")


@dataclass
class Line:
    """A printed line with its number, without its clause; `below` it, what is indented."""

    number: int
    said: str
    indent: int
    has_clause: bool
    below: list[Line] = field(default_factory=list)


@dataclass
class Sheet:
    """The whole print: the lines before the first section, and each section's own."""

    tongue: Tongue
    head: list[Line]
    sections: dict[str, list[Line]]
    titles: list[Line]


def read(text: str) -> Sheet:
    """Lay an explanation on the desk.

    Raises:
        Unreadable: it is none.
    """
    tongue = ZH if re.search(r"^摘要：", text, re.MULTILINE) else EN
    head, sections, titles = list[Line](), dict[str, list[Line]](), list[Line]()
    open_: list[Line] = []
    here: list[Line] = head
    for count, said in enumerate(text.splitlines(), 1):
        if not said:
            continue
        indent = len(said) - len(said.lstrip(" "))
        stripped = said.strip(" ")
        line = Line(count, _CLAUSE.sub("", stripped), indent, bool(_CLAUSE.search(stripped)))
        if indent == 0:
            if stripped in tongue.titles:
                here = sections.setdefault(tongue.titles[stripped], [])
                titles.append(line)
            elif sections:
                raise Unreadable(f"line {count}: no section")
            else:
                head.append(line)
            open_ = []
            continue
        while open_ and open_[-1].indent >= indent:
            open_.pop()
        (open_[-1].below if open_ else here).append(line)
        open_.append(line)
    return Sheet(tongue, head, sections, titles)
