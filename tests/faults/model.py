"""What a ledger must say to claims for nursing, as dictionaries of what stands: no log, no buckets, no store."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

MONTHLY: Final = 100_000
LIFETIME: Final = {"2024": 250_000, "2025": 300_000}
SHARES: Final = {"first": 40, "second": 30, "third": 30}  # percent


@dataclass
class Model:
    """What a ledger must say, as dictionaries of what stands.

    Attributes:
        has_caps: without them it is the control.
    """

    has_caps: bool = True
    claims: dict[int, dict[str, Any]] = field(default_factory=dict)
    releases: dict[int, dict[str, Any]] = field(default_factory=dict)
    reversed: set[int] = field(default_factory=set)
    used: Counter[tuple[str, ...]] = field(default_factory=Counter)
    standing: dict[tuple[int, str], int] = field(default_factory=dict)  # the release of an instalment
    freed: set[str] = field(default_factory=set)

    def determine(self, facts: dict[str, str]) -> tuple[str, int]:
        """What a claim must come to."""
        who, month = facts["elder"], facts["month"]
        left = min(MONTHLY - self.used[who, month], LIFETIME[month[:4]] - self.used[who,])
        fen = min(int(facts["cost"]) * 100, max(0, left) if self.has_caps else MONTHLY)
        if fen and self.used[who, month, facts["bill"]]:
            return "refused", 0
        return ("determined", fen) if fen else ("nothing", 0)

    def determined(self, position: int, facts: dict[str, str], decision: str, fen: int) -> None:
        """A claim was determined."""
        self.claims[position] = {**facts, "decision": decision, "fen": fen}
        self._use(facts, fen)

    def _use(self, facts: dict[str, str], fen: int) -> None:
        who, month = facts["elder"], facts["month"]
        self.used[who, month] += fen
        self.used[who,] += fen
        if fen:
            self.used[who, month, facts["bill"]] += 1 if fen > 0 else -1

    def reverse(self, position: int) -> tuple[str, int]:
        """What a reversal must come to."""
        entry = self.claims.get(position) or self.releases.get(position)
        if entry is None:
            return "R0507", 0
        if position in self.reversed:
            return "R0508", 0
        if any((position, name) in self.standing for name in SHARES):
            return "R0509", 0
        return "reversed", -entry["fen"]

    def reverse_done(self, position: int) -> None:
        """An entry was reversed."""
        self.reversed.add(position)
        claim = self.claims.get(position)
        if claim is not None:
            self._use(claim, -claim["fen"])
            self.freed.add(claim["elder"])
        else:
            release = self.releases[position]
            if self.standing.get((release["award"], release["instalment"])) == position:
                del self.standing[release["award"], release["instalment"]]

    def release(self, award: int, instalment: str, is_met: bool) -> tuple[str, int]:
        """What a release must come to."""
        claim = self.claims.get(award)
        if claim is None:
            return "R0507", 0
        if award in self.reversed:
            return "R0508", 0
        if claim["decision"] != "determined":
            return "R0510", 0
        if (award, instalment) in self.standing:
            return "R0511", 0
        if is_met or instalment == "first":
            return "paid", claim["fen"] * SHARES[instalment] // 100
        return ("lapses" if instalment == "second" else "waits"), 0

    def released(self, position: int, award: int, instalment: str, decision: str, fen: int) -> None:
        """An instalment was released, or waits."""
        self.releases[position] = {"award": award, "instalment": instalment, "fen": fen}
        if decision in ("paid", "lapses"):
            self.standing[award, instalment] = position
