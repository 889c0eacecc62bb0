"""An answer in parts: made by a thread of its own, as fast as the caller takes it, and ended with the call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Final

import grpc
from google.protobuf.message import Message

_WAITING: Final = 64  # parts that are made before the caller takes them
_TURN: Final = 0.1  # seconds after which it is looked whether the call is over


class Over(Exception):
    """The call is over: its caller went away, or its deadline passed."""


class Stream:
    """What is on its way to one caller.

    Args:
        context: of the call.
    """

    def __init__(self, context: grpc.ServicerContext) -> None:
        self._parts: Queue[Message | BaseException | None] = Queue(_WAITING)
        self._over = Event()
        if not context.add_callback(self._over.set):
            self._over.set()

    def go_on(self) -> None:
        """Ask, in the thread that makes it, whether anybody still wants it.

        Raises:
            Over: nobody does.
        """
        if self._over.is_set():
            raise Over

    def send(self, part: Message | BaseException | None) -> None:
        """Send a part, once there is room for it; an error, or None, is the end.

        Raises:
            Over: nobody takes it any more.
        """
        while True:
            self.go_on()
            with suppress(Full):
                return self._parts.put(part, timeout=_TURN)

    def parts(self, work: Callable[[Stream], Message], done: Callable[[], None]) -> Iterator[bytes]:
        """Every part that `work` sends, and the last one, which it gives.

        Args:
            done: called once `work` has ended, however it did; whoever has the last part finds it called.
        """

        def run() -> None:
            last: Message | BaseException
            try:
                try:
                    last = work(self)
                except BaseException as error:  # noqa: BLE001 — it is raised where the call is answered
                    last = error
                finally:
                    done()
                self.send(last)
                self.send(None)
            except Over:
                return

        try:
            Thread(target=run, name="subsidy-stream", daemon=True).start()
        except RuntimeError:  # no thread is left
            done()
            raise
        try:
            while (part := self._next()) is not None:
                if isinstance(part, BaseException):
                    raise part
                yield part.SerializeToString(deterministic=True)
        finally:
            self._over.set()

    def _next(self) -> Message | BaseException | None:
        """The next part; None behind the last one, and where the call is over."""
        while not self._over.is_set():
            with suppress(Empty):
                return self._parts.get(timeout=_TURN)
        return None
