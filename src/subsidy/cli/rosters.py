"""The options of every command that reads a roster: where its header is, what its columns mean, and their units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..columns import Encoding

if TYPE_CHECKING:
    from ..calculation.policy import Policy
    from ..sheets.roster import Roster

SheetName = Annotated[
    str | None,
    typer.Option("--sheet", metavar="NAME", help="工作表，有几张时须指明 · the sheet, where there are several"),
]
HeaderRow = Annotated[
    int | None,
    typer.Option(
        "--header-row", metavar="N", min=1, help="表头的首行，找不到时指明 · the first row of the header, if not found"
    ),
]
RosterEncoding = Annotated[
    Encoding, typer.Option("--encoding", help="CSV 的编码，缺省 utf-8 · the encoding of a CSV; utf-8 unless given")
]
Ignored = Annotated[
    list[str] | None,
    typer.Option(
        "--ignore", metavar="COLUMN", help="略过该列，不带入结果；可重复 · leave a column out of the result; repeatable"
    ),
]
Carried = Annotated[
    list[str] | None,
    typer.Option(
        "--carry",
        metavar="COLUMN",
        help="与事实相近、却不是事实的列，带入结果；可重复，* 为全部 · take along a column that is no fact, "
        "though near one; repeatable, * for all",
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column", metavar="HEADER=FACT", help="该列是哪项事实；可重复 · which fact a column is; may be repeated"
    ),
]
Unit = Annotated[
    str | None,
    typer.Option("--unit", metavar="UNIT", help="金额的单位，表中没写时 · the unit of money, where the file has none"),
]
Year = Annotated[
    int | None,
    typer.Option("--year", metavar="YEAR", help="按月各列的年份，表中没写时 · of columns of a month, if not said"),
]
MonthsOf = Annotated[
    str | None,
    typer.Option("--months-of", metavar="FACT", help="按月各列是哪项事实 · the fact that columns of a month state"),
]
BlankIsZero = Annotated[
    list[str] | None,
    typer.Option(
        "--blank-is-zero", metavar="FACT", help="该事实的空白即零；可重复 · a fact whose blanks are zeros; repeatable"
    ),
]


@dataclass(frozen=True)
class Reading:
    """How a roster is read, whichever version it is read for."""

    file: Path
    sheet: str | None = None
    header_row: int | None = None
    encoding: Encoding = "utf-8"
    ignored: Sequence[str] = ()
    carried: Sequence[str] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    unit: str | None = None
    year: int | None = None
    months_of: str | None = None
    blank_is_zero: Sequence[str] = ()

    def under(self, versions: Sequence[Policy]) -> Roster:
        """The roster, its columns the facts of some versions of a policy.

        Raises:
            RequestError: it cannot be read, or its header is not understood; all problems.
        """
        from ..sheets.reading import read

        return read(
            self.file,
            versions,
            sheet=self.sheet,
            header_row=self.header_row,
            encoding=self.encoding,
            ignored=self.ignored,
            carried=self.carried,
            columns=self.columns,
            unit=self.unit,
            year=self.year,
            months_of=self.months_of,
            blank_is_zero=self.blank_is_zero,
        )


def columns_of(words: Iterable[str]) -> dict[str, str]:
    """What was said of columns: the fact of each header.

    Raises:
        typer.BadParameter: a word has no sign of equality.
    """
    found = {}
    for word in words:
        header, sign, fact = word.rpartition("=")
        if not sign or not header or not fact:
            raise typer.BadParameter(f"--column {word!r} 应写作 表头=事实 · --column {word!r} is written HEADER=FACT")
        found[header.strip()] = fact.strip()
    return found
