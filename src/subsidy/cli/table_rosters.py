"""What the commands over rosters share: the roster, how it is read, and how many work at it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ..calculation.policy import Policy
from ..columns import Encoding
from ..extras import needs
from . import completion

if TYPE_CHECKING:
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
Threads = Annotated[
    int | None,
    typer.Option("--threads", metavar="N", min=1, help="几个线程，缺省按处理器 · how many threads; as there are cores"),
]


def opener(file: Path, sheet: str | None, encoding: Encoding) -> Open:  # noqa: ARG001 – for what reads workbooks and CSV
    """What opens a roster for a policy."""
    with needs("tables"):
        from ..sheets.parquet import read_parquet

    def open_(policy: Policy, ignored: Sequence[str]) -> object:
        return read_parquet(file, policy, ignored=ignored)

    return open_  # type: ignore[return-value]


def threads_of(threads: int | None) -> int:
    """How many work at a roster."""
    return threads or min(os.cpu_count() or 1, THREADS_MOST)
