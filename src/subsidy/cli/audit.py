"""`subsidy audit`: a ledger is verified, replayed, compared and exported, without trusting who operates it."""

from __future__ import annotations

import typer

from . import audit_export

group = typer.Typer(no_args_is_help=True, help="审计 · the audit: of a ledger, without trusting who operates it")
group.command("export")(audit_export.export)
