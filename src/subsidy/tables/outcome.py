"""What came of a roster: what was asked of it, what it comes to, and the problems and notes that were found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from .. import __version__
from ..calculation.policy import Policy
from ..calculation.remarks import remarks
from ..errors import Problem
from ..language.folding import OPEN
from ..sheets.roster import Roster
from ..text import Text, plain
from .layout import payer_of
from .pieces import Answered, Answering
from .sums import Sums, Tally

_NOTHING: Final = Decimal("0.00")
KEPT: Final = 100  # problems and notes that are kept to be shown; a file has all problems
_OF_ALL: Final = ("W0102", "W0103", "W0104", "W0107", "W0108", "W0110", "W0111", "W0112",
                  "W0105", "W0201", "W0202", "W0203", "W0204")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Payer:
    """What a payer bears of a part.

    Attributes:
        name: of the sum, `shares.PART.SHARE`; behind it the division that pays, where that rests on the claim.
        counted: whether the part is in the amount.
        own: whether it is split but never paid out.
    """

    name: str
    part: Text
    payer: Text
    counted: bool
    own: bool
    low: Decimal
    high: Decimal


@dataclass
class Outcome:
    """What came of a roster.

    Attributes:
        group: the header of the column by which it was summed, too.
        problems: the first of them, with the numbers of their rows; `sums.total().wrong` rows have some.
        problem_count: of all rows; `codes` has how many there are of each code.
        bases: as which the policy stood for some row: under which adoption, with which texts of lower levels.
        remarks: what a reader must know before relying on any of it.
    """

    roster: Roster
    readings: Mapping[str, str]
    sums: Sums
    group: str = ""
    problems: list[tuple[int, Problem]] = field(default_factory=list)
    problem_count: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    bases: dict[int, Policy] = field(default_factory=dict)
    remarks: dict[tuple[str, str], Problem] = field(default_factory=dict)
    _seen: set[tuple[str, ...]] = field(default_factory=set)

    @property
    def policy(self) -> Policy:
        return self.roster.policy

    @property
    def total(self) -> Tally:
        return self.sums.total()

    @property
    def is_clean(self) -> bool:
        """Whether every row was computed."""
        return not self.problem_count

    def take(self, answered: Answered, answering: Answering) -> None:
        """Count a piece, and note how the policy stood for it.

        Raises:
            RequestError: there are more groups than are counted apart.
        """
        self.sums.take(answered)
        for index, problems in answered.problems.items():
            self.problem_count += len(problems)
            self.codes.update(each.code for each in problems)
            room = KEPT - len(self.problems)
            if room > 0:
                row = answered.row(index)
                self.problems += [(row, each) for each in problems[:room]]
        self._note(answered, answering)

    def _note(self, answered: Answered, answering: Answering) -> None:
        """How the policy stands for the rows of a piece: looked up once for rows that agree in what that rests on."""
        names = [name for name in self.policy.stands_by if name in answered.piece.facts.schema.names]
        if self.bases and not names:
            return
        computed = answered.answers.column("simulation").is_valid().to_pylist()
        keys = list(zip(*(answered.piece.facts.column(name).to_pylist() for name in names), strict=True))
        for index, has in enumerate(computed):
            key = tuple(map(str, keys[index])) if names else ()
            if not has or key in self._seen:
                continue
            self._seen.add(key)
            claim = answering.claim(answered.piece, index)
            stands = self.policy.standing_for(claim, self.readings)
            if id(stands) not in self.bases:
                self.bases[id(stands)] = stands
                result = self.policy.calculate(claim, readings=self.readings)
                said = (each for each in remarks(result) if each.code in _OF_ALL)
                self.remarks |= {(each.code, each.where): each for each in said}

    @property
    def payers(self) -> list[Payer]:
        """Who bears how much of which part; of a share that the division of a claim bears, each division."""
        found = []
        total = self.total
        for part in self.policy.program.parts:
            for share in part.shares:
                name = f"shares.{part.name}.{share.name}"
                tallies = {"": total}
                if share.of:
                    tallies = self.sums.by_place(share)
                for place, tally in tallies.items():
                    payer = share.label
                    if place:
                        division = self.policy.vocabulary.divisions[place].name
                        payer = Text(f"{payer.zh} · {division.zh}", f"{payer.en} · {division.en}")
                    low, high = tally.low.get(name, _NOTHING), tally.high.get(name, _NOTHING)
                    if share.of and not place and not low and not high:
                        continue  # rows with problems, for which nobody pays
                    found.append(Payer(name, part.label, payer, part.counted, share.own, low, high))
        return found

    def about(self) -> Iterator[tuple[Text, Text]]:
        """What it was computed by: all that is needed to compute it again."""
        policy = self.policy
        yield Text("名单", "roster"), plain(self.roster.file.name)
        if self.roster.sheet:
            yield Text("工作表", "sheet"), plain(self.roster.sheet)
        yield Text("政策", "policy"), Text(f"{policy.title.zh}（{policy.id}）", f"{policy.title.en} ({policy.id})")
        last = policy.last_day
        yield (
            Text("版本", "version"),
            Text(
                f"{policy.version}，第 {policy.revision} 次编码，{policy.first_day} 起"
                + (f"至 {last}" if last else ""),
                f"{policy.version}, revision {policy.revision}, from {policy.first_day}"
                + (f" to {last}" if last else ""),
            ),
        )
        yield Text("政策摘要", "digest of the policy"), plain(policy.digest)
        yield from self._basis()
        for each in self.remarks.values():
            yield Text(f"提示 {each.code}", f"remark {each.code}"), Text(each.message("zh"), each.message("en"))
        if self.group:
            yield Text("分组", "summed by"), plain(self.group)
        yield Text("程序版本", "version of the program"), plain(f"subsidy {__version__}")

    def _basis(self) -> Iterator[tuple[Text, Text]]:
        total = self.total
        yield Text("性质", "basis"), self.basis()
        for stands in self.bases.values() or [self.policy]:
            chosen = stands.chosen(self.readings)
            for name, item in stands.interpretations.items():
                reading = item.readings.get(chosen[name]) if chosen[name] != OPEN else None
                label = reading or Text("不选定", "left open")
                yield (
                    Text(f"口径：{item.question.zh}", f"reading: {item.question.en}"),
                    Text(f"{label.zh}〔{item.clause}〕", f"{label.en} [{item.clause}]"),
                )
            adoption = stands.basis.adoption
            if adoption is not None:
                named = f"{adoption.document} · {adoption.dated}"
                yield (
                    Text("采用", "adopted by"),
                    Text(
                        f"{adoption.issuer.zh} · {named} · {adoption.span.zh}",
                        f"{adoption.issuer.en} · {named} · {adoption.span.en}",
                    ),
                )
                yield Text("采用摘要", "digest of the adoption"), plain(adoption.digest)
            for text in stands.basis.texts:
                yield (
                    Text("下级文件", "filled by"),
                    Text(
                        f"{text.title.zh} · {text.issuer.zh} · {text.digest}",
                        f"{text.title.en} · {text.issuer.en} · {text.digest}",
                    ),
                )
        if total.open:
            yield (
                Text("未定", "open"),
                Text(
                    f"{total.open:,} 行的金额文件没有说定，列出下限和上限",
                    f"{total.open:,} rows whose sums the text leaves open, with the least and the most",
                ),
            )

    def basis(self) -> Text:
        """Whether anything may rest on it: a simulation where a row has no adoption."""
        total = self.total
        if not total.computed:
            return Text("没有测算出任何一行", "no row was computed")
        if not total.simulated:
            return Text(
                "依采用文件测算；核定入台账后方可支付", "under an adoption; paid only once it is determined in a ledger"
            )
        if total.simulated == total.computed:
            return SIMULATION
        return Text(
            f"{total.simulated:,} 行只是测算，不作支付依据；其余依采用文件",
            f"{total.simulated:,} rows are a simulation, and nothing may be paid from them; the rest has an adoption",
        )

    def payer_sums(self) -> list[tuple[str, Text]]:
        """The names of the sums that are shown by month, with their labels."""
        return [(name, payer_of(self.policy, name)) for name in self.sums.writer.sums if not name.startswith("parts.")]


SIMULATION: Final = Text("测算，不作支付依据", "simulation: nothing may be paid from it")
