"""What each case of the world says as a claim on an example module. A fact that no case speaks of is ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tests.founding.mapping import OPEN, Claim, Row, Rule, Said, Unsaid, Where, said

Case = Mapping[str, Any]

ODD_FEN: Final = "no number of beds at 300 CNY makes 150.01; how an odd fen is split is held by the cases of shares"
DRAFT: Final = "a draft is never adopted, and nothing is paid without an adoption; simulated, it is the other case"
ENDED: Final = "after the last day of a text there is no version: the claim is refused with dates, and is no zero"


def reading(case: Case, name: str, ways: Mapping[str, str]) -> dict[str, str]:
    """The reading that a case is worked out under; the question stays open where the case names none."""
    under = case.get("under_interpretation", "")
    return {name: ways[under]} if under in ways else {}


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


def voucher(case: Case) -> Said:
    given = case["inputs"]
    facts = {
        "person": "P1",
        "first_month": "2025-07",
        "month": "2026-07" if given.get("month") == 13 else "2025-08",
        "spend": given.get("spend", 1000),
        "insured": given.get("ltci", 0),
        "voucher_part": given.get("ratio", "0.4"),
        "voucher_most": given.get("cap", 800),
        "region": {"west": "west", "central": "middle", None: "east"}[given.get("region")],
    }
    at = {
        "deduct": "amount",
        "central": "parts.voucher.shares.central",
        "local": "parts.voucher.shares.government",
    }
    found = {name: at[name] for name in case["expected"]}
    return said("cn/national/voucher", f"{facts['month']}-01", facts, **found)


def shanghai(case: Case) -> Said:
    given, policy = case["inputs"], "cn/shanghai/service-subsidy"
    levels = {1: "one", 3: "three", 5: "five", 6: "six"}
    kinds = {1: "subsistence", 2: "low_income", 3: "low_pension"}
    month = "2020-06" if given.get("text") == "old" or given.get("B") == 960 else "2024-07"

    def facts(level: int, kind: int, age: int = 85, *, childless: bool = False) -> dict[str, Any]:
        return {
            "person": "P1",
            "month": month,
            "level": levels[level],
            "kind": kinds[kind],
            "years": age,
            "childless": childless,
        }

    if "B" in given:  # every cell of the table, and what is added at level 1
        cells = [(1, 1), (1, 2), (1, 3), (3, 1), (3, 2), (5, 1), (5, 2)]
        claims = [Claim(policy, f"{month}-01", facts(*cell)) for cell in cells]
        claims.append(Claim(policy, f"{month}-01", facts(1, 2, childless=True)))
        row = [Where("steps.standard", claim=number) for number in range(7)]
        return Said(tuple(claims), {"row": Row((*row, Where("steps.added", claim=7)))})
    one = facts(given["level"], given["class"], given.get("age", 85), childless=given.get("childless", False))
    return said(policy, f"{month}-01", one, amount="amount")


def changle(case: Case) -> Said:
    given = case["inputs"]
    facts = {
        "person": "P1",
        "month": "2024-03",
        "years": given["age"],
        "low_income": given["dibao"],
        "level": {0: "zero", 2: "two", 3: "three"}[given["level"]],
        "other_nursing": given.get("disability_nursing", 0),
    }
    at = {"amount": "amount", "this_scheme": "amount", "disability": "parts.elsewhere.amount"}
    found = {name: at[name] for name in case["expected"]}
    return said("cn/shandong/weifang/changle/poor-elders", "2024-03-01", facts, **found)


def shenzhen_age(case: Case) -> Said:
    given, place = case["inputs"], "cn/guangdong/shenzhen"
    if "death" in given:
        facts = {
            "person": "P1",
            "died_on": given["death"],
            "years": given["age"],
            "paid_through": given["paid_through"],
        }
        return said(f"{place}/age-allowance-recovery", given["death"], facts, recover="steps.returned")
    months = [name for name in case["expected"] if name != "total"]
    claims = [
        Claim(
            f"{place}/age-allowance",
            f"{month}-01",
            {"person": "P1", "month": month, "born": given["birth"]},
            reading(case, "class_from", {"birthday month": "birthday_month"}),
        )
        for month in months
    ]
    found: dict[str, Where | Row] = {month: Where("amount", claim=number) for number, month in enumerate(months)}
    return Said(
        tuple(claims), found | {"total": Where("amount", is_sum=True)} if "total" in case["expected"] else found
    )


def wenzhou(case: Case) -> Said:
    given = case["inputs"]
    months = [name for name in case["expected"] if name.startswith("20")] or ["2023-03"]
    elder = {
        "person": "P1",
        "born": f"{2023 - given['age']}-01-01",
        "old_rate": given["old_rate"],
        "left_province": False,
    }
    if "death" in given:
        elder["died_on"] = given["death"]
    claims = tuple(
        Claim("cn/zhejiang/wenzhou/age-allowance", f"{month}-01", elder | {"month": month}) for month in months
    )
    steps = {"due": "steps.due_so_far", "paid": "steps.paid_so_far", "arrears": "steps.arrears"}
    found: dict[str, Where | Row] = {month: Where("amount", claim=number) for number, month in enumerate(months)}
    return Said(claims, {name: Where(steps[name]) if name in steps else found[name] for name in case["expected"]})


def dunhuang(case: Case) -> Said:
    given = case["inputs"]
    facts = {"person": "P1", "born": given["birth"], "applied_on": given["applied"]}
    return said("cn/gansu/jiuquan/dunhuang/age-allowance-arrears", given["applied"], facts, arrears="amount")


def daqing(case: Case) -> Said:
    given = case["inputs"]
    since = {"before 2020-09-01": "2010-01-01", "after 2020-09-01": "2020-09-02", "2010": "2010-01-01"}
    facts = {
        "person": "P1",
        "month": "2023-08",
        "born": given["birth"],
        "registered_since": since[given["hukou_since"]],
        "applied_in": given.get("applied", "2023-07"),
    }
    at = {"monthly": "amount", "start": "steps.begins"}
    found = {name: at[name] for name in case["expected"]}
    return said("cn/heilongjiang/daqing/age-allowance", "2023-08-01", facts, **found)


def zhejiang(case: Case) -> Said:
    given = case["inputs"]
    kinds = {"renov": "renovation", "device": "device"}
    goods = [{"kind": kinds[item["kind"]], "price": item["price"], "guide": item["guide"]} for item in given["items"]]
    facts = {"household": "F1", "day": "2024-06-01", "years": given["age"], "goods": goods}
    return said("cn/zhejiang/home-adaptation", "2024-06-01", facts, amount="amount")


def shenzhen_meals(case: Case) -> Said:
    given = case["inputs"]
    delivered = given.get("delivered", False)
    facts = {
        "person": "P1",
        "canteen": "C1",
        "day": "2025-02-10",
        "group": {"key": "key", "70-99": "from_70", "age100": "age_100"}[given["class"]],
        "price": given["price"],
        "delivered": delivered,
        "may_be_delivered": given["class"] == "age100",
    }
    parts = {"meal": "parts.meal", "delivery": "parts.delivery", "operator": "parts.canteen_part"}
    found = {name: f"{parts[name]}.amount" for name in case["expected"]}
    return said("cn/guangdong/shenzhen/meals", "2025-02-10", facts, **found)


def shanxi(case: Case) -> Said:
    given = case["inputs"]
    facts = {"employee": "E1", "entered_on": given["entry"], "degree": given["degree"]}
    if "master_from" in given:
        facts |= {"raised_to": "master", "raised_on": given["master_from"]}
    ways = reading(case, "raised", {"from then on": "from_then_on"})
    found: dict[str, Where | Row] = {
        "province_total": Where("parts.entry.shares.province"),
        "total": Where("amount"),
        "amount": Where("amount"),
    }
    for year, name in ((1, "first"), (2, "second"), (3, "third")):
        day = f"{int(given['entry'][:4]) + year}{given['entry'][4:]}"
        found[day] = Where(f"parts.entry.instalments.{name}.amount")
        found[f"{day} is the day"] = Where(f"parts.entry.instalments.{name}.due", value=day)
    wanted = {name: at for name, at in found.items() if name.removesuffix(" is the day") in case["expected"]}
    return Said((Claim("cn/shanxi/entry-award", given["entry"], facts, ways),), wanted)


def zhengzhou(case: Case) -> Said:
    given = case["inputs"]
    months = [given["month"]] if "month" in given else [f"{given['year']}-{month:02}" for month in range(1, 13)]
    claims = [
        Claim(
            "cn/henan/zhengzhou/post-allowance",
            f"{month}-01",
            {"carer": "E1", "month": month, "started_on": given["start"]},
            reading(case, "full_from", {"from the month the 5 years are complete": "same_month"}),
        )
        for month in months
    ]
    return Said(tuple(claims), {"amount": Where("amount", is_sum=True)})


def shenzhen_staff(case: Case) -> Said | Unsaid:
    given = case["inputs"]
    if given["mode"] == "pay":
        return Unsaid(DRAFT)
    certificate = {3: "three"}[given["cert"]]
    facts = {"carer": "E1", "day": "2022-12-31", "certificate": certificate, "months": given["months"]}
    return said("cn/guangdong/shenzhen/staff-allowance", "2022-12-31", facts, amount="amount")


def tengzhou(case: Case) -> Said:
    given = case["inputs"]
    facts = {
        "insured": "P1",
        "day": "2024-01-31",
        "care": {"institution": "institution", "self": "own"}[given["kind"]],
        "days": given["days"],
    }
    if "cost_per_day" in given:
        facts["cost"] = given["cost_per_day"]
    return said("cn/shandong/zaozhuang/tengzhou/care-insurance", "2024-01-31", facts, fund="parts.fund.amount")


def tianjin(case: Case) -> Said:
    given = case["inputs"]
    transfers = [{"transferred": each} for each in given["already"]]
    facts = {"district": "D1", "day": "2022-12-31", "assessed": given["assessed"], "transfers": transfers}
    return said("cn/tianjin/settlement", "2022-12-31", facts, final="amount")


RULES: Final[dict[str, Rule]] = {
    "W01-TAIZHOU-CONSTR": taizhou,
    "W03-ZHENJIANG-OPER": zhenjiang,
    "W06-FUJIAN-2013-OPEN": fujian,
    "W08-DATIAN": datian,
    "W14-HEFEI-CONSTR": hefei,
    "W18-ZHONGSHAN-BED": zhongshan,
    "W22-SHUANGTA": shuangta,
    "W23-GUIYANG": guiyang,
    "W25-SHANDONG-2021": shandong,
    "W27-DANDONG": dandong,
    "W29-BEIJING-COVID": beijing,
    "W30-GUANGZHOU-15D": guangzhou,
    "W33-COMM-CENTRE": jiangsu,
    "W35-LIANDU-2025": liandu,
    "W37-TANGSHAN-INS": tangshan,
    "W38-ZHOUSHAN-INS": zhoushan,
    "W41-VOUCHER-NAT": voucher,
    "W45-SHANGHAI-SUBSIDY": shanghai,
    "W50-CHANGLE": changle,
    "W56-SHENZHEN-AGE": shenzhen_age,
    "W58-WENZHOU-AGE": wenzhou,
    "W59-DUNHUANG-AGE": dunhuang,
    "W61-DAQING-GRANDF": daqing,
    "W67-ZHEJIANG-ADAPT": zhejiang,
    "W72-SHENZHEN-MEAL": shenzhen_meals,
    "W79-SHANXI-ENTRY": shanxi,
    "W82-ZHENGZHOU-POST": zhengzhou,
    "W83-SHENZHEN-DRAFT": shenzhen_staff,
    "W88-TENGZHOU-LTCI": tengzhou,
    "W93-TIANJIN-SETTLE": tianjin,
}
