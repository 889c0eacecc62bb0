"""The ledger: determinations that cannot overpay and cannot be lost."""

from __future__ import annotations

from ..extras import needs

with needs("ledger"):
    from .answers import Answer
    from .ledger import Ledger
    from .reading import Reader
    from .rosters import Outcome, Roster

__all__ = ["Answer", "Ledger", "Outcome", "Reader", "Roster"]
