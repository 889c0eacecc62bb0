"""The ledger over a channel: determined once, held against caps, refused in words, and proved by whoever asks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from threading import Event
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo, LocalizedMessage, RetryInfo
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tests.ledger.postgres import Postgres
from tests.ledger.support import BED, HOME, NURSING, YUNCHENG

import subsidy
from subsidy.client import Client, Recorded
from subsidy.client.facts import encode_facts
from subsidy.errors import FactsError, RequestError, ServiceError, SubsidyError
from subsidy.ledger import Ledger
from subsidy.ledger.jobs import One
from subsidy.ledger.notes import Signer
from subsidy.ledger.writer import WAITING, become_writer
from subsidy.service import Server
from subsidy.v1 import ledger_service_pb2 as v1
from subsidy.v1 import problems_pb2

from .conftest import Desk
from .wire import call, details, refusal

Code = grpc.StatusCode
METHOD = "/subsidy.v1.LedgerService/"
DETERMINE = METHOD + "Determine"


def claim(cost: str = "900", bill: str = "B1", month: str = "2024-03") -> dict[str, Any]:
    """The facts of a claim for nursing: at most 1000 CNY a month and 2500 in a life, each bill once."""
    return {"elder": "E1", "month": month, "cost": cost, "bill": bill}


def asked(desk: Desk, request: str, **facts: str) -> v1.DetermineRequest:
    """The request of a claim for nursing."""
    sent = encode_facts(desk.client.policy(NURSING), claim(**facts))
    return v1.DetermineRequest(request_id=request, policy=NURSING, facts=sent)


def said(error: SubsidyError) -> list[str]:
    """The codes of an error."""
    return [problem.code for problem in error.problems]


def test_a_retry_has_the_same_bytes(desk: Desk) -> None:
    """The same request answered ten times at once, and again after others, has one entry and one answer."""
    request = asked(desk, "once")
    with grpc.insecure_channel(desk.server.address) as channel, ThreadPoolExecutor(10) as callers:
        answers = set(callers.map(lambda _: call(channel, DETERMINE, request), range(10)))
        desk.client.determine(NURSING, claim(bill="B2"))
        answers.add(call(channel, DETERMINE, request))
    (answer,) = answers
    recorded = v1.DetermineResponse.FromString(answer).recorded
    got = desk.client.determination(recorded.index).message
    assert [recorded.index, recorded.index + 1] == [each.index for each in desk.client.determinations()]
    assert recorded.SerializeToString(deterministic=True) == got.SerializeToString(deterministic=True)


def test_an_answer_says_what_the_entry_says(desk: Desk) -> None:
    """Decision, amount, caps and proof travel as fields, and are those of the entry, which names nobody."""
    found = desk.client.determine(NURSING, claim(), request="a")
    message = found.message
    assert (
        message.decision, message.amount.currency_code, message.amount.units, message.amount.nanos,
    ) == (v1.DECISION_DETERMINED, "CNY", 900, 0)  # fmt: skip
    assert [(cap.cap, cap.before, cap.after, cap.most) for cap in message.caps] == [
        ("monthly", 0, 90000, 100000),
        ("lifetime", 0, 90000, 250000),
        ("once_per", 0, 1, 1),
    ]
    assert (found.index, found.decision, found.amount, found.why) == (
        message.index,
        "determined",
        Decimal("900.00"),
        (),
    )
    assert [cap["key"] for cap in found.caps] == [cap.key.hex() for cap in message.caps]
    assert message.tlog_proof.startswith(f"c2sp.org/tlog-proof@v1\nindex {found.index}\n")
    assert message.tlog_proof.endswith(f"\n\n{message.checkpoint}")
    assert b"E1" not in message.entry and b"id-" in message.entry


def test_a_proof_is_verified_by_the_client(desk: Desk) -> None:
    """An answer is proved by the key alone; other bytes, another key, a listed one and no key are not."""
    (key,) = desk.client.checkpoint().keys
    found = desk.client.determine(NURSING, claim())
    forged = v1.Recorded.FromString(found.message.SerializeToString())
    forged.entry = forged.entry.replace(b'"amount":"900.00"', b'"amount":"901.00"')
    stranger = Signer.new(desk.ledger.origin).verifier
    listed = next(desk.client.determinations())
    cases: list[tuple[Recorded, tuple[Any, ...], str]] = [
        (Recorded(forged), (key,), "the proof does not lead to the root of the checkpoint"),
        (found, (stranger,), "none of the known keys signed it"),
        (found, (), "none of the known keys signed it"),
        (found, ("x",), "no key of a log: x"),
        (listed, (key,), "no note: a text, a blank line and signatures are wanted"),
    ]
    words = []
    for each, keys, _ in cases:
        with pytest.raises(RequestError) as error:
            each.verify(*keys)
        words.append(error.value.report("en"))
    advice = "\n  → pay nothing on it; compare it with a checkpoint that was kept"
    assert [f"R0530 not-proved  proof\n  the answer is not proved: {detail}{advice}" for *_, detail in cases] == words
    assert desk.client.checkpoint().verify(key) == found.verify(key) == found.verify(*desk.ledger.verifiers())


def test_a_kept_checkpoint_is_the_beginning_of_a_later_one(desk: Desk) -> None:
    """What was kept yesterday is proved to be below today's log, and another ledger's is not."""
    kept = desk.client.checkpoint()
    first = desk.client.determine(NURSING, claim())
    desk.client.determine(NURSING, claim(bill="B2"))
    now = desk.client.checkpoint()
    found = desk.client.consistency(kept.size)
    assert found.verify(kept.note, *kept.keys) == now.verify(*now.keys)
    named = desk.client.consistency(kept.size, now.size)
    assert (named.proof, named.checkpoint) == (found.proof, "")
    assert named.verify(kept.note, *kept.keys, later=now.note) == now.verify(*now.keys)
    with pytest.raises(RequestError, match="the later log does not begin with the one that was kept"):
        named.verify(first.checkpoint, *kept.keys, later=now.note)
    with pytest.raises(RequestError) as error:
        desk.client.consistency(now.size + 1)
    assert said(error.value) == ["R0507"]


def test_a_cap_cuts_and_then_refuses_to_pay_twice(desk: Desk) -> None:
    """The second claim gets what is left, a third nothing, and a bill that was paid is refused with its reason."""
    paid = [desk.client.determine(NURSING, claim(bill=bill)) for bill in ("B1", "B2", "B3")]
    assert [("determined", Decimal("900.00")), ("determined", Decimal("100.00")), ("nothing", Decimal("0.00"))] == [
        (each.decision, each.amount) for each in paid
    ]
    desk.client.determine(NURSING, claim("10", month="2024-04"))
    again = desk.client.determine(NURSING, claim("11", month="2024-04"))
    (why,) = again.why
    (remark,) = again.message.why
    assert (again.decision, str(again.amount), again.message.decision) == ("refused", "0.00", v1.DECISION_REFUSED)
    assert (why.code, why.message("en")) == (remark.problem.code, remark.message.en)
    assert remark.message.en == "the same elder, month, bill was determined already, and is paid once"
    assert remark.message.zh == why.message("zh") == "同一老年人、月份、账单已经核定，只付一次"


def test_nothing_is_recorded_when_it_is_only_validated(desk: Desk) -> None:
    """`validate_only` says the decision and records nothing, with or without a request id."""
    before = desk.client.checkpoint()
    tried = desk.client.determine(NURSING, claim(), validate_only=True)
    assert (tried.index, tried.decision, tried.amount, tried.checkpoint) == (None, "determined", Decimal("900.00"), "")
    assert desk.client.checkpoint() == before


def test_reversed_and_determined_again(desk: Desk) -> None:
    """A reversal takes the amount back and frees the caps; a second one is refused, and so is one without a reason."""
    first = desk.client.determine(NURSING, claim())
    assert first.index is not None
    back = desk.client.reverse(first.index, why="重复申报", request="r")
    assert (back.decision, back.amount, back.entry["why"]) == ("reversed", Decimal("-900.00"), "重复申报")
    assert (back.message.amount.units, back.message.decision, list(back.message.why)) == (
        -900, v1.DECISION_REVERSED, [],
    )  # fmt: skip
    assert desk.client.reverse(first.index, why="重复申报", request="r") == back
    second = desk.client.determine(NURSING, claim())
    assert second.amount == Decimal("900.00")
    for index, why, code in ((first.index, "x", "R0508"), (back.index, "x", "R0507"), (second.index, " ", "R0514")):
        assert index is not None
        with pytest.raises(RequestError) as error:
            desk.client.reverse(index, why=why)
        assert said(error.value) == [code]
    with pytest.raises(RequestError, match="why: 1001 characters; at most 1000"):
        desk.client.reverse(9, why="x" * 1001)


def test_an_instalment_is_released_once(desk: Desk) -> None:
    """A release asks its own fact, as the version of the claim declares it, and is then settled."""
    index = desk.client.determine(NURSING, claim()).index
    assert index is not None
    paid = desk.client.release(index, "second", still_cared_for=True, request="s")
    waits = desk.client.release(index, "third", {"still_cared_for": "false"})
    assert [("paid", Decimal("270.00")), ("waits", Decimal("0.00"))] == [(r.decision, r.amount) for r in (paid, waits)]
    assert (paid.message.decision, waits.message.decision) == (v1.DECISION_PAID, v1.DECISION_WAITS)
    assert desk.client.release(index, "second", still_cared_for=True, request="s") == paid
    cases: list[tuple[int, str, dict[str, Any], str]] = [
        (index, "second", {"still_cared_for": True}, "R0511"),
        (index, "third", {"still_cared_for": 1}, "F0106"),
        (index, "third", {"still_cared_for": 0.5}, "F0106"),
        (0, "third", {}, "R0507"),
        (index + 99, "third", {}, "R0507"),
    ]
    for where, instalment, facts, code in cases:
        with pytest.raises(SubsidyError) as error:
            desk.client.release(where, instalment, facts)
        assert said(error.value) == [code]


def test_an_id_of_a_release_is_taken_wherever_it_is_asked_again(desk: Desk) -> None:
    """Also where there is nothing to release, or nothing that a client may see: the ledger is asked, and says it."""
    index = desk.client.determine(NURSING, claim()).index
    assert index is not None
    desk.client.release(index, "second", still_cared_for=True, request="s")
    for where in (-1, 0, index + 1, index + 99):
        with pytest.raises(RequestError) as error:
            desk.client.release(where, "second", still_cared_for=True, request="s")
        assert said(error.value) == ["R0512"]


def test_pages_have_every_determination_once(desk: Desk) -> None:
    """The list comes in pages of the size asked for, in order, without texts and keys; a strange token is refused."""
    made = [desk.client.determine(NURSING, claim("1", f"B{n}")).index for n in range(5)]
    with grpc.insecure_channel(desk.server.address) as channel:
        token, pages = "", []
        while True:
            content = call(
                channel, METHOD + "ListDeterminations", v1.ListDeterminationsRequest(page_size=2, page_token=token)
            )
            page = v1.ListDeterminationsResponse.FromString(content)
            pages.append([each.index for each in page.recorded])
            token = page.next_page_token
            if not token:
                break
        assert all(each.entry and not each.checkpoint for each in page.recorded)
        strange: dict[str, Any] = {"page_token": "eA=="}
        for request in (v1.ListDeterminationsRequest(**strange), v1.ListDeterminationsRequest(page_size=-1)):
            assert (
                refusal(channel, METHOD + "ListDeterminations", request).code
                == grpc.StatusCode.INVALID_ARGUMENT.value[0]
            )
    assert pages == [made[:2], made[2:4], made[4:]]
    assert [each.index for each in desk.client.determinations()] == made


def test_long_pages_are_cut(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page ends before it has more than a receiver takes, and has one entry at least."""
    monkeypatch.setattr("subsidy.service.determinations._LARGEST_PAGE", 1)
    made = [desk.client.determine(NURSING, claim("1", f"B{n}")).index for n in range(3)]
    with grpc.insecure_channel(desk.server.address) as channel:
        content = call(channel, METHOD + "ListDeterminations", v1.ListDeterminationsRequest())
    assert len(v1.ListDeterminationsResponse.FromString(content).recorded) == 1
    assert [each.index for each in desk.client.determinations()] == made


def test_refusals_have_their_status(desk: Desk) -> None:
    """Each reason not to record has its own gRPC code, and leaves no entry."""
    index = desk.client.determine(NURSING, claim(), request="taken").index
    before = desk.client.checkpoint()
    bed = encode_facts(
        desk.client.policy(BED),
        {"centre": "C", "resident": "R", "month": "2021-04", "care_level": "disabled", "stays": []},
    )
    home = encode_facts(desk.client.policy(HOME), {"beneficiary": "B", "month": "2023-08", "hours": "3", "price": "30"})
    left = encode_facts(desk.client.policy(NURSING), {**claim(), "left_monthly": "1"})

    def request(**given: Any) -> v1.DetermineRequest:
        return v1.DetermineRequest(request_id="a", **given)

    cases: list[tuple[str, Any, str, grpc.StatusCode]] = [
        ("Determine", asked(desk, "taken", cost="901"), "R0512", Code.ALREADY_EXISTS),
        ("Determine", request(policy=BED, facts=bed), "R0502", Code.FAILED_PRECONDITION),
        ("Determine", request(policy=HOME, facts=home), "R0513", Code.PERMISSION_DENIED),
        ("Determine", request(policy=NURSING, facts=left), "F0135", Code.INVALID_ARGUMENT),
        ("Determine", asked(desk, ""), "R0520", Code.INVALID_ARGUMENT),
        ("Determine", request(policy="x"), "R0101", Code.NOT_FOUND),
        ("GetDetermination", v1.GetDeterminationRequest(index=0), "R0507", Code.NOT_FOUND),
        ("GetDetermination", v1.GetDeterminationRequest(index=99), "R0507", Code.NOT_FOUND),
        ("GetDetermination", v1.GetDeterminationRequest(index=-(2**63)), "R0507", Code.NOT_FOUND),
        ("Reverse", v1.ReverseRequest(request_id="a", index=2**63 - 1, why="x"), "R0507", Code.NOT_FOUND),
        ("Release", v1.ReleaseRequest(request_id="a", index=index, instalment="x"), "R0111", Code.INVALID_ARGUMENT),
    ]  # fmt: skip
    found = []
    with grpc.insecure_channel(desk.server.address) as channel:
        for method, each, *_ in cases:
            status = refusal(channel, METHOD + method, each)
            problems = problems_pb2.Problems()
            assert status.details[-1].Unpack(problems)
            found.append((problems.problems[0].code, status.code))
    assert found == [(code, status.value[0]) for *_, code, status in cases]
    assert desk.client.checkpoint() == before


def test_bad_facts_are_said_all_at_once(desk: Desk) -> None:
    """What cannot be sent and what does not fit are said together, and nothing is recorded."""
    before = desk.client.checkpoint()
    with pytest.raises(FactsError) as error:
        desk.client.determine(NURSING, {**claim(), "cost": 0.5, "month": "2024-13"})
    assert [(p.code, p.where) for p in error.value.problems] == [("F0110", "month"), ("F0108", "cost")]
    assert desk.client.checkpoint() == before


def test_a_full_queue_says_when_to_retry(desk: Desk) -> None:
    """Where too many requests wait for the writer, the next is refused with a time to retry, and recorded later."""
    entered, go = Event(), Event()

    def held(_: Any) -> list[Any]:
        entered.set()
        assert go.wait(30)
        return []

    writer, request = desk.ledger._writer, asked(desk, "late")
    waiting: list[Any] = [writer.submit(One(None, held))]
    assert entered.wait(30)
    with grpc.insecure_channel(desk.server.address) as channel:
        try:
            while True:
                waiting.append(writer.submit(One(None, lambda _: [])))
        except ServiceError:
            pass
        status = refusal(channel, DETERMINE, request)
        go.set()
        info, retry, _, problems = details(status, ErrorInfo, RetryInfo, LocalizedMessage, problems_pb2.Problems)
        assert (
            isinstance(info, ErrorInfo) and isinstance(retry, RetryInfo) and isinstance(problems, problems_pb2.Problems)
        )
        assert (status.code, info.reason, retry.retry_delay.seconds) == (
            grpc.StatusCode.RESOURCE_EXHAUSTED.value[0], "BUSY", 1,
        )  # fmt: skip
        assert (status.message, problems.problems[0].where) == (f"the service is busy with {WAITING} calls", "ledger")
        for each in waiting:
            each.exception(30)
        assert call(channel, DETERMINE, request)


def test_a_busy_service_is_asked_again(desk: Desk, bureau_catalogue: subsidy.Catalogue) -> None:
    """Where a service takes four calls at a time, sixteen callers at once are all answered, the first time they ask."""
    with Server(bureau_catalogue, ledger=desk.ledger, most_calls=4) as server, ThreadPoolExecutor(16) as callers:

        def ask(number: int) -> str:
            with Client(server.address) as client:
                return client.determine(NURSING, claim("1", f"B{number}"), request=f"{number}").decision

        assert list(callers.map(ask, range(16))) == ["determined"] * 16


def test_without_a_ledger_every_method_says_so(server: Server, channel: grpc.Channel) -> None:
    """A server without a ledger answers UNIMPLEMENTED and how to start it, and its health does not know the service."""
    methods = [method.name for method in v1.DESCRIPTOR.services_by_name["LedgerService"].methods]
    codes = {refusal(channel, METHOD + method, b"").code for method in methods}
    assert codes == {grpc.StatusCode.UNIMPLEMENTED.value[0]}
    with Client(server.address) as client, pytest.raises(ServiceError) as error:
        client.checkpoint()
    assert error.value.problems[0].report() == (
        "S0203 no-ledger-open  subsidy.v1.LedgerService\n"
        "  本服务没有打开台账\n  → 用 subsidy serve --ledger 启动\n"
        "  this service has no ledger open\n  → start it as subsidy serve --ledger"
    )
    request = health_pb2.HealthCheckRequest(service="subsidy.v1.LedgerService")
    with pytest.raises(grpc.RpcError) as unknown:
        health_pb2_grpc.HealthStub(channel).Check(request, timeout=20)
    assert unknown.value.code() is grpc.StatusCode.NOT_FOUND


def test_health_knows_the_ledger(desk: Desk) -> None:
    """A server with a ledger says that its service is serving."""
    request = health_pb2.HealthCheckRequest(service="subsidy.v1.LedgerService")
    with grpc.insecure_channel(desk.server.address) as channel:
        found = health_pb2_grpc.HealthStub(channel).Check(request, timeout=20)
    assert found.status == health_pb2.HealthCheckResponse.SERVING


def test_a_server_that_lost_its_ledger_says_so(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """Once another writer has taken over, nothing is recorded here, and the health of the ledger says not serving."""
    become_writer(desk.ledger.store, "another")
    with grpc.insecure_channel(desk.server.address) as channel, caplog.at_level("ERROR", "subsidy.service"):
        status = refusal(channel, DETERMINE, asked(desk, "a"))
        health = health_pb2_grpc.HealthStub(channel)
        found = [
            health.Check(health_pb2.HealthCheckRequest(service=service), timeout=20).status
            for service in ("subsidy.v1.LedgerService", "subsidy.v1.CalculationService")
        ]
    said = "another process has taken over the writing of the ledger"
    assert (status.code, status.message) == (Code.UNAVAILABLE.value[0], said)
    assert found == [health_pb2.HealthCheckResponse.NOT_SERVING, health_pb2.HealthCheckResponse.SERVING]
    assert caplog.messages == ["another process has taken over the ledger"]
    assert list(desk.client.determinations()) == []


def test_on_postgresql(bureau_catalogue: subsidy.Catalogue, tmp_path: Path) -> None:
    """On PostgreSQL the same holds over the channel; while it is gone calls are UNAVAILABLE, and it is not named."""
    postgres = Postgres()
    try:
        with (
            Ledger(postgres.fresh("served"), YUNCHENG, bureau_catalogue, key=tmp_path / "key") as ledger,
            Server(bureau_catalogue, ledger=ledger) as server,
            Client(server.address) as client,
            grpc.insecure_channel(server.address) as channel,
        ):
            (key,) = client.checkpoint().keys
            tried = client.determine(NURSING, claim(), validate_only=True)
            first = client.determine(NURSING, claim(), request="a")
            assert client.determine(NURSING, claim(), request="a") == first
            assert first.verify(key) and tried.amount == first.amount
            assert client.determine(NURSING, claim(bill="B2")).amount == Decimal("100.00")
            postgres.crash()
            with suppress(grpc.RpcError):  # its children answer for a moment longer
                while True:
                    call(channel, METHOD + "GetCheckpoint", v1.GetCheckpointRequest())
            for method, request in (
                ("GetCheckpoint", v1.GetCheckpointRequest()),
                ("Reverse", v1.ReverseRequest(request_id="r", index=first.index, why="x")),
            ):
                status = refusal(channel, METHOD + method, request)
                assert status.code == grpc.StatusCode.UNAVAILABLE.value[0]
                assert status.message == "the database of the ledger failed: OperationalError"
                assert b"served" not in status.SerializeToString()
            postgres.start()
            assert first.index is not None
            assert client.reverse(first.index, why="x", request="r").amount == Decimal("-900.00")
    finally:
        postgres.stop()
