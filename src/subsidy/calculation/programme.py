"""The result of a programme: each member's own result, what counts of it and why, and the total. Frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ..catalogue.digest import canonical
from ..catalogue.programmes import ProgrammeEntry
from ..catalogue.vocabulary import Vocabulary
from ..errors import Problem
from ..exact import fen
from ..language.intervals import Interval
from ..text import Language, Text
from .combined import Combined, Why
from .outcomes import Money, Totalled
from .receipt import PROGRAMME
from .result import Result

if TYPE_CHECKING:
    from .explanation import Explanation

_WHY: Final = {
    ("kept", True): Text("照付", "paid as it is"),
    ("recovered", True): Text("追回，全额计入", "taken back, counted in full"),
    ("recovered", False): Text("可能追回，未定", "perhaps taken back, which is undetermined"),
    ("excluded", True): Text("因付{by}而不付", "not paid, as {by} is"),
    ("excluded", False): Text("若付{by}则不付，未定", "not paid if {by} is, which is undetermined"),
    ("not_highest", True): Text("不是最高，不付", "not the highest, so not paid"),
    ("not_highest", False): Text("是否最高未定", "whether it is the highest is undetermined"),
    ("cut", True): Text("按总额封顶削减", "cut to the cap on the total"),
    ("cut", False): Text("可能按总额封顶削减", "perhaps cut to the cap on the total"),
    ("not_claimed", True): Text("没有申报", "not claimed"),
}


@dataclass(frozen=True, slots=True)
class MemberResult:
    """One member: what its policy gives by itself (None where it was not claimed), what counts of it, and why."""

    name: str
    policy: str
    title: Text
    result: Result | None
    counts: Money
    reasons: tuple[Why, ...]

    def why(self, titles: Mapping[str, Text], language: Language) -> str:
        """The reasons in words, each with its clause."""
        said = []
        for each in self.reasons:
            by = titles[each.by].in_(language) if each.by else ""
            clause = (f"〔{each.clause}〕" if language == "zh" else f" [{each.clause}]") if each.clause else ""
            said.append(_WHY[each.kind, each.is_sure].in_(language).format(by=by) + clause)
        return ("；" if language == "zh" else "; ").join(said)


@dataclass(frozen=True, slots=True)
class ProgrammeResult(Totalled):
    """What a programme gives one subject.

    Attributes:
        subject: the id for which all members were calculated.
        members: every member, in the order of the programme.
        total: what is paid in all, with bounds where a member is undetermined.
        combined: how it was made.
    """

    entry: ProgrammeEntry
    vocabulary: Vocabulary
    subject: str
    members: tuple[MemberResult, ...]
    total: Money
    combined: Combined

    @property
    def is_simulation(self) -> bool:
        """Always: a bureau adopts policies, and nobody has adopted how they are put together."""
        return True

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What a reader must know before relying on the total; the results of the members have remarks of their own."""
        found = [Problem("W0101")]
        if not self.entry.document.programme.valid.stated:
            found.append(Problem.of("W0104", "programme.valid", day=self.entry.first.isoformat()))
        if not self.entry.is_locked:
            found.append(Problem("W0110", self.entry.path))
        return tuple(found)

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data, with the receipt of each member."""
        head = self.entry.document.programme
        return {
            "format": PROGRAMME,
            "programme": {
                "id": head.id,
                "version": head.version,
                "revision": head.revision,
                "digest": self.entry.digest,
            },
            "subject": self.subject,
            "members": {
                member.name: {
                    "counts": member.counts.plain(),
                    "reasons": [
                        {"kind": each.kind, "by": each.by, "clause": each.clause, "sure": each.is_sure}
                        for each in member.reasons
                    ],
                    "receipt": None if member.result is None else member.result.to_dict(),
                }
                for member in self.members
            },
            "result": {"kind": "simulation", "amount": self.total.plain(), "currency": "CNY"},
        }

    def receipt(self) -> bytes:
        """Canonical JSON of `to_dict`."""
        return canonical(self.to_dict())

    @property
    def explanation(self) -> Explanation:
        """How the total is made, with the explanation of each member, as data in both languages."""
        from .explain_programme import explained_programme

        return explained_programme(self)

    def explain(self, language: Language = "zh", *, capitals: bool = False) -> str:
        """How the total is made, and then the whole calculation of each member, as `Result.explain`."""
        from .renderings import said

        return said(self, language, capitals=capitals)


def programme_result(
    entry: ProgrammeEntry,
    vocabulary: Vocabulary,
    subject: str,
    titles: Mapping[str, Text],
    results: Mapping[str, Result],
    combined: Combined,
) -> ProgrammeResult:
    """The result of a programme from those of its members."""
    why = _why(titles, results)
    members = tuple(
        MemberResult(
            name=member.name, policy=member.policy, title=titles[member.name], result=results.get(member.name),
            counts=_money(member.name, titles[member.name], combined.counts[member.name], why),
            reasons=combined.reasons[member.name],
        )
        for member in entry.document.members
    )  # fmt: skip
    total = _money("amount", Text("金额", "the amount"), combined.total, why)
    return ProgrammeResult(entry, vocabulary, subject, members, total, combined)


def _money(name: str, label: Text, sum_: Interval, why: Text) -> Money:
    return Money(name, label, fen(sum_.low), fen(sum_.high), why)


def _why(titles: Mapping[str, Text], results: Mapping[str, Result]) -> Text:
    """What leaves the members open."""
    texts = [(titles[name], result.total.why) for name, result in results.items() if not result.is_determined]
    return Text("；".join(f"{t.zh}：{w.zh}" for t, w in texts), "; ".join(f"{t.en}: {w.en}" for t, w in texts))
