"""A server with certificates of its own, and callers of every kind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

import subsidy
from subsidy.client import Client
from subsidy.client import Tls as Mine
from subsidy.ledger import Ledger
from subsidy.service import Server
from subsidy.service.security.authority import Authority, Pair
from subsidy.service.security.tls import Tls

NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)
DOMAIN = "spiffe://test.example"
ROLES = """\
denied = ["spiffe://test.example/gone"]

[roles.bureau]
methods = ["PolicyService/*", "CalculationService/*", "LedgerService/*"]
divisions = ["140800"]
policies = ["cn/shanxi/yuncheng/*", "*"]

[[callers]]
identity = "spiffe://test.example/bureau"
roles = ["bureau"]

[[callers]]
identity = "spiffe://test.example/gone"
roles = ["bureau"]
"""


@dataclass(frozen=True)
class Town:
    """An authority, and a folder with what it has signed."""

    folder: Path
    authority: Authority

    def tls(self, roles: str = ROLES) -> Tls:
        """The files of a server."""
        self.put("server", self.authority.server(NOW - DAY, 2))
        (self.folder / "ca.pem").write_bytes(self.authority.pem)
        (self.folder / "roles.toml").write_text(roles, "utf-8")
        return Tls(*(self.folder / name for name in ("server.pem", "server.key", "ca.pem", "roles.toml")))

    def put(self, name: str, pair: Pair) -> Mine:
        """A certificate in the folder, as a caller has it."""
        (self.folder / f"{name}.pem").write_bytes(pair.certificate)
        (self.folder / f"{name}.key").write_bytes(pair.key)
        return Mine(self.folder / "ca.pem", self.folder / f"{name}.pem", self.folder / f"{name}.key")

    def caller(self, name: str) -> Mine:
        """A caller whom the authority knows."""
        return self.put(name, self.authority.caller([f"{DOMAIN}/{name}"], NOW - DAY, 2))


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """A town with an authority of its own."""
    folder = tmp_path / "pki"
    folder.mkdir()
    return Town(folder, Authority.new("test", NOW - DAY, 30))


Serve = Callable[..., Iterator[Server]]


@contextmanager
def serving(catalogue: subsidy.Catalogue, tls: Tls, ledger: Ledger | None = None) -> Iterator[Server]:
    """A server that asks for certificates."""
    with Server(catalogue, tls=tls, ledger=ledger) as server:
        yield server


def client(server: Server, tls: Mine, timeout: float = 10) -> Client:
    """A caller of it."""
    return Client(server.address, tls=tls, timeout=timeout)
