"""Calls over HTTP/2 with frames that are made beforehand: a caller that costs a small part of what the service costs.

The server is told to keep no table of headers, so that what a call came to stands in its trailers as plain bytes.
"""

from __future__ import annotations

import selectors
import socket
import struct
import time
from collections import Counter, deque
from collections.abc import Callable
from itertools import cycle

from hpack import Encoder

_HEADERS, _RESET, _SETTINGS, _PING, _GOAWAY = 1, 3, 4, 6, 7
_WINDOW = (1 << 31) - 1
_MOST = 64  # streams of a connection at once: what the service takes
_STATUS = b"grpc-status"
OK, BUSY, LOST = 0, 8, -1
Done = Callable[[object, int], None]  # what was sent with the call, and its code


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


class Connection:
    """One connection, and the calls on it."""

    def __init__(self, address: str, path: str, timeout: float) -> None:
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        settings = struct.pack(">HIHI", 1, 0, 4, _WINDOW)  # no table, a large window
        first = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _frame(_SETTINGS, 0, 0, settings)
        self.socket.sendall(first + _frame(8, 0, 0, struct.pack(">I", _WINDOW - 65_535)))
        encoder = Encoder()
        encoder.header_table_size = 0
        self.headers = encoder.encode(
            [
                (":method", "POST"),
                (":scheme", "http"),
                (":path", path),
                (":authority", address),
                ("te", "trailers"),
                ("content-type", "application/grpc"),
                ("grpc-timeout", f"{int(timeout * 1000)}m"),
            ]
        )
        self.calls: dict[int, object] = {}
        self.next, self.rest = 1, b""
        self.codes: Counter[str] = Counter()

    def send(self, request: bytes, about: object) -> None:
        """Make a call."""
        stream, self.next = self.next, self.next + 2
        self.calls[stream] = about
        body = b"\0" + struct.pack(">I", len(request)) + request
        self.socket.sendall(_frame(_HEADERS, 4, stream, self.headers) + _frame(0, 1, stream, body))

    def receive(self, done: Done) -> None:
        """Take in what has come."""
        data = self.rest + self.socket.recv(1 << 18)
        at, size = 0, len(data)
        if size == len(self.rest):
            raise ConnectionResetError
        while size - at >= 9:
            length, kind, flags = int.from_bytes(data[at : at + 3], "big"), data[at + 3], data[at + 4]
            if size - at < 9 + length:
                break
            stream, payload = int.from_bytes(data[at + 5 : at + 9], "big"), data[at + 9 : at + 9 + length]
            at += 9 + length
            if kind == _HEADERS and flags & 1:
                place = payload.index(_STATUS) + len(_STATUS)
                done(self.calls.pop(stream), int(payload[place + 1 : place + 1 + payload[place]]))
            elif kind == _RESET and stream in self.calls:
                done(self.calls.pop(stream), LOST)
            elif kind in (_SETTINGS, _PING) and not flags & 1:
                self.socket.sendall(_frame(kind, 1, 0, payload if kind == _PING else b""))
            elif kind == _GOAWAY:
                raise ConnectionResetError(payload[8:].decode())
        self.rest = data[at:]


class Connections:
    """Some connections, over which calls are made in turn; what they cannot hold waits here."""

    def __init__(self, address: str, path: str, count: int, timeout: float) -> None:
        self.every = [Connection(address, path, timeout) for _ in range(count)]
        self.selector = selectors.DefaultSelector()
        for each in self.every:
            self.selector.register(each.socket, selectors.EVENT_READ, each)
        self.turn = cycle(self.every)
        self.waiting: deque[tuple[bytes, object]] = deque()

    def close(self) -> None:
        """Hang up."""
        self.selector.close()
        for each in self.every:
            each.socket.close()

    @property
    def unanswered(self) -> int:
        """How many calls have no answer yet."""
        return len(self.waiting) + sum(len(each.calls) for each in self.every)

    def send(self, request: bytes, about: object) -> None:
        """Make a call, once there is room for it."""
        self.waiting.append((request, about))
        self._go_on()

    def _go_on(self) -> None:
        for each in self.turn:
            if not self.waiting or all(len(one.calls) >= _MOST for one in self.every):
                return
            if len(each.calls) < _MOST:
                each.send(*self.waiting.popleft())

    def receive(self, until: float, done: Done) -> None:
        """Take in what comes, until a time or until something has come."""
        for key, _ in self.selector.select(max(0.0, until - time.perf_counter())):
            key.data.receive(done)
        self._go_on()
