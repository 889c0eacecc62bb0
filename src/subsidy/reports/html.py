"""A report as one page of HTML: no script, nothing to be fetched; for a screen, a phone, and paper."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from html import escape
from typing import Final

from ..calculation.renderings import page_head
from ..errors import columns
from ..text import Language, Text, visible
from .report import Cell, Report, Sample, Table
from .setting import CONTENTS, SAMPLES, Bars, bars, caption, counted, of_figures, said, verdict

# Dark is for a screen alone: paper is white. What is folded is open on paper.
_STYLE: Final = """
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--band:#f6f8fa;--page:#fff;
--bar:#2f6fb5;--less:#b3541e;--good:#116329;--good-page:#e6f6ea;--bad:#a40e26;--bad-page:#ffebe9;--link:#0b5cad}
@media screen and (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9da7b3;--line:#3d444d;--band:#1a2027;
--page:#0d1117;--bar:#5a9bdc;--less:#e08a50;--good:#6fdd8b;--good-page:#12261a;--bad:#ff9d96;--bad-page:#341a1c;
--link:#77b4f5}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:70rem;padding:1.5rem 1rem 4rem;background:var(--page);color:var(--ink);line-height:1.55;
font-family:system-ui,-apple-system,"Segoe UI","PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
a{color:var(--link)}
h1{font-size:1.6rem;line-height:1.3;margin:0 0 1rem;overflow-wrap:anywhere}
h2{font-size:1.2rem;margin:2.5rem 0 .5rem;overflow-wrap:anywhere}
.verdict{margin:0 0 1.25rem;padding:.7rem 1rem;border-left:.4rem solid;border-radius:.25rem;overflow-wrap:anywhere}
.verdict strong{font-size:1.15rem;margin-right:.75em}
.clean{color:var(--good);background:var(--good-page)}
.found{color:var(--bad);background:var(--bad-page)}
dl{display:grid;grid-template-columns:fit-content(40%) 1fr;gap:.25rem 1.25rem;margin:0 0 1.25rem}
dt{color:var(--soft);overflow-wrap:anywhere}
dd{margin:0;overflow-wrap:anywhere}
nav{border:1px solid var(--line);border-radius:.25rem;padding:.6rem 1rem}
nav ol{margin:.25rem 0 0;padding-left:1.5rem}
nav span,.note{color:var(--soft)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:.92rem;min-width:min(100%,30rem)}
th,td{border-bottom:1px solid var(--line);padding:.35rem .75rem;text-align:left;vertical-align:top}
th{background:var(--band);border-bottom-width:2px}
th{word-break:keep-all;overflow-wrap:break-word;max-width:20rem}
td{min-width:3rem;max-width:28rem;overflow-wrap:break-word}
.s,td.n,span.n{white-space:nowrap}
.n{text-align:right;font-variant-numeric:tabular-nums}
tbody tr:hover{background:var(--band)}
tfoot td{border-top:2px solid var(--line);font-weight:600}
figure{margin:1rem 0 0;max-width:60rem;display:grid;gap:.25rem .75rem;align-items:center;font-size:.9rem;
grid-template-columns:fit-content(45%) minmax(8rem,1fr) max-content;grid-auto-flow:dense}
figcaption{grid-column:1/-1;color:var(--soft);margin-bottom:.35rem}
figure span{grid-column:1;overflow-wrap:anywhere}
figure svg{display:block;width:100%;height:1rem;grid-column:2}
figure .n{grid-column:3}
figure .rest{grid-column:1/3;color:var(--soft)}
rect{fill:var(--bar)}rect.less{fill:var(--less)}line{stroke:var(--soft)}
details{border:1px solid var(--line);border-radius:.25rem;margin:.5rem 0;padding:.45rem .9rem}
summary{cursor:pointer;font-weight:600;overflow-wrap:anywhere}
pre{font:inherit;font-size:.92rem;margin:.5rem 0 0;white-space:pre-wrap;overflow-wrap:anywhere}
@media (max-width:40rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}
figure{grid-template-columns:1fr max-content}figure .n{grid-column:2}figure svg{grid-column:1/-1}
figure .rest{grid-column:1}}
@media print{@page{size:A4;margin:15mm 12mm}body{max-width:none;padding:0;font-size:10pt}a{color:inherit;
text-decoration:none}.scroll{overflow:visible}table{font-size:8.5pt;min-width:0}th,td{padding:.2rem .45rem}
tr,nav,figure,.verdict{break-inside:avoid}figure{font-size:8.5pt}summary{list-style:none}h2,figcaption,summary{break-after:avoid}tfoot{display:table-row-group}
.verdict,th,rect{print-color-adjust:exact;-webkit-print-color-adjust:exact}
details::details-content{content-visibility:visible;block-size:auto;display:block}}
"""
_SHORT: Final = 24  # columns of a text that is not broken: a day, a document
_WIDE: Final = 1000  # units of a drawing from side to side


def html(report: Report, language: Language) -> str:
    """A whole page; whatever a ledger holds is shown sign by sign, and is no tag, no command and no script."""
    return "\n".join(_page(report, language)) + "\n"


def _page(report: Report, language: Language) -> Iterator[str]:
    def say(text: Text | str) -> str:
        return escape(said(text, language))

    tables = report.in_order()
    yield from page_head(said(report.title, language), language, _STYLE)
    yield f"<header>\n<h1>{say(report.title)}</h1>"
    mark = "clean" if report.is_clean else "found"
    yield f'<p class="verdict {mark}"><strong>{say(verdict(report))}</strong>{say(report.verdict)}</p>'
    if report.facts:
        facts = (f"<dt>{say(label)}</dt><dd>{say(fact)}</dd>" for label, fact in report.facts)
        yield from ("<dl>", *facts, "</dl>")
    yield f'<nav aria-label="{say(CONTENTS)}">{say(CONTENTS)}\n<ol>'
    for table in tables:
        yield f'<li><a href="#{_anchor(table)}">{say(table.title)}</a> <span>{say(counted(table))}</span></li>'
    if report.samples:
        yield f'<li><a href="#samples">{say(SAMPLES)}</a> <span>{len(report.samples):,}</span></li>'
    yield "</ol>\n</nav>\n</header>\n<main>"
    for table in tables:
        yield from _section(table, language)
    if report.samples:
        yield f'<section id="samples">\n<h2>{say(SAMPLES)}</h2>'
        for sample in report.samples:
            yield _sample(sample, language)
        yield "</section>"
    yield "</main>\n</body>\n</html>"


def _anchor(table: Table) -> str:
    return f"table-{escape(visible(table.name))}"


def _section(table: Table, language: Language) -> Iterator[str]:
    title = escape(said(table.title, language))
    yield f'<section id="{_anchor(table)}">\n<h2>{title}</h2>'
    if table.note:
        yield f'<p class="note">{escape(said(table.note, language))}</p>'
    if table.rows:
        # What is wider than the screen is moved within its own frame, also by the keys.
        yield f'<div class="scroll" role="region" aria-label="{title}" tabindex="0">'
        yield from _grid(table, language)
        yield "</div>"
        if table.chart and (shown := bars(table, table.chart)).rows:
            yield from _chart(shown, escape(said(caption(table, table.chart, shown), language)), language)
    yield "</section>"


def _grid(table: Table, language: Language) -> Iterator[str]:
    figures = of_figures(table)

    def line(row: tuple[Cell, ...]) -> str:
        cells = []
        for is_figure, cell in zip(figures, row, strict=True):
            text = said(cell, language)
            mark = ' class="n"' if is_figure else ' class="s"' if columns(text) <= _SHORT else ""
            cells.append(f"<td{mark}>{escape(text)}</td>")
        return f"<tr>{''.join(cells)}</tr>"

    yield "<table>\n<thead><tr>"
    for is_figure, head in zip(figures, table.heads, strict=True):
        mark = ' class="n"' if is_figure else ""
        yield f'<th scope="col"{mark}>{escape(said(head, language))}</th>'
    yield "</tr></thead>\n<tbody>"
    yield from map(line, table.rows)
    yield "</tbody>"
    if table.total:
        yield f"<tfoot>{line(table.total)}</tfoot>"
    yield "</table>"


def _chart(shown: Bars, label: str, language: Language) -> Iterator[str]:
    """Bars on one scale; those of sums below zero go to the left of it."""
    sums = [amount for _, amount in shown.rows]
    least, most = min(*sums, Decimal(0), Decimal(0)), max(*sums, Decimal(0), Decimal(0))
    span = most - least or Decimal(1)
    zero = -least / span * _WIDE
    yield f'<figure role="img" aria-label="{label}">\n<figcaption>{label}</figcaption>'
    for name, amount in shown.rows:
        wide = abs(amount) / span * _WIDE
        start, less = (zero - wide, ' class="less"') if amount < 0 else (zero, "")
        axis = f'<line x1="{zero:.2f}" x2="{zero:.2f}" y1="0" y2="10" stroke-width="2"/>' if least else ""
        yield (
            f'<span>{escape(said(name, language))}</span><span class="n">{said(amount, language)}</span>'
            f'<svg viewBox="0 0 {_WIDE} 10" preserveAspectRatio="none" aria-hidden="true">'
            f'<rect{less} x="{start:.2f}" y="0" width="{wide:.2f}" height="10"/>{axis}</svg>'
        )
    if shown.rest:
        name, amount = shown.rest
        yield f'<span class="rest">{escape(said(name, language))}</span><span class="n">{said(amount, language)}</span>'
    yield "</figure>"


def _sample(sample: Sample, language: Language) -> str:
    lines = "\n".join(escape(said(line, language)) for line in sample.lines)
    return f"<details><summary>{escape(said(sample.title, language))}</summary><pre>{lines}</pre></details>"
