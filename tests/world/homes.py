"""Rules that pay homes and centres: what each of their cases says as a claim. A fact that no case speaks of is ours."""

from __future__ import annotations

from typing import Any, Final

from tests.founding.mapping import OPEN, Claim, Row, Said, Unsaid, Where, said

from .reading import Case, reading

ODD_FEN: Final = "no number of beds at 300 CNY makes 150.01; how an odd fen is split is held by the cases of shares"
ENDED: Final = "after the last day of a text there is no version: the claim is refused with dates, and is no zero"


def taizhou(case: Case) -> Said:
    given = case["inputs"]
    facts = {
        "home": "H1",
        "day": "2020-11-01",
        "ownership": given["ownership"],
        "nursing_beds": given["nursing_beds"],
        "other_beds": given["other_beds"],
    }
    years = Row(tuple(Where(f"parts.paid.instalments.{n}.amount") for n in ("first", "second", "third")))
    return said("cn/jiangsu/taizhou/construction", "2020-11-01", facts, total="amount", instalments=years)


def zhenjiang(case: Case) -> Said:
    given = case["inputs"]
    grade = {None: "ungraded", 2: "two", 3: "three"}[given["grade"]]
    on_nursing_bed = given.get("nursing_bed", False)
    groups = [
        {"level": level, "nursing_bed": on_nursing_bed, "persons": given[word], "months": given["months"]}
        for level, word in (("semi", "semi"), ("full", "disabled"))
    ]
    facts = {"home": "H1", "day": "2022-12-31", "grade": grade, "groups": groups}
    return said("cn/jiangsu/zhenjiang/operating", "2022-12-31", facts, amount="amount")


def fujian(case: Case) -> Said:
    given = case["inputs"]
    facts = {
        "home": "H1",
        "day": "2013-04-01",
        "tenure": given["tenure"],
        "beds": given["beds"],
        "county_kind": "protected" if given.get("county_protected") else "ordinary",
    }
    if "lease_years" in given:
        facts["lease_years"] = given["lease_years"]
    opening = Claim("cn/fujian/opening-grant", "2013-04-01", facts)
    if "use_changed_after_years" in given:
        back = {
            "home": "H1",
            "day": "2016-04-01",
            "granted": "500000",
            "beds": given["beds"],
            "beds_changed": given["beds"],
            "months_open": 12 * given["use_changed_after_years"],
        }
        recovery = Claim(
            "cn/fujian/opening-grant-recovery", "2016-04-01", back, {"extent": case["under_interpretation"]}
        )
        found: dict[str, Where | Row] = {
            "granted": Where("amount", value=back["granted"]),
            "clawback": Where("steps.clawback", claim=1),
        }
        return Said((opening, recovery), found)
    places: dict[str, Where | Row] = {
        "amount": Where("amount"),
        "province": Where("parts.opening.shares.province"),
        "county": Where("parts.opening.shares.county"),
        "instalments": Row(
            tuple(
                Where(f"parts.opening.instalments.{n}.amount") for n in ("first", "second", "third", "fourth", "fifth")
            )
        ),
    }
    return Said((opening,), {name: places[name] for name in case["expected"]})


def datian(case: Case) -> Said:
    given, place = case["inputs"], "cn/fujian/sanming/datian"
    if "tenure" in given:
        facts = {"home": "H1", "day": "2022-06-01", "tenure": given["tenure"], "beds": given["beds"]}
        years = ("first", "second", "third", "fourth", "fifth")
        instalments = Row(tuple(Where(f"parts.opening.instalments.{n}.amount") for n in years))
        return said(f"{place}/opening-grant", "2022-06-01", facts, total="amount", instalments=instalments)
    if "age" in given:
        facts = {"person": "P1", "month": "2022-06", "years": given["age"], "has_pension": given["has_pension"]}
        return said(f"{place}/age-allowance", "2022-06-01", facts, amount="amount")
    facts = {
        "home": "H1",
        "person": "P1",
        "day": "2022-12-31",
        "bed": given["bed"],
        "full_months": given["full_months"],
        "part_days": given["partial_days"],
        "part_in": "2022-12",
    }
    basis = {365: "of_365", 360: "of_30"}[given["days_basis"]]
    return said(f"{place}/operating", "2022-12-31", facts, {"day_basis": basis}, amount="amount")


def hefei(case: Case) -> Said:
    facts = {"home": "H1", "day": "2022-09-20", "opened_on": "2020-01-01", "beds": case["inputs"]["beds"]}
    ways = reading(case, "scale", {"whole": "whole", "marginal": "marginal"})
    return said("cn/anhui/hefei/construction", "2022-09-20", facts, ways, amount="amount")


def zhongshan(case: Case) -> Said:
    given, place = case["inputs"], "cn/liaoning/dalian/zhongshan"
    if "area_m2" in given:
        facts = {"home": "H1", "day": "2020-06-01", "area": given["area_m2"], "kind": given["kind"]}
        ways = reading(case, "part_bed", {"floor": "dropped", "half-up": "half_up"})
        return said(f"{place}/bed-grant", "2020-06-01", facts, ways, beds="steps.beds", amount="amount")
    elder = {"person": "P1", "month": "2020-06"}
    if "fee" in given:
        facts = elder | {"income": given["income"], "fee": given["fee"]}
        return said(f"{place}/institution-top-up", "2020-06-01", facts, amount="amount")
    facts = elder | {
        "years": given["age"],
        "care_level": {"semi": "semi_disabled"}[given["level"]],
        "low_income": given["dibao"],
        "no_means": False,
        "only_child": given["only_child_lost"],
    }
    return said(f"{place}/home-care", "2020-06-01", facts, amount="amount")


def shuangta(case: Case) -> Said:
    given = case["inputs"]
    begins = {"2021H2": "2021-07", "2022H1": "2022-01"}
    halves = given.get("half_years") or {"2021H2": given["bed_months"]}
    rows = [{"begins": begins[half], "bed_months": count} for half, count in halves.items()]
    facts = {"batch": "B1", "day": "2022-12-29", "half_years": rows}
    return said("cn/liaoning/chaoyang/shuangta/operating", "2022-12-29", facts, amount="amount")


def guiyang(case: Case) -> Said | Unsaid:
    if "beds" not in case["inputs"]:
        return Unsaid(ODD_FEN)
    facts = {"batch": "B1", "day": "2013-11-20", "beds": case["inputs"]["beds"]}
    shares = {"city": "parts.operating.shares.city", "district": "parts.operating.shares.county"}
    return said("cn/guizhou/guiyang/operating", "2013-11-20", facts, amount="amount", **shares)


def shandong(case: Case) -> Said:
    given = case["inputs"]
    facts = {
        "home": "H1",
        "day": "2022-08-01",
        "grade": {1: "one", 3: "three", 5: "five"}[given["grade"]],
        "moderate": given.get("moderate_person_months", 0),
        "severe": given.get("severe_person_months", 0),
    }
    if "published" in given:
        facts["published"] = given["published"]
    at = {"amount": "amount", "is_sum_of_whole_months": "conditions.is_sum_of_whole_months"}
    return said("cn/shandong/operating", "2022-08-01", facts, **{name: at[name] for name in case["expected"]})


def dandong(case: Case) -> Said:
    given = case["inputs"]
    claims = [
        Claim(
            "cn/liaoning/dandong/operating",
            f"{given['year']}-{month:02}-01",
            {
                "home": "H1",
                "month": f"{given['year']}-{month:02}",
                "beds": given["beds"],
                "opened_on": "2015-01-01",
                "residents": given["residents_each_month"],
            },
        )
        for month in range(1, 13)
    ]
    return Said(tuple(claims), {"amount": Where("amount", is_sum=True)})


def beijing(case: Case) -> Said:
    claims = [
        Claim(
            "cn/beijing/covid-operating",
            f"{month}-01",
            {"home": "H1", "resident": "R1", "month": month, "days": days, "closed_for_good": False},
        )
        for month, days in case["inputs"]["days"].items()
    ]
    return Said(tuple(claims), {"amount": Where("amount", is_sum=True)})


def guangzhou(case: Case) -> Said:
    given = case["inputs"]
    month = {"old": "2016-05", "new": "2019-05"}[given["text"]]
    stays = [
        {"moved_in": f"{month}-{first:02}", "moved_out": f"{month}-{last:02}"}
        for first, last in given["stays_in_month"]
    ]
    level = {2: "two", 4: "four"}[given["level"]]
    facts = {"home": "H1", "resident": "R1", "month": month, "level": level, "stays": stays}
    return said("cn/guangdong/guangzhou/nursing", f"{month}-01", facts, amount="amount")


def jiangsu(case: Case) -> Said:
    given, on = case["inputs"], "2020-12-31"
    if "avg_daily_diners" in given:
        facts: dict[str, Any] = {"centre": "C1", "day": on, "diners": given["avg_daily_diners"]}
        at = Where("amount", value=OPEN) if OPEN in case["expected"] else Where("amount")
        return said("cn/jiangsu/centre-meals", on, facts, **dict.fromkeys(case["expected"], at))
    if "chain" in given:
        grades = [
            grade for word, grade in (("3A", "grade_3a"), ("2A", "grade_2a")) for _ in range(given["chain"][word])
        ]
        centres = [
            {"centre": f"C{number}", "grade": grade, "months_open": given["all_months_open"]}
            for number, grade in enumerate(grades)
        ]
        return said("cn/jiangsu/centre-chain", on, {"operator": "O1", "day": on, "centres": centres}, amount="amount")
    facts = {"centre": "C1", "day": on, "premium": given["premium"]}
    shares = {"city": "parts.insured.shares.city", "self": "parts.insured.shares.facility"}
    return said("cn/jiangsu/centre-insurance", on, facts, **{name: shares[name] for name in case["expected"]})


def liandu(case: Case) -> Said:
    given = case["inputs"]
    facts = {
        "centre": "C1",
        "day": "2026-02-01",
        "star": {3: "three", 4: "four", 5: "five"}[given["star"]],
        "months_open": given["months"],
        "canteen_months": given.get("canteen_months", 0),
        "diners": given.get("avg_diners", 0),
        "other_award": 0,
    }
    ways = reading(case, "no_canteen", {"fall to 2-star": "two_stars", "fails": "nothing"})
    return said("cn/zhejiang/lishui/liandu/centre-stars", "2026-02-01", facts, ways, amount="amount")


def tangshan(case: Case) -> Said:
    given = case["inputs"]
    on = f"{given.get('year', 2016)}-03-01"
    facts = {"home": "H1", "day": on, "beds": given["beds"], "months": given["months"]}
    policy = "cn/hebei/tangshan/insurance"
    if given.get("year") == 2021:
        return said(policy, on, facts, total=Where("refused", value=["R0102"])).but(ENDED)
    shares = {"province": "parts.insurance.shares.province", "city": "parts.insurance.shares.city"}
    return said(policy, on, facts, total="amount", **shares)


def zhoushan(case: Case) -> Said:
    given = case["inputs"]
    facts = {"home": "H1", "day": "2020-06-01", "premium": given["premium"], "nature": given["nature"]}
    way = {"residual payer": "rest", "largest remainder": "largest"}[case["under_interpretation"]]
    part = {"rest": "by_rest", "largest": "by_remainder"}[way]
    shares = {payer: f"parts.{part}.shares.{payer}" for payer in ("province", "county", "facility")}
    return said("cn/zhejiang/zhoushan/insurance", "2020-06-01", facts, {"odd_fen": way}, **shares)
