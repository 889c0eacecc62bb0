"""`subsidy audit`: a ledger is verified, replayed and exported, and payments are held against what was due."""

from __future__ import annotations

import typer

from . import audit_compare, audit_export, audit_impact

group = typer.Typer(no_args_is_help=True, help="审计 · the audit: of a ledger, without trusting who operates it")
group.command("export")(audit_export.export)
group.command()(audit_compare.compare)
group.command()(audit_impact.impact)
