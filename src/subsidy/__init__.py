"""Exact, explained calculation of elder-care subsidies from versioned policy modules.

import subsidy

policy = subsidy.catalogue().policy("cn/shanxi/yuncheng/operating-subsidy", on="2021-12-20")
result = policy.calculate(centre="C1", assessed_on="2021-12-20", place="140802", rating="AA")
result.amount          # Decimal("75000.00")
result.explain("zh")   # every step in words and figures, with its clause
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .calculation.basis import Adoption, Filling
from .calculation.outcomes import (
    ConditionResult,
    InstalmentResult,
    InterpretationResult,
    MeasureResult,
    Money,
    PartResult,
    ShareResult,
    StepResult,
)
from .calculation.policy import Policy
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

if TYPE_CHECKING:
    from .calculation.explanation import Explanation
    from .calculation.months import Months
    from .calculation.programme import MemberResult, ProgrammeResult
    from .calculation.receipt import Receipt, read_receipt
    from .calculation.release import Release
    from .calculation.replay import Replay
    from .programmes import Programme

__version__ = "0.1.0"

__all__ = [
    "Adoption", "Catalogue", "CatalogueError", "ConditionResult", "Explanation", "FactsError", "Filling",
    "InstalmentResult", "InternalError", "InterpretationResult", "Language", "MeasureResult", "MemberResult",
    "Money", "Months", "PartResult", "Policy", "PolicyError", "Problem", "Programme", "ProgrammeResult", "Receipt",
    "Release", "Replay", "RequestError", "Result", "ShareResult", "StepResult", "SubsidyError", "Text",
    "UndeterminedError", "catalogue", "read_receipt",
]  # fmt: skip

_LATER = {
    "Explanation": "calculation.explanation",
    "MemberResult": "calculation.programme",
    "Months": "calculation.months",
    "Programme": "programmes",
    "ProgrammeResult": "calculation.programme",
    "Receipt": "calculation.receipt",
    "Release": "calculation.release",
    "Replay": "calculation.replay",
    "read_receipt": "calculation.receipt",
}


def __getattr__(name: str) -> Any:
    """What a single calculation does not need, imported when it is first asked for (PEP 562)."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_LATER[name]}", __name__), name)
