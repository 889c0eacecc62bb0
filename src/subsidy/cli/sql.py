"""`subsidy policy sql`: a policy as a query that an auditor reads, and runs in the bureau's own database."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from ..calculation.policy import Policy
from ..extras import needs
from ..language.types import Month
from . import completion, facts
from .calculate import Readings
from .exits import Exit
from .options import Adoptions, AsJson, Folder, Known, On, catalogue_of
from .output import reports, say, show_json

OfPolicy = Annotated[
    str,
    typer.Argument(
        metavar="POLICY", autocompletion=completion.policies, show_default=False, help="政策 id · the id of a policy"
    ),
]
DialectName = Annotated[
    str,
    typer.Option(
        "--dialect", autocompletion=lambda: ["duckdb", "postgres", "spark"],
        help="哪种数据库：duckdb、postgres、spark · of which engine: duckdb, postgres, spark",
    ),
]  # fmt: skip
Relation = Annotated[
    str,
    typer.Option(
        "--from", metavar="TABLE", help="申报所在的表或视图，一行一件 · the table or view of the claims, one a row"
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column", metavar="NAME",
        help="表中的列，不给则为全部事实；不是事实的照录 · a column of it, all facts unless given; others go along",
    ),
]  # fmt: skip
Steps = Annotated[
    list[str] | None,
    typer.Option(
        "--steps", metavar="NAME", help="另要哪一步或哪项条件；all 为全部 · a step or condition wanted, too; or all"
    ),
]


@reports
def sql(
    policy: OfPolicy,
    dialect: DialectName = "duckdb",
    relation: Relation = "claims",
    columns: Columns = None,
    steps: Steps = None,
    readings: Readings = None,
    on: On = None,
    known: Known = None,
    as_json: AsJson = False,
    policies: Folder = None,
    adoptions: Adoptions = None,
) -> Exit:
    """输出一条 SQL，在自己的数据库里按政策测算 · print a query that calculates by a policy in a database of your own.

    一步一层，注明名称和条款；金额在最后一层之前都是以分计的整数，与其他测算逐分相同。不能准确表示的，说明原因，不作近似。

    One step a level, with its name and clause; sums are whole fen until the last level, and the same to the fen as in
    every other calculation. What cannot be said exactly is refused with the reason, never approximated.
    """
    found = catalogue_of(policies, adoptions).policy(policy, on, known)
    with needs("engines"):
        from ..engines.sql.query import query
    asked = list(steps or ())
    if asked == ["all"] and "all" not in found.steps:
        asked = list(found.steps)
    made = query(
        found,
        dialect=dialect,
        relation=relation,
        columns=columns,
        readings=facts.readings(readings or ()),
        steps=asked,
        facts=_dated(found, on),
    )
    if as_json:
        show_json(
            {"dialect": dialect, "sql": made.text, "columns": made.columns, "denominators": dict(made.denominators)}
        )
    else:
        say(made.text)
    return Exit.FINE


def _dated(policy: Policy, on: dt.date | None) -> dict[str, str] | None:
    """The day that picks the adoption under which the policy stands."""
    if on is None:
        return None
    name = policy.program.dated_by
    return {name: str(on)[:7] if isinstance(policy.program.facts[name].type, Month) else str(on)}
