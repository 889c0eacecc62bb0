"""What texts that were published since would change: each determination that stands, put again under what is now.

Determinations are put in the order of their entries, with caps over all of them, by what stands for their identifiers.
One that was reversed is left out: what it used of a cap is free again for those after it. One that an earlier impact
was turned into is put where that of then stood, as its claim came then: or else it and those after it would change
places with every impact.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final, NamedTuple

from ..errors import FactsError, Problem, RequestError, SubsidyError
from ..ledger.batch import Key
from ..ledger.determining import Claim
from ..ledger.earlier import DETERMINED
from ..ledger.subjects import identifiers_of
from ..policies import Catalogue
from ..text import Text
from .comparing import NO_VERSION
from .findings import Tick
from .sources import Source
from .supposed import OPEN, Asked, Supposed, SupposedLedger, all_consulted
from .why import why

_ZERO: Final = Decimal("0.00")
_TURNED: Final = re.compile(r"(.+)/determine/([0-9]{1,18})")  # the request of what a change was turned into
_ENTRY: Final = Text("条目", "entry")
Payer = tuple[str, str]  # the division that pays, and which of its treasuries


class Cause(NamedTuple):
    """A text that is not the one of then: its digests, empty where there was, or is, none, and its title."""

    role: str
    id: str
    old: str
    new: str
    title: Text


@dataclass(frozen=True, slots=True)
class Change:
    """A determination that would be another one now, or that cannot be put again.

    Attributes:
        position: of its entry.
        old: what it determined to be paid.
        low, high: what is due now, as bounds that are one figure unless it is open; None where it cannot be computed.
        finding: the difference in words, with its cause.
        causes: the texts that changed; none where only what others used of a cap did.
        payers: by division and treasury, how much more each pays, below zero what it gets back.
        hand: why it is not turned into a new determination in one step; empty where it can be.
        facts: as they are stated again, with what stands for identifiers.
        touched: the caps that it uses, and how other claims ask for it.
    """

    position: int
    policy: str
    division: str
    dated: str
    old: Decimal
    low: Decimal | None
    high: Decimal | None
    finding: Problem
    causes: tuple[Cause, ...]
    payers: Mapping[Payer, Decimal]
    hand: tuple[Text, ...]
    facts: Mapping[str, Any] = field(repr=False)
    touched: tuple[Key | Asked, ...] = field(repr=False)

    @property
    def difference(self) -> Decimal | None:
        """What is to be paid in addition, below zero what is to be recovered; None where that is not one figure."""
        return None if self.low is None or self.low != self.high else self.low - self.old

    @property
    def month(self) -> str:
        """Of the day that picked the version."""
        return self.dated[:7]


@dataclass(frozen=True, slots=True)
class Difference:
    """How many determinations differ, and what is to be paid in addition and to be recovered."""

    count: int = 0
    more: Decimal = _ZERO
    less: Decimal = _ZERO

    def and_(self, difference: Decimal) -> Difference:
        """With one more determination."""
        return Difference(self.count + 1, self.more + max(difference, _ZERO), self.less + max(-difference, _ZERO))


@dataclass(frozen=True, slots=True)
class Impact:
    """What would change.

    Attributes:
        standing: how many determinations stand and were put again.
        erased: how many of them are of somebody whose identifier was erased.
    """

    ledger: str
    size: int
    standing: int
    erased: int
    changes: tuple[Change, ...]

    @property
    def is_clean(self) -> bool:
        """Whether nothing would change."""
        return not self.changes

    @property
    def total(self) -> Difference:
        """Over all that can be computed."""
        return self._by(lambda _: ("",)).get("", Difference())

    @property
    def by_division(self) -> dict[str, Difference]:
        """By the division of the policy."""
        return self._by(lambda each: (each.division,))

    @property
    def by_policy(self) -> dict[str, Difference]:
        """By the policy."""
        return self._by(lambda each: (each.policy,))

    @property
    def by_month(self) -> dict[str, Difference]:
        """By the month of the day that picked the version."""
        return self._by(lambda each: (each.month,))

    @property
    def by_payer(self) -> dict[Payer, Difference]:
        """By who pays, from the shares of all parts."""
        found: dict[Payer, Difference] = {}
        for each in self.changes:
            for payer, difference in each.payers.items():
                found[payer] = found.get(payer, Difference()).and_(difference)
        return dict(sorted(found.items()))

    def _by(self, keys: Any) -> dict[str, Difference]:
        found: dict[str, Difference] = {}
        for each in self.changes:
            if each.difference is not None:
                for key in keys(each):
                    found[key] = found.get(key, Difference()).and_(each.difference)
        return dict(sorted(found.items()))


@dataclass
class _Before:
    """What later entries did to determinations."""

    policies: set[str] = field(default_factory=set)
    reversed: set[int] = field(default_factory=set)
    releases: dict[int, list[int]] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    turned: dict[int, tuple[int, Any]] = field(default_factory=dict)  # in whose place which entry stands, and its bytes
    moved: set[int] = field(default_factory=set)

    def standing(self, position: int, body: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
        """The determination that stands in the place of an entry: its own, or what that was turned into."""
        if position in self.moved:
            return None
        while position in self.reversed:
            if position not in self.turned:
                return None
            position, content = self.turned[position]
            body = json.loads(bytes(content))
        return position, body


def impact(
    source: Source,
    catalogue: Catalogue,
    *,
    policy: str | None = None,
    leaving: str = "",
    tick: Tick = lambda _, __: None,
) -> Impact:
    """Put every determination that stands again under the texts and adoptions that there are now.

    Args:
        policy: changes of this one alone are listed.
        leaving: the requests that begin so are taken as not made: what an earlier run turned is looked at as it was.

    Raises:
        RequestError: there is no such policy.
        CatalogueError, PolicyError: a text is not sound.
    """
    wanted = None if policy is None else all_consulted(catalogue, [policy])
    before = _before(source, leaving)
    work = _Impact(catalogue, before, SupposedLedger(catalogue))
    for each in sorted(before.policies if wanted is None else wanted):
        try:
            work.ledger.expect([each])
        except RequestError:
            continue  # there is no such policy any more, which each of its claims will say
    changes = list[Change]()
    for position, body in _bodies(source, "determination", tick=tick):
        if _is_left(body, leaving) or (wanted and body["policy"] not in wanted):
            continue
        standing = before.standing(position, body)
        found = work.put(*standing) if standing is not None else None
        if found is not None and policy in (None, found.policy):
            changes.append(found)
    return Impact(source.shown, source.size, work.standing, work.erased, tuple(_by_hand(changes)))


@dataclass
class _Impact:
    catalogue: Catalogue
    before: _Before
    ledger: SupposedLedger
    standing: int = 0
    erased: int = 0

    def put(self, position: int, body: Mapping[str, Any]) -> Change | None:
        """A determination put again; None where nothing would change."""
        receipt, stated = body["receipt"], set(body["stated"])
        facts = {name: value for name, value in receipt["facts"].items() if name not in stated}
        self.standing += 1
        old = Decimal(body["amount"])
        hand = list(self._hand(position, facts, body["policy"]))
        try:
            found = self.ledger.put(Claim(body["policy"], facts, {}), position)
        except (FactsError, RequestError) as error:
            touched = self.ledger.keep(body)
            return self._not_put(position, body, old, facts, error.problems, touched, hand)
        now = json.loads(found.result.receipt())
        payers = _moved(_payers(body["receipt"], body["decision"]), _payers(now, found.decision.outcome), found)
        low, high = (Decimal(each).scaleb(-2) for each in (found.low, found.high))
        if found.outcome != OPEN and low == old and not payers:
            return None
        causes = tuple(_causes(receipt, now, found))
        hand += [Text(f"{p.code} {p.message('zh')}", f"{p.code} {p.message('en')}") for p in found.marks]
        if any(fact.from_ledger for fact in found.result.policy.from_ledger):
            hand.append(Text("金额取决于此前各项申报", "it rests on what earlier claims were"))
        because = _said(causes, found)
        values: dict[str, str | Text] = {"entry": str(position), "old": str(old), "why": because}
        if found.outcome == OPEN:
            finding = Problem.of("V0406", f"entry.{position}", low=str(low), high=str(high), **values)
            hand.append(Text("金额未定", "it is open"))
        elif low == old:
            finding = Problem.of("V0403", f"entry.{position}", **values)
        else:
            code = "V0401" if low > old else "V0402"
            finding = Problem.of(code, f"entry.{position}", new=str(low), difference=str(abs(low - old)), **values)
        return Change(
            position, body["policy"], found.result.policy.document.policy.division, body["dated"], old, low, high,
            finding, causes, payers if found.outcome != OPEN else {}, tuple(hand), facts, found.touched,
        )  # fmt: skip

    def _hand(self, position: int, facts: Mapping[str, Any], policy: str) -> Iterator[Text]:
        """Why a change would have to be made by hand, as far as the ledger alone says."""
        released = self.before.releases.get(position)
        if released:
            entries = ", ".join(map(str, released))
            yield Text(f"已分期拨付（第 {entries} 条）", f"instalments were released by entry {entries}")
        if self.before.erased and self.before.erased & set(_identifiers(self.catalogue, policy, facts)):
            self.erased += 1
            yield Text("标识已抹除", "an identifier was erased")

    def _not_put(
        self,
        position: int,
        body: Mapping[str, Any],
        old: Decimal,
        facts: Mapping[str, Any],
        problems: Sequence[Problem],
        touched: tuple[Key | Asked, ...],
        hand: list[Text],
    ) -> Change:
        none = [each for each in problems if each.code in (*NO_VERSION, "R0101")]
        said = none or problems
        because = Text(
            "；".join(f"{each.code} {each.message('zh')}" for each in said),
            "; ".join(f"{each.code} {each.message('en')}" for each in said),
        )
        code = "V0404" if none else "V0405"
        finding = Problem.of(code, f"entry.{position}", entry=str(position), old=str(old), why=because)
        hand.append(Text("不能重算", "it cannot be put again"))
        return Change(
            position, body["policy"], body["scope"], body["dated"], old, None, None, finding, (), {}, tuple(hand),
            facts, touched,
        )  # fmt: skip


def _before(source: Source, leaving: str) -> _Before:
    found = _Before()
    released: dict[int, int] = {}
    asked: dict[int, str] = {}
    turned: dict[tuple[str, int], tuple[int, Any]] = {}
    for row in source.rows():
        if row.kind not in ("reversal", "release", "erasure", "determination"):
            continue
        position, body = row.position, json.loads(bytes(row.content))
        match body["kind"]:
            case "determination":
                found.policies.add(body["policy"])
                again = _TURNED.fullmatch(body["request"])
                if again is not None and not _is_left(body, leaving):
                    turned[f"{again[1]}/reverse/{again[2]}", int(again[2])] = position, row.content
            case "reversal" if not _is_left(body, leaving):
                found.reversed.add(body["reverses"])
                asked[body["reverses"]] = body["request"]
            case "release" if body["decision"] in ("paid", "lapses"):
                released[position] = body["award"]
            case "erasure":
                found.erased.add(body["subject"])
    for (request, old), (position, content) in turned.items():
        if asked.get(old) == request:
            found.turned[old] = position, content
            found.moved.add(position)
    for position, award in released.items():
        if position not in found.reversed:
            found.releases.setdefault(award, []).append(position)
    return found


def _is_left(body: Mapping[str, Any], leaving: str) -> bool:
    return bool(leaving) and str(body["request"]).startswith(f"{leaving}/")


def _bodies(source: Source, *kinds: str, tick: Tick | None = None) -> Iterator[tuple[int, dict[str, Any]]]:
    for row in source.rows():
        if tick is not None:
            tick(row.position + 1, source.size)
        if row.kind in kinds:
            yield row.position, json.loads(bytes(row.content))


def _identifiers(catalogue: Catalogue, policy: str, facts: Mapping[str, Any]) -> list[str]:
    try:
        version = catalogue.policy(policy)
    except SubsidyError:
        return [each for each in facts.values() if isinstance(each, str)]
    return identifiers_of(version.program.facts.values(), facts)


def _payers(receipt: Mapping[str, Any], decision: str) -> dict[Payer, Decimal]:
    """What each payer pays out of the parts that count; nothing where nothing is paid, or where it is open."""
    found: dict[Payer, Decimal] = {}
    for part in receipt["result"]["parts"].values() if decision == DETERMINED else ():
        for share in part["shares"] if part["counted"] else ():
            if not share.get("own") and isinstance(share["amount"], str):
                payer = (share.get("division", ""), share["payer"])
                found[payer] = found.get(payer, _ZERO) + Decimal(share["amount"])
    return found


def _moved(old: Mapping[Payer, Decimal], new: Mapping[Payer, Decimal], found: Supposed) -> dict[Payer, Decimal]:
    """How much more each payer pays; one without a division of its own is that of the policy's."""
    own = found.result.policy.document.policy.division
    moved: dict[Payer, Decimal] = {}
    for payer in {**old, **new}:
        difference = new.get(payer, _ZERO) - old.get(payer, _ZERO)
        if difference:
            moved[payer[0] or own, payer[1]] = difference
    return moved


def _causes(old: Mapping[str, Any], new: Mapping[str, Any], found: Supposed) -> Iterator[Cause]:
    """The texts that are not those of then. Words and divisions are named only where nothing else is."""
    policy, any_ = found.result.policy, False
    if old["policy"]["digest"] != new["policy"]["digest"]:
        any_ = True
        title = policy.title
        shown = Text(f"《{title.zh}》{policy.version}", f"“{title.en}” of {policy.version}")
        yield Cause("policy", policy.id, old["policy"]["digest"], new["policy"]["digest"], shown)
    adoptions = [each["basis"]["adoption"] or {"digest": "", "document": ""} for each in (old, new)]
    if adoptions[0]["digest"] != adoptions[1]["digest"]:
        any_ = True
        document = adoptions[1]["document"] or adoptions[0]["document"]
        yield Cause("adoption", policy.id, adoptions[0]["digest"], adoptions[1]["digest"], Text(document, document))
    texts = [{each["parameter"]: each for each in side["basis"]["texts"]} for side in (old, new)]
    for name in sorted({*texts[0], *texts[1]}):
        digests = [side.get(name, {}).get("digest", "") for side in texts]
        if digests[0] != digests[1]:
            any_ = True
            said = (texts[1].get(name) or texts[0][name])["id"]
            yield Cause("fill", name, digests[0], digests[1], Text(said, said))
    for role in () if any_ else ("vocabulary", "divisions"):
        if old["policy"][role] != new["policy"][role]:
            yield Cause(role, role, old["policy"][role], new["policy"][role], Text(role, role))


_ROLES: Final = {
    "policy": Text("", ""),
    "adoption": Text("采用文件", "the adoption "),
    "fill": Text("下级文本", "the text "),
    "vocabulary": Text("", "the "),
    "divisions": Text("", "the "),
}


def _said(causes: Sequence[Cause], found: Supposed) -> Text:
    """What the cause is, and the first reason of the new figure."""
    because = why(found, _ENTRY)
    clause = (f"〔{because.clause}〕", f" [{because.clause}]") if because.clause else ("", "")
    zh = "、".join(f"{_ROLES[each.role].zh}{each.title.zh}" for each in causes)
    en = ", ".join(f"{_ROLES[each.role].en}{each.title.en}" for each in causes)
    return Text(
        f"{zh or '此前各项对上限的使用有变'}；{because.said.zh}{clause[0]}",
        f"{en or 'what claims before it use of a cap is another'}; {because.said.en}{clause[1]}",
    )


def _by_hand(changes: Sequence[Change]) -> Iterator[Change]:
    """The changes, where one that is made by hand leaves also those to a hand that share a cap with it."""
    by_key: dict[Key | Asked, list[int]] = {}
    for index, each in enumerate(changes):
        for key in each.touched:
            by_key.setdefault(key, []).append(index)
    first = {index: changes[index].position for index, each in enumerate(changes) if each.hand}
    rest = list(first)
    shared: dict[int, int] = {}
    while rest:
        index = rest.pop()
        for key in changes[index].touched:
            for other in by_key.get(key, ()):
                if other not in first and other not in shared:
                    shared[other] = changes[index].position
                    rest.append(other)
    for index, each in enumerate(changes):
        if index in shared:
            at = shared[index]
            said = Text(
                f"与第 {at} 条共用上限，该条须人工处理", f"it shares a cap with entry {at}, which is for a hand"
            )
            yield replace(each, hand=(said,))
        else:
            yield each
