"""A ledger against a plain dictionary: seeded steps with failing commits, crashes and a clock that jumps.

One request is asked after the other by one thread, or several are laid into one batch in a fixed order; so all follows
from the seed, and a run that fails is repeated by its seed. A crash is what a killed process leaves: the files as they
are in that moment, in the middle of a transaction or right after it, opened again in the place of the ledger.
Two controls: a model that ignores a cap, and a disk that forgets the last commit on a crash.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError
from tests.ledger.support import NURSING, YUNCHENG, bureau, in_one_batch, round_fen

import subsidy
from subsidy.errors import SubsidyError
from subsidy.ledger import Answer, Ledger, Roster
from subsidy.ledger import writer as clock
from subsidy.ledger.determining import Claim
from subsidy.ledger.rosters import Outcome as RowOutcome

from .clocks import BEGINS, Jumping, set_clock
from .evidence import Earlier, Figures, Tick
from .judge import judged
from .load import in_memory
from .model import SHARES, Model
from .outcome import Outcome, steps

STEPS: Final = 10_000  # of one seed, at most
SHORT: Final = 200
MONTHS: Final = ("2024-03", "2024-04", "2025-01")
FAILED: Final = "S0304"
REACHED: Final = (
    "determined", "nothing", "refused", "cut", "reversed", "R0508", "R0509", "R0510", "R0511", "R0512",
    "paid", "lapses", "waits", "retried", "other content", "batch", "roster", "roster stopped", "roster again",
    "freed and used again", "failed before the commit", "failed after the commit", "batch failed before the commit",
    "batch failed after the commit", "crash at rest", "crash before the commit", "crash after the commit",
    "a journal left by a crash", "answer lost in a crash", "clock back", "closed and opened",
)  # fmt: skip


class Mismatch(AssertionError):
    """The ledger is not what the dictionary says."""


class Broken(psycopg.OperationalError):
    """What a driver raises."""


# — the disk —


@dataclass
class Disk:
    """The file of a ledger, whose commits fail and whose process crashes when it is told so.

    Attributes:
        fails: what happens to the next commit of an entry: "before" or "after" it an error, or a crash.
        forgets: the control: a crash leaves what was there before the last commit.
        image: the files of the last crash.
    """

    folder: Path
    forgets: bool = False
    fails: str = ""
    size: int = 0
    image: Path | None = None

    def listen(self, ledger: Ledger) -> None:
        """Stand between a ledger and its commits."""
        self.size = ledger.size
        event.listen(ledger.store.engine, "commit", self._commit)

    def _commit(self, connection: Connection) -> None:
        if not connection.get_execution_options().get("writes"):
            return
        size = connection.exec_driver_sql("SELECT size FROM head").scalar() or 0
        if size == self.size:
            return
        when, _, crash = self.fails.partition(", ")
        if self.forgets and not when:
            self.copy("before")
        if when == "after":
            connection.connection.commit()
        if when != "before":
            self.size = size
        if crash:
            self.image = self.copy("crash")
        self.fails = ""
        if when:
            raise DBAPIError("COMMIT", None, Broken("the disk says no"))

    def copy(self, name: str) -> Path:
        """The files as they are now."""
        target = self.folder / name
        target.mkdir(exist_ok=True)
        for suffix in ("", "-journal"):
            (target / f"ledger.db{suffix}").unlink(missing_ok=True)
            if (self.folder / f"ledger.db{suffix}").exists():
                shutil.copyfile(self.folder / f"ledger.db{suffix}", target / f"ledger.db{suffix}")
        return target

    def back(self, image: Path) -> None:
        """Put the files of an image in the place of those that are there."""
        for suffix in ("", "-journal"):
            (self.folder / f"ledger.db{suffix}").unlink(missing_ok=True)
            if (image / f"ledger.db{suffix}").exists():
                shutil.copyfile(image / f"ledger.db{suffix}", self.folder / f"ledger.db{suffix}")


# — the run —


Said = tuple[str, int, int, bytes]  # decision or code, position, fen, the answer's bytes
Call = Callable[[], Answer]


def said(found: Any) -> Said:
    """What came of a request."""
    if isinstance(found, Answer):
        return found.decision, found.position, round_fen(found.amount), found.to_bytes()
    if isinstance(found, RowOutcome):
        return found.decision, found.position, round_fen(found.amount), b""
    assert isinstance(found, SubsidyError), found
    return found.problems[0].code, -1, 0, b""


def outcome(call: Call) -> Said:
    """What comes of a request."""
    try:
        return said(call())
    except SubsidyError as error:
        return said(error)


@dataclass
class Asked:
    """A request that was answered: how it is asked, how it is with other content, and the bytes of the answer."""

    again: Callable[[Ledger], Answer]
    other: Callable[[Ledger], Answer]
    content: bytes


class Run:
    """The steps of one seed."""

    def __init__(self, seed: str, folder: Path, catalogue: subsidy.Catalogue, *, control: str = "") -> None:
        self.rng = Random(f"simulation/{seed}")  # noqa: S311 – to be repeated, not to be secret
        self.catalogue = catalogue
        self.model = Model(has_caps=control != "no caps")
        self.disk = Disk(folder, forgets=control == "forgets")
        self.clock = Jumping(self.rng.choice(BEGINS), Random(f"clock/{seed}"))  # noqa: S311 – read as often as it may be
        self.reached: Counter[str] = Counter()
        self.asked: list[Asked] = []
        self.trace = hashlib.sha256()
        self.number = 0
        self.rosters: list[Roster] = []
        self.ledger = self.open()

    def open(self) -> Ledger:
        """Open the ledger as it lies there."""
        set_clock(self.clock)
        url = f"sqlite:///{self.disk.folder}/ledger.db"
        found = Ledger(url, YUNCHENG, self.catalogue, key=self.disk.folder / "key.pem")
        self.disk.listen(found)
        return found

    def all(self, steps: int) -> None:
        """Do the steps, and hold the ledger against itself at the end."""
        kinds: list[Callable[[], None]] = [
            self.determine, self.determine, self.determine, self.batch, self.reverse, self.release, self.release,
            self.ask_again, self.ask_again, self.roster, self.fail, self.crash, self.jump, self.close_and_open,
        ]  # fmt: skip
        weights = [8, 8, 8, 4, 7, 8, 8, 5, 5, 2, 6, 3, 4, 1]
        for self.number in range(steps):
            self.rng.choices(kinds, weights)[0]()
        self.ledger.close()
        for each in judged(f"sqlite:///{self.disk.folder}/ledger.db").wrong:
            raise Mismatch(each)

    def hold(self, found: Said, wanted: tuple[str, int]) -> None:
        """What was said is what the model says."""
        self.trace.update(repr(found[:3]).encode())
        self.reached[wanted[0]] += 1
        if (found[0], found[2]) != wanted:
            raise Mismatch(f"step {self.number}: {found[:3]}, by the model {wanted}")

    # — claims —

    def claim(self) -> tuple[str, dict[str, str]]:
        """A new request: persons come and go, so that there is always one with something left."""
        who = f"E{self.number // 60}-{self.rng.randrange(3)}"
        cost = self.rng.choice(["0", "10", "300", "450", "800", "1000", "2000"])
        facts = {"elder": who, "month": self.rng.choice(MONTHS), "cost": cost, "bill": f"B{self.rng.randrange(5)}"}
        return f"q{self.number}-{self.rng.randrange(10**9)}", facts

    def took(self, request: str, facts: dict[str, str], found: Said) -> None:
        """A claim was answered: hold it to the model, and remember it."""
        decision, fen = self.model.determine(facts)
        self.hold(found, (decision, fen))
        self.reached["cut"] += 0 < fen < int(facts["cost"]) * 100
        self.reached["freed and used again"] += fen > 0 and facts["elder"] in self.model.freed
        self.model.determined(found[1], facts, decision, fen)
        other = {**facts, "cost": "77"}
        again = partial(_determine, facts=facts, request=request)
        self.asked.append(Asked(again, partial(_determine, facts=other, request=request), found[3]))

    def determine(self) -> None:
        """A claim."""
        request, facts = self.claim()
        self.took(request, facts, outcome(partial(_determine, self.ledger, facts=facts, request=request)))

    def batch(self) -> None:
        """Several claims in one transaction; now and then it fails, and they are asked again."""
        new = [self.claim() for _ in range(self.rng.randrange(2, 5))]
        fails = self.rng.choice(["", "", "before", "after"])
        found = self._in_one_batch(new, fails)
        self.reached["batch"] += 1
        if fails:
            self.reached[f"batch failed {fails} the commit"] += 1
            if {each[0] == FAILED for each in found} != {fails == "before"}:
                raise Mismatch(f"step {self.number}: a commit failed {fails} its end, and said was {found[0][:3]}")
            if fails == "before":
                found = self._in_one_batch(new, "")
        for (request, facts), each in zip(new, found, strict=True):
            self.took(request, facts, each)

    def _in_one_batch(self, new: Sequence[tuple[str, dict[str, str]]], fails: str) -> list[Said]:
        calls = [partial(_determine, self.ledger, facts=facts, request=request) for request, facts in new]
        self.disk.fails = fails
        return [said(each) for each in in_one_batch(self.ledger, calls)]

    def roster(self) -> None:
        """A roster, often stopped on the way and then asked as a whole; at times one of old again."""
        if self.rosters and self.rng.random() < 0.4:
            before = self.ledger.size
            list(self.ledger.determine_roster(self.rosters[-1], self.rosters[-1].claims))
            if self.ledger.size != before:
                raise Mismatch(f"step {self.number}: a roster asked again has new entries")
            self.reached["roster again"] += 1
            return
        facts = [
            {"elder": f"X{self.number}-{row % 4}", "month": MONTHS[row % 3], "cost": "450", "bill": f"B{row}"}
            for row in range(self.rng.randrange(5, 20))
        ]
        claims = [Claim(NURSING, each, {}) for each in facts]
        roster = Roster(f"r{self.number}", self.catalogue.policy(NURSING, on="2025-01-01"), claims)
        if self.rng.random() < 0.5:
            list(self.ledger.determine_roster(roster, claims[: len(claims) // 2]))
            self.reached["roster stopped"] += 1
        for each, found in zip(facts, self.ledger.determine_roster(roster, claims), strict=True):
            decision, fen = self.model.determine(each)
            self.hold(said(found), (decision, fen))
            self.model.determined(said(found)[1], each, decision, fen)
        self.rosters.append(roster)
        self.reached["roster"] += 1

    # — what follows —

    def pick(self) -> int:
        """An entry to act on: mostly a late claim, now and then a release, and at times one where there is none."""
        which = self.rng.random()
        late = itertools.islice(reversed(self.model.releases if which < 0.2 else self.model.claims), 12)
        places = [at for at in late if which < 0.4 or self.model.claims[at]["fen"]]
        return 0 if which > 0.97 or not places else self.rng.choice(places)

    def reverse(self) -> None:
        """A reversal."""
        position, request = self.pick(), f"v{self.number}"
        wanted = self.model.reverse(position)
        found = outcome(partial(_reverse, self.ledger, position=position, request=request))
        self.hold(found, wanted)
        if wanted[0] == "reversed":
            self.model.reverse_done(position)
            again, other = (partial(_reverse, position=position + more, request=request) for more in (0, 1))
            self.asked.append(Asked(again, other, found[3]))

    def release(self) -> None:
        """A release of an instalment."""
        award, request = self.pick(), f"l{self.number}"
        instalment, is_met = self.rng.choice(list(SHARES)), self.rng.random() < 0.6
        wanted = self.model.release(award, instalment, is_met)
        ask = partial(_release, instalment=instalment, is_met=is_met, request=request)
        found = outcome(partial(ask, self.ledger, award=award))
        self.hold(found, wanted)
        if found[1] >= 0:
            self.model.released(found[1], award, instalment, *wanted)
            self.asked.append(Asked(partial(ask, award=award), partial(ask, award=award + 1), found[3]))

    def ask_again(self) -> None:
        """An earlier request again: the same bytes; with other content it is refused."""
        if not self.asked:
            return
        each = self.rng.choice(self.asked)
        if outcome(partial(each.again, self.ledger))[3] != each.content:
            raise Mismatch(f"step {self.number}: a request asked again has another answer")
        self.reached["retried"] += 1
        if self.rng.random() < 0.3:
            self.hold(outcome(partial(each.other, self.ledger)), ("R0512", 0))
            self.reached["other content"] += 1

    # — faults —

    def fail(self) -> None:
        """A commit fails, before or after the disk has it: who asks again has one entry."""
        when = self.rng.choice(["before", "after"])
        request, facts = self.claim()
        ask = partial(_determine, self.ledger, facts=facts, request=request)
        self.disk.fails = when
        found = outcome(ask)
        self.reached[f"failed {when} the commit"] += 1
        if (found[0] == FAILED) != (when == "before"):
            raise Mismatch(f"step {self.number}: a commit failed {when} its end, and said was {found[:3]}")
        self.took(request, facts, outcome(ask))
        if when == "after" and self.asked[-1].content != found[3]:
            raise Mismatch(f"step {self.number}: a request whose commit was in doubt has another answer")

    def crash(self) -> None:
        """The process is gone, between two requests or in one; what it had acknowledged is there afterwards."""
        when = self.rng.choice(["at rest", "before", "after"])
        asked: tuple[str, dict[str, str]] | None = None
        if when == "at rest":
            image: Path | None = self.disk.copy("crash")
        else:
            asked = self.claim()
            self.disk.fails = f"{when}, crash"
            outcome(partial(_determine, self.ledger, facts=asked[1], request=asked[0]))  # which nobody hears
            image = self.disk.image
        if self.disk.forgets and (self.disk.folder / "before").exists():
            image = self.disk.folder / "before"
        assert image is not None
        journal = image / "ledger.db-journal"
        self.reached["a journal left by a crash"] += journal.exists() and journal.stat().st_size > 0
        self.ledger.close()
        self.disk.back(image)
        self.reached[f"crash {when}" if when == "at rest" else f"crash {when} the commit"] += 1
        self.ledger = self.open()
        for each in self.asked[-3:]:
            if outcome(partial(each.again, self.ledger))[3] != each.content:
                raise Mismatch(f"step {self.number}: what was acknowledged before a crash is not there after it")
        if asked is not None:
            size = self.ledger.size
            self.took(*asked, outcome(partial(_determine, self.ledger, facts=asked[1], request=asked[0])))
            if when == "after" and not self.disk.forgets:
                if self.ledger.size != size:
                    raise Mismatch(f"step {self.number}: a claim that was committed before a crash has two entries")
                self.reached["answer lost in a crash"] += 1

    def jump(self) -> None:
        """The clock jumps for long."""
        before = self.clock.at
        for _ in range(5):
            self.clock()
        self.reached["clock back"] += self.clock.at < before

    def close_and_open(self) -> None:
        """The ledger is closed as it should be, and opened again."""
        self.ledger.close()
        self.ledger = self.open()
        self.reached["closed and opened"] += 1


def _determine(ledger: Ledger, *, facts: dict[str, str], request: str) -> Answer:
    return ledger.determine(NURSING, facts, request=request)


def _reverse(ledger: Ledger, *, position: int, request: str) -> Answer:
    return ledger.reverse(position, request=request, why="误报")


def _release(ledger: Ledger, *, award: int, instalment: str, is_met: bool, request: str) -> Answer:
    facts = {} if instalment == "first" else {"still_cared_for": is_met}
    return ledger.release(award, instalment, facts, request=request)


def one(seed: str, steps: int, control: str = "") -> tuple[Counter[str], str, str]:
    """One run: what it reached, what was said as a hash, and what is wrong."""
    real = clock.now
    with TemporaryDirectory(dir=in_memory()) as name:
        folder = Path(name)
        run_ = Run(seed, folder, bureau(folder), control=control)
        try:
            run_.all(steps)
        except Mismatch as mismatch:
            return run_.reached, "", f"seed {seed}: {mismatch}"
        finally:
            run_.ledger.close()
            set_clock(real)
    return run_.reached, run_.trace.hexdigest(), ""


def run(n: int, seed: int, tick: Tick) -> Figures:
    """Do `n` steps, in runs of a seed each."""
    step, length = steps(tick, n), min(STEPS, max(SHORT, n // 20))
    seeds = [f"{seed}/{number}" for number in range(max(3, n // length))]
    reached, wrong, traces = Counter[str](), list[str](), dict[str, str]()
    before = Earlier("simulation" if length == STEPS else "")
    for each, (reached_, traces[each], problem) in before.runs(seeds):  # noqa: B007 — it names the trace
        reached += Counter(reached_)
        wrong += [problem] if problem else []
        for _ in range(length):
            step()
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1), mp_context=get_context("spawn")) as pool:
        again = pool.submit(one, seeds[0], SHORT)
        waiting = {pool.submit(one, each, length): each for each in seeds if each not in traces}
        once = pool.submit(one, seeds[0], SHORT)
        controls = {each: pool.submit(one, f"{seed}/control", SHORT, each) for each in ("no caps", "forgets")}
        for done in as_completed(waiting):
            found, traces[waiting[done]], problem = done.result()
            before.note(waiting[done], [found, traces[waiting[done]], problem])
            reached += found
            wrong += [problem] if problem else []
            for _ in range(length):
                step()
        if once.result()[1:] != again.result()[1:]:
            wrong.append("the same seed said something else the second time")
        caught = {each: found.result()[2] for each, found in controls.items()}
    wrong += [f"never reached: {each}" for each in REACHED if not reached[each]]
    wrong += [f"the control was not caught: {each}" for each, problem in caught.items() if not problem]
    figures = {"seeds": len(seeds), "steps of each": length, "reached": dict(sorted(reached.items()))}
    return Outcome(figures, {"caught": sum(map(bool, caught.values())), **caught}, wrong).plain
