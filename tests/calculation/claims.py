"""One claim of the construction grant, for the tests of this folder."""

from __future__ import annotations

from typing import Any, Final

import subsidy
from subsidy import Policy, Result

GRANT: Final = "cn/shanxi/yuncheng/construction-grant"
SAME_RATE: Final = {"shortfall": "same_rate_above_cap"}
CLAIM: Final[dict[str, Any]] = {
    "project": "P1",
    "accepted_on": "2021-06-30",
    "place": "140802",
    "works": "new_build",
    "floor_area": "1860.40",
}


def grant() -> Policy:
    return subsidy.catalogue().policy(GRANT)


def calculated(**other: Any) -> Result:
    """The result of the claim with other values for some facts."""
    return grant().calculate(CLAIM | other, readings=SAME_RATE)


def refused(**other: Any) -> str:
    """The printed report with which the claim is refused; nothing where it is not."""
    try:
        calculated(**other)
    except subsidy.FactsError as error:
        return error.report()
    return ""
