"""Replies of the service cut, reset or held back after the claim was committed, by a relay between client and server.

The client asks again by itself where the connection broke; where a reply is late it gives up, and its caller asks again
under the same request id. So each claim has one entry, and what is paid is what the distinct claims come to.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final

import grpc
from tests.ledger.support import HOME, SHENYANG, Place, bureau

import subsidy
from subsidy.client import Client
from subsidy.client.errors import rebuilt
from subsidy.client.facts import encode_facts
from subsidy.service import Server
from subsidy.v1 import ledger_service_pb2_grpc
from subsidy.v1.ledger_service_pb2 import DetermineRequest

from .evidence import Figures, Tick
from .judge import Ask, judged
from .load import Callers, claims, in_memory, owed
from .outcome import Outcome, Step, steps
from .proxy import Act, Link, Relay

CLIENTS: Final = 16
REPLY: Final = b"c2sp.org/tlog-proof@v1"  # only what was committed has a proof
PATIENCE: Final = 0.8  # seconds after which a client gives up
LATE: Final = 1.2
HURTS: Final = (Act.CUT, Act.RESET, Act.LATE)


class Hurt:
    """The rule: every so many replies one is hurt, in each way in turn."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.made: Counter[Act] = Counter()
        self._left = 1

    def __call__(self, _: Link, is_asked: bool, data: bytes) -> Act:
        if is_asked or REPLY not in data:
            return Act.PASS
        self._left -= 1
        if self._left > 0:
            return Act.PASS
        self._left = self.rng.randrange(2, 8)
        act = HURTS[self.made.total() % len(HURTS)]
        self.made[act] += 1
        return act


class Clients:
    """Clients with a connection each."""

    def __init__(self, ports: Iterable[int]) -> None:
        self.made = [Client(f"127.0.0.1:{port}", timeout=PATIENCE) for port in ports]

    def __call__(self, ask: Ask, _: int) -> bytes:
        client = self.made[int(ask.request.rpartition("q")[2]) % len(self.made)]
        answer = client.determine(ask.policy, ask.facts, request=ask.request)
        return answer.message.SerializeToString(deterministic=True)

    def close(self) -> None:
        """Hang up."""
        for each in self.made:
            each.close()


def run(n: int, seed: int, tick: Tick) -> Figures:
    """Determine `n` claims while replies are hurt."""
    rng = Random(f"replies/{seed}")  # noqa: S311 – to be repeated, not to be secret
    with TemporaryDirectory(dir=in_memory()) as folder:
        catalogue = bureau(Path(folder))
        found = _hurt(Path(folder) / "one", catalogue, rng, n, steps(tick, n))
        found.control = _new_ids(Path(folder) / "two", catalogue, rng)
    return found.plain


def _hurt(folder: Path, catalogue: subsidy.Catalogue, rng: Random, n: int, step: Step) -> Outcome:
    folder.mkdir()
    place, hurt = Place(f"sqlite:///{folder}/ledger.db", folder, catalogue), Hurt(rng)
    ledger = place.ledger(SHENYANG)
    asked = claims(rng, n, max(2, n // 3))
    with Server(catalogue, ledger=ledger) as server:
        with Relay(server.port, hurt, late=LATE, ports=CLIENTS) as relay:
            clients = Clients(relay.ports)

            def tell(ask: Ask, times: int) -> bytes:
                found = clients(ask, times)
                step()
                return found

            callers = Callers(tell)
            callers.all(asked, CLIENTS)
            clients.close()
        direct = Clients([server.port])
        changed = [ask.request for ask, before in callers.answered.values() if direct(ask, 0) != before]
        direct.close()
    place.close()
    audited = judged(place.url)
    doubled = audited.kinds["determination"] - n
    wrong = [*callers.wrong, *audited.wrong, *(f"{each} has another answer than was acknowledged" for each in changed)]
    if doubled or len(callers.answered) != n:
        wrong.append(f"{audited.kinds['determination']} entries and {len(callers.answered)} answers of {n} claims")
    if audited.paid != owed(asked):
        wrong.append("what is paid is not what the distinct claims come to")
    wrong += [f"no reply was {each.value}" for each in HURTS if not hurt.made[each]]
    figures = {
        "claims": n,
        "replies": {each.value: hurt.made[each] for each in HURTS},
        "asked again by callers": {code: count for code, count in callers.tries.items() if code != "answered"},
        "paid": f"{sum(audited.paid.values()) / 100:.2f} CNY",
        "owed": f"{sum(owed(asked).values()) / 100:.2f} CNY",
        "doubled": doubled,
    }
    return Outcome(figures, {}, wrong)


def _new_ids(folder: Path, catalogue: subsidy.Catalogue, rng: Random) -> dict[str, Any]:
    """The control: callers who give each try a new id are paid more than they are owed."""
    folder.mkdir()
    place, hurt = Place(f"sqlite:///{folder}/ledger.db", folder, catalogue), Hurt(rng)
    ledger = place.ledger(SHENYANG)
    asked = claims(rng, 48, 48)
    with Server(catalogue, ledger=ledger) as server, Relay(server.port, hurt, late=LATE) as relay:
        with Client(server.address) as direct:
            declared = direct.policy(HOME, "2023-08-01")
        with grpc.insecure_channel(
            f"127.0.0.1:{relay.ports[0]}", [("grpc.initial_reconnect_backoff_ms", 100)]
        ) as channel:
            stub = ledger_service_pb2_grpc.LedgerServiceStub(channel)

            def tell(ask: Ask, _: int) -> bytes:
                sent = encode_facts(declared, ask.facts)
                request = DetermineRequest(request_id=str(uuid.uuid4()), policy=ask.policy, facts=sent)
                try:
                    return bytes(stub.Determine(request, timeout=PATIENCE).SerializeToString())
                except grpc.RpcError as error:
                    raise rebuilt(error, "relay") from None

            callers = Callers(tell)
            callers.all(asked, CLIENTS)
    place.close()
    audited = judged(place.url)
    more = sum(audited.paid.values()) - sum(owed(asked).values())
    doubled = audited.kinds["determination"] - len(asked)
    return {"caught": doubled if more > 0 else 0, "what": "a new id for each try", "overpaid": f"{more / 100:.2f} CNY"}
