"""The same calculation over gRPC. Start a server first: subsidy serve; or give its address as the one argument."""

from __future__ import annotations

import sys

from subsidy.client import Client
from subsidy.errors import FactsError

POLICY = "cn/shanxi/yuncheng/bed-subsidy"
FACTS = {
    "centre": "C1",
    "resident": "R1",
    "month": "2021-06",
    "care_level": "semi_disabled",
    "stays": [{"moved_in": "2021-06-05", "moved_out": "2021-06-18"}],
}

with Client(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:50051") as client:
    for policy in client.policies():
        print(policy.id, policy.version, policy.title.zh)

    answer = client.calculate(POLICY, FACTS, readings={"part_month": "by_days"}, full=True)
    print("\n", answer.amount, " CNY\n", sep="")
    print(answer.explain("zh"))

    try:
        client.calculate(POLICY, {**FACTS, "care_level": "semi-disabled", "month": "2021-13"})
    except FactsError as error:
        print(error.report("en"))
