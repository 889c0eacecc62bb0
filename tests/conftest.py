"""What tests share: the shipped catalogue, a server on a free port, and channels to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
import pytest

import subsidy
from subsidy.client import Client
from subsidy.service import Server


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
    """Prints what tests recorded as figures, one line each: ``record_property("figure planted bugs", "10 of 10")``.

    Figures of one name are put together: of dicts, numbers are added and lists are united and counted.
    """
    figures: dict[str, list[Any]] = {}
    for report in (report for reports in terminalreporter.stats.values() for report in reports):
        for name, value in getattr(report, "user_properties", ()) if getattr(report, "when", "") == "call" else ():
            if name.startswith("figure "):
                figures.setdefault(name.removeprefix("figure "), []).append(value)
    if figures:
        terminalreporter.section("figures")
    for name, values in sorted(figures.items()):
        terminalreporter.line(f"{name}: {', '.join(_figure(values))}")


def _figure(values: list[Any]) -> list[str]:
    """What several tests recorded under one name, put together."""
    if not all(isinstance(value, dict) for value in values):
        return [str(value) for value in values]
    keys = dict.fromkeys(key for value in values for key in value)
    columns = {key: [value[key] for value in values if key in value] for key in keys}
    return [
        f"{len(set().union(*found)) if isinstance(found[0], list) else sum(found):,} {key}"
        for key, found in columns.items()
    ]
