"""The ledger: determinations that cannot overpay and cannot be lost."""

from __future__ import annotations

from ..extras import needs

with needs("ledger"):
    from .ledger import Answer, Ledger

__all__ = ["Answer", "Ledger"]
