"""What the client knows of a policy is what the service has of it now."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from tests.ledger.support import NURSING
from tests.service.wire import HOME, HOME_FACTS

import subsidy
from subsidy.client import Client
from subsidy.service import Server

from .between import Between

OLD = {"elder": "E1", "bill": "B1", "month": "2024-07", "cost": "900"}
NEW = {"elder": "E1", "bill": "2025-07-31", "month": "2025-07", "cost": "900"}
LEFT = {"left_monthly": "1000", "left_lifetime": "2000"}


@pytest.fixture
def folders(bureau_folder: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Policies before and after a version came that states a bill by its day."""
    before, after = tmp_path / "before", tmp_path / "after"
    for each in (before, after):
        shutil.copytree(bureau_folder / "policies", each)
    (before / NURSING / "2025-01-01.toml").unlink()
    first = before / NURSING / "2024-01-01.toml"
    first.write_text(first.read_text("utf-8").replace(", until = 2024-12-31", ""), "utf-8")
    later = after / NURSING / "2025-01-01.toml"
    text = later.read_text("utf-8").replace('[facts.bill]\ntype = "id"', '[facts.bill]\ntype = "date"')
    later.write_text(text.replace('bill = "B"', "bill = 2025-07-31"), "utf-8")
    return before, after


def test_what_is_kept_is_bounded(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that asks as of ever other days keeps a bounded number of what it fetched."""
    monkeypatch.setattr("subsidy.client.client._KEPT", 3)
    with Client(server.address) as client:
        for day in range(10, 20):
            assert client.calculate(HOME, HOME_FACTS, known=f"2026-06-{day}").is_determined
            assert len(client._fetched) <= 3


def test_a_version_that_came_since_is_learnt(folders: tuple[Path, Path]) -> None:
    """A client that was there before states the facts of a new version as that declares them, at the first claim."""
    before, after = folders
    with Server(subsidy.Catalogue(before)) as server, Client(server.address) as client:
        assert client.calculate(NURSING, OLD | LEFT).amount == Decimal("900.00")
        server.stop()
        with Server(subsidy.Catalogue(after), server.address):
            assert client.calculate(NURSING, NEW | LEFT).amount == Decimal("900.00")
            assert client.calculate(NURSING, OLD | LEFT).amount == Decimal("900.00")
            with Between(server.address) as between, Client(between.address) as own:
                for _ in range(3):
                    with pytest.raises(subsidy.FactsError, match="F0104"):
                        own.calculate(NURSING, {**NEW, **LEFT, "cost": "100001"})
                assert len(between.attempts("Calculate")) == 3  # a fact that is wrong is not stated twice
