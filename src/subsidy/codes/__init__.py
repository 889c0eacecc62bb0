"""The one registry of codes: each with its slug and its words in both languages.

A code never changes its meaning and is never used again. Families: P the policy's author, C the keeper of the
catalogue, A the bureau that adopts, R and F the caller, U an answer left open, W a remark on an answer, S the service,
V what an audit finds, I us.
"""

from __future__ import annotations

from typing import Final

from ..text import Text
from .entry import Code
from .of_audits import OF_AUDITS
from .of_calls import OF_CALLS
from .of_texts import OF_TEXTS

# Whose move it is, by the letter that a code begins with.
FAMILIES: Final[dict[str, Text]] = {
    "P": Text("政策模块的编写者", "the author of a policy"),
    "C": Text("政策目录的管理者", "the keeper of the catalogue"),
    "A": Text("采用政策的单位", "the bureau that adopts a policy"),
    "R": Text("提出请求的一方", "the caller: what was asked for"),
    "F": Text("提供事实的一方", "the caller: the facts of a claim"),
    "U": Text("无须处理：文件未定的结果", "nobody's: an answer that the text leaves open"),
    "W": Text("无须处理：对结果的提示", "nobody's: a remark on an answer"),
    "S": Text("服务的运维人员", "the operator of the service"),
    "V": Text(
        "台账的经管单位：对审计发现的问题作出说明", "the bureau that keeps the ledger: to explain what an audit found"
    ),
    "I": Text("本软件的开发者", "the authors of this software"),
}

CODES: Final[dict[str, Code]] = OF_TEXTS | OF_CALLS | OF_AUDITS

__all__ = ["CODES", "FAMILIES", "Code"]
