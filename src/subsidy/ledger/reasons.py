"""Reasons as entries keep them: a code and its values, said in either language when somebody reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import Problem
from ..text import Text


def reason_of(problem: Problem) -> dict[str, Any]:
    """A reason for an entry."""
    values = {
        name: {"zh": value.zh, "en": value.en} if isinstance(value, Text) else value
        for name, value in problem.values.items()
    }
    return {"code": problem.code, "where": problem.where, "values": values}


def problem_of(reason: Mapping[str, Any]) -> Problem:
    """A reason as it was recorded."""
    values = {
        name: Text(value["zh"], value["en"]) if isinstance(value, Mapping) else value
        for name, value in reason["values"].items()
    }
    return Problem.of(reason["code"], reason["where"], **values)
