"""`subsidy table …`: rosters in files, calculated, and held against other rules and other figures."""

from __future__ import annotations

import typer

from .table_reconcile import reconcile
from .table_what_if import what_if

group = typer.Typer(no_args_is_help=True, help="表格：名单测算 · tables: rosters calculated in files")
group.command("what-if")(what_if)
group.command("reconcile")(reconcile)
