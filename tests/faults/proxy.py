"""A relay on the loopback that hurts what passes through it, as a rule says."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Final, Self

_AT_ONCE: Final = struct.pack("ii", 1, 0)  # a close that resets


class Act(Enum):
    """What is done with some bytes that came from one side."""

    PASS = "pass"
    CUT = "cut"  # they are dropped, and both sides hung up on
    RESET = "reset"  # the same, by a reset
    LAST = "last"  # they are the last that pass
    LATE = "late"  # they pass after a while


@dataclass(eq=False)
class Link:
    """One connection through the relay, with what a rule remembers of it."""

    marks: set[str] = field(default_factory=set)


Rule = Callable[[Link, bool, bytes], Act]  # of bytes that come from the client, or else from the server


class Relay:
    """Relays from a free port of the loopback to a server; a context manager stops it.

    Args:
        server: the path of its socket, or its port.
        rule: what is done with what passes; called in one thread.
        late: seconds that late bytes wait.
        ports: how many ports it listens on: clients in one process share a connection to the same one.
    """

    def __init__(self, server: Path | int, rule: Rule, *, late: float = 0.0, ports: int = 1) -> None:
        self.server, self.rule, self.late = server, rule, late
        self.ports = [0] * ports
        self._down_until = 0.0
        self._tasks = set[asyncio.Task[None]]()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="relay")

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def down(self, seconds: float) -> None:
        """Hang up on all that call within some seconds."""
        self._down_until = time.monotonic() + seconds

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        listening = [
            self._loop.run_until_complete(asyncio.start_server(self._accept, "127.0.0.1", 0)) for _ in self.ports
        ]
        self.ports = [each.sockets[0].getsockname()[1] for each in listening]
        self._ready.set()
        self._loop.run_forever()
        for each in listening:
            each.close()
        for task in self._tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*self._tasks, return_exceptions=True))
        self._loop.run_until_complete(asyncio.sleep(0.01))  # until what was aborted is closed
        self._loop.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._relay(reader, writer)
        except asyncio.CancelledError:
            pass  # the relay stops
        finally:
            self._tasks.discard(task)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there: Any = None
        try:
            if time.monotonic() < self._down_until:
                return
            if isinstance(self.server, Path):
                back, there = await asyncio.open_unix_connection(self.server)
            else:
                back, there = await asyncio.open_connection("127.0.0.1", self.server)
            link = Link()
            pumps = [
                asyncio.create_task(self._pump(link, True, reader, there, writer)),
                asyncio.create_task(self._pump(link, False, back, writer, writer)),
            ]
            try:
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for pump in pumps:
                    pump.cancel()
                await asyncio.gather(*pumps, return_exceptions=True)
        except OSError:
            pass  # the server is down, and so hangs up
        finally:
            for each in (writer, there):
                if each is not None:
                    each.transport.abort()

    async def _pump(
        self, link: Link, is_asked: bool, source: asyncio.StreamReader, to: asyncio.StreamWriter, client: Any
    ) -> None:
        """Pass on what comes from one side, until a side hangs up or the rule does."""
        with suppress(OSError):
            while data := await source.read(1 << 16):
                act = self.rule(link, is_asked, data)
                if act is Act.LATE:
                    await asyncio.sleep(self.late)
                if act in (Act.PASS, Act.LAST, Act.LATE):
                    to.write(data)
                    await to.drain()
                if act is Act.RESET:
                    client.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
                if act is Act.LAST:
                    await asyncio.sleep(0.002)  # until the kernel has it; what comes back meanwhile is not passed on
                if act in (Act.CUT, Act.RESET, Act.LAST):
                    return
