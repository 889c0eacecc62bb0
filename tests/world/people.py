"""Rules that pay elders and carers, and two of treasuries: what each of their cases says as a claim."""

from __future__ import annotations

from typing import Any, Final

from tests.founding.mapping import Claim, Row, Said, Unsaid, Where, said

from .reading import Case, reading

DRAFT: Final = "a draft is never adopted, and nothing is paid without an adoption; simulated, it is the other case"


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
