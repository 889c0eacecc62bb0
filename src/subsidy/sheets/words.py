"""Words of sheets in one spelling, and the marks with which clerks say that a cell has nothing."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

NOTHING: Final = frozenset(("/", "//", "\\", "-", "--", "—", "——", "–", "－", "―", "无", "none", "n/a", "na", "nil"))
_SPACE: Final = re.compile(r"\s+")
_MINUS: Final = str.maketrans("−﹣", "--")
TOTAL: Final = re.compile(
    r"(合计|小计|总计|共计|总合计|本页合计|本页小计|累计|本页累计|total|subtotal|sub-total|grandtotal|sum)"
    r"([(].*[)])?[::]?"
)
FOOTER: Final = re.compile(
    r"(制表|填表|填报|报送|审核|复核|核对|审批|审定|经办|负责|领导|分管|主管|单位|联系|电话|日期|时间|公章|盖章|签字|签章"
    r"|说明|备注|注|附注|附|抄送|preparedby|reviewedby|checkedby|approvedby|note|notes|remark|remarks|date|source)"
    r"[^::]{0,12}[::].*",
    re.DOTALL,
)


def plain(text: str) -> str:
    """A text in half-width signs, without the spaces around it."""
    return unicodedata.normalize("NFKC", text).translate(_MINUS).strip()


def key(text: str) -> str:
    """A header in one spelling: half-width, without any space, in small letters."""
    return _SPACE.sub("", plain(text)).casefold().removeprefix("*").removesuffix("*").removesuffix(":")


def is_total(text: str) -> bool:
    """Whether a cell says that its row is a total."""
    return len(text) < 30 and TOTAL.fullmatch(_SPACE.sub("", plain(text)).casefold()) is not None


def is_footer(text: str) -> bool:
    """Whether a cell is one that stands below a table: who made it, who looked at it, a remark."""
    return FOOTER.fullmatch(_SPACE.sub("", plain(text)).casefold()) is not None
