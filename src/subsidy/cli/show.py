"""`subsidy policy show`: one policy on a page, as text, as Markdown, or as HTML with the curve of its amount."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..calculation.policy import Policy
from ..calculation.renderings import Form
from ..calculation.rising import rises
from ..catalogue.versions import repeal_of, text_of
from ..exact import show as show_number
from ..policies import Catalogue
from . import completion
from .exits import Exit
from .options import Adoptions, AsJson, Folder, Known, Lang, On, PolicyId, catalogue_of
from .output import both, pick, reports, say, show_json

if TYPE_CHECKING:
    from .moved import Moved
    from .paper import Drawing

AsText = Annotated[bool, typer.Option("--text", help="输出模块原文（TOML）· print the module as written (TOML)")]
PageForm = Annotated[
    Form,
    typer.Option("--format", help="页面的形式，html 附金额曲线图 · the form of the page; html has the curve drawn"),
]
Over = Annotated[
    str | None,
    typer.Option(
        "--over",
        metavar="FACT",
        autocompletion=completion.curved,
        help="金额曲线的横轴，缺省为最影响金额的数 · the fact of the curve; unless given, what moves the amount most",
    ),
]
Output = Annotated[
    Path | None, typer.Option("--output", metavar="FILE", help="把页面写入文件 · write the page to a file")
]


@reports
def show(
    policy: PolicyId,
    on: On = None,
    known: Known = None,
    as_text: AsText = False,
    form: PageForm = "text",
    over: Over = None,
    output: Output = None,
    lang: Lang = None,
    as_json: AsJson = False,
    policies: Folder = None,
    adoptions: Adoptions = None,
) -> Exit:
    """一项政策：付什么、付给谁、条件、标准、口径、未尽事项 · one policy on a page."""
    from .beside import Beside
    from .moved import Moved
    from .page import sheet
    from .paper import FORMS

    if (form != "text" or output is not None) and (as_text or as_json):
        raise typer.BadParameter(
            "--format、--output 不能与 --text、--json 同用 · --format and --output do not go with --text or --json"
        )
    catalogue = catalogue_of(policies, adoptions)
    found = catalogue.policy(policy, on, known)
    _check_over(found, over)
    if as_text:
        say((catalogue.folder.path / found.path).read_text("utf-8").rstrip("\n"))
        return Exit.FINE
    moved, beside = Moved(found, lang or "zh", over), Beside(catalogue, found, known)
    if as_json:
        show_json(_shown(catalogue, found, known) | moved.data() | beside.data())
        return Exit.FINE
    repeal = repeal_of(catalogue.folder.entries(policy), known)
    page = FORMS[form](sheet(moved, repeal, _drawn(moved) if form == "html" else None, beside.sections(lang or "zh")))
    if output is None:
        say(page)
    else:
        output.write_text(page + "\n", "utf-8")
        say(pick(lang, f"已写入 {output}", f"written to {output}"))
    return Exit.FINE


def _shown(catalogue: Catalogue, policy: Policy, known: dt.date | None) -> dict[str, Any]:
    entry = catalogue.folder.by_digest(policy.digest)
    repeal = repeal_of(catalogue.folder.entries(policy.id), known)
    low, high = policy.program.ranges["amount"]
    return {
        "id": policy.id,
        "path": policy.path,
        "digest": policy.digest,
        "locked": policy.is_released,
        "first_day": _iso(policy.first_day),
        "last_day": _iso(policy.last_day),
        "abolished": repeal and {"from": _iso(repeal.first), "by": both(text_of(repeal))},
        "amount": {"low": show_number(low, 2), "high": show_number(high, 2), "currency": "CNY"},
        "wide": [{"name": each.name, "operation": each.kind, "bits": each.bits} for each in policy.program.wide],
        "rises_with": {each.fact: {"proved": each.is_proved, "tried": each.tried} for each in rises(policy)},
        "document": entry and entry.data,
        "schema": policy.schema(),
    }


def _iso(day: object) -> str | None:
    return None if day is None else str(day)


def _check_over(policy: Policy, over: str | None) -> None:
    """Refuse a fact over which no curve can be drawn.

    Raises:
        typer.BadParameter: it is none of those, which are listed.
    """
    from ..calculation.curve import can_be_over

    allowed = can_be_over(policy)
    if over is not None and over not in allowed:
        listed = ", ".join(allowed) or "–"
        raise typer.BadParameter(f"--over {over}：可用 {listed} · may be {listed}")


def _drawn(moved: Moved) -> Drawing | None:
    """The curve drawn; None where there is none, so that a policy without an amount needs no extra."""
    if moved.moves is None or moved.moves.over is None:
        return None
    from .plot import drawing

    return drawing(moved)
