"""A ledger of the fictional bureau behind a server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.ledger.support import YUNCHENG, bureau

import subsidy
from subsidy.client import Client
from subsidy.ledger import Ledger
from subsidy.service import Server


@dataclass
class Desk:
    """A server with a ledger, and a client of it."""

    ledger: Ledger
    server: Server
    client: Client


@pytest.fixture(scope="session")
def bureau_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fictional bureau's policies and adoptions, as folders."""
    folder = tmp_path_factory.mktemp("bureau")
    bureau(folder)
    return folder


@pytest.fixture(scope="session")
def bureau_catalogue(bureau_folder: Path) -> subsidy.Catalogue:
    """Its catalogue."""
    return subsidy.Catalogue(bureau_folder / "policies", adoptions=bureau_folder / "adoptions")


@pytest.fixture
def desk(bureau_catalogue: subsidy.Catalogue, tmp_path: Path) -> Iterator[Desk]:
    """A new ledger in a file, served in this process."""
    with (
        Ledger(f"sqlite:///{tmp_path}/ledger.db", YUNCHENG, bureau_catalogue) as ledger,
        Server(bureau_catalogue, ledger=ledger) as server,
        Client(server.address) as client,
    ):
        yield Desk(ledger, server, client)
