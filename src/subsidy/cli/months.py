"""A span of months on the command line: ``month=2019-08..2019-11``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import typer

from ..calculation.months import Months
from ..calculation.renderings import RENDERINGS, Form
from ..capitals import capitals as written
from ..language.types import Date, Month
from ..policies import Catalogue
from ..text import Language
from . import facts
from .explained import in_capitals
from .output import pick, say, show_json, show_table


def spanning(catalogue: Catalogue, policy_id: str, raw: Mapping[str, Any]) -> str | None:
    """The fact, a month or a day, that is given as a span; None where none is.

    Raises:
        RequestError: there is no such policy.
        typer.BadParameter: there are two.
    """
    written = [name for name, value in raw.items() if isinstance(value, str) and ".." in value]
    if not written:
        return None
    declared = [version.facts for version in catalogue.versions(policy_id)]
    found = [n for n in written if any(n in each and isinstance(each[n].type, Month | Date) for each in declared)]
    if len(found) > 1:
        raise typer.BadParameter(f"{', '.join(found)}：只能有一个月份区间 · only one span of months")
    return found[0] if found else None


def calculated(
    catalogue: Catalogue,
    policy_id: str,
    fact: str,
    raw: dict[str, Any],
    readings: dict[str, str],
    known: dt.date | None,
) -> Months:
    """Every month of the span that stands in `fact`.

    Raises:
        RequestError, FactsError: as `Catalogue.calculate_months`.
    """
    first, _, last = raw[fact].partition("..")
    given = {name: value for name, value in raw.items() if name != fact}
    for version in catalogue.versions(policy_id):
        given = facts.typed(given, version)
    return catalogue.calculate_months(policy_id, (first, last), given, fact=fact, readings=readings, known=known)


def show(
    found: Months,
    lang: Language | None,
    form: Form | None,
    *,
    capitals: bool = False,
    explain: bool = False,
    as_json: bool = False,
) -> None:
    """A table, or the explanation in the form that was chosen; with ``--json`` the span, and what was asked for."""
    if as_json:
        more = in_capitals({"amount": found.total}) if capitals else {}
        if explain:
            more["explanation"] = found.explanation.to_dict()
        show_json(found.to_dict() | more)
    elif form is not None:
        say(RENDERINGS[form](found.explanation, lang or "zh", capitals=capitals).rstrip("\n"))
    else:
        _show_rows(found, lang, capitals)


def _show_rows(found: Months, lang: Language | None, capitals: bool) -> None:
    """A line for each month, why some have none, the sum, and what a reader must know."""
    language = lang or "zh"
    amounts = {row.month: _sum(row.result.total.low, row.result.total.high) for row in found.rows}
    versions = {row.month: row.version + (f" r{r}" if (r := row.policy.revision) > 1 else "") for row in found.rows}
    months = sorted([*versions, *(gap.month for gap in found.gaps)])
    heads = pick(lang, "月份|版本|金额（元）", "month|version|amount (CNY)").split("|")
    show_table(heads, [(month, versions.get(month, "–"), amounts.get(month, "–")) for month in months])
    total = _sum(found.low, found.high)
    open_ = "" if found.is_determined else pick(lang, "，未定", ", undetermined")
    say(pick(lang, f"合计：{total} 元{open_}", f"total: {total} CNY{open_}"))
    if capitals:
        said = _sum(*(written(end) for end in (found.low, found.high)))
        say(pick(lang, "大写：", "in capitals: ") + said + open_)
    for gap in found.gaps:
        say(f"{gap.month}{pick(lang, '：', ': ')}{gap.problem.message(language)}")
    for said in dict.fromkeys(each.message(language) for row in found.rows for each in row.result.warnings):
        say(pick(lang, "注：", "note: ") + said)


def _sum(low: Any, high: Any) -> str:
    return str(low) if low == high else f"{low} – {high}"
