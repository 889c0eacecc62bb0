"""A page as data: a head and sections of lines, tables and drawings; and the forms in which it is put on paper."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from types import MappingProxyType
from typing import Final

from ..calculation.renderings import STYLE, Form, literal, page_head
from ..errors import columns
from ..text import Language

_INDENT: Final = 2
_MORE: Final = (
    "table{border-collapse:collapse;margin:.5em 0}th,td{border:1px solid #bbb;padding:.2em .6em;text-align:right}"
    "th:last-child,td:last-child{text-align:left}"
    "figure{margin:1em 0}figure svg{width:100%;height:auto}figure svg text{font-family:inherit!important}"
    "figcaption{color:#555}"
)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under heads; a row of one cell goes over the whole width."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing as SVG, with what is to be said of it; plain forms leave it out."""

    svg: str
    caption: str


Item = str | Table | Drawing


@dataclass(frozen=True, slots=True)
class Section:
    """A title, and lines set further in by blanks where they belong to the line above."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page in one language: the first line of the head is its title."""

    language: Language
    head: tuple[str, ...]
    sections: tuple[Section, ...]


def text(sheet: Sheet) -> str:
    """Plain text, without a line end after the last line."""
    return "\n".join(_text(sheet))


def _text(sheet: Sheet) -> Iterator[str]:
    yield from sheet.head
    for section in sheet.sections:
        yield ""
        yield section.title
        for item in section.items:
            if isinstance(item, Table):
                yield from ("    " + line for line in _aligned(item))
            elif isinstance(item, str):
                yield "  " + item


def _aligned(table: Table) -> Iterator[str]:
    """Columns as wide as their widest cell, all but the last set to the right."""
    rows = [table.heads, *(row for row in table.rows if len(row) > 1)]
    widths = [max(columns(row[place]) for row in rows) for place in range(len(table.heads))]
    for row in (table.heads, *table.rows):
        if len(row) == 1:
            yield row[0]
            continue
        cells = [" " * (width - columns(cell)) + cell for cell, width in zip(row[:-1], widths, strict=False)]
        yield "  ".join([*cells, row[-1]]).rstrip()


def markdown(sheet: Sheet) -> str:
    """Markdown (CommonMark, with tables); no sign of a label is taken for a mark."""
    return "\n".join(_markdown(sheet))


def _markdown(sheet: Sheet) -> Iterator[str]:
    title, *head = sheet.head
    yield f"# {literal(title)}"
    yield ""
    yield from (f"- {literal(line)}" for line in head)
    for section in sheet.sections:
        yield ""
        yield f"## {literal(section.title)}"
        yield ""
        for item in section.items:
            if isinstance(item, Table):
                yield from ("", _row(item.heads), _row(["---:"] * (len(item.heads) - 1) + [":---"]))
                blanks = [""] * (len(item.heads) - 1)
                yield from (_row([*map(literal, row), *(blanks if len(row) == 1 else ())]) for row in item.rows)
                yield ""
            elif isinstance(item, str):
                yield f"{' ' * _depth(item) * _INDENT}- {literal(item.strip())}"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def html(sheet: Sheet) -> str:
    """A whole page of HTML without scripts or anything to be fetched; no sign of a label is taken for a tag."""
    return "\n".join(_html(sheet))


def _html(sheet: Sheet) -> Iterator[str]:
    title, *head = sheet.head
    yield from page_head(title, sheet.language, STYLE + _MORE)
    yield f"<h1>{escape(title)}</h1>"
    yield from ("<ul>", *(f"<li>{escape(line)}</li>" for line in head), "</ul>")
    for section in sheet.sections:
        yield f"<h2>{escape(section.title)}</h2>"
        lines: list[str] = []
        for item in section.items:
            if isinstance(item, str):
                lines.append(item)
                continue
            yield from _list(lines)
            lines = []
            yield from _grid(item) if isinstance(item, Table) else _figure(item)
        yield from _list(lines)
    yield "</body>\n</html>"


def _list(lines: Sequence[str]) -> Iterator[str]:
    """Lines as a list, those set further in as lists within it."""
    depth = -1
    for line in lines:
        wanted = min(_depth(line), depth + 1)
        if wanted > depth:
            yield "<ul>"
        else:
            yield "</li>"
            yield from ["</ul></li>"] * (depth - wanted)
        yield f"<li>{escape(line.strip())}"
        depth = wanted
    yield from ["</li></ul>"] * (depth + 1)


def _grid(table: Table) -> Iterator[str]:
    yield f"<table><tr>{''.join(f'<th>{escape(head)}</th>' for head in table.heads)}</tr>"
    for row in table.rows:
        if len(row) == 1:
            yield f'<tr><td colspan="{len(table.heads)}">{escape(row[0])}</td></tr>'
        else:
            yield f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>"
    yield "</table>"


def _figure(drawing: Drawing) -> Iterator[str]:
    yield f"<figure>{drawing.svg}<figcaption>{escape(drawing.caption)}</figcaption></figure>"


def _depth(line: str) -> int:
    return (len(line) - len(line.lstrip(" "))) // _INDENT


FORMS: Final[Mapping[Form, Callable[[Sheet], str]]] = MappingProxyType(
    {"text": text, "markdown": markdown, "html": html}
)
