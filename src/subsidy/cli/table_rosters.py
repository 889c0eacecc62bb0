"""What the commands over rosters share: the roster, how it is read, and how many work at it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ..calculation.policy import Policy
from ..columns import Encoding, names_of
from ..extras import needs
from . import completion, facts

if TYPE_CHECKING:
    from ..errors import Problem
    from ..sheets.roster import Roster
    from ..tables.opening import Open

THREADS_MOST: Final = 8

RosterFile = Annotated[
    Path,
    typer.Argument(
        metavar="ROSTER", show_default=False, help="名单：XLSX、CSV 或 Parquet · the roster: XLSX, CSV or Parquet"
    ),
]
PolicyOption = Annotated[
    str,
    typer.Option("--policy", metavar="POLICY", autocompletion=completion.policies, help="政策 id · the id of a policy"),
]
VersionOption = Annotated[
    str | None,
    typer.Option(
        "--version",
        metavar="YYYY-MM-DD",
        help="按该版本，不论其适用期 · under this version, whatever its time",
    ),
]
SheetName = Annotated[
    str | None,
    typer.Option("--sheet", metavar="NAME", help="工作表，有几张时须指明 · the sheet, where there are several"),
]
RosterEncoding = Annotated[
    Encoding, typer.Option("--encoding", help="CSV 的编码，缺省 utf-8 · the encoding of a CSV; utf-8 unless given")
]
Ignored = Annotated[
    list[str] | None,
    typer.Option(
        "--ignore", metavar="COLUMN", help="不是事实的列，如备注；可重复 · a column that is no fact; repeatable"
    ),
]
HeaderRow = Annotated[
    int | None,
    typer.Option(
        "--header-row",
        metavar="N",
        min=1,
        help="表头在第几行，找不到时指明 · the row with the headers, where it cannot be found",
    ),
]
Carried = Annotated[
    list[str] | None,
    typer.Option(
        "--carry",
        metavar="COLUMN",
        help="不是事实而须带入结果的列，* 为全部；可重复 · "
        "a column that is no fact and goes along, * for all; may be repeated",
    ),
]
Meant = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="HEADER=FACT",
        help="指明一列是哪一事实；可重复 · say which fact a column is; may be repeated",
    ),
]
UnitOption = Annotated[
    str | None,
    typer.Option("--unit", metavar="UNIT", help="金额的单位，如 万元，表中没有写时 · the unit of money, if unsaid"),
]
YearOption = Annotated[
    int | None,
    typer.Option("--year", metavar="YYYY", help="只写月份的列属于哪一年 · the year of columns that name a month alone"),
]
MonthsOf = Annotated[
    str | None,
    typer.Option("--months-of", metavar="FACT", help="各月的列是哪一事实 · the fact that columns of months state"),
]
BlankIsZero = Annotated[
    list[str] | None,
    typer.Option(
        "--blank-is-zero",
        metavar="FACT",
        help="空白或 / 算零的事实；可重复 · a fact of which a blank says zero; repeatable",
    ),
]
Threads = Annotated[
    int | None,
    typer.Option("--threads", metavar="N", min=1, help="几个线程，缺省按处理器 · how many threads; as there are cores"),
]


@dataclass(frozen=True)
class Reading:
    """How a roster is to be read, where it does not say so itself."""

    sheet: str | None
    header_row: int | None
    encoding: Encoding
    carried: Sequence[str]
    columns: Mapping[str, str]
    unit: str | None
    year: int | None
    months_of: str | None
    blank_is_zero: Sequence[str]


def reading_of(
    sheet: str | None,
    header_row: int | None,
    encoding: Encoding,
    carried: list[str] | None,
    columns: list[str] | None,
    unit: str | None,
    year: int | None,
    months_of: str | None,
    blank_is_zero: list[str] | None,
) -> Reading:
    """The options together.

    Raises:
        typer.BadParameter: a column and its fact are no pair.
    """
    meant = dict(facts.pairs(columns or ()))
    return Reading(sheet, header_row, encoding, carried or (), meant, unit, year, months_of, blank_is_zero or ())


def notes_of(*rosters: Roster) -> list[Problem]:
    """What was understood in a way that somebody should look at, once of each."""
    found: list[Problem] = []
    for roster in rosters:
        found += [note for note in roster.notes if note not in found]
    return found


def opener(file: Path, reading: Reading, ignored: Sequence[str]) -> Open:
    """What opens a roster for a policy, with columns that are carried along though they may look like facts."""
    with needs("tables"):
        from ..sheets.reading import ALL, read

    def open_(policy: Policy, carried: Sequence[str]) -> Roster:
        own = names_of(policy)
        passed = [*ignored, *reading.carried]
        if file.suffix.lower() in (".parquet", ".pq"):
            return read(file, policy, ignored=[each for each in (*passed, *carried) if each not in (ALL, *own)])
        return read(
            file, policy, sheet=reading.sheet, header_row=reading.header_row, encoding=reading.encoding,
            ignored=[each for each in ignored if each not in own],
            carried=[each for each in (*reading.carried, *carried) if each not in own],
            columns={text: name for text, name in reading.columns.items() if name.partition("[")[0] in policy.facts},
            unit=reading.unit, year=reading.year, months_of=reading.months_of, blank_is_zero=reading.blank_is_zero,
        )  # fmt: skip

    return open_


def threads_of(threads: int | None) -> int:
    """How many work at a roster."""
    return threads or min(os.cpu_count() or 1, THREADS_MOST)
