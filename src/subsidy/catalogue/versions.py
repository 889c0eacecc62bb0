"""Versions in time: which text applies on a day, for one who knows what was published by another day.

One rule settles it. A text takes effect on its own first day, and from then on every text published before it ends
that began before it; one that begins later is put off until the new one ends, for ever where that is open. What has
ended does not come back. So every version known has one span of days, and no two spans share a day.

Texts published on one day end each other only as they say themselves: one without `until` ends on the eve of the next;
one that reaches into the next by its own `until`, or begins with it, is an error of the catalogue.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

from ..errors import Problem, Problems, RequestError
from ..text import Text

if TYPE_CHECKING:
    from .companion import CompanionHead
    from .entry import Entry
    from .head import Head, Source
    from .origin import Origin

DAY: Final = dt.timedelta(days=1)
_OTHER: Final = Text("另一件", "the other one")


class _Sourced(Protocol):
    @property
    def source(self) -> Source: ...


class Versioned(Protocol):
    """What has versions: a module of a policy, a text that fills a parameter, a programme."""

    @property
    def path(self) -> str: ...
    @property
    def head(self) -> Head | CompanionHead: ...
    @property
    def document(self) -> _Sourced: ...
    @property
    def origin(self) -> Origin: ...
    @property
    def start(self) -> dt.date: ...
    @property
    def is_repeal(self) -> bool: ...


V = TypeVar("V", bound=Versioned)


@dataclass(frozen=True, slots=True)
class Span(Generic[V]):
    """A version and the days on which it applies, both ends in; `last` is None where it is open."""

    entry: V
    first: dt.date
    last: dt.date | None

    def covers(self, day: dt.date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


def known_versions(entries: Iterable[V], known: dt.date | None = None) -> list[V]:
    """Each version in the highest revision known by a day; by now, without one."""
    in_order = sorted(entries, key=lambda entry: entry.head.revision)
    return list({e.head.version: e for e in in_order if known is None or e.head.known_from <= known}.values())


def span_of(entry: V, others: Iterable[V]) -> Span[V] | None:
    """When a version applies beside others; None where later texts took all of its days."""
    first, last = entry.start, entry.head.valid.until
    for other in others:
        if other.head.version == entry.head.version or _order(other) < _order(entry):
            continue
        end = other.head.valid.until
        if other.start > entry.start:
            last = min(last or dt.date.max, other.start - DAY)
        elif end is None or end == dt.date.max:
            return None
        else:
            first = max(first, end + DAY)
    return Span(entry, first, last) if last is None or first <= last else None


def _order(entry: Versioned) -> tuple[dt.date, dt.date, str]:
    """The order in which texts prevail. The version breaks a tie that the catalogue's check does not let pass."""
    return entry.head.published, entry.start, entry.head.version


def timeline(entries: Iterable[V], known: dt.date | None = None) -> tuple[Span[V], ...]:
    """Every version that applies on any day, for one who knows what was published by `known`; no day twice."""
    versions = known_versions(entries, known)
    spans = [span for entry in versions if (span := span_of(entry, versions)) is not None]
    return tuple(sorted(spans, key=lambda span: span.first))


def pick(entries: Sequence[V], on: dt.date | None = None, known: dt.date | None = None) -> V:
    """The version that applies on a day, among those known by another; without a day, the last one that pays.

    Raises:
        RequestError: none applies, and the answer has the dates; or the policy was abolished, and by which text.
    """
    spans = timeline(entries, known)
    if known is not None and not known_versions(entries, known):
        day = min(entry.head.known_from for entry in entries)
        values = {"given": entries[0].head.id, "known": known.isoformat(), "day": day.isoformat()}
        raise RequestError(Problem("R0121", values["given"], values))
    if not spans:
        return entries[-1]  # it ends before it begins, which the compiler reports
    paying = [span for span in spans if not span.entry.is_repeal]
    found = paying[-1] if on is None and paying else next((each for each in spans if on and each.covers(on)), None)
    if found is None and on is not None:
        raise RequestError(_gap(paying or list(spans), on, known, entries[0].head.id))
    found = found or spans[-1]
    if found.entry.is_repeal:
        head = found.entry.head
        raise RequestError(Problem.of("R0122", head.id, given=head.id, day=found.first.isoformat(), by=text_of(found)))
    return found.entry


def latest(entries: tuple[Entry, ...]) -> Entry:
    """The version that applies last, whether it pays or ends the policy."""
    spans = timeline(entries)
    return spans[-1].entry if spans else entries[-1]


def repeal_of(entries: Iterable[Entry], known: dt.date | None = None) -> Span[Entry] | None:
    """The text that abolished a policy; None where the last one known still pays."""
    last = next(reversed(timeline(entries, known)), None)
    return last if last is not None and last.entry.is_repeal else None


def since(entries: Iterable[Entry], path: str, day: dt.date | None) -> list[Text]:
    """What became of a module after it was used for a day: revisions that mend it, a text that took its place."""
    entries = list(entries)
    used = next((entry for entry in entries if entry.path == path), None)
    if used is None:
        return []
    notes = []
    for entry in sorted(entries, key=lambda entry: entry.head.revision):
        corrects = entry.head.corrects
        if (
            corrects is not None
            and entry.head.version == used.head.version
            and entry.head.revision > used.head.revision
        ):
            revision, why = entry.head.revision, corrects.why
            zh = f"第 {revision} 次编码已于 {corrects.on} 更正：{why.zh}"
            notes.append(Text(zh, f"mended since by revision {revision} of {corrects.on}: {why.en}"))
    span = next((each for each in timeline(entries) if day is not None and each.covers(day)), None)
    if span is not None and span.entry.head.version != used.head.version:
        published, by = span.entry.head.published, text_of(span)
        zh = f"{published} 公布的{by.zh}自 {span.first} 起取代该版本"
        notes.append(Text(zh, f"in the place of this version since {span.first}: {by.en}, published on {published}"))
    return notes


def text_of(span: Span[V]) -> Text:
    """The text of a version, by its number and title."""
    source = span.entry.document.source
    number = source.number or ""
    return Text(f"{number}《{source.title.zh}》", f"{number} “{source.title.en}”".lstrip())


def _gap(spans: list[Span[V]], on: dt.date, known: dt.date | None, policy_id: str) -> Problem:
    """No version applies on a day: what there is before and after it."""
    before = [span.last for span in spans if span.last is not None and span.last < on]
    after = [span.first for span in spans if span.first > on]
    if before and after:
        ended, begins = max(before), min(after)
        said = Text(
            f"前一版本到 {ended} 为止，下一版本自 {begins} 起适用",
            f"one ended on {ended}, the next is in force from {begins}",
        )
    elif after:
        said = Text(f"最早的版本自 {min(after)} 起适用", f"the first is in force from {min(after)}")
    else:
        said = Text(f"最后的版本到 {max(before)} 为止", f"the last ended on {max(before)}")
    by = (
        Text("", "")
        if known is None
        else Text(f"（以 {known} 及以前公布的为限）", f" among those published by {known}")
    )
    return Problem.of("R0102", policy_id, given=policy_id, on=on.isoformat(), known=by, spans=said)


def check_versions(entries: tuple[Entry, ...], problems: Problems, *, is_whole: bool) -> None:
    """Add what is wrong between the versions and revisions of one policy.

    Nothing is said to be missing unless the policy is whole: it may be in a file that cannot be read.
    """
    check_overlaps(entries, "policy", problems)
    versions = sorted(known_versions(entries), key=lambda entry: (entry.start, entry.head.version))
    for second in versions[1:]:
        given, wanted = second.head.dated_by, versions[0].head.dated_by
        if given != wanted:
            place = second.origin.place(("policy", "dated_by"))
            also = (versions[0].origin.also(_OTHER, ("policy", "dated_by")),)
            other = versions[0].path
            problems.add("C0111", second.path, place=place, also=also, other=other, given=given, wanted=wanted)
    for entry in versions if is_whole else ():
        if entry.is_repeal and all(other.is_repeal or other.start >= entry.start for other in versions):
            place = entry.origin.place(("policy", "valid", "from"))
            problems.add("C0124", entry.path, place=place, given=entry.head.id, day=entry.start.isoformat())
    _check_revisions(entries, problems, is_whole)


def check_overlaps(entries: Iterable[Versioned], table: str, problems: Problems) -> None:
    """Add where two versions of one thing, published on one day, apply on one day; `table` holds their heads."""
    versions = sorted(known_versions(entries), key=lambda entry: (entry.start, entry.head.version))
    for first, second in combinations(versions, 2):
        end = first.head.valid.until
        reaches = second.start == first.start or (end is not None and second.start <= end)
        if reaches and first.head.published == second.head.published:
            place = second.origin.place((table, "valid", "from"))
            also = (first.origin.also(_OTHER, (table, "valid")),)
            day = second.start.isoformat()
            problems.add("C0103", second.path, place=place, also=also, other=first.path, day=day)


def _check_revisions(entries: tuple[Entry, ...], problems: Problems, is_whole: bool) -> None:
    """Each revision mends the one before it, and says so by its digest."""
    found = {(entry.head.version, entry.head.revision): entry for entry in entries}
    for (version, revision), entry in found.items():
        corrects = entry.head.corrects
        if corrects is None:
            continue
        place = entry.origin.place(("policy", "corrects", "digest"))
        mended = found.get((version, revision - 1))
        if mended is None:
            if is_whole:
                problems.add("C0121", entry.path, place=place, given=str(revision - 1))
        elif corrects.digest != mended.digest:
            problems.add("C0122", entry.path, place=place, given=corrects.digest, wanted=mended.digest)
        elif corrects.on < mended.head.known_from:
            place = entry.origin.place(("policy", "corrects", "on"))
            day = mended.head.known_from.isoformat()
            also = (mended.origin.also(_OTHER, ("policy", "corrects"), "on"),)
            if mended.head.corrects is None:
                also = (mended.origin.also(_OTHER, ("policy", "published")),)
            problems.add("C0123", entry.path, place=place, also=also, given=corrects.on.isoformat(), day=day)
