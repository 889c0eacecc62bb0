"""Callers at once, each of whom asks one claim after another, and each claim until it is answered."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from typing import Final

from tests.ledger.support import HOME

from subsidy.errors import ServiceError

from .judge import Ask

MOST: Final = 135_000  # fen a person and month
PATIENCE: Final = 60.0


def claims(rng: Random, count: int, persons: int, batch: str = "q") -> list[Ask]:
    """Claims for home service, at 30 CNY an hour and at most 1350 CNY a person and month; no two are the same."""
    return [
        Ask(
            f"{batch}{number}",
            HOME,
            {
                "beneficiary": f"R{rng.randrange(persons)}",
                "month": f"2023-{rng.randrange(8, 13):02d}",
                "hours": str(rng.randrange(1, 41)),
                "price": "30",
            },
        )
        for number in range(count)
    ]


def owed(asked: Iterable[Ask]) -> dict[tuple[str, str, str], int]:
    """What claims for home service come to by person and month, in fen, in whatever order they are determined."""
    found: dict[tuple[str, str, str], int] = {}
    for each in asked:
        key = (each.policy, str(each.facts["beneficiary"]), str(each.facts["month"]))
        found[key] = min(MOST, found.get(key, 0) + int(each.facts["hours"]) * 3000)
    return found


def in_memory() -> str | None:
    """Where a ledger lies whose disk is not what is tested: in memory if it can be, so that no sync is waited for."""
    folder = "/dev/shm"  # noqa: S108 – a name within it is made anew
    return folder if os.access(folder, os.W_OK) else None


@dataclass
class Callers:
    """Callers who never give up within a minute.

    Attributes:
        tell: asks a claim, the n-th time, and gives the answer's bytes; ServiceError where there is none.
        answered: what was acknowledged, by request id.
        tries: how many were needed, and what was said of those that failed.
    """

    tell: Callable[[Ask, int], bytes]
    answered: dict[str, tuple[Ask, bytes]] = field(default_factory=dict)
    tries: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, ask: Ask) -> None:
        """Ask until there is an answer."""
        end = time.monotonic() + PATIENCE
        for attempt in range(1_000_000):
            try:
                answer = self.tell(ask, attempt)
            except ServiceError as error:
                with self._lock:
                    self.tries[error.problems[0].code] += 1
                    if time.monotonic() > end:
                        self.wrong.append(f"{ask.request} was never answered: {error.report('en')}")
                        return
                time.sleep(0.02)
                continue
            with self._lock:
                self.tries["answered"] += 1
                self.answered[ask.request] = ask, answer
            return

    def all(self, asked: Iterable[Ask], callers: int = 16) -> None:
        """Ask claims by so many callers at once, and return when each is answered."""
        waiting = iter(asked)

        def call() -> None:
            while True:
                with self._lock:
                    ask = next(waiting, None)
                if ask is None:
                    return
                self.ask(ask)

        with ThreadPoolExecutor(callers) as pool:
            for each in [pool.submit(call) for _ in range(callers)]:
                each.result()
