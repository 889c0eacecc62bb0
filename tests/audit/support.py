"""A ledger with an entry of every kind, of any size, on either store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.ledger.support import DUE, NURSING, YUNCHENG, Place, bed, grant, nursing

from subsidy.audit.sources import Stored
from subsidy.audit.verifying import Verified, verify
from subsidy.ledger import Answer, Ledger, Roster
from subsidy.ledger.determining import Claim

LAW: Final = {"ground": "虚构法第 1 条", "retention": "另行归档"}


def award(ledger: Ledger, request: str, who: str) -> Answer:
    """A claim whose amount is paid in instalments."""
    facts = {"applicant": who, "month": "2024-01"}
    return ledger.determine(DUE, facts, request=request)


def fill(ledger: Ledger, folder: Path, months: int = 3) -> None:
    """Every kind of entry: claims of several policies, some cut or refused; what follows them; a new key."""
    for number in range(months):
        month = f"2024-{number % 12 + 1:02d}"
        first = nursing(ledger, f"n{number}/a", "700", who=f"E{number % 4}", month=month)
        nursing(ledger, f"n{number}/b", "700", who=f"E{number % 4}", month=month)
        nursing(ledger, f"n{number}/c", "700", who=f"E{number % 4}", month=month)
        bed(ledger, f"b{number}", centre="C1", who=f"R{number}", month=month)
        if number % 2:
            ledger.reverse(first.position, request=f"v{number}", why="重复申报")
    grant(ledger, "g", project="P1")
    grant(ledger, "g2", project="P1")
    policy = ledger.catalogue.policy(NURSING, on="2024-03-01")
    claims = [
        Claim(NURSING, {"elder": f"X{row}", "month": "2024-05", "cost": "450", "bill": f"B{row}"}, {})
        for row in range(months)
    ]
    list(ledger.determine_roster(Roster("2024-05", policy, claims), claims))
    ledger.rotate_key(folder / "second.pem")
    nursing(ledger, "after", "100", who="L1", month="2024-06")


def small(ledger: Ledger, folder: Path) -> None:
    """The same kinds of entries, of one policy whose texts are short, so that each byte of the file can be tried."""
    first = nursing(ledger, "a", "700")
    nursing(ledger, "b", "700")
    nursing(ledger, "c", "700")
    ledger.reverse(first.position, request="r", why="重复申报")
    policy = ledger.catalogue.policy(NURSING, on="2024-03-01")
    claims = [
        Claim(NURSING, {"elder": f"X{n}", "month": "2024-05", "cost": "450", "bill": f"B{n}"}, {}) for n in (1, 2)
    ]
    list(ledger.determine_roster(Roster("2024-05", policy, claims), claims))
    _follow(ledger)
    ledger.rotate_key(folder / "second.pem")
    nursing(ledger, "after", "100", who="L1", month="2024-06")


def _follow(ledger: Ledger) -> None:
    """Instalments that are paid, taken back, paid again and lapse; an identifier that is erased; a later text."""
    award = nursing(ledger, "due", "300", who="D1", month="2024-07")
    paid = ledger.release(award.position, "first", request="due/first")
    ledger.reverse(paid.position, request="due/back", why="误付")
    ledger.release(award.position, "first", request="due/again")
    ledger.release(award.position, "third", {"still_cared_for": False}, request="due/third")
    gone = nursing(ledger, "gone", "100", who="Z1", month="2024-07")
    ledger.reverse(gone.position, request="gone/back", why="误报")
    ledger.erase("Z1", request="gone/erased", on="2026-01-01", **LAW)
    nursing(ledger, "later", "100", who="D2", month="2025-03")


@contextmanager
def read(place: Place) -> Iterator[Stored]:
    """The ledger of a place, to be audited."""
    source = Stored(place.url)
    try:
        yield source
    finally:
        source.close()


def verified(place: Place) -> Verified:
    """What comes of verifying the ledger of a place."""
    with read(place) as source:
        return verify(source)


def codes(found: Verified) -> list[str]:
    """The codes of what is wrong, in order."""
    return [each.problem.code for each in found.findings.listed]


__all__ = ["LAW", "YUNCHENG", "award", "codes", "fill", "read", "small", "verified"]
