"""What tests share: the shipped catalogue, a server on a free port, and channels to it."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import grpc
import pytest

import subsidy
from subsidy.client import Client
from subsidy.service import Server

from .figures import figures


def pytest_collection_finish() -> None:
    """What was loaded for nine thousand tests stays to the end: it is not looked through for garbage over and over."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What commands keep between runs is kept for this run alone, and not where the user's is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SUBSIDY_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def catalogue() -> subsidy.Catalogue:
    """The shipped catalogue."""
    return subsidy.catalogue()


@pytest.fixture(scope="session")
def server(catalogue: subsidy.Catalogue) -> Iterator[Server]:
    """A running server of the shipped catalogue."""
    with Server(catalogue) as running:
        yield running


@pytest.fixture
def channel(server: Server) -> Iterator[grpc.Channel]:
    """A bare channel to the server."""
    with grpc.insecure_channel(server.address) as opened:
        yield opened


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    """A client of the server."""
    with Client(server.address) as opened:
        yield opened


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints what tests recorded as figures, before pytest's own closing line."""
    reports = (report for reports in terminalreporter.stats.values() for report in reports)
    if found := figures(reports):
        terminalreporter.section("figures")
        for line in found:
            terminalreporter.line(line)
