"""A roster in chunks comes to what its claims come to one by one, and a second time to the same."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any

import pytest

from subsidy.errors import SubsidyError
from subsidy.ledger import Ledger, Outcome, Roster, ledger, rosters
from subsidy.ledger.determining import Claim

from .support import BED, HOME, NURSING, SHENYANG, YUNCHENG, Place, determinations

_RANDOM = re.compile(r"id-[0-9a-f]{10}-[0-9a-f]{64}|[0-9a-f]{74}")  # salted, so that no two ledgers have the same


def at_home(pick: random.Random, row: int) -> dict[str, Any]:
    """A claim of one of a few persons, whose cap of the month is used up by some of them."""
    hours = pick.choice(["3", "20.25", "44", "46"])
    return {"beneficiary": f"P{pick.randrange(20)}", "month": f"2023-{row % 4 + 8:02d}", "hours": hours, "price": "30"}


def nursed(pick: random.Random, row: int) -> dict[str, Any]:
    """A claim under caps of a month and for life, in two versions of the policy, which a bill can make only once."""
    month = f"{2024 + row % 2}-{pick.randrange(1, 13):02d}"
    return {
        "elder": f"E{pick.randrange(9)}",
        "month": month,
        "cost": pick.choice(["5", "450", "700"]),
        "bill": f"B{row}",
    }


def in_bed(pick: random.Random, row: int) -> dict[str, Any]:
    """A claim with rows, once a person and month; some do not fit."""
    level = pick.choice(["disabled", "semi_disabled", "able", "none at all"])
    stays = [{"moved_in": "2023-01-01"}]
    return {
        "centre": f"C{row % 3}", "resident": f"R{pick.randrange(60)}", "month": f"2024-0{row % 9 + 1}",
        "care_level": level, "stays": stays,
    }  # fmt: skip


def said(of: Ledger) -> list[str]:
    """Every determination as it stands, but for random salts, request ids and the clock."""
    found = []
    for body in determinations(of):
        rest = {name: value for name, value in body.items() if name not in ("request", "recorded")}
        names: dict[str, str] = {}
        text = json.dumps(rest, ensure_ascii=False, sort_keys=True)
        found.append(_RANDOM.sub(lambda each, names=names: names.setdefault(each[0], f"#{len(names)}"), text))  # type: ignore[misc]
    return found


def codes(found: Outcome | SubsidyError | Any) -> Any:
    """What came of a claim."""
    if isinstance(found, SubsidyError):
        return [each.code for each in found.problems]
    return found.decision, found.amount, [each.code for each in found.why]


@pytest.mark.parametrize(
    ("policy", "scope", "made"), [(HOME, SHENYANG, at_home), (NURSING, YUNCHENG, nursed), (BED, YUNCHENG, in_bed)]
)
def test_a_roster_is_its_claims(
    place: Place,
    other_place: Place,
    monkeypatch: pytest.MonkeyPatch,
    policy: str,
    scope: str,
    made: Callable[[random.Random, int], dict[str, Any]],
) -> None:
    """Decisions, amounts, caps before and after, receipts and refusals are those of each claim by itself, in order."""
    monkeypatch.setattr(ledger, "CHUNK", 40)
    pick = random.Random(7)  # noqa: S311
    facts = [made(pick, row) for row in range(150)]
    claims = [Claim(policy, each, {}) for each in facts]
    version = place.catalogue.policy(policy)
    unlike = {rosters.Roster("", version, ()).values(claim): claim for claim in claims}
    claims = list(unlike.values())
    whole, single = place.ledger(scope), other_place.ledger(scope)
    roster = Roster("r", version, claims)
    found = list(whole.determine_roster(roster, claims))
    alone = []
    for number, claim in enumerate(claims):
        try:
            alone.append(codes(single.determine(policy, claim.facts, request=f"q{number}")))
        except SubsidyError as error:
            alone.append(codes(error))
    assert [codes(each) for each in found] == alone
    assert len({str(each) for each in alone}) > 2
    assert said(whole) == said(single)
    size = whole.size
    assert list(map(codes, whole.determine_roster(roster, claims))) == alone
    assert whole.size == size
