"""A roster in chunks comes to what its claims come to one by one, and a second time to the same."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import subsidy
from subsidy.errors import RequestError, SubsidyError
from subsidy.ledger import Ledger, Outcome, Roster, ledger, rosters
from subsidy.ledger.determining import Claim

from .support import BED, HOME, NURSING, SHENYANG, YUNCHENG, Place, adopt, determinations, policies, rows

_RANDOM = re.compile(r"id-[0-9a-f]{10}-[0-9a-f]{64}|[0-9a-f]{74}")  # salted, so that no two ledgers have the same
_PAID: Any = ("determined", "5.00", [])


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
        rest = {name: value for name, value in body.items() if name not in ("request", "recorded", "fingerprint")}
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


def bill(who: str, month: str = "2024-03", **more: str) -> Claim:
    """A claim for nursing."""
    return Claim(NURSING, {"elder": who, "month": month, "cost": "5", "bill": f"B-{who}", **more}, {})


def rows_with(place: Place, claims: list[Claim], batch: str = "r") -> list[Any]:
    """What comes of claims as one roster."""
    found = place.ledger().determine_roster(Roster(batch, place.catalogue.policy(NURSING), claims), claims)
    return [codes(each) for each in found]


@pytest.mark.parametrize("month", ["id-" + "中" * 75, "id-" + "~" * 10 + "é" * 65])
def test_a_cell_like_an_identifier_refuses_its_row_alone(place: Place, month: str) -> None:
    """A month as long as what stands for an identifier, and begun like it, is no month; the other rows are paid."""
    found = rows_with(place, [bill("E1"), bill("E2", month), bill("E3")])
    assert found == [_PAID, ["F0110"], _PAID]


@pytest.mark.parametrize("who", ["\ud800", "a\0b"])
def test_a_cell_that_is_no_identifier_refuses_its_row_alone(place: Place, who: str) -> None:
    """Half a character or one that PostgreSQL does not take is not asked for in the store; the other rows are paid."""
    found = rows_with(place, [bill("E1"), bill(who), bill("E3")])
    assert found == [_PAID, ["F0118", "F0118"], _PAID]


@pytest.mark.parametrize("batch", ["no name", "x" * 150])
def test_a_batch_without_a_name_leaves_no_trace(place: Place, batch: str) -> None:
    """What can be no request id is refused when a roster is checked and when it is determined; nobody is named."""
    size = place.ledger().size
    place.close()
    with pytest.raises(RequestError, match="R0520"):
        rows_with(place, [bill("E1")], batch)
    place.close()
    open_ = place.ledger()
    with pytest.raises(RequestError, match="R0520"):
        open_.check_roster(Roster(batch, place.catalogue.policy(NURSING), []))
    assert (open_.size, rows(open_.store, "persons")) == (size, [])


def test_an_identifier_that_another_version_asks_for_is_named_once(place: Place, tmp_path: Path) -> None:
    """Rows of a version with an identifier that the roster's own version lacks are determined, and it is one person."""
    made = policies(tmp_path / "more")
    module = made / NURSING / "2024-01-01.toml"
    text = module.read_text("utf-8").replace('"month", "bill"]', '"month", "bill", "carer"]')
    text = text.replace('bill = "B"', 'bill = "B", carer = "C"')
    carer = '[facts.carer]\ntype = "id"\nlabel = { zh = "护理员", en = "carer" }\n\n[facts.month]'
    module.write_text(text.replace("[facts.month]", carer), "utf-8")
    plain = subsidy.Catalogue(made)
    for first, until in (("2024-01-01", "2024-12-31"), ("2025-01-01", "")):
        adopt(tmp_path / "adopted", plain.policy(NURSING, on=first), first, until, {})
    place = Place(place.url, place.folder, subsidy.Catalogue(made, adoptions=tmp_path / "adopted"), place.made)
    claims = [bill("E1", carer="C"), bill("E2", carer="C"), bill("E3", "2025-03")]
    assert rows_with(place, claims) == [_PAID] * 3
    found = [body["receipt"]["facts"].get("carer") for body in determinations(place.made[-1])]
    assert found[0] == found[1] is not None
