"""How long a call may keep its place: until its message is there, and from one message to the next.

gRPC gives a call a thread once its headers are there. Where its message does not come, or nobody reads its answers, it
would keep the thread for as long as its connection lives.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any, Final, Protocol

import grpc

MESSAGE: Final = 5.0  # seconds in which the message of a call is there
LONGEST: Final = 60.0  # of a call that came without a deadline
LONGEST_STREAM: Final = 1800.0  # and of one that streams: a connection lives as long
IDLE: Final = 120.0  # between two messages of a stream, in either direction
YIELDS: Final = 1.0  # after which a call without its message gives its place to another one
_NEVER: Final = 10 * 365 * 86400.0  # what is left of no deadline is as much as gRPC can say
_STUCK: Final = 0.1  # after which a thread that waits for a message is made up for
_TURN: Final = 0.1


class Pool(Protocol):
    """Where calls have their threads."""

    def make_up_for(self, stuck: int) -> None:
        """Let others work in the place of threads that are stuck."""


@dataclass(eq=False, slots=True)
class Place:
    """A call that keeps a place.

    Attributes:
        pool: whose place it is.
        since: when it began to wait for its message; None once that is there.
        due: when it has to have gone on, however it does.
        end: when it has to be over; none of a call with a deadline of its own, which gRPC ends.
    """

    context: grpc.ServicerContext
    pool: Pool
    since: float | None
    due: float
    end: float

    def has_message(self) -> None:
        """The one message is there."""
        self.since, self.due = None, self.end

    def is_alive(self) -> None:
        """A message of a stream came or was taken; the next one is awaited."""
        self.since, self.due = None, min(time.monotonic() + IDLE, self.end)


class Deadlines:
    """Watches over calls, and ends those that are late."""

    def __init__(self) -> None:
        self._places: dict[int, Place] = {}
        self._over = Event()
        self._thread = Thread(target=self._run, name="subsidy-deadlines", daemon=True)
        self._thread.start()

    def begin(self, context: grpc.ServicerContext, pool: Pool, longest: float) -> Place:
        """A call that waits for its message from now on."""
        now = time.monotonic()
        left = context.time_remaining()
        end = now + longest if left > _NEVER else float("inf")
        found = self._places[id(context)] = Place(context, pool, now, min(now + MESSAGE, end), end)
        return found

    def done(self, place: Place) -> None:
        """A call that is over."""
        self._places.pop(id(place.context), None)

    def make_room(self, pool: Pool) -> bool:
        """End the call that has waited longest for its message, if one has waited long; whether there was one."""
        late = time.monotonic() - YIELDS
        waiting = [each for each in list(self._places.values()) if each.pool is pool and each.since is not None]
        first = min(waiting, key=lambda each: each.since or 0.0, default=None)
        if first is None or first.since is None or first.since > late:
            return False
        self.done(first)
        first.context.cancel()
        return True

    def close(self) -> None:
        """End no more."""
        self._over.set()

    def _run(self) -> None:
        while not self._over.wait(_TURN):
            now = time.monotonic()
            stuck = Counter[Pool]()
            for place in list(self._places.values()):
                if now >= place.due:
                    self.done(place)
                    place.context.cancel()
                elif place.since is not None and now - place.since > _STUCK:
                    stuck[place.pool] += 1
            for pool, count in stuck.items():
                pool.make_up_for(count)


def lively(messages: Iterator[Any], alive: Callable[[], None]) -> Iterator[Any]:
    """Messages, each of which is a sign of life."""
    for message in messages:
        alive()
        yield message
