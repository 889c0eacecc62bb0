"""What a ledger is asked while a fault comes over it, and what it answered."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.ledger.support import NURSING, YUNCHENG

import subsidy
from subsidy.errors import RequestError, ServiceError
from subsidy.ledger import Answer, Ledger

Ask = Callable[[Ledger], Answer]
_MONTHS: Final = ("2024-03", "2024-04", "2025-01")


def claim(request: str, who: str, month: str, cost: str) -> Ask:
    """A claim for nursing, with a bill of its own."""
    facts = {"elder": who, "month": month, "cost": cost, "bill": request}
    return lambda ledger: ledger.determine(NURSING, facts, request=request)


def claims(first: int, count: int) -> dict[str, Ask]:
    """Claims that use up caps of a few persons, by request id."""
    return {
        f"q{n}": claim(f"q{n}", f"E{n % 3}", _MONTHS[n % 5 % 3], str(100 + 37 * (n % 11)))
        for n in range(first, first + count)
    }


def steps() -> Iterator[dict[str, Ask]]:
    """Everything that a ledger records, in groups that are asked at once."""
    yield claims(0, 1)
    yield claims(1, 3)
    yield {"r1": lambda ledger: ledger.reverse(_at(ledger, "q0"), request="r1", why="误报")}
    yield claims(4, 8)
    yield {"s1": lambda ledger: ledger.release(_at(ledger, "q1"), "first", request="s1")}
    yield {**claims(12, 30), "r2": lambda ledger: ledger.reverse(_at(ledger, "q2"), request="r2", why="误报")}
    yield claims(42, 1)


def _at(ledger: Ledger, request: str) -> int:
    found = ledger.entries(0, 1_000_000, kinds=("determination",))
    return next(at for at, body in found if body["request"] == request)


@dataclass
class Caller:
    """Who asks, and keeps what was answered.

    Attributes:
        told: is told of each answer as soon as it is there.
        again: how often what has no answer is asked again.
    """

    told: Callable[[str, bytes], None] = lambda _, __: None
    again: int = 0
    asked: dict[str, Ask] = field(default_factory=dict)
    answers: dict[str, bytes] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, ledger: Ledger, some: dict[str, Ask]) -> None:
        """Ask some at once."""
        self.asked |= some
        if len(some) == 1:
            self._ask(ledger, *next(iter(some.items())))
            return
        with ThreadPoolExecutor(min(16, len(some))) as pool:
            list(pool.map(lambda each: self._ask(ledger, *each), some.items()))

    def _ask(self, ledger: Ledger, request: str, ask: Ask) -> None:
        for _ in range(self.again + 1):
            try:
                answer = ask(ledger).to_bytes()
            except ServiceError as error:
                with self._lock:
                    self.faults.append(error.problems[0].code)
                continue
            except Exception as error:  # noqa: BLE001 – whatever else is said of a fault is wrong
                with self._lock:
                    (self.faults if _is_of_the_store(error) else self.wrong).append(f"{type(error).__name__}: {error}")
                continue
            with self._lock:
                if self.answers.setdefault(request, answer) != answer:
                    self.wrong.append(f"another answer: {request}")
            self.told(request, answer)
            return


def _is_of_the_store(error: Exception) -> bool:
    """Whether a look into the ledger failed, which a scenario takes itself; or what it looks for was never recorded."""
    from sqlalchemy.exc import DBAPIError

    return isinstance(error, DBAPIError | StopIteration | RequestError)


@contextmanager
def opened(folder: Path, catalogue: subsidy.Catalogue) -> Iterator[Ledger]:
    """The ledger in a folder, made where there is none."""
    ledger = Ledger(f"sqlite:///{folder}/ledger.db", YUNCHENG, catalogue, key=folder / "key.pem")
    try:
        yield ledger
    finally:
        ledger.close()


def asked_again(
    folder: Path, catalogue: subsidy.Catalogue, asked: dict[str, Ask], answers: dict[str, bytes]
) -> list[str]:
    """What is wrong with a ledger once it is opened: every acknowledged answer is given again, byte for byte."""
    wrong: list[Any] = []
    try:
        with opened(folder, catalogue) as ledger:
            before = ledger.checkpoint()
            for request, answer in answers.items():
                if asked[request](ledger).to_bytes() != answer:
                    wrong.append(f"another answer: {request}")
            if ledger.checkpoint() != before:
                wrong.append("it grew when nothing new was asked")
    except (subsidy.SubsidyError, StopIteration) as error:
        wrong.append(f"opened: {error!r}")
    return wrong
