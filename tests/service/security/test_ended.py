"""Whoever is shut out while a call of theirs streams: it ends with its next message, and says why."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import grpc
import pyarrow as pa
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from tests.ledger.support import YUNCHENG
from tests.service.table_wire import roster
from tests.service.test_audit import NARROW, alter
from tests.service.test_audit import roster as claims

import subsidy
from subsidy.client import Client, Replayed
from subsidy.client.errors import rebuilt
from subsidy.errors import ServiceError
from subsidy.ledger import Ledger
from subsidy.service import Server

from ..wire import HOME
from .conftest import DOMAIN, Town, client, serving

ROLES = f"""\
denied = ["{DOMAIN}/gone"]

[roles.table]
methods = ["CalculationService/*"]
policies = ["{HOME}"]

[roles.audit]
methods = ["AuditService/*"]
divisions = ["{YUNCHENG}"]
policies = ["*"]

[[callers]]
identity = "{DOMAIN}/table"
roles = ["table"]

[[callers]]
identity = "{DOMAIN}/audit"
roles = ["audit"]
"""
LOOK = 0.25  # seconds within which a file that changed is read again
SOON = 10.0
CHANGES: dict[str, Callable[[str], str]] = {
    "denied": lambda text: text.replace(f"{DOMAIN}/gone", f"{DOMAIN}/table"),
    "of another role": lambda text: text.replace('roles = ["table"]', 'roles = ["audit"]'),
    "for another policy": lambda text: text.replace(HOME, "cn/nowhere/*"),
}


class Sent:
    """What a caller sends, when the test wants it."""

    def __init__(self, *first: Any) -> None:
        self._queue = SimpleQueue[Any]()
        self.send(*first)

    def send(self, *more: Any) -> None:
        """Send some more; None is the end."""
        for each in more:
            self._queue.put(each)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._queue.get, None)


def batch(rows: int = 3) -> pa.RecordBatch:
    (found,) = roster(rows).combine_chunks().to_batches()
    return found


@pytest.fixture
def server(town: Town) -> Iterator[Server]:
    """All policies, for callers with certificates."""
    with serving(subsidy.catalogue(), town.tls(ROLES)) as server:
        yield server


def change(town: Town, make: Callable[[str], str]) -> None:
    """Write the roles file anew, and wait until it is looked at again."""
    (town.folder / "roles.toml").write_text(make(ROLES), "utf-8")
    time.sleep(LOOK)


@contextmanager
def shut_out() -> Iterator[None]:
    """What is done here ends soon, as its caller is not allowed it any more."""
    began = time.monotonic()
    with pytest.raises(ServiceError) as error:
        yield
    assert error.value.problems[0].code == "S0401"
    assert time.monotonic() - began < SOON / 2


@pytest.mark.parametrize("how", [*CHANGES])
def test_a_table_that_runs_is_ended(server: Server, town: Town, how: str) -> None:
    """A table goes on while the roles allow it, whatever else changes in them, and with no message after that."""
    with client(server, town.caller("table")) as caller:
        sent = Sent(batch())
        answers = caller.calculate_batches(HOME, sent)
        assert len(next(answers)) == 3
        change(town, lambda text: text + "\n[roles.more]\nmethods = ['PolicyService/*']\n")
        sent.send(batch())
        assert len(next(answers)) == 3
        change(town, CHANGES[how])
        sent.send(batch())
        with shut_out():
            next(answers)
        sent.send(None)


def test_a_table_is_ended_that_waits_for_its_reader(server: Server, town: Town) -> None:
    """Whoever has sent and reads late gets what was on its way, and no more; nothing waits for what they send."""
    with Client(server.address, tls=town.caller("table"), options=NARROW) as caller:
        sent = Sent(batch(60_000), batch(60_000))
        answers = caller.calculate_batches(HOME, sent)
        assert len(next(answers)) == 60_000
        time.sleep(0.5)  # until the second one waits for its reader, and the server for a third
        change(town, CHANGES["denied"])
        with shut_out():
            next(answers)
        sent.send(None)


def test_an_audit_that_runs_is_ended(bureau_catalogue: subsidy.Catalogue, tmp_path: Path, town: Town) -> None:
    """What it has found is not sent on to who may not audit any more, and the next one may begin."""
    url = f"sqlite:///{tmp_path}/ledger.db"
    with Ledger(url, YUNCHENG, bureau_catalogue) as ledger:
        claims(ledger, 1100)
    alter(tmp_path / "ledger.db", "text", "nursing", "cursing")  # so that each of them is a finding
    with (
        Ledger(url, YUNCHENG, bureau_catalogue) as ledger,
        serving(bureau_catalogue, town.tls(ROLES), ledger) as server,
        Client(server.address, tls=town.caller("audit"), options=NARROW) as caller,
    ):
        parts = caller.replay()
        next(parts)
        change(town, lambda text: text.replace(f"{DOMAIN}/gone", f"{DOMAIN}/audit"))
        with shut_out():
            assert not [each for each in parts if isinstance(each, Replayed)]
        change(town, lambda text: text)
        next(caller.replay())


def test_a_watch_of_the_health_is_ended(server: Server, town: Town) -> None:
    """Who is shut out is told of no change of the health any more."""
    with grpc.secure_channel(server.address, town.caller("table").credentials()) as channel:
        watch = HealthStub(channel).Watch(HealthCheckRequest(), timeout=SOON)
        assert next(watch)
        change(town, CHANGES["denied"])
        server._health.set("", is_serving=False)
        with pytest.raises(grpc.RpcError) as error:
            next(watch)
        assert rebuilt(error.value, "").problems[0].code == "S0401"


def test_reflection_is_ended(server: Server, town: Town) -> None:
    """What is served is not told on to who lost their roles."""
    asked = reflection_pb2.ServerReflectionRequest(list_services="")
    with grpc.secure_channel(server.address, town.caller("table").credentials()) as channel:
        sent = Sent(asked)
        answers = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(iter(sent), timeout=SOON)
        assert next(answers)
        change(town, CHANGES["denied"])
        sent.send(asked)
        with pytest.raises(grpc.RpcError) as error:
            next(answers)
        assert rebuilt(error.value, "").problems[0].code == "S0401"
        sent.send(None)
