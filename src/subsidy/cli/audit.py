"""`subsidy audit`: a ledger is verified, replayed and exported, and payments are held against what was due."""

from __future__ import annotations

import typer

from . import audit_compare, audit_export, audit_impact, audit_replay, audit_report, audit_verify

group = typer.Typer(no_args_is_help=True, help="审计 · the audit: of a ledger, without trusting who operates it")
group.command("verify")(audit_verify.verify)
group.command("replay")(audit_replay.replay)
group.command("report")(audit_report.report)
group.command("fingerprint")(audit_verify.fingerprint)
group.command("export")(audit_export.export)
group.command()(audit_compare.compare)
group.command()(audit_impact.impact)
