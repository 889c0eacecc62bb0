"""The ledger against a plain dictionary: random claims, reversals, releases and retries, from a fixed seed."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any, ClassVar, Final, Protocol

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from subsidy.client import Client, Recorded
from subsidy.errors import SubsidyError
from subsidy.ledger import Answer, Ledger
from subsidy.ledger.merkle import verify_consistency
from subsidy.ledger.notes import opened
from subsidy.service import Server

from .support import NURSING, YUNCHENG, Place, in_one_batch, is_proved, round_fen

EXAMPLES: Final = int(os.environ.get("SUBSIDY_LEDGER_EXAMPLES", "30"))  # more of them for a longer run
ROUNDS: Final = 6  # at most
MONTHLY: Final = 100_000
LIFETIME: Final = {"2024": 250_000, "2025": 300_000}
SHARES: Final = {"first": 40, "second": 30, "third": 30}  # percent
RARE: Final = [
    "cut", "nothing", "refused", "reversed", "retried", "released", "lapsed", "waiting", "settled again",
    "other content", "reversed twice", "released before", "in one batch", "opened again", "freed and used again",
]  # fmt: skip


@dataclass(frozen=True)
class Said:
    """What a ledger said to a request: where its entry stands, what was decided and paid, and the answer's bytes.

    For a refusal that is not recorded, `decision` is its code, and there is nothing else.
    """

    decision: str
    position: int = -1
    fen: int = 0
    content: bytes = b""


class Driver(Protocol):
    """How the machine reaches a ledger: through the library, or over a wire."""

    def determine(self, claims: Sequence[tuple[str, dict[str, str]]]) -> list[Said]:
        """Determine claims, each with its request id; several at once if the way allows it, in this order."""

    def reverse(self, request: str, position: int) -> Said:
        """Reverse an entry."""

    def release(self, request: str, award: int, instalment: str, facts: dict[str, bool]) -> Said:
        """Release an instalment."""

    def open_again(self) -> None:
        """Close the ledger, and open it again."""

    @property
    def ledger(self) -> Ledger:
        """The ledger, for a look at its end."""


class Library:
    """A ledger in this process."""

    def __init__(self, place: Place) -> None:
        self.place, self.ledger = place, place.ledger(YUNCHENG)

    def determine(self, claims: Sequence[tuple[str, dict[str, str]]]) -> list[Said]:
        calls = [partial(self.ledger.determine, NURSING, facts, request=request) for request, facts in claims]
        if len(calls) == 1:
            return [_said(calls[0])]
        return [_of(each) for each in in_one_batch(self.ledger, calls)]

    def reverse(self, request: str, position: int) -> Said:
        return _said(partial(self.ledger.reverse, position, request=request, why="误报"))

    def release(self, request: str, award: int, instalment: str, facts: dict[str, bool]) -> Said:
        return _said(partial(self.ledger.release, award, instalment, facts, request=request))

    def open_again(self) -> None:
        self.ledger.close()
        self.ledger = self.place.ledger(YUNCHENG)


class Channel(Library):
    """A ledger behind a server: every request goes through a real channel."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._serve()

    def _serve(self) -> None:
        self.server = Server(self.place.catalogue, ledger=self.ledger)
        self.server.__enter__()
        self.client = Client(self.server.address)

    def stop(self) -> None:
        """Hang up, and stop the server."""
        self.client.close()
        self.server.__exit__(None, None, None)

    def determine(self, claims: Sequence[tuple[str, dict[str, str]]]) -> list[Said]:
        calls = [partial(self.client.determine, NURSING, facts, request=request) for request, facts in claims]
        if len(calls) == 1:
            return [_said(calls[0])]
        return [_of(each) for each in in_one_batch(self.ledger, calls)]

    def reverse(self, request: str, position: int) -> Said:
        return _said(partial(self.client.reverse, position, request=request, why="误报"))

    def release(self, request: str, award: int, instalment: str, facts: dict[str, bool]) -> Said:
        return _said(partial(self.client.release, award, instalment, facts, request=request))

    def open_again(self) -> None:
        self.stop()
        super().open_again()
        self._serve()


def _said(call: Callable[[], Answer | Recorded]) -> Said:
    try:
        return _of(call())
    except SubsidyError as error:
        return _of(error)


def _of(found: Answer | Recorded | BaseException) -> Said:
    if isinstance(found, Answer):
        return Said(found.decision, found.position, round_fen(found.amount), found.to_bytes())
    if isinstance(found, Recorded):
        assert found.index is not None
        content = found.message.SerializeToString(deterministic=True)
        return Said(found.decision, found.index, round_fen(str(found.amount)), content)
    assert isinstance(found, SubsidyError), found
    (problem,) = found.problems
    return Said(problem.code)


@dataclass
class Model:
    """What a ledger is, as plain dictionaries: no buckets, only sums over what stands."""

    claims: dict[int, dict[str, Any]] = field(default_factory=dict)  # by position
    releases: dict[int, dict[str, Any]] = field(default_factory=dict)
    reversed: set[int] = field(default_factory=set)
    asked: dict[tuple[str, str], tuple[Any, Said]] = field(default_factory=dict)  # by method and id

    def standing(self, **like: str) -> list[dict[str, Any]]:
        """The claims that were paid and are not reversed, with these facts."""
        return [
            claim
            for position, claim in self.claims.items()
            if claim["decision"] == "determined"
            and position not in self.reversed
            and all(claim[name] == value for name, value in like.items())
        ]

    def determine(self, facts: dict[str, str]) -> tuple[str, int]:
        """What a claim must come to."""
        who, month = facts["elder"], facts["month"]
        monthly = sum(claim["fen"] for claim in self.standing(elder=who, month=month))
        life = sum(claim["fen"] for claim in self.standing(elder=who))
        fen = min(int(facts["cost"]) * 100, max(0, MONTHLY - monthly), max(0, LIFETIME[month[:4]] - life))
        if not fen:
            return "nothing", 0
        if self.standing(elder=who, month=month, bill=facts["bill"]):
            return "refused", 0
        return "determined", fen

    def reverse(self, position: int) -> tuple[str, int]:
        """What a reversal must come to."""
        entry = self.claims.get(position) or self.releases.get(position)
        if entry is None:
            return "R0507", 0
        if position in self.reversed:
            return "R0508", 0
        if any(at not in self.reversed and each["award"] == position for at, each in self.settled()):
            return "R0509", 0
        return "reversed", -entry["fen"]

    def release(self, award: int, instalment: str, is_met: bool) -> tuple[str, int]:
        """What a release must come to."""
        claim = self.claims.get(award)
        if claim is None:
            return "R0507", 0
        if award in self.reversed:
            return "R0508", 0
        if claim["decision"] != "determined":
            return "R0510", 0
        settled = [at for at, each in self.settled() if (each["award"], each["instalment"]) == (award, instalment)]
        if any(at not in self.reversed for at in settled):
            return "R0511", 0
        if is_met or instalment == "first":
            return "paid", claim["fen"] * SHARES[instalment] // 100
        return ("lapses" if instalment == "second" else "waits"), 0

    def settled(self) -> list[tuple[int, dict[str, Any]]]:
        return [(at, each) for at, each in self.releases.items() if each["decision"] in ("paid", "lapses")]


CLAIMS: Final = some.fixed_dictionaries(
    {
        "elder": some.sampled_from(["E1", "E2", "E3"]),
        "month": some.sampled_from(["2024-03", "2024-04", "2025-01", "2025-02"]),
        "cost": some.sampled_from(["0", "10", "300", "450", "800", "1000", "2000"]),
        "bill": some.sampled_from(["B1", "B2", "B3", "B4", "B5"]),
    }
)
SOME: Final = some.integers(0, 999)


class Machine(RuleBasedStateMachine):
    """Every rule asks the ledger and the model the same, and holds one to the other."""

    driver: ClassVar[Driver]
    counted: ClassVar[Counter[str]]
    runs: ClassVar[count[int]]

    def __init__(self) -> None:
        super().__init__()
        self.model, self.run, self.ids = Model(), next(self.runs), count()
        self.before = self.driver.ledger.checkpoint()

    def new_id(self) -> str:
        return f"{self.run}-{next(self.ids)}"

    def of_this_run(self, facts: dict[str, str]) -> dict[str, str]:
        """The claim for persons of this run, so that each run begins with nothing."""
        return {**facts, "elder": f"{self.run}-{facts['elder']}", "bill": f"{self.run}-{facts['bill']}"}

    def hold(self, said: Said, wanted: tuple[str, int]) -> None:
        assert (said.decision, said.fen) == wanted

    @initialize()
    def begin(self) -> None:
        """Two claims, so that there is something to act on."""
        bills = ("B1", "B2")
        self.determine([{"elder": "E1", "month": "2024-03", "cost": "300", "bill": bill} for bill in bills])

    @rule(claims=some.lists(CLAIMS, min_size=1, max_size=3))
    def determine(self, claims: list[dict[str, str]]) -> None:
        """New claims, alone or several in one batch."""
        asked = [(self.new_id(), self.of_this_run(facts)) for facts in claims]
        for (request, facts), said in zip(asked, self.driver.determine(asked), strict=True):
            freed = [
                c for at, c in self.model.claims.items() if at in self.model.reversed and c["elder"] == facts["elder"]
            ]
            decision, fen = self.model.determine(facts)
            self.hold(said, (decision, fen))
            self.model.claims[said.position] = {**facts, "decision": decision, "fen": fen}
            self.model.asked["determine", request] = (facts, said)
            self.counted[decision] += 1
            self.counted["cut"] += 0 < fen < int(facts["cost"]) * 100
            self.counted["freed and used again"] += bool(freed) and fen > 0
            self.counted["in one batch"] += len(claims) > 1

    def pick(self, which: int, likely: Sequence[int]) -> int:
        """A position of this run, mostly one of the likely ones; now and then one where there is nothing to act on."""
        places = [*self.model.claims, *self.model.releases]
        if not places or which % 20 == 7:
            return 0
        if which % 5 != 3 and likely:
            places = list(likely)
        return places[which % len(places)]

    @rule(which=SOME)
    def reverse(self, which: int) -> None:
        """A reversal of something."""
        standing = [at for at in self.model.releases if at not in self.model.reversed]
        standing += [self.model.releases[at]["award"] for at in standing[:2]]
        position, request = self.pick(which, standing), self.new_id()
        said, wanted = self.driver.reverse(request, position), self.model.reverse(position)
        self.hold(said, wanted)
        self.counted["reversed"] += wanted[0] == "reversed"
        self.counted["reversed twice"] += wanted[0] == "R0508"
        self.counted["released before"] += wanted[0] == "R0509"
        if wanted[0] == "reversed":
            self.model.reversed.add(position)
            self.model.asked["reverse", request] = (position, said)

    @rule(which=SOME, instalment=some.sampled_from(list(SHARES)), is_met=some.booleans())
    def release(self, which: int, instalment: str, is_met: bool) -> None:
        """A release of an instalment of something."""
        paid = [at for at, each in self.model.claims.items() if each["fen"] and at not in self.model.reversed]
        award, request = self.pick(which, paid[:2]), self.new_id()
        undone = [each for at, each in self.model.settled() if at in self.model.reversed]
        if undone and which % 2:
            award, instalment = undone[-1]["award"], undone[-1]["instalment"]
        facts = {} if instalment == "first" else {"still_cared_for": is_met}
        again = (award, instalment) in [(each["award"], each["instalment"]) for _, each in self.model.settled()]
        said, wanted = (
            self.driver.release(request, award, instalment, facts),
            self.model.release(award, instalment, is_met),
        )
        self.hold(said, wanted)
        for name, decision in (("released", "paid"), ("lapsed", "lapses"), ("waiting", "waits")):
            self.counted[name] += wanted[0] == decision
        self.counted["settled again"] += again and wanted[0] in ("paid", "lapses")
        if said.position >= 0:
            self.model.releases[said.position] = {
                "award": award, "instalment": instalment, "decision": wanted[0], "fen": wanted[1],
            }  # fmt: skip
            self.model.asked["release", request] = ((award, instalment, facts), said)

    @rule(which=SOME, is_other=some.booleans())
    def ask_again(self, which: int, is_other: bool) -> None:
        """An earlier request again: the same bytes; with other content it is refused."""
        if not self.model.asked:
            return
        (method, request), (content, before) = list(self.model.asked.items())[which % len(self.model.asked)]
        match method:
            case "determine":
                facts = {**content, "cost": "77"} if is_other else content
                (said,) = self.driver.determine([(request, facts)])
            case "reverse":
                said = self.driver.reverse(request, content + is_other)
            case _:
                award, instalment, facts = content
                said = self.driver.release(request, award + is_other, instalment, facts)
        assert said == (Said("R0512") if is_other else before)
        self.counted["other content" if is_other else "retried"] += 1

    @rule(which=SOME)
    def open_again(self, which: int) -> None:
        """Now and then the ledger is closed and opened."""
        if which % 8 == 7:
            self.driver.open_again()
            self.counted["opened again"] += 1

    def teardown(self) -> None:
        """What is recorded is what the model has, each entry is proved, and the log only grew."""
        ledger = self.driver.ledger
        old, new = (opened(note, ledger.verifiers()) for note in (self.before, ledger.checkpoint()))
        found = {at: body for at, body in ledger.entries(old.size, 10**9) if body["kind"] != "text"}
        wanted = {said.position for _, said in self.model.asked.values()}
        assert found.keys() == wanted
        for at, body in found.items():
            if body["kind"] == "determination":
                claim = self.model.claims[at]
                assert (body["decision"], round_fen(body["amount"])) == (claim["decision"], claim["fen"])
        for position in list(found)[::7]:
            assert is_proved(ledger, ledger.answer(position))
        proof = ledger.consistency(old.size, new.size)
        assert verify_consistency(old.size, new.size, old.root, new.root, proof)


def test_the_ledger_is_a_dictionary(place: Place, record_property: Callable[[str, object], None]) -> None:
    """Whatever is asked in whatever order, the ledger answers as a plain dictionary would; rare paths are reached."""
    driver = Channel(place)
    try:
        hold_to_a_dictionary(driver, record_property)
    finally:
        driver.stop()


def hold_to_a_dictionary(driver: Driver, record_property: Callable[[str, object], None]) -> None:
    """Run the machine, and see that it went everywhere."""
    Machine.driver, Machine.counted, Machine.runs = driver, Counter(), count()
    bounds = settings(
        max_examples=EXAMPLES,
        stateful_step_count=40,
        deadline=None,
        database=None,
        phases=[Phase.generate],  # a run of 40 steps is short enough to read, and the ledger grows with each try
        suppress_health_check=list(HealthCheck),
    )
    for begun in range(ROUNDS):  # what is drawn hangs on what else is imported too: one run may miss a rare path
        run_state_machine_as_test(seed(begun)(Machine), settings=bounds)
        if all(Machine.counted[name] for name in RARE):
            break
    record_property("figure ledger", dict(sorted(Machine.counted.items())))
    assert not [name for name in RARE if not Machine.counted[name]]
