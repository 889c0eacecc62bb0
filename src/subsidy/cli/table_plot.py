"""The differences of a what-if, drawn: a bar for each group. Needs the extra `plots`.

Floats are for drawing alone: every figure on the drawing is the exact one.
"""

from __future__ import annotations

import warnings
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..extras import needs
from ..reports.files import whole
from ..text import Language
from .output import warn

with needs("plots"):
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    from matplotlib.font_manager import fontManager

if TYPE_CHECKING:
    from ..tables.what_if import WhatIf

_MOST: Final = 20  # bars; what moves less is left out, and it is said how many
_MORE, _LESS, _SHADE, _INK = "#1f4e79", "#c00000", "#9dc3e6", "#333333"
_FONTS: Final = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "WenQuanYi Zen Hei",
    "Microsoft YaHei",
    "SimHei",
    "PingFang SC",
)
_RC: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "subsidy",
    "font.size": 10,
    "font.family": [*_FONTS, "DejaVu Sans"],
    "axes.unicode_minus": False,
    "text.parse_math": False,  # a label is text, whatever signs it has
}


def draw(found: WhatIf, path: Path, language: Language) -> None:
    """Draw the differences into a file.

    Raises:
        RequestError: it cannot be written.
    """
    import logging

    from ..tables.what_if_files import chart_of

    if path.suffix.lower() == ".png" and not {each.name for each in fontManager.ttflist} & {*_FONTS}:
        warn("此处没有中文字体，图中汉字不能显示：写 .svg · no font here has Chinese characters: write .svg")
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # of fonts that are not there
    title, every = chart_of(found)
    by_size = sorted(every, key=lambda each: max(abs(each[1]), abs(each[2])), reverse=True)[:_MOST]
    bars = [each for each in every if each in by_size]
    with rc_context(_RC), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # the reader's fonts have them
        figure = Figure(figsize=(8.0, 1.6 + 0.36 * len(bars)), dpi=150)
        axes = figure.subplots()
        for place, (_, low, high) in enumerate(bars):
            ends = sorted((low, high))
            inner = max(ends[0], min(Decimal(0), ends[1]))  # the end next to nought
            axes.barh(place, float(inner), height=0.55, color=_MORE if inner >= 0 else _LESS)
            axes.barh(place, float(ends[1] - ends[0]), left=float(ends[0]), height=0.55, color=_SHADE, alpha=0.6)
            label = f"{low:+,.2f}" if low == high else f"{low:+,.2f} … {high:+,.2f}"
            axes.annotate(label, (float(max(ends[1], Decimal(0))), place), (5, 0), textcoords="offset points",
                          va="center", color=_INK)  # fmt: skip
        axes.axvline(0, color=_INK, linewidth=0.8)
        axes.margins(x=0.3)
        axes.set_ylim(len(bars) - 0.5, -0.5)
        axes.set_yticks(range(len(bars)), [name.in_(language) for name, _, _ in bars])
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        axes.set_title(title.in_(language), loc="left")
        rest = len(every) - len(bars)
        money = {"zh": "元", "en": "CNY"}[language]
        left = {"zh": f"；另有 {rest} 组未画", "en": f"; {rest} more groups are not drawn"}[language] if rest else ""
        axes.set_xlabel(money + left)
        figure.tight_layout()
        kind = path.suffix.lower().removeprefix(".")
        metadata = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
        with whole(path) as file:
            figure.savefig(file, format=kind, metadata=metadata)
