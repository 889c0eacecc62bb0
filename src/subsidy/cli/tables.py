"""`subsidy table`: rosters calculated in files."""

from __future__ import annotations

import typer

from . import table_calculate, table_template

group = typer.Typer(no_args_is_help=True, help="表格：名单测算 · tables: rosters calculated in files")
group.command()(table_calculate.calculate)
group.command("template")(table_template.template)
