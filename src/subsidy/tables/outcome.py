"""What came of a roster: what was asked of it, what it comes to, and the problems and notes that were found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

import numpy as np

from .. import __version__
from ..calculation.policy import Policy
from ..calculation.remarks import remarks
from ..errors import Problem
from ..language.folding import OPEN
from ..sheets.roster import Roster
from ..text import Text, plain
from .layout import payer_of
from .pieces import Answered, Answering
from .sums import Sums, Tally, added
from .under import Under

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

    def and_(self, other: Payer) -> Payer:
        """The same payer with what another version has it bear."""
        return replace(self, low=added(self.low, other.low), high=added(self.high, other.high))


@dataclass
class Outcome:
    """What came of a roster.

    Attributes:
        group: the header of the column by which it was summed, too.
        problems: the first of them, with the numbers of their rows; `sums.total().wrong` rows have some.
        problem_count: of all rows; `codes` has how many there are of each code.
        bases: as which a version stood for some row: under which adoption, with which texts of lower levels; with
            the readings that were chosen for it.
        remarks: what a reader must know before relying on any of it.
    """

    roster: Roster
    under: Under
    sums: Sums
    group: str = ""
    problems: list[tuple[int, Problem]] = field(default_factory=list)
    problem_count: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    bases: dict[int, tuple[Policy, Mapping[str, str]]] = field(default_factory=dict)
    remarks: dict[tuple[str, str], Problem] = field(default_factory=dict)
    _seen: set[tuple[str, ...]] = field(default_factory=set)

    @property
    def policy(self) -> Policy:
        """The policy, in its last version."""
        return self.under.versions[-1]

    @property
    def versions(self) -> tuple[Policy, ...]:
        """The versions that the rows fall under."""
        return self.under.versions

    @property
    def pays(self) -> bool:
        """Whether there are amounts."""
        return any(each.pays for each in self.versions)

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
        self.note(answered, answering)

    def note(self, answered: Answered, answering: Answering) -> None:
        """How the policy stands for the rows of a piece: looked up once for rows that agree in what that rests on."""
        computed = answered.answers.column("simulation").is_valid().to_numpy(zero_copy_only=False)
        for place, policy in enumerate(self.versions):
            rows = np.flatnonzero(computed & (answered.of == place))
            names = [name for name in policy.stands_by if name in answered.piece.facts.schema.names]
            if not names:
                rows = rows[: (policy.version,) not in self._seen]
            columns = [answered.piece.facts.column(name).to_pylist() for name in names]
            for index in rows.tolist():
                key = (policy.version, *(str(column[index]) for column in columns))
                if key not in self._seen:
                    self._seen.add(key)
                    self._stand(answering.claim(answered.piece, index, place), place)

    def _stand(self, claim: Mapping[str, Any], place: int) -> None:
        """Note how a version stands for a claim."""
        policy, readings = self.versions[place], self.under.readings[place]
        stands = policy.standing_for(claim, readings)
        if id(stands) not in self.bases:
            self.bases[id(stands)] = stands, readings
            result = policy.calculate(claim, readings=readings)
            said = (each for each in remarks(result) if each.code in _OF_ALL)
            self.remarks |= {(each.code, each.message("en")): each for each in said}

    @property
    def payers(self) -> list[Payer]:
        """Who bears how much of which part; of a share that the division of a claim bears, each division.

        What versions call alike is one payer.
        """
        found: dict[tuple[object, ...], Payer] = {}
        totals = self.sums.by_version()
        for policy in self.versions:
            for each in self._payers(policy, totals.get(policy.version, Tally())):
                key = (each.name, each.part, each.payer, each.counted, each.own)
                before = found.get(key)
                found[key] = before.and_(each) if before else each
        return list(found.values())

    def _payers(self, policy: Policy, total: Tally) -> Iterator[Payer]:
        for part in policy.program.parts:
            for share in part.shares:
                name = f"shares.{part.name}.{share.name}"
                tallies = {"": total}
                if share.of:
                    tallies = self.sums.by_place(share, policy.version)
                for place, tally in tallies.items():
                    payer = share.label
                    if place:
                        division = policy.vocabulary.divisions[place].name
                        payer = Text(f"{payer.zh} · {division.zh}", f"{payer.en} · {division.en}")
                    low, high = tally.low.get(name, _NOTHING), tally.high.get(name, _NOTHING)
                    if share.of and not place and not low and not high:
                        continue  # rows with problems, for which nobody pays
                    yield Payer(name, part.label, payer, part.counted, share.own, low, high)

    def about(self) -> Iterator[tuple[Text, Text]]:
        """What it was computed by: all that is needed to compute it again."""
        policy = self.policy
        yield Text("名单", "roster"), plain(self.roster.file.name)
        if self.roster.sheet:
            yield Text("工作表", "sheet"), plain(self.roster.sheet)
        yield Text("政策", "policy"), Text(f"{policy.title.zh}（{policy.id}）", f"{policy.title.en} ({policy.id})")
        for each in self.versions:
            last = each.last_day
            yield (
                Text("版本", "version"),
                Text(
                    f"{each.version}，第 {each.revision} 次编码，{each.first_day} 起" + (f"至 {last}" if last else ""),
                    f"{each.version}, revision {each.revision}, from {each.first_day}"
                    + (f" to {last}" if last else ""),
                ),
            )
            yield Text("政策摘要", "digest of the policy"), plain(each.digest)
        yield from self._basis()
        for remark in self.remarks.values():
            yield Text(f"提示 {remark.code}", f"remark {remark.code}"), Text(remark.message("zh"), remark.message("en"))
        if self.group:
            yield Text("分组", "summed by"), plain(self.group)
        yield Text("程序版本", "version of the program"), plain(f"subsidy {__version__}")

    def _basis(self) -> Iterator[tuple[Text, Text]]:
        total = self.total
        yield Text("性质", "basis"), self.basis()
        said = set[tuple[Text, Text]]()
        for stands, readings in self.bases.values() or [(self.policy, self.under.readings[-1])]:
            chosen = stands.chosen(readings)
            for name, item in stands.interpretations.items():
                reading = item.readings.get(chosen[name]) if chosen[name] != OPEN else None
                label = reading or Text("不选定", "left open")
                line = (
                    Text(f"口径：{item.question.zh}", f"reading: {item.question.en}"),
                    Text(f"{label.zh}〔{item.clause}〕", f"{label.en} [{item.clause}]"),
                )
                if line not in said or len(self.versions) == 1:  # versions that are read alike say so once
                    yield line
                said.add(line)
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
        return [
            (name, payer_of(self.sums.columns, name))
            for name in self.sums.columns.sums
            if not name.startswith("parts.")
        ]


SIMULATION: Final = Text("测算，不作支付依据", "simulation: nothing may be paid from it")
