"""The bureau and the ledgers of the tests of the ledger, on either store."""

from __future__ import annotations

from tests.ledger.conftest import adopted, other_place, place, postgres, postgres_place, sqlite_place

__all__ = ["adopted", "other_place", "place", "postgres", "postgres_place", "sqlite_place"]
