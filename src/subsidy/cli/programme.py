"""`subsidy programme …`: what several policies together give one subject."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import Problem, RequestError
from ..programmes import Programme
from ..text import Language, Text
from . import facts
from .exits import Exit
from .explained import Capitals, Explain, Format, check_form, show_answer
from .options import Adoptions, AsJson, Folder, Known, Lang, On, catalogue_of
from .output import both, pick, reports, say, show_json, show_table

group = typer.Typer(no_args_is_help=True, help="组合：几项政策合在一起 · programmes: several policies put together")

ProgrammeId = Annotated[
    str, typer.Argument(metavar="PROGRAMME", show_default=False, help="组合 id · the id of a programme")
]
Claims = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        show_default=False,
        help="各组成政策的事实（JSON），- 为标准输入 · facts by member in a JSON file, - for the standard input",
    ),
]
Readings = Annotated[
    list[str] | None,
    typer.Option("--reading", metavar="MEMBER.NAME=VALUE", help="选定口径；可重复 · choose a reading; may be repeated"),
]
_COMBINE = {"sum": Text("相加", "sum"), "highest": Text("就高", "highest")}


@group.command("list")
@reports
def list_(lang: Lang = None, as_json: AsJson = False, policies: Folder = None) -> Exit:
    """列出组合 · list the programmes."""
    catalogue = catalogue_of(policies)
    found = [catalogue.programme(name) for name in catalogue.programmes.ids]
    if as_json:
        show_json([_data(each) for each in found])
        return Exit.FINE
    heads = pick(lang, "组合|版本|合计|名称", "programme|version|combined|title").split("|")
    language = lang or "zh"
    rows = [
        (each.id, each.version, _COMBINE[each.document.programme.combine].in_(language), each.title.in_(language))
        for each in found
    ]
    show_table(heads, rows)
    return Exit.FINE


@group.command()
@reports
def show(
    programme: ProgrammeId,
    on: On = None,
    known: Known = None,
    lang: Lang = None,
    as_json: AsJson = False,
    policies: Folder = None,
) -> Exit:
    """一项组合：组成、互斥、封顶 · one programme: members, exclusions, cap."""
    found = catalogue_of(policies).programme(programme, on, known)
    if as_json:
        show_json(_data(found))
    else:
        for line in _page(found, lang or "zh"):
            say(line)
    return Exit.FINE


@group.command()
@reports
def calculate(
    programme: ProgrammeId,
    claims: Claims,
    on: On = None,
    known: Known = None,
    readings: Readings = None,
    capitals: Capitals = False,
    form: Format = None,
    explain: Explain = False,
    lang: Lang = None,
    as_json: AsJson = False,
    policies: Folder = None,
    adoptions: Adoptions = None,
) -> Exit:
    """测算一个对象合计多少，列出各项付或不付的理由 · calculate the total for one subject, with every reason.

    适用版本由申报中的日期或 --on 选定。 The version is picked by the claims' own dates, or by --on.
    """
    check_form(form, as_json)
    catalogue = catalogue_of(policies, adoptions)
    given = facts.given((), claims)
    odd = [name for name, each in given.items() if not isinstance(each, dict)]
    if odd:
        raise RequestError(Problem.of("R0301", name, detail=f'{name}: {{"fact": "value", …}}') for name in odd)
    chosen = _by_member(readings or [])
    result = catalogue.calculate_programme(programme, given, readings=chosen, on=on, known=known)
    sums = {"amount": result.total}
    show_answer(result, lang, form, sums=sums, capitals=capitals, explain=explain, as_json=as_json)
    return Exit.FINE


def _by_member(words: list[str]) -> dict[str, dict[str, str]]:
    """``member.name=value`` words as readings by member.

    Raises:
        typer.BadParameter: a word is not written so, or a name stands twice.
    """
    found: dict[str, dict[str, str]] = {}
    for path, value in facts.readings(words).items():
        member, dot, name = path.partition(".")
        if not dot:
            raise typer.BadParameter(f"{path!r}：应为 组成.口径=读法 · member.name=value is wanted")
        found.setdefault(member, {})[name] = value
    return found


def _data(programme: Programme) -> dict[str, Any]:
    document, head = programme.document, programme.document.programme
    return {
        "id": head.id,
        "version": head.version,
        "revision": head.revision,
        "digest": programme.digest,
        "title": both(head.title),
        "combine": head.combine,
        "members": [{"name": m.name, "policy": m.policy, "subject": m.subject} for m in document.members],
        "exclusions": [{"if": e.if_, "then": e.then, "clause": e.clause} for e in document.exclusions],
        "cap": document.cap and {"limit": document.cap.limit, "cut": document.cap.cut, "clause": document.cap.clause},
    }


def _page(programme: Programme, language: Language) -> list[str]:
    document, head, zh = programme.document, programme.document.programme, language == "zh"
    titles = programme.titles()
    lines = [
        head.title.in_(language),
        f"{head.id} · {head.version} · {'第 ' if zh else 'revision '}{head.revision}{' 次编码' if zh else ''}",
        f"{'摘要：' if zh else 'Digest: '}{programme.digest}",
        f"{'对象：' if zh else 'Subject: '}{head.label.in_(language)}",
        f"{'合计：' if zh else 'Combined: '}{_COMBINE[head.combine].in_(language)}{_clause(head.clause, zh)}",
        "",
        "组成" if zh else "Members",
        *(f"  {m.name}  {titles[m.name].in_(language)}  {m.policy} · {m.subject}" for m in document.members),
    ]
    if document.exclusions:
        lines += ["", "互斥" if zh else "Exclusions"]
    for each in document.exclusions:
        one, two = titles[each.if_].in_(language), titles[each.then].in_(language)
        said = f"付{one}则不付{two}" if zh else f"{two} is not paid if {one} is"
        lines.append(f"  {said}{_clause(each.clause, zh)}")
    if document.cap is not None:
        cut = {"last": ("从后往前削减", "the last are cut first"), "first": ("从前往后削减", "the first are cut first")}
        how = cut[document.cap.cut][0 if zh else 1]
        most = f"总额最高 {document.cap.limit} 元，{how}" if zh else f"at most {document.cap.limit} CNY in all, {how}"
        lines += ["", most + _clause(document.cap.clause, zh)]
    return lines


def _clause(clause: str, zh: bool) -> str:
    return f"〔{clause}〕" if zh else f" [{clause}]"
