"""Calls that nobody should make: every method of every service, with hostile bytes, streams and metadata."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from random import Random
from typing import Any, Final

import grpc
from google.protobuf import descriptor_pool
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2
from tests.attacks.mutations import bytes_changed
from tests.ledger.support import AID, BED, DUE, HOME, NURSING
from tests.service.table_wire import arrow, asked, roster, stream

import subsidy
import subsidy.v1
from subsidy.client import Client
from subsidy.client.facts import encode_facts
from subsidy.v1 import audit_service_pb2 as audits
from subsidy.v1 import calculation_service_pb2 as calculations
from subsidy.v1 import ledger_service_pb2 as ledgers
from subsidy.v1 import policy_service_pb2 as policies

from .ground import ALONE, Asking, Ground
from .hostile import hostile

TABLE: Final = "/subsidy.v1.CalculationService/CalculateTable"
WATCH: Final = "/grpc.health.v1.Health/Watch"
SHORT: Final = 0.05  # seconds, for what never ends by itself
LONG: Final = 30.0
_SELDOM: Final = {WATCH: 1, "/subsidy.v1.AuditService/Replay": 2, "/subsidy.v1.AuditService/Verify": 2}
_NOWHERE: Final = (
    "/subsidy.v1.LedgerService/Erase", "/subsidy.v1.LedgerService/", "/subsidy.v2.PolicyService/GetPolicy", "/", "//",
    "/x", "/subsidy.v1.PolicyService/getpolicy", "/grpc.channelz.v1.Channelz/GetServers", "/" + "a" * 2_000,
    "/%00/%2e%2e",
)  # fmt: skip
_LEAST: Final = 4  # in so many of a hundred calls something of that kind is done


@dataclass(frozen=True)
class Case:
    """A call: what is sent, and how.

    Attributes:
        is_plain: one message, to a method that takes one and gives one.
    """

    method: str
    messages: tuple[bytes, ...]
    is_plain: bool = False
    metadata: tuple[tuple[str, str | bytes], ...] = ()
    compression: grpc.Compression | None = None
    timeout: float = LONG

    @property
    def size(self) -> int:
        """The bytes of the largest message."""
        return max(map(len, self.messages), default=0)


def methods() -> dict[str, Any]:
    """The descriptor of every method of every service, ours and those beside them, by its path."""
    names = [each.name for each in pkgutil.iter_modules(subsidy.v1.__path__) if each.name.endswith("_pb2")]
    ours = [import_module(f"subsidy.v1.{name}") for name in names]
    services = [one for each in ours for one in each.DESCRIPTOR.services_by_name.values()]
    services += [one for each in (health_pb2, reflection_pb2) for one in each.DESCRIPTOR.services_by_name.values()]
    return {f"/{service.full_name}/{each.name}": each for service in services for each in service.methods}


def served(address: str) -> set[str]:
    """The path of every method that a server says it has."""
    with grpc.insecure_channel(address, ALONE) as channel:
        listed: Any = channel.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
        asked_ = reflection_pb2.ServerReflectionRequest(list_services="*").SerializeToString()
        (answer,) = list(listed(iter([asked_]), timeout=LONG))
    names = reflection_pb2.ServerReflectionResponse.FromString(answer).list_services_response.service
    pool = descriptor_pool.Default()
    return {f"/{each.name}/{method.name}" for each in names for method in pool.FindServiceByName(each.name).methods}


class Cases:
    """Calls by number: each follows from the seed and its number.

    Args:
        seeds: good requests by the path of their method.
    """

    def __init__(self, seed: int, seeds: Mapping[str, Sequence[bytes]]) -> None:
        self.seed, self.seeds = seed, seeds
        self.methods = methods()
        assert self.seeds.keys() == self.methods.keys()
        self._paths = [path for path in self.methods for _ in range(_SELDOM.get(path, 10))]
        self._tables = [stream(roster(rows), rows=7) for rows in (0, 1, 20, 100)]

    def __getitem__(self, number: int) -> Case:
        rng = Random(f"{self.seed}/{number}")  # noqa: S311 – to be repeated, not to be secret
        path = rng.choice(self._paths)
        if rng.randrange(100) < _LEAST:
            return Case(rng.choice(_NOWHERE), (rng.choice(self.seeds[path]),), True)
        messages = self._table(rng) if path == TABLE else (self._one(rng, path),)
        method = self.methods[path]
        is_plain = not method.client_streaming and not method.server_streaming
        if rng.randrange(100) < _LEAST:  # another number of messages than the method takes
            messages, is_plain = messages * rng.choice((0, 2, 3)), False
        return Case(
            path,
            messages,
            is_plain,
            _metadata(rng) if rng.randrange(100) < 2 * _LEAST else (),
            rng.choice((grpc.Compression.Gzip, grpc.Compression.Deflate)) if rng.randrange(100) < _LEAST else None,
            SHORT if path == WATCH else rng.choice((0.0, 0.001, SHORT)) if rng.randrange(100) < _LEAST / 2 else LONG,
        )

    def _one(self, rng: Random, path: str) -> bytes:
        if rng.randrange(1_000) == 0:
            return rng.randbytes(1024 * 1024 + rng.choice((1, 1_000_000)))
        return hostile(rng, self.methods[path].input_type, self.seeds[path])

    def _table(self, rng: Random) -> tuple[bytes, ...]:
        """The messages of a table: begun badly, or with bytes of Arrow that are bent, cut, or not in order."""
        first = self._one(rng, TABLE) if rng.random() < 0.3 else rng.choice(self.seeds[TABLE])
        content = rng.choice(self._tables)
        match rng.randrange(8):
            case 0 | 1 | 2 | 3:
                content = bytes_changed(rng, content)
            case 4:
                content = content[: rng.randint(0, len(content))]
            case 5:
                content += rng.choice(self._tables)
            case 6:
                content = rng.randbytes(rng.choice((1, 8, 4_000)))
            case _:
                pass
        cuts = sorted(rng.randint(0, len(content)) for _ in range(rng.choice((0, 1, 5))))
        rest = [arrow(content[a:b]) for a, b in zip([0, *cuts], [*cuts, len(content)], strict=True)]
        if rng.random() < 0.2:
            rest[rng.randrange(len(rest))] = self._one(rng, TABLE)
        if rng.random() < 0.1:
            rng.shuffle(rest)
        return (first, *rest)


def _metadata(rng: Random) -> tuple[tuple[str, str | bytes], ...]:
    """Metadata that the service does not ask for, or in forms that it does not."""
    match rng.randrange(7):
        case 0:
            return (("x-request-id", rng.choice(("", "x", "'; drop table", "0" * 500, "%0a%0d", "{0.__class__}"))),)
        case 1:
            return tuple((f"x-{place}", "y") for place in range(rng.choice((10, 90, 200))))
        case 2:
            return (("x-large", "y" * rng.choice((7_000, 8_300, 12_000, 17_000, 60_000))),)
        case 3:
            return (("x-odd-bin", rng.randbytes(rng.choice((0, 1, 255, 3_000)))),)
        case 4:
            return (("authorization", "Bearer " + "e30." * 40), ("x-forwarded-for", "::1"))
        case 5:
            return (("content-type", "application/json"),)
        case _:
            return (("x-request-id", "a"), ("x-request-id", "b"), ("te", "gzip"))


def good(place: Ground, address: str) -> dict[str, list[bytes]]:
    """Good requests of every method, by its path; some of them on a ledger that has entries."""
    asking = Asking.of(address)
    catalogue = subsidy.Catalogue(place.folder / "policies", adoptions=place.folder / "adoptions")
    calculate: list[Message] = []
    determine: list[Message] = [ledgers.DetermineRequest.FromString(asking.determine(each)) for each in range(3)]
    with Client(address) as client:
        for policy in catalogue:
            for example in policy.document.examples[:2]:
                facts = encode_facts(client.policy(policy.id), example.facts)
                readings, view = example.under, calculations.VIEW_FULL
                calculate.append(
                    calculations.CalculateRequest(policy=policy.id, facts=facts, readings=readings, view=view)
                )
                calculate.append(calculations.CalculateRequest(policy=policy.id, digest=policy.digest, facts=facts))
                if policy.id in (HOME, BED, AID, DUE):
                    determine.append(ledgers.DetermineRequest(request_id="e", policy=policy.id, facts=facts))
                    determine.append(
                        ledgers.DetermineRequest(request_id="v", policy=policy.id, facts=facts, validate_only=True)
                    )
        checkpoint = client.checkpoint()
    day = policies.GetPolicyRequest(policy=BED)
    day.on.year, day.on.month, day.on.day = 2024, 3, 1
    release = ledgers.ReleaseRequest(request_id="l", index=3, instalment="first")
    service, server = "subsidy.v1.", "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
    reflected = reflection_pb2.ServerReflectionRequest
    found: dict[str, list[Message]] = {
        f"/{service}PolicyService/ListPolicies": [
            policies.ListPoliciesRequest(page_size=2), policies.ListPoliciesRequest(page_token="Y24v"),  # noqa: S106
        ],
        f"/{service}PolicyService/GetPolicy": [day, policies.GetPolicyRequest(policy=NURSING)],
        f"/{service}CalculationService/Calculate": calculate,
        f"/{service}LedgerService/Determine": determine,
        f"/{service}LedgerService/Reverse": [ledgers.ReverseRequest(request_id="r", index=4, why="误报")],
        f"/{service}LedgerService/Release": [release],
        f"/{service}LedgerService/GetDetermination": [ledgers.GetDeterminationRequest(index=4)],
        f"/{service}LedgerService/ListDeterminations": [
            ledgers.ListDeterminationsRequest(page_size=3), ledgers.ListDeterminationsRequest(page_token="Mg=="),  # noqa: S106
        ],
        f"/{service}LedgerService/GetCheckpoint": [ledgers.GetCheckpointRequest()],
        f"/{service}LedgerService/GetConsistencyProof": [ledgers.GetConsistencyProofRequest(old_size=1, new_size=2)],
        f"/{service}AuditService/Replay": [audits.ReplayRequest(policies=[NURSING], first=1, last=9)],
        f"/{service}AuditService/Verify": [
            audits.VerifyRequest(checkpoints=[checkpoint.note], key=checkpoint.keys[0], fingerprints=["0" * 64]),
        ],
        "/grpc.health.v1.Health/Check": [health_pb2.HealthCheckRequest(service="subsidy.v1.LedgerService")],
        "/grpc.health.v1.Health/List": [health_pb2.HealthListRequest()],
        WATCH: [health_pb2.HealthCheckRequest(service="subsidy.v1.LedgerService")],
        server: [
            reflected(list_services="*"), reflected(file_containing_symbol="subsidy.v1.LedgerService"),
            reflected(file_by_filename="subsidy/v1/values.proto"), reflected(all_extension_numbers_of_type="a.B"),
        ],
    }  # fmt: skip
    plain = {path: [each.SerializeToString(deterministic=True) for each in every] for path, every in found.items()}
    return plain | {TABLE: [asked(), asked(BED, steps=["amount"]), asked(on={"year": 2024, "month": 1, "day": 1})]}
