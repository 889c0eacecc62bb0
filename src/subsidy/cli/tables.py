"""`subsidy table …`: rosters in files, calculated, and held against other rules and other figures."""

from __future__ import annotations

import typer

from . import table_calculate, table_reconcile, table_template, table_what_if

group = typer.Typer(no_args_is_help=True, help="表格：名单测算 · tables: rosters calculated in files")
group.command()(table_calculate.calculate)
group.command("template")(table_template.template)
group.command("what-if")(table_what_if.what_if)
group.command()(table_reconcile.reconcile)
