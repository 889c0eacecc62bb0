"""PostgreSQL under load: its server killed and started again, and its connections cut in the middle of a commit.

Sixteen callers ask until they are answered, always under the same request id. A cut is made by a relay between ledger
and server: before the COMMIT reaches the server, right after, or when the server has answered it; and half of the time
nothing gets through for a while, so that the ledger cannot look either, and tells its caller to ask again.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final

from tests.ledger.postgres import Postgres
from tests.ledger.support import SHENYANG, Place, bureau

import subsidy

from .evidence import Figures, Tick
from .judge import Ask, judged, not_as_before
from .load import Callers, claims, owed
from .outcome import Outcome, Step, steps
from .proxy import Act, Link, Relay

CALLERS: Final = 16
NOTE: Final = b"subsidy-ledger/"  # of a checkpoint, which no transaction sends that only reads
COMMIT: Final = b"Q\x00\x00\x00\x0bCOMMIT\x00"
MODES: Final = ("before the server", "after it was sent", "after it was answered")


class Cuts:
    """The rule by which a relay cuts commits: each way in turn, with and without a time in which nothing gets through.

    Args:
        most: how many cuts are made.
        only: the one way that is cut, for the control.
    """

    def __init__(self, rng: Random, most: int, *, only: str = "") -> None:
        self.rng, self.most, self.only = rng, most, only
        self.made: Counter[str] = Counter()
        self.downs = 0
        self.relay: Relay
        self.armed = False
        self._left = 3

    @property
    def are_done(self) -> bool:
        """Whether all were made."""
        return self.made.total() >= self.most

    def __call__(self, link: Link, is_asked: bool, data: bytes) -> Act:
        if not is_asked:
            return self._cut("after it was answered", Act.CUT) if "answer" in link.marks else Act.PASS
        if NOTE in data:
            link.marks.add("writes")
        if COMMIT not in data or "writes" not in link.marks:
            return Act.PASS
        link.marks.discard("writes")
        self._left -= 1
        if not self.armed or self._left > 0 or self.are_done:
            return Act.PASS
        self._left = self.rng.randrange(2, 6)
        mode = self.only or MODES[self.made.total() % len(MODES)]
        if mode == "after it was answered":
            link.marks.add("answer")
            return Act.PASS
        return self._cut(mode, Act.CUT if mode == "before the server" else Act.LAST)

    def _cut(self, mode: str, act: Act) -> Act:
        self.made[mode] += 1
        if self.only or self.rng.random() < 0.5:
            self.relay.down(0.15)
            self.downs += 1
        return act


def run(n: int, seed: int, tick: Tick) -> Figures:
    """Kill the server `n` times, and cut twice as many commits."""
    rng = Random(f"postgres/{seed}")  # noqa: S311 – to be repeated, not to be secret
    with TemporaryDirectory() as folder:
        catalogue = bureau(Path(folder))
        server = Postgres()
        try:
            killed = _killed(server, catalogue, Path(folder), rng, n, steps(tick, n))
            cut = _cut(server, catalogue, Path(folder), rng, n)
            control = _doubled(server, catalogue, Path(folder), rng)
        finally:
            server.stop()
    figures = {**killed.figures, **cut.figures}
    return Outcome(figures, control, killed.wrong + cut.wrong).plain


def _killed(server: Postgres, catalogue: subsidy.Catalogue, folder: Path, rng: Random, n: int, step: Step) -> Outcome:
    place = Place(server.fresh("killed"), folder, catalogue)
    ledger = place.ledger(SHENYANG)
    callers = Callers(lambda ask, _: ask.of(ledger))
    asked = claims(rng, 4_000 * n, 400 * n)
    over, waits = threading.Event(), []

    def until_over() -> Any:
        for number, each in enumerate(asked):
            if over.is_set() and number > CALLERS:
                return
            yield each

    load = threading.Thread(target=callers.all, args=(until_over(), CALLERS))
    load.start()
    try:
        for _ in range(n):
            time.sleep(rng.uniform(0.05, 0.5))
            server.crash()
            begun = time.monotonic()
            server.start()
            waits.append(time.monotonic() - begun)
            step()
    finally:
        over.set()
        load.join()
    place.close()
    found = Outcome({"kills": n, "longest restart": f"{max(waits):.2f} s"}, {}, callers.wrong)
    return _held(place, callers, found, "killed")


def _cut(server: Postgres, catalogue: subsidy.Catalogue, folder: Path, rng: Random, n: int) -> Outcome:
    url, cuts = server.fresh("cut"), Cuts(rng, 2 * n)
    Place(url, folder, catalogue).ledger(SHENYANG).close()
    with Relay(server.folder / f".s.PGSQL.{server.port}", cuts) as relay:
        cuts.relay = relay
        through = Place(f"postgresql://postgres@127.0.0.1:{relay.ports[0]}/cut", folder, catalogue)
        ledger = through.ledger(SHENYANG)
        callers = Callers(lambda ask, _: ask.of(ledger))
        asked = claims(rng, 4_000 * n, 400 * n)
        cuts.armed = True

        def until_done() -> Any:
            for each in asked:
                if cuts.are_done:
                    return
                yield each

        callers.all(until_done(), CALLERS)
        through.close()
    callers.wrong += [f"no commit was cut {mode}" for mode in MODES if not cuts.made[mode]]
    figures = {"cuts": cuts.made.total(), **{f"cut {mode}": cuts.made[mode] for mode in MODES}, "down": cuts.downs}
    return _held(Place(url, folder, catalogue), callers, Outcome(figures, {}, callers.wrong), "cut")


def _held(place: Place, callers: Callers, found: Outcome, name: str) -> Outcome:
    """What was acknowledged is there, once, and what was paid is owed."""
    audited = judged(place.url)
    ledger = place.ledger(SHENYANG)
    changed = not_as_before(ledger, callers.answered.values())
    place.close()
    asked = [ask for ask, _ in callers.answered.values()]
    doubled = audited.kinds["determination"] - len(asked)
    found.wrong += [*audited.wrong, *(f"{each} has another answer than was acknowledged" for each in changed)]
    if doubled:
        found.wrong.append(f"{name}: {audited.kinds['determination']} entries of {len(asked)} claims")
    if audited.paid != owed(asked):
        found.wrong.append(f"{name}: what is paid is not what is owed")
    figures = {
        "acknowledged": len(asked),
        "asked again": callers.tries["S0304"],
        "lost": len(changed),
        "doubled": doubled,
    }
    found.figures |= {f"{name}: {key}": value for key, value in figures.items()}
    return found


def _doubled(server: Postgres, catalogue: subsidy.Catalogue, folder: Path, rng: Random) -> dict[str, Any]:
    """The control: callers who ask again under a new id have claims determined twice."""
    url, cuts = server.fresh("control"), Cuts(rng, 8, only="after it was answered")
    with Relay(server.folder / f".s.PGSQL.{server.port}", cuts) as relay:
        cuts.relay = relay
        place = Place(f"postgresql://postgres@127.0.0.1:{relay.ports[0]}/control", folder, catalogue)
        ledger = place.ledger(SHENYANG)
        callers = Callers(lambda ask, times: Ask(f"{ask.request}/{times}", ask.policy, ask.facts).of(ledger))
        asked = claims(rng, 240, 240)
        cuts.armed = True
        callers.all(asked, CALLERS)
        place.close()
    audited = judged(url)
    more = sum(audited.paid.values()) - sum(owed(asked).values())
    doubled = audited.kinds["determination"] - len(asked)
    return {"caught": doubled, "what": "a new request id for each try", "overpaid": f"{more / 100:.2f} CNY"}
