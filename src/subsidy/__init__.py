"""Exact, explained calculation of elder-care subsidies from versioned policy modules.

import subsidy

policy = subsidy.catalogue().policy("cn/shanxi/yuncheng/bed-subsidy", on="2021-06-01")
facts = {"centre": "C1", "resident": "R1", "month": "2021-06", "care_level": "disabled", "stays": []}
    result = policy.calculate(facts, readings={"part_month": "by_days"})
result.amount            # Decimal("93.33")
print(result.explain("zh"))
"""

from __future__ import annotations

from .calculation.outcomes import (
    ConditionResult,
    InterpretationResult,
    Money,
    PartResult,
    ShareResult,
    StepResult,
)
from .calculation.policy import Policy
from .calculation.receipt import Receipt, read_receipt
from .calculation.replay import Replay
from .calculation.result import Result
from .errors import (
    CatalogueError,
    FactsError,
    InternalError,
    PolicyError,
    Problem,
    RequestError,
    SubsidyError,
    UndeterminedError,
)
from .policies import Catalogue, catalogue
from .text import Language, Text

__version__ = "0.1.0"

__all__ = [
    "Catalogue", "CatalogueError", "ConditionResult", "FactsError", "InternalError", "InterpretationResult", "Language",
    "Money", "PartResult", "Policy", "PolicyError", "Problem", "Receipt", "Replay", "RequestError", "Result",
    "ShareResult", "StepResult", "SubsidyError", "Text", "UndeterminedError", "catalogue", "read_receipt",
]  # fmt: skip
