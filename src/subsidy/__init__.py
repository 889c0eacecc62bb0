"""Exact, explained calculation of elder-care subsidies from versioned policy modules.

import subsidy

policy = subsidy.catalogue().policy("cn/shanxi/yuncheng/operating-subsidy", on="2021-12-20")
result = policy.calculate(centre="C1", assessed_on="2021-12-20", place="140802", rating="AA")
result.amount          # Decimal("75000.00")
result.explain("zh")   # every step in words and figures, with its clause
"""

from __future__ import annotations

from .calculation.basis import Adoption, Filling
from .calculation.months import Months
from .calculation.outcomes import (
    ConditionResult,
    InterpretationResult,
    Money,
    PartResult,
    ShareResult,
    StepResult,
)
from .calculation.policy import Policy
from .calculation.programme import MemberResult, ProgrammeResult
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
from .programmes import Programme
from .text import Language, Text

__version__ = "0.1.0"

__all__ = [
    "Adoption", "Catalogue", "CatalogueError", "ConditionResult", "FactsError", "Filling", "InternalError",
    "InterpretationResult", "Language", "MemberResult", "Money", "Months", "PartResult", "Policy", "PolicyError",
    "Problem", "Programme", "ProgrammeResult", "Receipt", "Replay", "RequestError", "Result",
    "ShareResult", "StepResult", "SubsidyError", "Text", "UndeterminedError", "catalogue", "read_receipt",
]  # fmt: skip
