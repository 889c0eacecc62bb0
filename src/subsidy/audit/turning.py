"""An impact turned into determinations: what would change is reversed, and then determined again, each once.

First every reversal, then every determination in the order of the entries, so that no cap stands in the way of what is
paid instead. Each is a request of its own, named by a prefix and the position; so the same command goes on after an
interruption, and nothing is paid twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Final

from sqlalchemy import select

from ..ledger import Answer, Ledger
from ..ledger import tables as t
from ..ledger.determining import Claim
from ..ledger.requests import asked
from ..ledger.subjects import identifiers_of, replaced
from .findings import Finding, Tick
from .impact import Change, Impact

_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Turned:
    """A determination in the place of an earlier one.

    Attributes:
        position: of the entry that is reversed.
        by: of the one in its place.
        amount: what that one determines to be paid.
        finding: it is not what it was to be; None where it is.
    """

    position: int
    by: int
    amount: Decimal
    finding: Finding | None


def check_prefix(scope: str, prefix: str) -> None:
    """Refuse a prefix of which no request id can be made.

    Raises:
        RequestError: it is none.
    """
    for method in ("reverse", "determine"):
        asked(scope, method, f"{prefix}/{method}/{'0' * 12}")


def turn(ledger: Ledger, impact: Impact, prefix: str, tick: Tick = lambda _, __: None) -> tuple[Turned, ...]:
    """Reverse what would change and can be turned, then determine it again; what is for a hand stays as it is.

    Raises:
        RequestError: the prefix was used for something else, or a claim cannot be determined.
        ServiceError: the store failed; the same call goes on.
    """
    check_prefix(ledger.scope, prefix)
    changes = [each for each in impact.changes if not each.hand]
    total = 2 * len(changes)
    reversals = ((each.position, f"{prefix}/reverse/{each.position}", reason(each)) for each in changes)
    for done, _ in enumerate(ledger.reverse_each(reversals), start=1):
        tick(done, total)
    found = list[Turned]()
    for change, answer in zip(changes, ledger.determine_each(_claims(ledger, changes, prefix)), strict=True):
        found.append(_turned(change, answer))
        tick(len(changes) + len(found), total)
    return tuple(found)


def reason(change: Change) -> str:
    """Why an entry is reversed, in both languages: which texts are in the place of which."""
    texts = ", ".join(f"{each.id} {each.title.zh} {each.new or '-'}" for each in change.causes)
    difference = change.difference or Decimal()
    zh, en = ("补发", "to pay in addition") if difference > 0 else ("追缴", "to recover")
    said = f"{zh} {abs(difference)} 元 · {abs(difference)} CNY {en}" if difference else "分担改变 · other payers"
    return f"{said}: {texts or '上限使用有变 · what others use of a cap'}"


def _claims(ledger: Ledger, changes: Sequence[Change], prefix: str) -> Iterator[tuple[Claim, str]]:
    """What is determined in the place of each entry, and by which request."""
    for begin in range(0, len(changes), _AT_ONCE):
        chunk = changes[begin : begin + _AT_ONCE]
        known = partial(_known, _clear(ledger, chunk))
        for each in chunk:
            version = ledger.catalogue.dated(each.policy, each.facts)
            facts = replaced(version.program.facts.values(), each.facts, known)
            yield Claim(each.policy, facts, {}), f"{prefix}/determine/{each.position}"


def _known(clear: dict[str, str], subject: str) -> str:
    """An identifier in clear; what stands for it where nobody has it."""
    return clear.get(subject, subject)


def _turned(change: Change, answer: Answer) -> Turned:
    amount = Decimal(answer.amount)
    finding = None
    if amount != change.low:
        finding = Finding.of(
            "V0407", answer.position, entry=str(change.position), wanted=str(change.low), by=str(answer.position),
            given=answer.amount,
        )  # fmt: skip
    return Turned(change.position, answer.position, amount, finding)


def _clear(ledger: Ledger, changes: Sequence[Change]) -> dict[str, str]:
    """The identifiers in clear of some claims, by what stands for them."""
    wanted = set[str]()
    for each in changes:
        version = ledger.catalogue.dated(each.policy, each.facts)
        wanted.update(identifiers_of(version.program.facts.values(), each.facts))
    c, subjects, found = t.PERSONS.c, sorted(wanted), dict[str, str]()
    with ledger.store.reading() as connection:
        for begin in range(0, len(subjects), _AT_ONCE):
            rows = connection.execute(
                select(c.subject, c.clear).where(c.subject.in_(subjects[begin : begin + _AT_ONCE]))
            )
            found.update((row.subject, row.clear) for row in rows)
    return found
