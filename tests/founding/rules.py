"""What each founding case says as a claim. A fact that no case speaks of, such as an id or a day, is ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .mapping import OPEN, Claim, Rule, Said, Unsaid, Where, said

Case = Mapping[str, Any]

YUNCHENG: Final = "cn/shanxi/yuncheng"
SHENYANG: Final = "cn/liaoning/shenyang"
PANJIN: Final = "cn/liaoning/panjin"
LIAOYUAN: Final = "cn/jilin/liaoyuan"
LITONG: Final = "cn/ningxia/wuzhong/litong"
AVERAGE: Final = "an average of a lump sum is no rate: no module gives it, a gap of the module names it"

NO_PRICE: Final = "the price is a fact of the claim: without it the claim is refused, naming it, and nothing is open"


def yuncheng_construction(case: Case) -> Said:
    given = case["inputs"]
    works = {"改造": "conversion", "新建": "new_build", "购置": "purchase"}[given["kind"]]
    facts = {
        "project": "P1",
        "accepted_on": "2021-06-30",
        "place": given["division"][:6],
        "works": works,
        "floor_area": given["area_m2"],
    }
    # without a cost, as most cases are, only the other reading of the shortfall can be had; the city part is the same
    readings = {"shortfall": "cost_less_grant" if "cost_yuan" in given else "same_rate_above_cap"}
    if "cost_yuan" in given:
        facts["cost"] = given["cost_yuan"]
    at = {"city": "parts.grant.shares.city", "county": "parts.county_duty.shares.county"}
    found = at if case["expected"].keys() <= at.keys() else {OPEN: Where("amount", value=OPEN)}
    return said(
        f"{YUNCHENG}/construction-grant",
        "2021-06-30",
        facts,
        readings,
        **{name: found[name] for name in case["expected"]},
    )


def yuncheng_operating(case: Case) -> Said:
    facts = {"centre": "C1", "assessed_on": "2021-12-20", "place": "140802", "rating": case["inputs"]["grade"]}
    policy = f"{YUNCHENG}/operating-subsidy"
    if "county_table" in case["inputs"]:
        assert case["inputs"]["county_table"] == {"A": 50000, "AA": 75000, "AAA": 100000}  # what even steps presume
        return said(policy, "2021-12-20", facts, {"county_table": "even_steps"}, amount="amount")
    low, high = case["expected"]["bounds"]
    return said(
        policy,
        "2021-12-20",
        facts,
        {"county_table": "open"},
        undetermined=Where("amount", value=OPEN),
        bounds=Where("amount.low", value=low),
        and_at_most=Where("amount.high", value=high),
    )


def yuncheng_beds(case: Case) -> Said:
    given = case["inputs"]
    levels = {"self": "self_care", "semi": "semi_disabled", "disabled": "disabled"}
    policy, on = f"{YUNCHENG}/bed-subsidy", "2021-06-01"
    facts = {"centre": "C1", "resident": "R1", "month": "2021-06"}
    if "full_months" in given:
        whole = facts | {"stays": [{"moved_in": "2021-06-01", "moved_out": "2021-06-30"}]}
        claims = [Claim(policy, on, whole | {"care_level": levels[k]}, {}, n) for k, n in given["full_months"].items()]
        return Said(tuple(claims), {"amount": Where("amount", is_sum=True)})
    part = {">=15 days counts": "fifteen_days", "by days": "by_days", "any day counts": "any_day"}
    stays = [{"moved_in": "2021-06-01", "moved_out": f"2021-06-{given['days_in_month']:02}"}]
    readings = {"part_month": part[case["under_interpretation"]]}
    return said(policy, on, facts | {"care_level": levels[given["level"]], "stays": stays}, readings, amount="amount")


def shenyang_hours(case: Case) -> Said:
    facts = {
        "beneficiary": "B1",
        "month": "2023-08",
        "hours": str(case["inputs"]["hours"]),
        "left_monthly": "1350",
    }
    policy = f"{SHENYANG}/home-service"
    if case.get("under_interpretation") == "strict":  # no price in the text: without one there is no answer
        return said(policy, "2023-08-01", facts, undetermined=Where("refused", value=["F0102"])).but(NO_PRICE)
    return said(policy, "2023-08-01", facts | {"price": "30"}, amount="amount")  # 1350 / 45, derived


def panjin_budget(case: Case) -> Said:
    given, expected = case["inputs"], case["expected"]
    central, city, county = map(str, given.get("parts_wan", (1900, 995, 230)))
    facts = {"plan": "2018", "arranged_on": "2018-08-28", "central": central, "city": city, "county": county}
    found = (
        {
            "sum_wan": Where("measures.all_arranged.value", value=expected["sum_wan"] * 10000),
            "residual_wan": Where("measures.all_arranged.shortfall", value=expected["residual_wan"] * 10000),
            "total_wan": Where("measures.all_arranged.required", value=given["total_wan"] * 10000),
        }
        if "parts_wan" in given
        else {
            "two_years_central_wan": Where(
                "measures.two_years_central.value", value=given["two_years_central_wan"] * 10000
            ),
            "grant_wan": Where("measures.two_years_central.required", value=given["grant_wan"] * 10000),
            "exceeds_by_wan": Where("measures.two_years_central.shortfall", value=expected["exceeds_by_wan"] * 10000),
        }
    )
    return said(f"{PANJIN}/funding-plan", "2018-08-28", facts, **found)


def panjin_training(case: Case) -> Said | Unsaid:
    if "average" in case["expected"]:
        return Unsaid(AVERAGE)
    facts = {"provider": "T1", "settled_on": "2018-12-31", "trained": str(case["inputs"]["persons"]), "paid": "600000"}
    return said(f"{PANJIN}/carer-training", "2018-12-31", facts, undetermined=Where("steps.sum_reported", value=OPEN))


def panjin_centres(case: Case) -> Said | Unsaid:
    if "average" in case["expected"]:
        return Unsaid(AVERAGE)
    facts = {
        "batch": "2017",
        "settled_on": "2018-08-28",
        "centres": str(case["inputs"]["centres"]),
        "paid": "1300000",
    }
    return said(
        f"{PANJIN}/centre-grant-2017", "2018-08-28", facts, undetermined=Where("steps.sum_reported", value=OPEN)
    )


def panjin_area(case: Case) -> Said:
    given = case["inputs"]
    facts = {
        "area": "211100",
        "counted_on": "2020-12-31",
        "population": str(given["population"]),
        "floor_area": str(given["area_m2"]),
    }
    return said(f"{PANJIN}/facility-area", "2020-12-31", facts, met="measures.premises.met")


def litong_targets(case: Case) -> Said:
    given = case["inputs"]
    where = {"area": "640302", "counted_on": "2022-12-25"}
    if "lottery" in given:
        facts = where | {"lottery_fund": str(given["lottery"]), "for_elder_care": str(given["elder_care"])}
        return said(f"{LITONG}/lottery-fund", "2022-12-25", facts, met="measures.elder_care.met")
    if "social_workers" in given:
        facts = where | {
            "beds": str(given["beds"]),
            "workers_for_beds": str(given["social_workers"]),
            "elders": "0",
            "workers_for_elders": "0",
        }
        return said(
            f"{LITONG}/staffing-targets",
            "2022-12-25",
            facts,
            undetermined=Where("measures.for_beds.met", value=OPEN),
        )
    facts = where | {"beds": str(given["beds"]), "nursing_beds": str(given.get("nursing_beds", 0))}
    at = {"nursing_met": "measures.nursing.met", "beds_met": "measures.beds_in_all.met"}
    found = {name: at[name] for name in case["expected"]}
    return said(f"{LITONG}/bed-targets", "2022-12-25", facts, **found)


def liaoyuan_provision(case: Case) -> Said:
    facts = {
        "quarter": "Q1",
        "approved_on": "2021-06-01",
        "households": str(case["inputs"]["households"]),
        "floor_area": str(case["inputs"]["area_m2"]),
    }
    policy, on, met = f"{LIAOYUAN}/facility-provision", "2021-06-01", "measures.premises.met"
    ways = tuple(
        Claim(policy, on, facts, {"part_hundred": way} if way else {}) for way in ("pro_rata", "whole_hundreds", "")
    )
    if "also" not in case["expected"]:
        return Said(ways, {"met": Where(met)})
    assert case["expected"]["also"] == "True if whole hundreds only (3*20=60)"
    return Said(
        ways,
        {
            "met": Where(met),
            "also": Where(met, claim=1, value=True),
            "with neither": Where(met, claim=2, value=OPEN),
        },
    )


def shenyang_provision(case: Case) -> Said:
    facts = {
        "quarter": "Q1",
        "counted_on": "2023-08-01",
        "stage": case["inputs"]["kind"],
        "households": str(case["inputs"]["households"]),
        "floor_area": str(case["inputs"]["area_m2"]),
    }
    at = {"met": "measures.premises.met", "gap_m2": "measures.premises.shortfall"}
    found = {name: at[name] for name in case["expected"]}
    return said(f"{SHENYANG}/facility-provision", "2023-08-01", facts, **found)


def yuncheng_provision(case: Case) -> Said:
    given = case["inputs"]
    if "beds" in given:
        facts = {
            "centre": "C1",
            "planned_on": "2021-06-30",
            "floor_area": str(given["area_m2"]),
            "beds": str(given["beds"]),
        }
        return said(
            f"{YUNCHENG}/centre-size",
            "2021-06-30",
            facts,
            size_guideline="measures.size_least_met.met",
            beds="measures.beds_met.met",
        )
    facts = {
        "quarter": "Q1",
        "approved_on": "2021-06-30",
        "households": str(given["households"]),
        "floor_area": str(given["area_m2"]),
    }
    return said(f"{YUNCHENG}/facility-provision", "2021-06-30", facts, met="measures.premises.met")


RULES: Final[dict[str, Rule]] = {
    "S-YC-1-AREA-AWARD": yuncheng_construction,
    "S-YC-2-OPER-GRADE": yuncheng_operating,
    "S-YC-3-BED": yuncheng_beds,
    "S-SY-1-HOME-HOURS": shenyang_hours,
    "S-PJ-1-BUDGET": panjin_budget,
    "S-PJ-2-TRAIN": panjin_training,
    "S-PJ-3-CENTRES": panjin_centres,
    "S-PJ-4-RATIO": panjin_area,
    "S-LT-TARGETS": litong_targets,
    "S-LY-RATIO": liaoyuan_provision,
    "S-SY-2-RATIO": shenyang_provision,
    "S-YC-4-RATIO": yuncheng_provision,
}
