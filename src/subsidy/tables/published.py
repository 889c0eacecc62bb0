"""Figures as they are published, and files of them: in 元 or 万元, with the places that are printed, never guessed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from ..columns import Encoding, rows_of
from ..errors import Place, Problem, RequestError
from ..exact import written
from ..extras import needs
from ..sheets.roster import letters
from ..text import Text
from .reckoning import Groups

WORKBOOKS: Final = (".xlsx", ".xlsm", ".xls", ".ods")
UNITS: Final = {
    **dict.fromkeys(("", "元", "cny", "yuan", "rmb"), 1),
    **dict.fromkeys(("万元", "万"), 10_000),
    **dict.fromkeys(("亿元", "亿"), 100_000_000),
}
_FIGURE: Final = re.compile(r"(-?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]+)?)\s*([^\s0-9.,-]*)", re.ASCII)
_IN_HEAD: Final = re.compile(r"[(（\[]\s*(?:单位[:：])?\s*([^()（）\[\]]*?)\s*[)）\]]")
_UNIT_LINE: Final = re.compile(r"(?:金额)?单位\s*[:：]\s*([^\s,，;；)）]+)|unit\s*:\s*(\S+)", re.IGNORECASE)
_AMOUNT: Final = re.compile(
    r"金额|资金|补贴|补助|奖补|发放|合计|总额|amount|total|sum|paid|published|subsidy", re.IGNORECASE
)
_WHOLE: Final = ("合计", "总计", "总和", "共计", "total", "grandtotal")
_PARTIAL: Final = ("小计", "subtotal")
_HEADERS: Final = 30  # rows among which a header is looked for
_DIGITS: Final = 15  # significant digits that a number of a workbook keeps


@dataclass(frozen=True, slots=True)
class Figure:
    """A published sum: in CNY, and half of the last place that is printed of it.

    Attributes:
        given: as it stands there.
        half: what a sum may be off and still be printed so.
        place: the last place printed, in words: 0.01 万元.
    """

    given: str
    value: Decimal
    half: Decimal
    place: str

    @property
    def bounds(self) -> tuple[Decimal, Decimal]:
        """From where to where a sum is printed so, whichever way a tie is rounded."""
        return self.value - self.half, self.value + self.half


def figure(text: str, unit: str = "", places: int | None = None) -> Figure | None:
    """A figure as it is printed, also with its own unit behind it; None where it is none.

    Args:
        unit: of figures without one.
        places: how many places are printed of it, where that is not what is written.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _FIGURE.fullmatch(plain)
    own = (found[2] if found else "").casefold()
    if found is None or own not in UNITS:
        return None
    named = own or unit
    number = Decimal(found[1].replace(",", ""))
    digits = max(-int(number.as_tuple().exponent), places or 0)
    scale = UNITS[named.casefold()]
    last = Decimal(1).scaleb(-digits)
    shown = {1: "元", 10_000: "万元", 100_000_000: "亿元"}[scale]
    return Figure(text.strip(), number * scale, last * scale / 2, f"{last:f} {shown}")


@dataclass(frozen=True)
class Published:
    """What a file of published figures says.

    Attributes:
        figures: of each group, by its key, with the address of its cell.
        total: of a row of the whole, if there is one.
        notes: what was passed over, and what was understood in a way that somebody should look at.
    """

    figures: dict[str, tuple[Figure, Place]]
    total: Figure | None
    notes: tuple[Text, ...]


def read_published(
    file: Path,
    groups: Groups,
    *,
    group: str | None = None,
    column: str | None = None,
    sheet: str | None = None,
    encoding: Encoding = "utf-8",
) -> Published:
    """The figures of a file.

    Args:
        groups: what they are published by.
        group, column: the headers of the two columns, where they cannot be told by themselves.

    Raises:
        RequestError: it cannot be read, the columns cannot be told, or a figure is none; all problems.
    """
    name, rows = _workbook(file, sheet) if file.suffix.lower() in WORKBOOKS else ("", rows_of(file, encoding))
    wanted = [group] if group else [groups.name, groups.label.zh, groups.label.en]
    at, key, amount = _header(file, rows, wanted, column)
    unit, said = _unit(file, rows, at, amount)
    notes = [said] if said else []
    below = [(index, row) for index, row in enumerate(rows[at + 1 :], at + 2) if any(map(_text, row))]
    places = max((-int(_number(row[amount]).as_tuple().exponent) for _, row in below
                  if amount < len(row) and isinstance(row[amount], int | float)), default=0)  # fmt: skip
    figures: dict[str, tuple[Figure, Place]] = {}
    whole: Figure | None = None
    problems = []
    for number, row in below:
        cell = row[amount] if amount < len(row) else ""
        named = _text(row[key]) if key < len(row) else ""
        address = f"{letters(amount)}{number}"
        place = Place(str(file), f"{name}!{address}" if name else address)
        text = _text(cell)
        found = figure(text, unit, places if isinstance(cell, int | float) else None)
        bare = re.sub(r"\s", "", unicodedata.normalize("NFKC", named)).casefold()
        if found is None:
            if text or named:
                problems.append(Problem("R0780", named, {"given": text}, place))
        elif bare in _PARTIAL:
            notes.append(Text(f"{address} 小计，未用", f"{address} is a subtotal, and was passed over"))
        elif bare in _WHOLE and whole is None:
            whole = found
        elif (group_key := _month(named) if groups.name == "month" else groups.key(named)) in figures:
            problems.append(Problem("R0783", named, {"given": named}, place))
        else:
            figures[group_key] = found, place
    if problems:
        raise RequestError(problems)
    return Published(figures, whole, tuple(notes))


def _header(
    file: Path, rows: Sequence[Sequence[Any]], wanted: Sequence[str], column: str | None
) -> tuple[int, int, int]:
    """The row of the header, the column of the groups and that of the figures.

    Raises:
        RequestError: there is no such row, or several columns may be meant.
    """
    seen: list[str] = []
    for at, row in enumerate(rows[:_HEADERS]):
        texts = [_text(cell) for cell in row]
        seen += [each for each in texts if each and each not in seen]
        key = next(
            (place for place, each in enumerate(texts) if each.casefold() in [w.casefold() for w in wanted]), None
        )
        if key is None:
            continue
        if column is not None:
            amounts = [place for place, each in enumerate(texts) if each == column.strip()]
        else:
            amounts = [place for place, each in enumerate(texts) if place != key and _AMOUNT.search(each)]
        if len(amounts) > 1:
            raise RequestError(Problem.of("R0782", str(file), found="、".join(texts[each] for each in amounts)))
        if amounts:
            return at, key, amounts[0]
    found = "、".join(seen[:20])
    raise RequestError(Problem.of("R0781", str(file), group=wanted[0], found=found))


def _unit(file: Path, rows: Sequence[Sequence[Any]], header: int, column: int) -> tuple[str, Text | None]:
    """The unit of a column: of its header, or of a line above it.

    Raises:
        RequestError: it is not understood.
    """
    head = _text(rows[header][column])
    given = [found[1] for found in _IN_HEAD.finditer(unicodedata.normalize("NFKC", head))]
    for row in rows[:header]:
        given += [one or two for cell in row for one, two in _UNIT_LINE.findall(_text(cell))] if not given else []
    if not given:
        zh, en = f"“{head}”没有写单位，按元计", f"“{head}” says no unit, and is taken as 元"
        return "", Text(zh, en)
    unit = given[0].casefold()
    if unit not in UNITS:
        raise RequestError(Problem.of("R0784", str(file), given=given[0]))
    return unit, None


def _workbook(file: Path, wanted: str | None) -> tuple[str, list[tuple[Any, ...]]]:
    """The sheet that was named, or the only one, with every row.

    Raises:
        RequestError: it is no workbook, or has no such sheet.
    """
    with needs("tables"):
        import python_calamine
    try:
        with python_calamine.load_workbook(file) as book:
            names = book.sheet_names
            if (wanted is None and len(names) != 1) or (wanted is not None and wanted not in names):
                allowed = ", ".join(names)
                raise RequestError(Problem.of("R0551", str(file), given=wanted or "", allowed=allowed))
            name = wanted or names[0]
            return name, [tuple(row) for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)]
    except (python_calamine.CalamineError, OSError) as error:
        raise RequestError(Problem.of("R0555", str(file), detail=str(error))) from None


def _number(cell: float) -> Decimal:
    """A number of a workbook by the digits that it keeps."""
    found = Decimal(f"{cell:.{_DIGITS}g}")
    return Decimal(written(found) or format(found, "f"))


def _text(cell: Any) -> str:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return format(_number(cell), "f")
    return str(cell).strip()


def _month(text: str) -> str:
    """A month however it is written: 2025.01, 2025年1月, 202501, 2025-01-01."""
    plain = unicodedata.normalize("NFKC", text).strip()
    found = re.fullmatch(r"([12][0-9]{3})\s*[-./年]?\s*(0?[1-9]|1[0-2])\s*月?(?:[-./]?[0-9]{1,2}日?)?", plain)
    if re.fullmatch(r"[0-9]{4}\.[1-9]", plain):
        return plain  # which may be October
    return f"{found[1]}-{int(found[2]):02}" if found else plain
