"""`subsidy audit`: the audit of a ledger, and of payments that were made before there was one."""

from __future__ import annotations

import typer

from . import audit_compare, audit_impact

group = typer.Typer(no_args_is_help=True, help="审计 · the audit of a ledger")
group.command()(audit_compare.compare)
group.command()(audit_impact.impact)
