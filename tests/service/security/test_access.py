"""Who may call what: every method by callers of other divisions, for what there is and for what there is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status
from tests.ledger.support import NURSING, YUNCHENG

import subsidy
from subsidy.client import Client
from subsidy.client.facts import encode_facts
from subsidy.ledger import Ledger
from subsidy.service import Server
from subsidy.service.security.access import NAMED
from subsidy.service.security.roles import Role, methods
from subsidy.v1 import audit_service_pb2 as audits
from subsidy.v1 import calculation_service_pb2 as calculations
from subsidy.v1 import ledger_service_pb2 as ledgers
from subsidy.v1 import policy_service_pb2 as policies
from subsidy.v1 import problems_pb2
from subsidy.v1 import table_pb2 as tables

from ..wire import call
from .conftest import Town, client, serving

ROLES = """\
[roles.own]
methods = ["PolicyService/*", "CalculationService/*", "LedgerService/*"]
divisions = ["140800"]
policies = ["*"]

[roles.auditor]
methods = ["AuditService/*"]
divisions = ["140000"]
policies = ["*"]

[roles.sibling]
methods = ["PolicyService/*", "CalculationService/*", "LedgerService/*"]
divisions = ["140700"]
policies = ["cn/shanxi/jinzhong/*"]

[roles.sibling_auditor]
methods = ["AuditService/*"]
divisions = ["140700"]
policies = ["cn/shanxi/jinzhong/*"]

[roles.below]
methods = ["PolicyService/*", "CalculationService/*", "LedgerService/*"]
divisions = ["140802"]
policies = ["cn/shanxi/yuncheng/yanhu/*"]

[roles.below_auditor]
methods = ["AuditService/*"]
divisions = ["140802"]
policies = ["cn/shanxi/yuncheng/yanhu/*"]

[roles.narrow]
methods = ["CalculationService/Calculate", "LedgerService/*"]
divisions = ["140800"]
policies = ["cn/test/nursing"]
""" + "".join(
    f'\n[[callers]]\nidentity = "spiffe://test.example/{name}"\nroles = ["{name}"]\n'
    for name in ("own", "auditor", "sibling", "sibling_auditor", "below", "below_auditor", "narrow")
)
FREE = {"PolicyService/ListPolicies"}  # of which others are shown nothing, rather than refused
NONE = "cn/test/none"
FACTS = {"elder": "E1", "month": "2024-03", "cost": "900", "bill": "B1"}
Answer = Status | list[bytes]


def requests(facts: Any) -> dict[str, tuple[list[Message], list[Message]]]:
    """Of each method, requests for what there is, and the same for what there is not."""

    def table(policy: str) -> list[Message]:
        return [tables.CalculateTableRequest(asked=tables.TableAsked(policy=policy))]

    return {
        "PolicyService/ListPolicies": ([policies.ListPoliciesRequest()], [policies.ListPoliciesRequest(page_size=1)]),
        "PolicyService/GetPolicy": both(lambda policy: policies.GetPolicyRequest(policy=policy)),
        "CalculationService/Calculate": both(lambda policy: calculations.CalculateRequest(policy=policy, facts=facts)),
        "CalculationService/CalculateTable": (table(NURSING), table(NONE)),
        "LedgerService/Determine": both(
            lambda policy: ledgers.DetermineRequest(policy=policy, facts=facts, request_id=f"new-{policy}")
        ),
        "LedgerService/Reverse": at(lambda index: ledgers.ReverseRequest(index=index, request_id="r", why="错")),
        "LedgerService/Release": at(lambda index: ledgers.ReleaseRequest(index=index, request_id="r", instalment="a")),
        "LedgerService/GetDetermination": at(lambda index: ledgers.GetDeterminationRequest(index=index)),
        "LedgerService/ListDeterminations": (
            [ledgers.ListDeterminationsRequest()],
            [ledgers.ListDeterminationsRequest()],
        ),
        "LedgerService/GetCheckpoint": ([ledgers.GetCheckpointRequest()], [ledgers.GetCheckpointRequest()]),
        "LedgerService/GetConsistencyProof": at(lambda index: ledgers.GetConsistencyProofRequest(old_size=index)),
        "AuditService/Replay": both(lambda policy: audits.ReplayRequest(policies=[policy])),
        "AuditService/Verify": ([audits.VerifyRequest()], [audits.VerifyRequest(fingerprints=["00" * 32])]),
    }


def both(make: Callable[[str], Message]) -> tuple[list[Message], list[Message]]:
    return [make(NURSING)], [make(NONE)]


def whatever(request: Message) -> tuple[list[Message], list[Message]]:
    return [request], [request]


def at(make: Callable[[int], Message]) -> tuple[list[Message], list[Message]]:
    return [make(3)], [make(10**6)]


def ask(channel: grpc.Channel, method: str, sent: list[Message]) -> Answer:
    """The answers, or the status of the refusal."""
    path = f"/subsidy.v1.{method}"
    service, name = method.split("/")
    kind = {"CalculateTable": channel.stream_stream, "Replay": channel.unary_stream, "Verify": channel.unary_stream}
    make: Any = kind.get(name, channel.unary_unary)(path)
    content: Any = [each.SerializeToString() for each in sent]
    assert service
    try:
        found = make(iter(content) if name == "CalculateTable" else content[0], timeout=20)
        return [found] if isinstance(found, bytes) else list(found)
    except grpc.RpcError as error:
        raised: Any = error
        status: Status | None = rpc_status.from_call(raised)
        assert status is not None, raised
        return status


def code_of(answer: Answer) -> str:
    """Our code of a refusal; empty where there is an answer."""
    if not isinstance(answer, Status):
        return ""
    sent = problems_pb2.Problems()
    assert any(detail.Unpack(sent) for detail in answer.details)
    return str(sent.problems[0].code)


@pytest.fixture
def desk(bureau_catalogue: subsidy.Catalogue, tmp_path: Path, town: Town) -> Iterator[tuple[Ledger, Server]]:
    """A ledger with an entry, behind a server that asks for certificates."""
    with Ledger(f"sqlite:///{tmp_path}/ledger.db", YUNCHENG, bureau_catalogue) as ledger:
        ledger.determine(NURSING, FACTS, request="before")
        with serving(bureau_catalogue, town.tls(ROLES), ledger) as server:
            yield ledger, server


def size(ledger: Ledger) -> int:
    return int(ledger.checkpoint().split("\n")[1])


def strangers(town: Town, server: Server, facts: Any) -> Iterator[tuple[str, str, Answer, Answer]]:
    """What callers of other divisions, and of none, are answered by each method."""
    for name in ("sibling", "sibling_auditor", "below", "below_auditor", "nobody"):
        with grpc.secure_channel(server.address, town.caller(name).credentials()) as channel:
            for method, (there, absent) in requests(facts).items():
                yield name, method, ask(channel, method, there), ask(channel, method, absent)


def test_no_method_is_missing() -> None:
    """Every method that the contract has is checked, and is in the requests of these tests."""
    assert set(NAMED) == set(methods()) == set(requests({}))


def test_others_are_refused_alike(
    desk: tuple[Ledger, Server], town: Town, record_property: Callable[[str, object], None]
) -> None:
    """Callers of a sibling, of a division below and of none: the same bytes, be it there or not, and no entry."""
    ledger, server = desk
    before, count = size(ledger), 0
    with client(server, town.caller("own")) as own:
        facts = encode_facts(own.policy(NURSING), FACTS)
    for name, method, there, absent in strangers(town, server, facts):
        if method in FREE and name in ("sibling", "below"):
            assert isinstance(there, list), (name, method)
            assert not policies.ListPoliciesResponse.FromString(there[0]).policies
            continue
        assert isinstance(there, Status), (name, method)
        assert isinstance(absent, Status), (name, method)
        assert there.SerializeToString() == absent.SerializeToString()
        assert code_of(there) == "S0401"
        assert there.message == f"this caller is not allowed to call {method} so"
        count += 2
    record_property("figure refusals without a difference", f"{count}, entries written {size(ledger) - before}")
    assert size(ledger) == before
    assert count == 2 * (5 * len(NAMED) - 2)


def test_own_callers_are_answered(desk: tuple[Ledger, Server], town: Town) -> None:
    """Whoever may call is told what there is: an answer for it, and for what there is not the method's own words."""
    ledger, server = desk
    with client(server, town.caller("own")) as own:
        facts = encode_facts(own.policy(NURSING), FACTS)
    for name in ("own", "auditor"):
        with grpc.secure_channel(server.address, town.caller(name).credentials()) as channel:
            for method, (there, absent) in requests(facts).items():
                found, other = ask(channel, method, there), ask(channel, method, absent)
                is_own = method.startswith("AuditService/") == (name == "auditor")
                assert (code_of(found) == "S0401") == (code_of(other) == "S0401") == (not is_own), (name, method, found)
    assert size(ledger) > 0


def test_a_narrow_role_sees_its_policy_alone(desk: tuple[Ledger, Server], town: Town) -> None:
    """A role for one policy calculates and determines by it; entries, which are of any, are not told from none."""
    _, server = desk
    with client(server, town.caller("own")) as own:
        facts = encode_facts(own.policy(NURSING), FACTS)
    asked = requests(facts)
    with grpc.secure_channel(server.address, town.caller("narrow").credentials()) as channel:
        outcomes = {
            name: [code_of(ask(channel, method, each)) for each in asked[method]]
            for method in asked
            if (name := method.split("/")[1])
        }
    assert outcomes["Calculate"] == ["F0102", "S0401"]
    assert outcomes["Determine"] == ["", "S0401"]
    assert outcomes["GetDetermination"] == outcomes["Reverse"] == ["S0401", "S0401"]
    assert outcomes["GetPolicy"] == outcomes["Verify"] == ["S0401", "S0401"]


def test_a_check_that_lets_all_through_is_seen(
    desk: tuple[Ledger, Server], town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: where roles are for every policy, a stranger's answers differ between what there is and is not."""
    _, server = desk
    monkeypatch.setattr(Role, "is_for", lambda self, policy: True)  # noqa: ARG005
    found = [
        (name, method)
        for name, method, there, absent in strangers(town, server, {})
        if not (code_of(there) == code_of(absent) == "S0401")
    ]
    assert ("sibling", "PolicyService/GetPolicy") in found


def test_malformed_requests_say_nothing_to_strangers(desk: tuple[Ledger, Server], town: Town) -> None:
    """Bytes that are no request are refused as any other of a caller without a role, and explained to others."""
    _, server = desk
    path = "/subsidy.v1.CalculationService/Calculate"
    codes = {}
    for name in ("own", "sibling", "nobody"):
        with grpc.secure_channel(server.address, town.caller(name).credentials()) as channel:
            with pytest.raises(grpc.RpcError) as error:
                call(channel, path, b"\xff\xff")
            raised: Any = error.value
            codes[name] = raised.code().name
    assert codes == {"own": "INVALID_ARGUMENT", "sibling": "INVALID_ARGUMENT", "nobody": "PERMISSION_DENIED"}


def test_a_list_has_what_is_the_callers(bureau_catalogue: subsidy.Catalogue, town: Town) -> None:
    """Policies of other namespaces are not in a caller's list, whatever the size of its pages."""
    roles = ROLES.replace('["cn/shanxi/jinzhong/*"]', '["cn/shanxi/yuncheng/*"]')
    with serving(bureau_catalogue, town.tls(roles)) as server, client(server, town.caller("sibling")) as caller:
        found = [each.id for each in caller.policies()]
    wanted = [each for each in bureau_catalogue.ids if each.startswith("cn/shanxi/yuncheng/")]
    assert found == wanted
    assert isinstance(caller, Client)
