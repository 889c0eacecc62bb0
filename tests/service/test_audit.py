"""An audit over a channel: as it goes, one at a time, ended with its caller, and the ledger goes on."""

from __future__ import annotations

import multiprocessing
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from threading import Event, Thread
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo, LocalizedMessage, RetryInfo
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tests.audit.support import fill
from tests.ledger.conftest import adopted, place, postgres, postgres_place, sqlite_place
from tests.ledger.support import BED, NURSING, YUNCHENG, Place

import subsidy
from subsidy.audit import processes
from subsidy.audit.filters import Filter
from subsidy.audit.replaying import replay
from subsidy.audit.sources import Stored
from subsidy.audit.verifying import verify
from subsidy.client import Client, Finding, Progress, Replayed, Verified
from subsidy.errors import RequestError, ServiceError
from subsidy.ledger import Ledger, Roster
from subsidy.ledger.determining import Claim
from subsidy.service import Server
from subsidy.v1 import audit_service_pb2 as v1
from subsidy.v1 import problems_pb2

from .conftest import Desk
from .wire import details, refusal

__all__ = ["adopted", "place", "postgres", "postgres_place", "sqlite_place"]
METHOD = "/subsidy.v1.AuditService/"
REPLAY = METHOD + "Replay"
NARROW = [("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 1024)]  # little is taken before it is read
SOON = 10.0  # seconds


def roster(ledger: Ledger, rows: int) -> None:
    """So many claims for nursing."""
    policy = ledger.catalogue.policy(NURSING, on="2024-03-01")
    claims = [
        Claim(NURSING, {"elder": f"X{row}", "month": "2024-05", "cost": "450", "bill": f"B{row}"}, {})
        for row in range(rows)
    ]
    list(ledger.determine_roster(Roster("2024-05", policy, claims), claims))


def alter(file: Path, kind: str, one: str, other: str) -> int:
    """Alter the first entry of a kind that has a text, as somebody may who has the file; where it is."""
    with sqlite3.connect(file) as connection:
        rows = connection.execute("SELECT position, body FROM entries WHERE kind = ? ORDER BY 1", (kind,))
        position, body = next((place, body) for place, body in rows if one.encode() in body)
        connection.execute(
            "UPDATE entries SET body = ? WHERE position = ?",
            (body.replace(one.encode(), other.encode(), 1), position),
        )
    connection.close()
    return int(position)


def totals(parts: Iterator[Any]) -> Any:
    """The last part."""
    return [*parts][-1]


def free(client: Client) -> float:
    """How many seconds it takes until another audit is taken on, which is then read to its end."""
    began = time.monotonic()
    while time.monotonic() - began < SOON:
        try:
            next(parts := client.replay())
        except ServiceError:
            time.sleep(0.05)
        else:
            waited = time.monotonic() - began
            assert isinstance(totals(parts), Replayed)
            return waited
    return SOON


@pytest.fixture
def broken(bureau_catalogue: subsidy.Catalogue, tmp_path: Path) -> Iterator[Desk]:
    """A ledger of a thousand and more claims whose policy text was altered: each of them is a finding.

    Its clients take little before it is read, so that an audit waits for who does not read.
    """
    url = f"sqlite:///{tmp_path}/ledger.db"
    with Ledger(url, YUNCHENG, bureau_catalogue) as ledger:
        roster(ledger, 1100)
    alter(tmp_path / "ledger.db", "text", "nursing", "cursing")
    with (
        Ledger(url, YUNCHENG, bureau_catalogue) as ledger,
        Server(bureau_catalogue, ledger=ledger) as server,
        Client(server.address, options=NARROW) as client,
    ):
        yield Desk(ledger, server, client)


def test_a_clean_ledger(desk: Desk, tmp_path: Path) -> None:
    """Progress only grows and ends with all entries, and the totals are those of a replay and a verification here."""
    fill(desk.ledger, tmp_path, months=12)
    kept = desk.client.checkpoint()
    with Stored(str(desk.ledger.store.url)) as source:
        mine, checked = replay(source), verify(source)
    *progress, found = desk.client.replay()
    done = [each.done for each in progress if isinstance(each, Progress)]
    assert len(done) == len(progress) > 0 and done == sorted(done)
    assert all(isinstance(each, Progress) and each.done <= each.of and each.rate > 0 for each in progress)
    assert isinstance(progress[-1], Progress) and progress[-1].left == 0.0 and done[-1] == kept.size
    assert isinstance(found, Replayed) and found.is_clean and found.same == mine.same > 30
    assert (found.origin, found.scope, found.seen, found.digest) == (mine.origin, mine.scope, mine.seen, mine.digest)
    assert found.paid == {key: Decimal(fen) / 100 for key, fen in mine.paid.items()} and len(found.paid) > 12
    last = totals(desk.client.verify(fingerprints=[kept.verify(*kept.keys)], checkpoints=[kept.note], key=kept.keys[0]))
    assert isinstance(last, Verified) and last.is_clean
    assert (last.size, last.fingerprint, last.checkpoints, last.schema, last.keys, last.kinds) == (
        kept.size, checked.fingerprint, checked.checkpoints, checked.schema, checked.keys, checked.kinds,
    )  # fmt: skip
    assert last.met == {last.fingerprint: kept.size}


def test_what_was_altered_is_found(bureau_catalogue: subsidy.Catalogue, tmp_path: Path) -> None:
    """An amount that was altered in the file while the service was down is found by either audit, with its entry."""
    url = f"sqlite:///{tmp_path}/ledger.db"
    with Ledger(url, YUNCHENG, bureau_catalogue) as ledger:
        roster(ledger, 20)
        kept = ledger.checkpoint()
    where = alter(tmp_path / "ledger.db", "determination", '"amount":"450.00"', '"amount":"950.00"')
    with (
        Ledger(url, YUNCHENG, bureau_catalogue) as ledger,
        Server(bureau_catalogue, ledger=ledger) as server,
        Client(server.address) as client,
    ):
        parts = [*client.replay()]
        (found,) = (each for each in parts if isinstance(each, Finding))
        again = parts[-1]
        assert isinstance(again, Replayed) and not again.is_clean
        assert (again.same, again.different, again.cannot, again.findings) == (19, 1, 0, 1)
        assert (found.index, found.problem.code, found.problem.where) == (where, "V0153", f"entry.{where}")
        assert found.text.en == found.problem.message("en") and found.text.zh == found.problem.message("zh")
        assert found.text.en == (
            "computed again it differs, first in amount: recorded 950.00, computed 450.00 (differences: 1)"
        )
        checked = [*client.verify(checkpoints=[kept])]
        codes = {each.problem.code for each in checked if isinstance(each, Finding)}
        assert codes >= {"V0107", "V0108"}
        assert isinstance(checked[-1], Verified) and not checked[-1].is_clean


def test_a_filter_takes_in_what_it_says(desk: Desk, tmp_path: Path) -> None:
    """Policies, days and entries narrow a replay as they do here, and what is left out is only counted as seen."""
    fill(desk.ledger, tmp_path, months=6)
    cases: list[tuple[dict[str, Any], Filter]] = [
        ({"policies": [BED]}, Filter((BED,))),
        ({"policies": ["cn/nowhere/x"]}, Filter(("cn/nowhere/x",))),
        ({"since": "2024-03-15", "until": "2024-04-01"}, Filter(since="2024-03-15", until="2024-04-01")),
        ({"first": 10, "last": 20}, Filter(first=10, last=20)),
        ({"last": 0}, Filter(last=0)),
    ]
    found = [totals(desk.client.replay(**given)) for given, _ in cases]
    with Stored(str(desk.ledger.store.url)) as source:
        mine = [replay(source, wanted) for _, wanted in cases]
    assert [(each.seen, each.same, each.digest) for each in found] == [
        (each.seen, each.same, each.digest) for each in mine
    ]
    assert [bool(each.same) for each in found] == [True, False, True, True, False]


def test_one_audit_at_a_time(broken: Desk) -> None:
    """While one runs, which its caller holds up by not reading, another is refused with a time to retry."""
    with grpc.insecure_channel(broken.server.address) as channel:
        first = broken.client.replay()
        assert isinstance(next(first), (Progress, Finding))
        time.sleep(2)  # the replay itself takes less; it is its reader for whom it waits
        for method in ("Replay", "Verify"):
            status = refusal_of_stream(channel, METHOD + method)
            info, retry, _, problems = details(status, ErrorInfo, RetryInfo, LocalizedMessage, problems_pb2.Problems)
            assert isinstance(info, ErrorInfo) and isinstance(retry, RetryInfo)
            assert isinstance(problems, problems_pb2.Problems)
            assert (status.code, info.reason, retry.retry_delay.seconds, problems.problems[0].where) == (
                grpc.StatusCode.RESOURCE_EXHAUSTED.value[0], "BUSY", 10, "audit",
            )  # fmt: skip
            assert status.message == "the service is busy with 1 calls"
        parts = [*first]
        last = parts[-1]
        assert isinstance(last, Replayed) and (last.cannot, last.findings) == (1100, 1100)
        assert sum(isinstance(each, Finding) for each in parts) >= 999  # with the first one: a thousand are listed
        assert free(broken.client) < SOON


def refusal_of_stream(channel: grpc.Channel, method: str) -> Any:
    """The status with which a call is refused whose answer is a stream."""
    from grpc_status import rpc_status

    multicallable: Any = channel.unary_stream(method)
    with pytest.raises(grpc.RpcError) as error:
        list(multicallable(b"", timeout=20))
    raised: Any = error.value
    return rpc_status.from_call(raised)


def test_an_audit_ends_with_its_caller(broken: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the caller goes away, its channel is cut, or its time is over, the processes end and another may audit."""
    monkeypatch.setattr(processes, "_ALONE", 0)  # processes also for so few entries

    def begun(client: Client, timeout: float | None = None) -> Any:
        """An audit that waits for its reader."""
        parts = client.replay(timeout=timeout)
        next(parts)
        time.sleep(1)
        assert multiprocessing.active_children()  # they have begun, and are not done
        return parts

    def ends() -> None:
        end = time.monotonic() + SOON
        while multiprocessing.active_children():
            assert time.monotonic() < end
            time.sleep(0.02)
        time.sleep(0.2)  # the last thread of it

    begun(broken.client).close()
    ends()
    with Client(broken.server.address, options=NARROW) as client:
        cut = begun(client)
    ends()
    with pytest.raises(ServiceError, match="CANCELLED"):
        list(cut)
    late = begun(broken.client, 4.0)
    time.sleep(3)
    ends()
    with pytest.raises(ServiceError, match="DEADLINE_EXCEEDED"):
        list(late)
    assert free(broken.client) < SOON


def test_the_ledger_goes_on(place: Place) -> None:
    """Claims are determined while audits run, and the next audit has them all."""
    with Server(place.catalogue, ledger=place.ledger()) as server, Client(server.address) as client:
        (ledger,) = place.made
        roster(ledger, 300)
        audited, answered = Event(), list[str]()

        def determine() -> None:
            while not audited.is_set():
                who = f"L{len(answered)}"
                facts = {"elder": who, "month": "2024-06", "cost": "10", "bill": who}
                answered.append(client.determine(NURSING, facts, request=who).decision)

        writer = Thread(target=determine)
        writer.start()
        try:
            between = []
            for _ in range(3):
                before = len(answered)
                found = totals(client.replay())
                assert found.is_clean and found.same >= 300 + before
                between.append(len(answered) - before)
                before = len(answered)
                checked = totals(client.verify())
                assert checked.is_clean and checked.kinds["determination"] >= 300 + before
        finally:
            audited.set()
            writer.join()
        assert min(between) > 0 and set(answered) == {"determined"}
        count = 300 + len(answered)
        assert (totals(client.replay()).same, totals(client.verify()).kinds["determination"]) == (count, count)


def test_a_wrong_request_is_refused(desk: Desk) -> None:
    """What no filter is, and what nobody can have kept, is refused; a file of the server's is never looked at."""
    with grpc.insecure_channel(desk.server.address) as channel:
        status = refusal(channel, REPLAY, b"\xff")
        assert status.message == "the request is not well formed: these bytes are no protobuf ReplayRequest"
    verifying = {"fingerprints": ["ledger.db", "sha256:" + "0" * 64], "checkpoints": ["x"], "key": "y"}
    cases: list[tuple[Iterator[Any], list[str]]] = [
        (desk.client.replay(first=-1), ["first: -1 is below zero"]),
        (desk.client.replay(first=3, last=2), ["last: 2 is before first"]),
        (desk.client.replay(since="2024-02-01", until="2024-01-31"), ["until: 2024-01-31 is before since"]),
        (desk.client.replay(policies=["x"] * 257), ["policies: 257 entries; at most 256"]),
        (
            desk.client.verify(**verifying),  # type: ignore[arg-type]
            [
                "fingerprints[0]: it is no fingerprint",
                "checkpoints[0]: no checkpoint: a name, a size and a root are wanted",
                "key: no key of a log: y",
            ],
        ),
    ]
    for parts, words in cases:
        with pytest.raises(RequestError) as error:
            list(parts)
        assert [each.message("en") for each in error.value.problems] == [
            f"the request is not well formed: {each}" for each in words
        ]
    assert free(desk.client) < SOON


def test_without_a_ledger_there_is_no_audit(server: Server, channel: grpc.Channel) -> None:
    """A server without a ledger says so, and its health does not know the service."""
    methods = [method.name for method in v1.DESCRIPTOR.services_by_name["AuditService"].methods]
    codes = {refusal(channel, METHOD + method, b"").code for method in methods}
    assert (methods, codes) == (["Replay", "Verify"], {grpc.StatusCode.UNIMPLEMENTED.value[0]})
    with Client(server.address) as client, pytest.raises(ServiceError) as error:
        list(client.replay())
    assert error.value.problems[0].report("en") == (
        "S0203 no-ledger-open  subsidy.v1.AuditService\n"
        "  this service has no ledger open\n  → start it as subsidy serve --ledger"
    )
    request = health_pb2.HealthCheckRequest(service="subsidy.v1.AuditService")
    with pytest.raises(grpc.RpcError) as unknown:
        health_pb2_grpc.HealthStub(channel).Check(request, timeout=20)
    assert unknown.value.code() is grpc.StatusCode.NOT_FOUND


def test_health_knows_the_audit(desk: Desk) -> None:
    """A server with a ledger says that it audits."""
    request = health_pb2.HealthCheckRequest(service="subsidy.v1.AuditService")
    with grpc.insecure_channel(desk.server.address) as channel:
        found = health_pb2_grpc.HealthStub(channel).Check(request, timeout=20)
    assert found.status == health_pb2.HealthCheckResponse.SERVING


WITHOUT = """
import sys
sys.modules["msgspec"] = None
import subsidy
from subsidy.client import Client
from subsidy.errors import ServiceError
from subsidy.ledger import Ledger
from subsidy.service import Server
catalogue = subsidy.catalogue()
with Ledger(sys.argv[1], "210100", catalogue) as ledger, Server(catalogue, ledger=ledger) as server:
    with Client(server.address) as client:
        print(client.checkpoint().size)
        try:
            list(client.verify())
        except ServiceError as error:
            print(error.problems[0].report("en"))
"""


def test_without_the_extra_the_ledger_is_served(tmp_path: Path) -> None:
    """A server on which the extra for audits is not installed serves its ledger, and says what to install."""
    command = [sys.executable, "-c", WITHOUT, f"sqlite:///{tmp_path}/l.db"]
    found = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (found.stdout, found.stderr) == (
        (
            "2\nS0204 no-audit  subsidy.v1.AuditService\n"
            "  this service has not installed what an audit needs\n  → install it: pip install 'subsidy[audit]'\n"
        ),
        "",
    )
