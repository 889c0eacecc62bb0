"""The explanation of a release: what was stated, the test of the instalment, the days, and what each payer pays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..text import LANGUAGES, Text
from . import sums
from .explain import MARKS, REMARKS, VERDICTS, about, remark_lines, stated
from .explanation import Explanation, Line
from .facts import reader
from .release import Release
from .wording import Wording

_OUTCOMES: Final = {
    "paid": Text("拨付", "paid"),
    "lapses": Text("不予拨付，作废", "not paid: it lapses"),
    "waits": Text("暂不拨付", "not paid yet: it waits"),
    "undetermined": Text("是否拨付未定", "whether it is paid is undetermined"),
}


def explained_release(release: Release) -> Explanation:
    """The explanation of a release. Its claim is named by the digest of the receipt, and explained for itself."""
    title, label = release.policy.title, release.label
    claim = (Text(f"申报回执：{release.claim}", f"Receipt of the claim: {release.claim}"),)
    said = (
        ("facts", Text("拨付时的事实", "Facts at the release"), _facts(release)),
        ("conditions", Text("条件", "Conditions"), _test(release)),
        ("result", Text("拨付", "Release"), _outcome(release)),
        ("remarks", REMARKS, remark_lines(release.warnings)),
    )
    named = Text(f"{title.zh} · {label.zh}", f"{title.en} · {label.en}")
    return about(release.result, "release", named, said, claim)


def _facts(release: Release) -> Iterator[Line]:
    policy = release.policy
    zh, en = (Wording(policy, language) for language in LANGUAGES)
    for name, value in release.facts.items():
        fact = policy.program.asked[name]
        found = reader(fact, policy.vocabulary.names)(value)
        said = Text(stated(zh, fact, found), stated(en, fact, found))
        values = (value,) if isinstance(value, str) else ()
        yield Line("fact", name, fact.label, said, fact.clause, values=values)


def _test(release: Release) -> Iterator[Line]:
    if release.figures.zh:
        yield Line(
            "condition", release.name, said=release.figures, clause=release.instalment.clause,
            mark=MARKS[release.test], verdict=VERDICTS[release.test],
        )  # fmt: skip


def _outcome(release: Release) -> Iterator[Line]:
    each = release.instalment
    yield Line("instalment", each.name, each.label, sums.said(each), each.clause, values=sums.ends(each))
    if each.due:
        days = [day.isoformat() for day in each.due]
        yield Line("note", "due", Text("到期", "Due"), Text(" 至 ".join(days), " to ".join(days)), values=tuple(days))
    if release.on is not None:
        day = release.on.isoformat()
        early = Text("，未到期", ", before it is due") if release.is_early else Text("", "")
        said = Text(day + early.zh, day + early.en)
        yield Line("note", "on", Text("拨付日", "Released on"), said, values=(day,))
    outcome = _OUTCOMES[release.outcome]
    yield Line("note", "outcome", Text("结论", "Outcome"), outcome, values=(release.outcome,))
    paid = Text("应拨", "To be paid")
    yield from sums.total("amount", paid, paid, release, tuple(sums.shares(release.shares)))
