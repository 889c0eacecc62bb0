"""A supposed ledger decides as a ledger does, and computes also what a ledger would not pay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from tests.ledger.support import AID, BED, DRAFT, EARLIER, NURSING, Place, policies

import subsidy
from subsidy.audit.supposed import SupposedLedger, all_consulted
from subsidy.errors import RequestError, SubsidyError
from subsidy.ledger.determining import Claim

PEOPLE = some.sampled_from(["E1", "E2"])
MONTHS = some.sampled_from([f"{year}-{month:02}" for year in (2024, 2025) for month in (1, 2, 12)])
COST = some.decimals("0", "1100", places=2).map(str)
LEVELS = some.sampled_from(["self_care", "semi_disabled", "disabled"])
STAYS = some.just([{"moved_in": "2023-01-01"}])
CLAIMS: some.SearchStrategy[tuple[str, dict[str, Any]]] = some.one_of(
    some.tuples(
        some.just(NURSING),
        some.fixed_dictionaries(
            {"elder": PEOPLE, "month": MONTHS, "cost": COST, "bill": some.sampled_from(["B1", "B2"])}
        ),
    ),
    some.tuples(some.just(AID), some.fixed_dictionaries({"elder": PEOPLE, "month": MONTHS, "cost": COST})),
    some.tuples(
        some.just(EARLIER),
        some.fixed_dictionaries({"centre": some.just("C"), "resident": PEOPLE, "month": MONTHS, "level": LEVELS}),
    ),
    some.tuples(
        some.just(BED),
        some.fixed_dictionaries(
            {"centre": some.just("C"), "resident": PEOPLE, "month": MONTHS, "care_level": LEVELS, "stays": STAYS}
        ),
    ),
)


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(claims=some.lists(CLAIMS, min_size=4, max_size=14))
def test_it_decides_as_a_ledger_does(
    adopted: subsidy.Catalogue, tmp_path_factory: pytest.TempPathFactory, claims: list[tuple[str, dict[str, Any]]]
) -> None:
    """Any claims have the same decisions, amounts, facts stated and caps in a supposed ledger as in a real one."""
    folder = tmp_path_factory.mktemp("ledger")
    place = Place(f"sqlite:///{folder}/ledger.db", folder, adopted)
    supposed = SupposedLedger(adopted)
    supposed.expect([NURSING, AID, EARLIER, BED])
    ledger = place.ledger()
    try:
        for number, (policy, facts) in enumerate(claims):
            real: Any
            try:
                body = ledger.determine(policy, facts, request=str(number)).body
                caps = [(each["cap"], each["before"], each["after"], each["most"]) for each in body["caps"]]
                stated = {name: body["receipt"]["facts"][name] for name in body["stated"]}
                why = [reason["code"] for reason in body["why"]]
                real = (body["decision"], body["amount"], why, caps, stated)
            except SubsidyError as error:
                real = error.report("en")
            assert _supposed(supposed, Claim(policy, facts, {}), number) == real
    finally:
        place.close()


def _supposed(supposed: SupposedLedger, claim: Claim, number: int) -> Any:
    try:
        found = supposed.put(claim, number)
    except SubsidyError as error:
        return error.report("en")
    decision = found.decision
    assert found.marks == ()
    assert found.outcome == decision.outcome
    caps = [(each["cap"], each["before"], each["after"], each["most"]) for each in decision.touched]
    stated = {name: decision.result.fact(name) for name in decision.stated}
    return decision.outcome, decision.amount, [problem.code for problem in decision.why], caps, stated


def test_what_is_read_of_other_policies_is_known(adopted: subsidy.Catalogue) -> None:
    """Whoever asks what was paid under another policy has to put the claims of that one, too."""
    assert all_consulted(adopted, [EARLIER]) == {EARLIER, BED}
    assert all_consulted(adopted, [NURSING]) == {NURSING}


def test_without_adoption(tmp_path: Path) -> None:
    """What nobody adopted is computed, caps and all, and marked as what no ledger would pay."""
    supposed = SupposedLedger(subsidy.Catalogue(policies(tmp_path)))
    facts = {"elder": "E1", "month": "2024-03", "cost": "800"}
    first = supposed.put(Claim(NURSING, {**facts, "bill": "1"}, {}), 0)
    second = supposed.put(Claim(NURSING, {**facts, "bill": "2"}, {}), 1)
    assert [(each.outcome, each.low, each.high) for each in (first, second)] == [
        ("determined", 80_000, 80_000),
        ("determined", 20_000, 20_000),
    ]
    assert [problem.report("en") for problem in second.marks] == [
        (
            "R0502 not-adopted  adoption\n"
            "  no adoption of cn/test/nursing is in force on that day, so nothing can be determined\n"
            "  → adopt it first: subsidy policy adopt"
        )
    ]


def test_a_draft(tmp_path: Path) -> None:
    """A draft is computed, and marked as one."""
    supposed = SupposedLedger(subsidy.Catalogue(policies(tmp_path)))
    facts = {"elder": "E1", "month": "2025-03", "cost": "800", "bill": "1"}
    found = supposed.put(Claim(DRAFT, facts, {}), 0)
    assert (found.low, [problem.code for problem in found.marks]) == (80_000, ["R0502", "R0504"])


def test_a_cap_whose_limit_nobody_fixed(tmp_path: Path) -> None:
    """Where the text leaves a cap to the county, and nobody filled it, nothing can be said of a claim."""
    supposed = SupposedLedger(subsidy.Catalogue(policies(tmp_path)))
    with pytest.raises(RequestError) as error:
        supposed.put(Claim(AID, {"elder": "E1", "month": "2024-03", "cost": "800"}, {}), 0)
    assert error.value.report("en") == (
        "R0505 left-open  in_all\n"
        "  something is left open, so nothing can be determined: most aid a person\n"
        "  → choose the reading or fill the figure in the adoption"
    )


def test_after_an_open_one(tmp_path: Path) -> None:
    """A reading that is left open gives bounds, and what used the same cap after it is open, too."""
    supposed = SupposedLedger(subsidy.Catalogue(policies(tmp_path)))
    facts = {"beneficiary": "R1", "month": "2023-08", "price": "30"}
    home = "cn/liaoning/shenyang/home-service"
    chosen = {"fewer_hours": "as_served", "more_hours": "first_45"}
    first = supposed.put(Claim(home, {**facts, "hours": "50"}, {**chosen, "more_hours": "open"}), 0)
    second = supposed.put(Claim(home, {**facts, "hours": "1"}, chosen), 1)
    other = supposed.put(Claim(home, {**facts, "hours": "1", "beneficiary": "R2"}, chosen), 2)
    assert (first.outcome, first.low, first.high) == ("open", 0, 135_000)
    assert (second.outcome, second.after) == ("open", (0,))
    assert (other.outcome, other.low, other.after) == ("determined", 3_000, ())
