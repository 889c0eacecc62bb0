"""A bureau's own copy of its folders, and a server that is kept up to date from them."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.ledger.support import YUNCHENG

from subsidy.client import Client
from subsidy.ledger import Ledger
from subsidy.service import Server
from subsidy.service.operation.folders import Folders
from subsidy.service.operation.keeper import Keeper
from subsidy.service.operation.metrics import Metrics

HOME_ON = "2023-08-01"


def soon(holds: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether something comes to hold within some seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.02)
    return False


@dataclass(frozen=True)
class Kept:
    """A server with a ledger and a keeper, and the folders that it is kept up to date from."""

    folder: Path
    ledger: Ledger
    server: Server
    client: Client
    keeper: Keeper
    metrics: Metrics

    @property
    def policies(self) -> Path:
        return self.folder / "policies"

    @property
    def adoptions(self) -> Path:
        return self.folder / "adoptions"

    def number(self, name: str, **labels: str) -> float:
        """A number as Prometheus is told it."""
        return self.metrics.registry.get_sample_value(f"subsidy_{name}", labels) or 0.0

    def reads(self, outcome: str) -> int:
        """How often the folders were read again."""
        return int(self.number("reloads_total", what="policies", outcome=outcome))


@pytest.fixture
def kept(bureau_folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[Kept]:
    """The fictional bureau, looked at only when told."""
    caplog.set_level(logging.INFO, "subsidy.service")
    folder = Path(shutil.copytree(bureau_folder, tmp_path / "bureau"))
    folders, metrics = Folders(folder / "policies", folder / "adoptions"), Metrics()
    catalogue = folders.read()
    with (
        Ledger(f"sqlite:///{tmp_path}/l.db", YUNCHENG, catalogue) as ledger,
        Server(catalogue, ledger=ledger, counted=metrics) as server,
        Client(server.address) as client,
        Keeper(server, folders, metrics, ledger=ledger, every=0, least=0) as keeper,
    ):
        folders.taken(catalogue)
        yield Kept(folder, ledger, server, client, keeper, metrics)
