"""What a caller is answered is the same whether there are policies that its roles do not show it, or not."""

from __future__ import annotations

import shutil
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status
from tests.ledger.support import YUNCHENG

import subsidy
from subsidy.client import Client
from subsidy.errors import RequestError
from subsidy.ledger import Ledger
from subsidy.policies import shipped_folder
from subsidy.service import Server
from subsidy.v1 import audit_service_pb2 as audits
from subsidy.v1 import calculation_service_pb2 as calculations
from subsidy.v1 import ledger_service_pb2 as ledgers
from subsidy.v1 import policy_service_pb2 as policies
from subsidy.v1 import table_pb2 as tables

from ..wire import BED, HOME
from .conftest import DOMAIN, Town, client, serving
from .test_access import Answer, ask, code_of

OWN = "cn/shanxi/yuncheng/"
ROLES = f"""\
[roles.one]
methods = ["PolicyService/*", "CalculationService/*", "LedgerService/Determine"]
divisions = ["{YUNCHENG}"]
policies = ["{OWN}*", "cn/nowhere/*"]

[[callers]]
identity = "{DOMAIN}/one"
roles = ["one"]

[roles.auditor]
methods = ["AuditService/Replay"]
divisions = ["{YUNCHENG}"]
policies = ["{OWN}*"]

[[callers]]
identity = "{DOMAIN}/auditor"
roles = ["auditor"]
"""
NEAR_ANOTHERS = "cn/nowhere/home-care-beds"  # "cn/liaoning/shenyang/home-care-beds" is near
NEAR_ITS_OWN = f"{OWN}bed-subsidi"
NEAR_NONE = "cn/nowhere/" + "z" * 40


@pytest.fixture(scope="module")
def fewer(tmp_path_factory: pytest.TempPathFactory) -> subsidy.Catalogue:
    """A catalogue with the policies of one division alone."""
    folder = Path(shutil.copytree(shipped_folder(), tmp_path_factory.mktemp("fewer") / "policies"))
    for each in subsidy.Catalogue(folder).ids:
        if not each.startswith(OWN):
            shutil.rmtree(folder / each)
    return subsidy.Catalogue(folder)


@pytest.fixture
def served(town: Town, tmp_path: Path) -> Iterator[Server]:
    """All policies, for callers with certificates."""
    catalogue = subsidy.catalogue()
    with (
        Ledger(f"sqlite:///{tmp_path}/ledger.db", YUNCHENG, catalogue) as ledger,
        serving(catalogue, town.tls(ROLES), ledger) as server,
    ):
        yield server


def questions() -> Iterator[tuple[str, Message]]:
    """Whatever may be asked by somebody with the role, of what is its own, of what is not and of nothing."""
    for size in (0, 1, 3, 1000):
        yield "PolicyService/ListPolicies", policies.ListPoliciesRequest(page_size=size)
        for behind in ("cn", HOME, BED, "d"):
            token = urlsafe_b64encode(behind.encode()).decode()
            yield "PolicyService/ListPolicies", policies.ListPoliciesRequest(page_size=size, page_token=token)
    digests = ["", "sha256:" + "0" * 64, *(subsidy.catalogue().policy(each).digest for each in (HOME, BED))]
    for policy in ("", BED, HOME, NEAR_ANOTHERS, NEAR_ITS_OWN, NEAR_NONE):
        yield "PolicyService/GetPolicy", policies.GetPolicyRequest(policy=policy)
        yield "LedgerService/Determine", ledgers.DetermineRequest(policy=policy, request_id="1")
        for digest in digests:
            yield "CalculationService/Calculate", calculations.CalculateRequest(policy=policy, digest=digest)
            asked = tables.TableAsked(policy=policy, digest=digest)
            yield "CalculationService/CalculateTable", tables.CalculateTableRequest(asked=asked)


def answers(server: Server, town: Town) -> list[tuple[str, Message, Answer]]:
    with grpc.secure_channel(server.address, town.caller("one").credentials()) as channel:
        return [(method, question, ask(channel, method, [question])) for method, question in questions()]


def test_what_is_not_a_callers_leaves_no_trace(served: Server, town: Town, fewer: subsidy.Catalogue) -> None:
    """Pages, their tokens, refusals and hints are the same bytes once all that it may not see is taken away."""
    before = answers(served, town)
    served.replace(fewer)
    after = answers(served, town)
    for one, two in zip(before, after, strict=True):
        assert one == two
    refused = [answer for _, _, answer in before if isinstance(answer, Status)]
    assert 0 < len(refused) < len(before)


def test_a_hint_is_of_what_a_caller_may_see(served: Server, town: Town) -> None:
    """A policy that is not there is said with the nearest of the caller's own, or all of them where they are few."""
    with client(served, town.caller("one")) as caller:
        assert help_for(caller, NEAR_ITS_OWN) == f"did you mean {BED}?"
        own = ", ".join(each.id for each in caller.policies())
        for given in (NEAR_ANOTHERS, NEAR_NONE):
            assert help_for(caller, given)[:200] == f"known: {own}"[:200]


def help_for(caller: Client, policy: str) -> str:
    """What is said to whoever asks for a policy that is not there."""
    with pytest.raises(RequestError) as error:
        caller.policy(policy)
    (problem,) = error.value.problems
    assert problem.code == "R0101"
    return problem.help("en")


def test_without_certificates_hints_are_of_all() -> None:
    """Where nobody asks who calls, the nearest of all is named, and whose digest it is that was given."""
    with Server(subsidy.catalogue()) as server, Client(server.address) as caller:
        assert help_for(caller, NEAR_ANOTHERS) == "did you mean cn/liaoning/shenyang/home-care-beds?"
        with grpc.insecure_channel(server.address) as channel:
            digest = subsidy.catalogue().policy(HOME).digest
            asked = calculations.CalculateRequest(policy=BED, digest=digest)
            status = ask(channel, "CalculationService/Calculate", [asked])
        assert isinstance(status, Status) and status.message.endswith(f"it is the digest of {HOME}")


def test_the_digest_of_anothers_policy_is_one_of_none(served: Server, town: Town) -> None:
    """A digest of what the caller may not see is refused as one that the catalogue has not; its own, in own words."""
    digests = ["sha256:" + "0" * 64, *(subsidy.catalogue().policy(each).digest for each in (HOME, f"{OWN}centre-size"))]
    with grpc.secure_channel(served.address, town.caller("one").credentials()) as channel:
        found = [
            ask(channel, "CalculationService/Calculate", [calculations.CalculateRequest(policy=BED, digest=digest)])
            for digest in digests
        ]
    said = [(each.code, each.message) for each in found if isinstance(each, Status)]
    none, anothers, own = said
    assert (none[0], none[1].replace(digests[0], digests[1])) == anothers
    assert anothers == (grpc.StatusCode.NOT_FOUND.value[0], f"the catalogue has no module with the digest {digests[1]}")
    assert own[1].endswith(f"it is the digest of {OWN}centre-size")


def test_an_audit_of_more_than_is_looked_at_is_none(served: Server, town: Town) -> None:
    """What is not the caller's is refused among the policies that a replay may name, and a replay that names more."""
    asked = {
        "own": [BED] * 256,
        "another's": [BED] * 255 + [HOME],
        "another's behind too many": [BED] * 256 + [HOME],
        "nothing": [],
    }
    with grpc.secure_channel(served.address, town.caller("auditor").credentials()) as channel:
        found = {
            what: code_of(ask(channel, "AuditService/Replay", [audits.ReplayRequest(policies=given)]))
            for what, given in asked.items()
        }
    assert found == {"own": "", "another's": "S0401", "another's behind too many": "R0301", "nothing": "S0401"}
