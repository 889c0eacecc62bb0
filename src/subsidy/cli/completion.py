"""What the shell offers while a command is typed: policy ids, facts and readings, with their values.

A completion never fails aloud: where nothing can be read, nothing is offered. Bash breaks words at the sign of
equality, so that ``works=new`` may arrive as one word, as two or as three.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import typer

from ..calculation.policy import Policy
from ..catalogue.versions import latest
from ..errors import SubsidyError
from ..language.folding import OPEN
from ..language.types import Choice, Division, Flag
from ..policies import Catalogue, catalogue
from ..text import Text
from . import table

Offer = tuple[str, str]
Values = Mapping[str, Mapping[str, Text]]  # what may stand before the sign of equality → what may stand after it


def policies(ctx: typer.Context, incomplete: str) -> list[Offer]:
    """Policy ids with their titles."""
    try:
        folder = _catalogue(ctx).folder
        titles = {name: latest(folder.entries(name)).head.title for name in folder.ids}
    except (SubsidyError, OSError):
        return []
    return [(name, _said(ctx, title)) for name, title in titles.items() if name.startswith(incomplete)]


def facts(ctx: typer.Context, incomplete: str) -> list[Offer]:
    """``name=`` for each fact that is not given yet; then its values, where they can be listed."""
    policy = _policy(ctx)
    if policy is None:
        return []
    if _broken_off(_words(ctx, "readings")):
        return _offers(ctx, _reading_values(policy), _words(ctx, "readings"), incomplete)
    names = {fact.name: fact.label for fact in policy.facts.values()}
    if ctx.info_name == "determine":  # where the ledger states them
        by_ledger = {name for name, fact in policy.program.facts.items() if fact.left_of or fact.from_ledger}
        names = {name: label for name, label in names.items() if name not in by_ledger}
    return _offers(ctx, _fact_values(policy), _words(ctx, "given"), incomplete, names)


def readings(ctx: typer.Context, incomplete: str) -> list[Offer]:
    """``name=`` for each interpretation that is not read yet; then its readings."""
    policy = _policy(ctx)
    if policy is None:
        return []
    names = {item.name: item.question for item in policy.interpretations.values()}
    return _offers(ctx, _reading_values(policy), _words(ctx, "readings"), incomplete, names)


def curved(ctx: typer.Context, incomplete: str) -> list[Offer]:
    """The facts over which the amount of a policy can be shown."""
    from ..calculation.curve import can_be_over

    policy = _policy(ctx)
    if policy is None:
        return []
    labels = {name: policy.facts[name].label for name in can_be_over(policy)}
    return [(name, _said(ctx, label)) for name, label in labels.items() if name.startswith(incomplete)]


def columns(ctx: typer.Context, incomplete: str) -> list[str]:
    """The columns of the roster that are no facts, without those that are named already."""
    policy, file = _policy(ctx), ctx.params.get("table")
    if policy is None or not file:
        return []
    try:
        header = table.header_of(table.rows_of(Path(file), ctx.params.get("encoding") or "utf-8"))
    except (SubsidyError, OSError):
        return []
    named = _words(ctx, "ignore")
    return [each for each in table.no_facts(header, policy) if each.startswith(incomplete) and each not in named]


def versions(ctx: typer.Context, incomplete: str) -> list[Offer]:
    """The versions of a policy, with the day from which each applies."""
    try:
        found = _catalogue(ctx).versions(str(ctx.params.get("policy")))
    except (SubsidyError, OSError):
        return []
    names = {each.version: each.title for each in found}
    return [(name, _said(ctx, title)) for name, title in names.items() if name.startswith(incomplete)]


def steps(ctx: typer.Context, incomplete: str) -> list[Offer]:
    """The steps of a policy that are not named yet, and all of them."""
    policy = _policy(ctx)
    if policy is None:
        return []
    names = {"all": Text("全部", "all of them")} | {name: step.label for name, step in policy.steps.items()}
    named = _words(ctx, "steps")
    return [
        (name, _said(ctx, label)) for name, label in names.items() if name.startswith(incomplete) and name not in named
    ]


def _fact_values(policy: Policy) -> Values:
    return {fact.name: _listed(fact.type, policy) for fact in policy.facts.values()}


def _listed(type_: object, policy: Policy) -> Mapping[str, Text]:
    match type_:
        case Choice(labels=labels):
            return labels
        case Division(domain=domain):
            return {code: policy.vocabulary.divisions[code].name for code in domain}
        case Flag():
            return {"true": Text("是", "yes"), "false": Text("否", "no")}
        case _:
            return {}


def _reading_values(policy: Policy) -> Values:
    left_open = {OPEN: Text("不选定", "left open")}
    return {item.name: item.readings | left_open for item in policy.interpretations.values()}


def _offers(
    ctx: typer.Context, values: Values, earlier: list[str], incomplete: str, names: Mapping[str, Text] | None = None
) -> list[Offer]:
    """Values where a name stands already, in this word or before it; names otherwise."""
    if _broken_off(earlier):
        name = next(word for word in reversed(earlier) if word != "=")
        found = values.get(name, {})
        return [(value, _said(ctx, label)) for value, label in found.items() if value.startswith(incomplete)]
    name, sign, begun = incomplete.partition("=")
    if sign:
        found = values.get(name, {})
        return [(f"{name}={value}", _said(ctx, label)) for value, label in found.items() if value.startswith(begun)]
    given = {word.partition("=")[0] for word in earlier}
    return [
        (f"{known}=", _said(ctx, label))
        for known, label in (names or {}).items()
        if known.startswith(incomplete) and known not in given
    ]


def _broken_off(words: list[str]) -> bool:
    """Whether the last word is a name whose value comes next: ``works``, or ``works`` and ``=``."""
    return bool(words) and (words[-1] == "=" or "=" not in words[-1]) and words[-2:-1] != ["="]


def _words(ctx: typer.Context, parameter: str) -> list[str]:
    return list(ctx.params.get(parameter) or ())


def _policy(ctx: typer.Context) -> Policy | None:
    named = ctx.params.get("policy") or next(iter(ctx.args), "")  # behind an option without value, words stay in args
    try:
        return _catalogue(ctx).policy(str(named))
    except (SubsidyError, OSError):
        return None


def _catalogue(ctx: typer.Context) -> Catalogue:
    folder = ctx.params.get("policies")
    return Catalogue(folder) if folder else catalogue()


def _said(ctx: typer.Context, text: Text) -> str:
    return text.in_("en" if ctx.params.get("lang") == "en" else "zh")
