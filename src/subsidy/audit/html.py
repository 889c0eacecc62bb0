"""A report as one page of HTML: no script, nothing to be fetched; for a screen, a phone, and paper."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from html import escape
from typing import Final

from ..calculation.renderings import page_head
from ..text import Language, Text, visible
from .report import Report, Sample, Table
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
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.25rem;margin:0 0 1.25rem}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
nav{border:1px solid var(--line);border-radius:.25rem;padding:.6rem 1rem}
nav ol{margin:.25rem 0 0;padding-left:1.5rem}
nav span,.note{color:var(--soft)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:.92rem;min-width:min(100%,30rem)}
th,td{border-bottom:1px solid var(--line);padding:.35rem .75rem;text-align:left;vertical-align:top}
th{background:var(--band);border-bottom-width:2px}
th{word-break:keep-all}
td{min-width:3rem;max-width:28rem;overflow-wrap:break-word}
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
tbody tr:hover{background:var(--band)}
tfoot td{border-top:2px solid var(--line);font-weight:600}
figure{margin:1rem 0 0;max-width:52rem}
figcaption{color:var(--soft);font-size:.9rem;margin-bottom:.35rem}
.bar{display:grid;grid-template-columns:minmax(6rem,14rem) 1fr 9.5rem;gap:.75rem;align-items:center;font-size:.9rem;
padding:.12rem 0;break-inside:avoid}
.bar span{overflow-wrap:anywhere}
.bar svg{display:block;width:100%;height:1rem}
rect{fill:var(--bar)}rect.less{fill:var(--less)}line{stroke:var(--soft)}
details{border:1px solid var(--line);border-radius:.25rem;margin:.5rem 0;padding:.45rem .9rem}
summary{cursor:pointer;font-weight:600;overflow-wrap:anywhere}
pre{font:inherit;font-size:.92rem;margin:.5rem 0 0;white-space:pre-wrap;overflow-wrap:anywhere}
@media (max-width:40rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}
.bar{grid-template-columns:1fr auto;gap:.1rem .75rem}.bar svg{grid-row:2;grid-column:1/-1}}
@media print{@page{size:A4;margin:15mm 12mm}body{max-width:none;padding:0;font-size:10pt}a{color:inherit;
text-decoration:none}.scroll{overflow:visible}table{font-size:8.5pt;min-width:0}th,td{padding:.2rem .45rem}
tr,nav,.verdict{break-inside:avoid}h2,figcaption,summary{break-after:avoid}tfoot{display:table-row-group}
.verdict,th,rect{print-color-adjust:exact;-webkit-print-color-adjust:exact}
details::details-content{content-visibility:visible;block-size:auto;display:block}}
"""
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
            yield from _chart(shown, escape(said(caption(table, shown), language)), language)
    yield "</section>"


def _grid(table: Table, language: Language) -> Iterator[str]:
    marks = [' class="n"' if is_figure else "" for is_figure in of_figures(table)]

    def line(row: tuple[object, ...]) -> str:
        return "".join(f"<td{mark}>{cell}</td>" for mark, cell in zip(marks, row, strict=True))

    heads = (
        f'<th scope="col"{mark}>{escape(said(head, language))}</th>'
        for mark, head in zip(marks, table.heads, strict=True)
    )
    yield f"<table>\n<thead><tr>{''.join(heads)}</tr></thead>\n<tbody>"
    for row in table.rows:
        yield f"<tr>{line(tuple(escape(said(cell, language)) for cell in row))}</tr>"
    yield "</tbody>"
    if table.total:
        yield f"<tfoot><tr>{line(tuple(escape(said(cell, language)) for cell in table.total))}</tr></tfoot>"
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
            f'<div class="bar"><span>{escape(said(name, language))}</span>'
            f'<svg viewBox="0 0 {_WIDE} 10" preserveAspectRatio="none" aria-hidden="true">'
            f'<rect{less} x="{start:.2f}" y="0" width="{wide:.2f}" height="10"/>{axis}</svg>'
            f'<span class="n">{said(amount, language)}</span></div>'
        )
    yield "</figure>"


def _sample(sample: Sample, language: Language) -> str:
    lines = "\n".join(escape(said(line, language)) for line in sample.lines)
    return f"<details><summary>{escape(said(sample.title, language))}</summary><pre>{lines}</pre></details>"
