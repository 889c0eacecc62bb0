"""Many determinations by one server: its memory, files and threads at a tenth, at a half and at the end.

As in a real bureau, the same persons come back month after month. The control is a server that leaks.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

from tests.ledger.support import HOME, SHENYANG, bureau

from subsidy.client import Client
from subsidy.service.server import MOST_CALLS

from .evidence import Figures, Tick
from .judge import Ask, judged
from .load import Callers, in_memory
from .outcome import Outcome, Step, steps
from .serving import callers, served

CLIENTS: Final = 32
MONTHS: Final = 50
SMALL: Final = 10_000  # determinations that memory has room for
SLACK: Final = 24 * 1024  # KiB that a process may take more: caches of the store, and the allocator's own
MORE: Final = 1.15
FEW: Final = 8  # connections or threads that come and go
OWN: Final = 24  # threads beside those of calls, of which a pool starts one whenever none is free, up to its bound
LEAKING: Final = 300  # determinations by the control
WARM: Final = 100  # determinations until every thread and connection is there


@dataclass(frozen=True)
class Use:
    """What a process uses."""

    kib: int
    files: int
    threads: int
    a_second: int

    @classmethod
    def of(cls, process: int, a_second: int) -> Use:
        """What a process uses now, as Linux has it."""
        own = Path(f"/proc/{process}")
        lines = dict(line.split(":", 1) for line in (own / "status").read_text("ascii").splitlines())
        kib, threads = int(lines["VmRSS"].split()[0]), int(lines["Threads"])
        return cls(kib, len(list((own / "fd").iterdir())), threads, a_second)


def run(n: int, seed: int, tick: Tick) -> Figures:
    """Determine `n` claims."""
    uses, audited = _soaked(seed, n, steps(tick, n), leak=False)
    leaking, _ = _soaked(seed, LEAKING, lambda: None, leak=True)
    wrong = [*audited, *grown(uses)]
    figures = {"determinations": n, **{f"at {at} %": asdict(use) for at, use in zip((10, 50, 100), uses, strict=True)}}
    found = grown(leaking)
    control = {"caught": len(found), "what": "a server that keeps something of each answer", "found": found}
    return Outcome(figures, control, wrong).plain


def grown(uses: list[Use]) -> list[str]:
    """What is not flat from a tenth on."""
    first, *later = uses
    found = []
    for use in later:
        if use.kib > first.kib * MORE + SLACK:
            found.append(f"memory grew from {first.kib} to {use.kib} KiB")
        if use.files > first.files + FEW:
            found.append(f"open files grew from {first.files} to {use.files}")
        if use.threads > max(first.threads + FEW, MOST_CALLS + OWN):
            found.append(f"threads grew from {first.threads} to {use.threads}")
    return found


def _soaked(seed: int, n: int, step: Step, *, leak: bool) -> tuple[list[Use], list[str]]:
    with TemporaryDirectory(dir=in_memory() if n <= SMALL else None) as name:
        folder = Path(name)
        bureau(folder)
        url = f"sqlite:///{folder}/ledger.db"
        with served(url, folder, SHENYANG, leak=leak) as (address, process):
            with Client(address) as client:
                policy = client.policy(HOME, "2023-08-01")
            uses, tries = [], Counter[str]()
            asked, done = _claims(seed, n), 0
            with callers(address, CLIENTS, policy) as tell:

                def told(ask: Ask, times: int) -> bytes:
                    tell(ask, times)
                    step()
                    return b""  # what is kept here would be no leak of the server

                for part in (max(WARM, n // 10), max(WARM, n // 2), n):
                    begun, crowd = time.monotonic(), Callers(told)
                    crowd.all((next(asked) for _ in range(part - done)), CLIENTS)
                    uses.append(Use.of(process, round((part - done) / (time.monotonic() - begun))))
                    tries, done = tries + crowd.tries, part
        wrong = [] if leak else judged(url).wrong
    if tries["answered"] != n:
        wrong.append(f"{tries['answered']} of {n} were answered")
    return uses, wrong


def _claims(seed: int, n: int) -> Iterator[Ask]:
    """The claims of some persons month after month."""
    rng, persons = Random(f"soak/{seed}"), max(20, n // MONTHS)  # noqa: S311 – to be repeated
    for number in range(n):
        month, who = divmod(number, persons)
        years, months = divmod(7 + month, 12)
        facts = {
            "beneficiary": f"R{who}",
            "month": f"{2023 + years}-{months + 1:02d}",
            "hours": str(rng.randrange(1, 41)),
            "price": "30",
        }
        yield Ask(f"s{number}", HOME, facts)
