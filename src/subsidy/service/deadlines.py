"""How long a call may keep its place: until its message is there, and from one message to the next.

gRPC gives a call a thread once its headers are there. Where its message does not come, or nobody reads its answers, it
would keep the thread for as long as its connection lives.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from threading import Event, Thread
from typing import Any, Final, Protocol

import grpc

from .calls import LOG, TRACE, told

MESSAGE: Final = 5.0  # seconds in which the message of a call is there
LONGEST: Final = 60.0  # of a call that came without a deadline
LONGEST_STREAM: Final = 1800.0  # and of one that streams: a connection lives as long
IDLE: Final = 120.0  # in which a caller sends the next message of a stream, or takes one
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
        end: when it has to be over; endless of a call with a deadline of its own, which gRPC ends.
        asked, offered: since when its caller has to send the next message, and to take one; endless while it is our
            move.
        took: when its caller took the last one: whoever reads an answer is not asked for more meanwhile.
    """

    context: grpc.ServicerContext
    pool: Pool
    since: float | None
    end: float
    asked: float = inf
    offered: float = inf
    took: float = 0.0

    def has_message(self) -> None:
        """A message is there."""
        self.since, self.asked = None, inf

    def is_late(self, now: float) -> bool:
        """Whether its caller lets us wait for too long, or it has taken as long as any may."""
        if self.since is not None and now >= self.since + MESSAGE:
            return True
        return now >= min(max(self.asked, self.took), self.offered) + IDLE or now >= self.end


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
        end = now + longest if left > _NEVER else inf
        found = self._places[id(context)] = Place(context, pool, now, end)
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
            try:
                self._look(time.monotonic())
            except Exception as error:  # noqa: BLE001 — whatever it is, calls go on being watched
                LOG.error("deadlines", extra={TRACE: told(error)})

    def _look(self, now: float) -> None:
        stuck = Counter[Pool]()
        for place in list(self._places.values()):
            if place.is_late(now):
                self.done(place)
                place.context.cancel()
            elif place.since is not None and now - place.since > _STUCK:
                stuck[place.pool] += 1
        for pool, count in stuck.items():
            pool.make_up_for(count)


def sent(messages: Iterator[Any], place: Place) -> Iterator[Any]:
    """The messages of a caller, each of which comes in time."""
    for message in messages:
        place.has_message()
        yield message
        place.asked = time.monotonic()
    place.asked = inf


def taken(messages: Iterator[Any], place: Place) -> Iterator[Any]:
    """The messages for a caller, each of which is taken in time."""
    for message in messages:
        place.offered = time.monotonic()
        yield message
        place.took, place.offered = time.monotonic(), inf
