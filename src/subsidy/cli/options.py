"""The arguments and options that commands share."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Annotated

import typer

from ..policies import Catalogue, catalogue
from ..text import Language
from . import completion


def day(text: str) -> dt.date:
    """A day written 2021-03-29.

    Raises:
        typer.BadParameter: it is not written so, or there is no such day.
    """
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return dt.date.fromisoformat(text)
    except ValueError:
        pass
    raise typer.BadParameter(
        f"{text!r} 不是日期，日期写作 2021-03-29 · {text!r} is no date; a date is written 2021-03-29"
    )


def catalogue_of(folder: Path | None, adoptions: Path | None = None) -> Catalogue:
    """The folder of policies that was chosen, or the shipped one; with a bureau's adoptions over it, if any.

    Raises:
        CatalogueError: there is no such folder, or its lock cannot be read.
    """
    return catalogue() if folder is None and adoptions is None else Catalogue(folder, adoptions)


PolicyId = Annotated[
    str,
    typer.Argument(
        metavar="POLICY", autocompletion=completion.policies, show_default=False, help="政策 id · the id of a policy"
    ),
]
AnyPolicyId = Annotated[
    str | None,
    typer.Argument(
        metavar="POLICY",
        autocompletion=completion.policies,
        show_default=False,
        help="政策 id，缺省为全部 · the id of a policy; all unless given",
    ),
]
Folder = Annotated[
    Path | None,
    typer.Option(
        "--policies", metavar="DIR", envvar="SUBSIDY_POLICIES", help="政策目录 · the folder of policies to use"
    ),
]
Adoptions = Annotated[
    Path | None,
    typer.Option(
        "--adoptions",
        metavar="DIR",
        envvar="SUBSIDY_ADOPTIONS",
        help="采用文件目录 · the folder of the bureau's adoptions",
    ),
]
Lang = Annotated[
    Language | None,
    typer.Option("--lang", envvar="SUBSIDY_LANG", help="语言，缺省 zh · the language; zh unless given"),
]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON")]
Known = Annotated[
    dt.date | None,
    typer.Option(
        "--known",
        metavar="YYYY-MM-DD",
        parser=day,
        help="只看该日及以前公布的文件 · only what was published by that day",
    ),
]
On = Annotated[
    dt.date | None,
    typer.Option("--on", metavar="YYYY-MM-DD", parser=day, help="按该日适用的版本 · the version in force on that day"),
]
