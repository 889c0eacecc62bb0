"""The charts of the pages, as SVG. Floats are for drawing alone; the same results are drawn to the same labels."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, ParamSpec

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from subsidy.text import Language, Text

from .figures import Spread, around, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_OURS, _EXACT, _WRONG, _INK = "#1f4e79", "#9dc3e6", "#e6a19a", "#333333"
_RC: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "subsidy",
    "font.size": 10,
    "font.family": ["Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", "DejaVu Sans"],
    "axes.unicode_minus": False,
    "text.parse_math": False,
}
Given = ParamSpec("Given")
Bar = tuple[str, Spread, bool, bool]  # what, how much, whether it is ours, whether some amount is wrong


def _on_paper(draw: Callable[Given, Figure]) -> Callable[Given, str]:
    """What a drawing comes to as SVG: letters stay letters, and nothing in it says when it was drawn."""

    def drawn(*args: Given.args, **named: Given.kwargs) -> str:
        logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # of fonts that are not there
        file = io.StringIO()
        with rc_context(_RC), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph")  # the reader's fonts have them
            figure = draw(*args, **named)
            figure.tight_layout()
            figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
        return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"

    return drawn


@_on_paper
def bars(title: str, axis: str, every: Sequence[Bar], language: Language) -> Figure:
    """A bar for each, on a scale of powers of ten, with the least and the most."""
    figure, (axes,) = _figure(1, 1.5 + 0.34 * len(every))
    for place, (_, size, ours, has_wrong) in enumerate(every):
        colour = _OURS if ours else _WRONG if has_wrong else _EXACT
        around_it = [[size.median - size.least], [size.most - size.median]]
        axes.barh(place, size.median, height=0.6, color=colour)
        axes.errorbar(size.median, place, xerr=around_it, color=_INK, linewidth=0.8, capsize=2)
        axes.annotate(short(size.median), (size.most, place), (5, 0), textcoords="offset points", va="center")
    axes.set_xscale("log")
    axes.set_xlim(min(size.least for _, size, _, _ in every) / 2, max(size.most for _, size, _, _ in every) * 6)
    axes.set_ylim(len(every) - 0.5, -0.5)
    axes.set_yticks(range(len(every)), [name for name, *_ in every])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda at, _: f"{at:,.10g}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_title(title, loc="left")
    known = (
        Text("；红色：有算错的金额", "; red: some amounts are wrong")
        if any(each[3] for each in every)
        else Text("", "")
    )
    axes.set_xlabel(axis + known.in_(language))
    return figure


@_on_paper
def sizes(found: Sequence[Any], language: Language) -> Figure:
    """Time and the most memory over the number of rows."""
    figure, (time, memory) = _figure(2, 3.4)
    rows = [each["rows"] for each in found]
    said = {"seconds": Text("用时（秒）", "seconds"), "MB": Text("内存峰值（MB）", "most memory (MB)")}
    for axes, (key, label) in zip((time, memory), said.items(), strict=True):
        every = [around(run[key] for run in each["runs"]) for each in found]
        low, high = ([abs(getattr(one, end) - one.median) for one in every] for end in ("least", "most"))
        axes.errorbar(rows, [one.median for one in every], yerr=[low, high], color=_OURS, marker="o", capsize=3)
        for at, one in zip(rows, every, strict=True):
            axes.annotate(short(one.median), (at, one.median), (0, 8), textcoords="offset points", ha="center")
        axes.set_xscale("log")
        axes.set_xlim(min(rows) / 2, max(rows) * 2)
        axes.set_xticks(rows, [f"{each:,}" for each in rows])
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xlabel(Text("行数", "rows").in_(language))
        axes.set_title(label.in_(language), loc="left")
        if key == "seconds":
            axes.set_yscale("log")
            axes.set_ylim(top=axes.get_ylim()[1] * 2)
            axes.yaxis.set_major_formatter(FuncFormatter(lambda at, _: f"{at:,.10g}"))
        else:
            axes.set_ylim(0, max(one.most for one in every) * 1.3)
    return figure


@_on_paper
def loads(found: Mapping[str, tuple[Sequence[Any], Any]], language: Language) -> Figure:
    """What a service does under load: goodput and waits by callers at once, and goodput by calls a second."""
    figure, (callers, waits, rates) = _figure(3, 3.4)
    said = (
        (
            callers,
            Text("每秒按时答复（闭环）", "good answers a second (closed loop)"),
            Text("并发调用方", "callers at once"),
        ),
        (waits, Text("用时 p50、p99（毫秒）", "p50 and p99 (ms)"), Text("并发调用方", "callers at once")),
        (rates, Text("每秒按时答复（开环）", "good answers a second (open loop)"), Text("每秒调用", "calls a second")),
    )
    for axes, title, below in said:
        axes.set_title(title.in_(language), loc="left", fontsize=9)
        axes.set_xlabel(below.in_(language))
    for (name, (points, knee)), colour in zip(found.items(), (_OURS, _EXACT), strict=True):
        closed, opened = ([each for each in points if each.is_open is which] for which in (False, True))
        loads = [each.load for each in closed]
        callers.plot(loads, [each.good for each in closed], color=colour, marker="o", markersize=3, label=name)
        callers.plot([knee.load], [knee.good], color=_INK, marker="x", markersize=8)
        waits.plot(loads, [each.p50 for each in closed], color=colour, marker="o", markersize=3)
        waits.plot(loads, [each.p99 for each in closed], color=colour, marker="o", markersize=3, linestyle=":")
        asked = [each.load for each in opened]
        rates.plot(asked, [each.good for each in opened], color=colour, marker="o", markersize=3)
        rates.plot(asked, [min(each, knee.good) for each in asked], color=_INK, linewidth=0.6, linestyle=":")
    for axes in (callers, waits):
        axes.set_xscale("log", base=2)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda at, _: f"{at:.0f}"))
    waits.set_yscale("log")
    waits.yaxis.set_major_formatter(FuncFormatter(lambda at, _: f"{at:,.10g}"))
    for axes in (callers, rates):
        axes.set_ylim(0)
    callers.legend(frameon=False)
    return figure


def _figure(count: int, height: float) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(8.5, height))
    every = [figure.add_subplot(1, count, 1 + number) for number in range(count)]
    for axes in every:
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    return figure, every
