"""The amount over its main fact, drawn: a curve with its cliffs as gaps, or bars for a list. Needs the extra `plots`.

Floats are for drawing alone: every figure that is written on the drawing is the exact text of a point. The same policy
is always drawn to the same bytes.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import warnings
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from ..calculation.along import Point
from ..calculation.curve import Bars, Cliff, Curve, Piece
from ..errors import columns
from ..exact import show
from ..extras import needs
from ..language.types import Date
from .moved import Moved
from .paper import Drawing

with needs("plots"):
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, MaxNLocator

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INK, _SHADE, _MARK, _GREY = "#1f4e79", "#9dc3e6", "#c00000", "#777777"
_PAPER: Final = {"facecolor": "white", "edgecolor": "none", "pad": 1}  # behind a label that lines may cross
_WIDTH: Final = 8.0  # inches; an inch has 72 points, as has the SVG
_SIZE: Final = 10  # of letters, in points
_LINES_MOST: Final = 16  # upright lines at cliffs; more would be a grey block
_STEPS: Final = (1, 2, 2.5, 5, 10)
_RC: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "subsidy",
    "font.size": _SIZE,
    "axes.unicode_minus": False,
    "text.parse_math": False,  # a label is text, whatever signs it has
}


def drawing(moved: Moved) -> Drawing:
    """The drawing of what `moved` has as its main fact."""
    assert moved.moves is not None and moved.moves.over is not None, "there is something to draw"
    over = moved.moves.over
    plot = _Curve(moved, over) if isinstance(over, Curve) else _Bars(moved, over)
    with rc_context(_RC), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # the reader's fonts have them
        figure = Figure(figsize=(_WIDTH, plot.height))
        axes = figure.subplots()
        plot.draw(axes)
        figure.tight_layout()
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return Drawing(_bare(file.getvalue(), plot.title), "".join(plot.caption()))


def _bare(svg: str, title: str) -> str:
    """The drawing as an element of a page, with its title for those who do not see it."""
    inner = svg[svg.index("<svg") :].rstrip()
    said = title.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return re.sub(r' width="[^"]*"', "", inner.replace("<svg ", f'<svg role="img" aria-label="{said}" ', 1), count=1)


class _Plot:
    height = 4.4

    def __init__(self, moved: Moved, over: Curve | Bars) -> None:
        self.moved, self.pick = moved, moved.pick
        self.fact = moved.program.facts[over.fact]
        named = moved.named(over.fact)
        self.title = self.pick(f"金额随{named}变动", f"The amount by {named}")
        unit = moved.say(self.fact.symbol)
        self.axis = named + (self.pick(f"（{unit}）", f" ({unit})") if unit else "")
        self.money = self.pick("金额（元）", "amount (CNY)")
        self.proved = moved.maxima["amount"].proved

    def frame(self, axes: Axes) -> None:
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        axes.grid(visible=True, color="#e5e5e5", linewidth=0.6)
        axes.set_axisbelow(True)

    def maximum(self) -> str:
        amount = _grouped(show(self.proved, 2))
        return self.pick(f"最高（已证明）{amount} 元", f"maximum (proved) {amount} CNY")

    def unseen(self) -> str:
        return self.pick(f"{self.maximum()}，在图外。", f"The {self.maximum()} is beyond the drawing. ")


class _Curve(_Plot):
    def __init__(self, moved: Moved, over: Curve) -> None:
        super().__init__(moved, over)
        self.over = over
        self.is_date = isinstance(self.fact.type, Date)
        self.left, self.right = self._view()
        ends = list(self._visible())
        self.least, self.most = min([0.0, *ends]), max([0.0, *ends])
        self.has_line = float(self.proved) <= 2.5 * self.most
        self.is_open = any(not point.is_determined for point in over.points)

    def _view(self) -> tuple[float, float]:
        """From where to where the curve is drawn: over all that turns, and not over all that goes straight on."""
        points = self.over.points
        first, last = points[0].at, points[-1].at
        turns = [point.at for piece in self.over.pieces if piece.is_straight for point in piece.points]
        turns += [cliff.before.at for cliff in self.over.cliffs]
        turns = [at for at in turns if first < at < last - self.fact.resolution]
        turns += [self.over.stated.at] if self.over.stated is not None else []
        if not turns:
            return float(first), float(last)
        span = max(turns) - (min(turns) if self.is_date else first)
        room = span * Fraction(3, 10) or Fraction(1)
        left = max(first, min(turns) - room) if self.is_date else first
        return float(left), float(min(last, max(turns) + room))

    def _visible(self) -> Iterator[float]:
        """The amounts within the drawing: of its points, of the example, and where a piece leaves it."""
        points = [(float(each.at), (float(each.low), float(each.high))) for each in self.over.points]
        for piece in self.over.pieces:
            for one, two in pairwise(piece.points):
                for edge in (self.left, self.right):
                    if one.at < edge < two.at:
                        part = (edge - float(one.at)) / float(two.at - one.at)
                        pairs = ((one.low, two.low), (one.high, two.high))
                        points.append((edge, tuple(float(a) + part * float(b - a) for a, b in pairs)))  # type: ignore[arg-type]
        for at, ends in points:
            if self.left <= at <= self.right:
                yield from ends

    def draw(self, axes: Axes) -> None:
        self.frame(axes)
        for piece in self.over.pieces:
            self._piece(axes, piece)
        top = max(self.most, float(self.proved)) if self.has_line else self.most
        height = (top - self.least) or 1.0
        margin = (self.right - self.left) * 0.03
        axes.set_xlim(self.left - margin, self.right + margin)
        axes.set_ylim(self.least - 0.05 * height, top + 0.14 * height)
        if self.has_line:
            axes.axhline(top, color=_MARK, linewidth=1, linestyle=(0, (5, 3)), zorder=1.5)
            axes.annotate(
                self.maximum(), (1, top), (0, 6), xycoords=("axes fraction", "data"), textcoords="offset points",
                ha="right", color=_MARK, bbox=_PAPER,
            )  # fmt: skip
        for cliff in self.over.cliffs:
            self._ends(axes, cliff)
        self._cliff_labels(axes)
        if (here := self.over.stated) is not None:
            at, ends = [float(here.at)] * 2, [float(here.low), float(here.high)]
            axes.plot(at, ends, linestyle="", marker="D", color=_MARK, markersize=5, zorder=7)
        axes.set_title(self.title, loc="left", pad=38, fontsize=_SIZE + 2)
        axes.annotate(self.money, (0, 1), (0, 22), xycoords="axes fraction", textcoords="offset points", ha="left")
        axes.set_xlabel(self.axis)
        whole = self.is_date or self.fact.resolution >= 1
        axes.xaxis.set_major_locator(MaxNLocator(6, steps=_STEPS, integer=whole))
        if self.is_date and (years := _years(self.left, self.right)):
            axes.set_xticks(years)
        axes.yaxis.set_major_locator(MaxNLocator(6, steps=_STEPS))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda at, _: self._tick(at)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda at, _: f"{at:,.10g}"))

    def _tick(self, at: float) -> str:
        if not self.is_date:
            return f"{at:,.10g}"
        return dt.date.fromordinal(round(at)).isoformat() if at >= 1 else ""

    def _piece(self, axes: Axes, piece: Piece) -> None:
        at = [float(point.at) for point in piece.points]
        low, high = [float(point.low) for point in piece.points], [float(point.high) for point in piece.points]
        style: Any = "-" if piece.is_straight else (0, (2, 1))
        if low != high:
            axes.fill_between(at, low, high, color=_SHADE, alpha=0.6, linewidth=0)
        for ends in (low, high) if low != high else (low,):
            axes.plot(at, ends, linestyle=style, color=_INK, linewidth=1.8, solid_capstyle="butt")

    def _ends(self, axes: Axes, cliff: Cliff) -> None:
        """The ends of two pieces beside a cliff: filled where the figure itself belongs, open where the other stops."""
        for point, other in ((cliff.before, cliff.after), (cliff.after, cliff.before)):
            fill, order = (_INK, 6) if _length(point) <= _length(other) else ("white", 5)
            for end in sorted({float(point.low), float(point.high)}):
                at = float(point.at)
                axes.plot([at], [end], "o", color=_INK, markerfacecolor=fill, markersize=5.5, zorder=order)

    def _cliff_labels(self, axes: Axes) -> None:
        """Where the cliffs are, above the drawing: a label is left out where it would touch the one before."""
        width = (_WIDTH - 1.2) * 72 / (1.06 * (self.right - self.left))  # points for one of the fact
        free = float("-inf")
        seen = [cliff for cliff in self.over.cliffs if self.left <= cliff.after.at <= self.right]
        for cliff in seen:
            at = float(cliff.after.at)
            values = (cliff.before.value, cliff.after.value)
            label = cliff.after.value if self.is_date else " | ".join(map(_grouped, values))
            if len(seen) <= _LINES_MOST:
                axes.axvline(at, color=_GREY, linewidth=0.7, linestyle=":", zorder=1)
            half = columns(label) * 0.32 * (_SIZE - 1)
            if (at - self.left) * width - half > free:
                axes.annotate(
                    label, (at, 1), (0, 4), xycoords=("data", "axes fraction"), textcoords="offset points",
                    ha="center", fontsize=_SIZE - 1, color=_GREY,
                )  # fmt: skip
                free = (at - self.left) * width + half + 6

    def caption(self) -> list[str]:
        said = [self.pick("◆ 为算例。", "◆ is the worked example. ")] if self.over.stated is not None else []
        if any(self.left <= cliff.after.at <= self.right for cliff in self.over.cliffs):
            zh, en = "● 含该端，○ 不含；竖线为跳变处。", "● has its end, ○ has not; upright lines are cliffs. "
            said.append(self.pick(zh, en))
        if self.is_open:
            said.append(self.pick("阴影处金额未定，在上下限之间。", "Shaded: undetermined between its bounds. "))
        if self.right < self.over.points[-1].at:
            most = self.over.points[-1].value
            last = most if self.is_date else _grouped(most)
            zh, en = f"右侧以直线延续至 {last}。", f"It goes straight on to {last}. "
            if not self.over.is_straight:
                zh, en = f"右侧延续至 {last}。", f"It goes on to {last}. "
            said.append(self.pick(zh, en))
        if not self.over.is_straight:
            said.append(self.pick("虚线处并非处处为直线。", "Where broken, it is not straight everywhere. "))
        if not self.has_line:
            said.append(self.unseen())
        return said


class _Bars(_Plot):
    def __init__(self, moved: Moved, over: Bars) -> None:
        super().__init__(moved, over)
        self.over = over
        ends = [float(each) for bar in over.bars if bar.bounds for each in bar.bounds]
        self.least, self.most = min([0.0, *ends]), max([0.0, *ends])
        self.has_line = float(self.proved) <= 2.5 * self.most
        self.height = 1.9 + 0.42 * len(over.bars)

    def draw(self, axes: Axes) -> None:
        self.frame(axes)
        axes.grid(visible=False, axis="y")
        top = max(self.most, float(self.proved)) if self.has_line else self.most
        width = (top - self.least) or 1.0
        for place, bar in enumerate(self.over.bars):
            if bar.bounds is None:
                label = self.pick("算例不能这样申报", "no such claim")
                axes.annotate(label, (0, place), (4, 0), textcoords="offset points", va="center", color=_GREY)
                continue
            low, high = map(float, bar.bounds)
            axes.barh(place, low, height=0.55, color=_INK)
            axes.barh(place, high - low, left=low, height=0.55, color=_SHADE, alpha=0.6)
            label = self.moved.ends(*bar.bounds)
            label = re.sub(r"\d+\.\d\d", lambda found: _grouped(found[0]), label)
            axes.annotate(
                label, (max(low, high, 0.0), place), (5, 0), textcoords="offset points", va="center", bbox=_PAPER,
            )  # fmt: skip
        axes.set_xlim(self.least - 0.02 * width, max(top + 0.04 * width, self.most + 0.3 * width))
        axes.set_ylim(len(self.over.bars) - 0.5, -0.9)
        if self.has_line:
            axes.axvline(top, color=_MARK, linewidth=1, linestyle=(0, (5, 3)), zorder=0.5)
            axes.annotate(
                self.maximum(), (top, 1), (0, 4), xycoords=("data", "axes fraction"), textcoords="offset points",
                ha="right", color=_MARK,
            )  # fmt: skip
        axes.set_yticks(range(len(self.over.bars)), [self.moved.say(bar.label) for bar in self.over.bars])
        axes.set_title(f"{self.title}", loc="left", pad=24, fontsize=_SIZE + 2)
        axes.set_xlabel(self.money)
        axes.set_ylabel("")
        axes.xaxis.set_major_locator(MaxNLocator(6, steps=_STEPS))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda at, _: f"{at:,.10g}"))

    def caption(self) -> list[str]:
        said = []
        if any(bar.bounds and bar.bounds[0] != bar.bounds[1] for bar in self.over.bars):
            said.append(self.pick("浅色部分金额未定，在上下限之间。", "Light: undetermined between its bounds. "))
        return said if self.has_line else [*said, self.unseen()]


def _years(left: float, right: float) -> Sequence[float]:
    """The first days of round years between two days; none where that are too few to tell them."""
    first, last = (dt.date.fromordinal(int(end)).year for end in (left, right))
    step = next((each for each in (1, 2, 5, 10, 20) if (last - first) // each <= 7), 50)
    days = [dt.date(year, 1, 1).toordinal() for year in range(first + 1, last + 1) if year % step == 0]
    return [float(day) for day in days] if len(days) > 2 else []


def _length(point: Point) -> int:
    """How many digits a figure needs behind the point: the one that a text names needs fewer than its neighbour."""
    return len(point.value.partition(".")[2].rstrip("0"))


def _grouped(number: str) -> str:
    """A number as it is printed, with its thousands set apart; a fraction stays as it is."""
    whole, point, rest = number.partition(".")
    return f"{Decimal(whole):,}{point}{rest}" if re.fullmatch(r"-?\d+", whole) else number
