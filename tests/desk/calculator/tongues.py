"""The words of the print, in either language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Tongue:
    """How one language says what is between the figures."""

    colon: str
    comma: str
    semicolon: str
    clause: tuple[str, str]
    titles: dict[str, str]
    if_: tuple[str, str, str]
    logic: dict[str, str]
    not_: str
    in_: str
    none_of: str
    extremes: dict[str, str]
    rounding: dict[str, str]
    picks: dict[str, str]
    calls: tuple[tuple[str, str], ...]
    sums: tuple[tuple[str, str], ...]
    where: re.Pattern[str]
    of_none: re.Pattern[str]
    months: re.Pattern[str]
    given: re.Pattern[str]
    class_of: re.Pattern[str]
    kind: re.Pattern[str]
    reading: re.Pattern[str]
    place: re.Pattern[str]
    stated: tuple[str, str]
    the_month: str
    outcomes: dict[str, bool]
    applies: tuple[str, str]
    between: re.Pattern[str]
    money: re.Pattern[str]
    own: str
    beside: str
    rest: str
    most: str
    no_instalment: str
    due: re.Pattern[str]
    refused: re.Pattern[str]
    notes: dict[str, str]
    totals: dict[str, str]
    payable: str
    capitals: str
    at_least: re.Pattern[str]
    at_most: re.Pattern[str]
    short: re.Pattern[str]
    missed: re.Pattern[str]
    by: re.Pattern[str]
    open_figure: re.Pattern[str]
    under: str
    none: str
    measured: dict[str, str]
    where_is: str


_SUM: Final = r"-?\d+\.\d\d"

ZH: Final = Tongue(
    colon="：", comma="，", semicolon="；", clause=("〔", "〕"),
    titles={"事实": "facts", "口径": "readings", "条件": "conditions", "计算": "calculation", "结果": "result",
            "标准": "measures", "提示": "remarks", "未尽事项": "gaps"},
    if_=("若 ", "，则 ", "，否则 "), logic={"or": " 或 ", "and": " 且 "}, not_="非 ", in_=" 属于 ", none_of=" 不属于 ",
    extremes={"取小": "min", "取大": "max"},
    rounding={"四舍五入到 ": "half_up", "四舍六入五成双到 ": "half_even", "进位到 ": "up", "舍去到 ": "down",
              "向上取整到 ": "ceil", "向下取整到 ": "floor"},
    picks={"依次取第一个符合者": "first", "就高": "highest", "叠加": "sum", "只有一项符合": "only"},
    calls=(
        ("years", "{0} 至 {1} 的周年数"), ("years", "{0} 出生者在 {1} 的周岁"), ("months", "{0} 至 {1} 的整月数"),
        ("months", "{0} 至 {1} 的月差"), ("count", "{0} 至 {1} 的月数（含首尾）"),
        ("days", "{0} 至 {1} 的天数（不计一端）"), ("overlap", "{0} 至 {1} 落在 {2} 的天数（含首尾）"),
        ("days_in", "{0} 的天数"), ("first", "{0} 的第一天"), ("last", "{0} 的最后一天"), ("month", "{0} 所在月"),
        ("year_start", "{0} 所在年的第一天"), ("policy_year", "{0} 所在年度的第一天（年度自 {1} 起算）"),
        ("in_month", "{0} 在 {1} 内"), ("birthday", "{0} 出生者满 {1} 之日"), ("after", "{0} 之后 {1}"),
    ),
    sums=(
        ("sum", "各条{rows}的「{body}」之和"), ("count", "{rows}的个数"), ("any", "有一项{rows}满足：{body}"),
        ("all", "每项{rows}均满足：{body}"), ("min", "各{rows}的{body}中最小者"), ("max", "各{rows}的{body}中最大者"),
    ),
    of_none=re.compile(r"(.+)（一项也没有则为 (.+)）$"),
    where=re.compile(r"(.+)（限于 (.+)）$"), months=re.compile(r"(.+)至(.+)各月$"),
    given=re.compile(r"已说明(.+)$"),
    class_of=re.compile(r"(.+)的区划类别$"), kind=re.compile(r"(?P<of>.+)的(?P<kind>[^的]+)$"),
    reading=re.compile(r"口径为“(.+)”$"), place=re.compile(r"次序$|同一(.+)中的次序(?:（限于 (.+)）)?$"),
    stated=("已说明", "未说明"), the_month="该月", outcomes={"，成立": True, "，不成立": False},
    applies=("均不符", "不符"),
    between=re.compile(r"(.+) 至 (.+) 之间，未定$"),
    money=re.compile(rf"({_SUM}) 元(?:（追缴 ({_SUM}) 元）)?()$|({_SUM}) 至 ({_SUM}) 元之间，未定(?:（负数为追缴）)?$"),
    own="（自担，不支付）", beside="（另列，不计入金额）", rest="其余", most="最高 ", no_instalment="此申报没有这一期",
    due=re.compile(r"(\d{4}-\d\d-\d\d)(?: 至 (\d{4}-\d\d-\d\d))? 到期(?:（(.+)）)?$"),
    refused=re.compile(r"，(不符合条件|是否符合条件未定)：(.+)$"),
    notes={"不符合条件，金额为 0": "refused", "是否符合条件未定": "undecided", "未定之处": "open",
           "金额以外未定": "open"},
    totals={"金额合计": "amount", "应付合计": "payable"}, payable="应付", capitals="大写",
    at_least=re.compile(r"应不少于 (.+)$"), at_most=re.compile(r"应不超过 (.+)$"),
    short=re.compile(r"(?:差|超出) (.+)$"),
    missed=re.compile(r"(.*?)(差|超出|早了|晚了|相差) (-?[\d.…]+(?: .+)?)$"), by=re.compile(r"不迟于 (.+)$|(.+) 之前$"),
    open_figure=re.compile(r"(.+) 至 (.+) 之间（未定）$"), under="（若", none="无",
    measured={"value": "实际 = ", "required": "= "}, where_is="其中 ",
)  # fmt: skip

EN: Final = Tongue(
    colon=": ", comma=", ", semicolon="; ", clause=("[", "]"),
    titles={"Facts": "facts", "Readings": "readings", "Conditions": "conditions", "Calculation": "calculation",
            "Result": "result", "Measures": "measures", "Remarks": "remarks", "Gaps": "gaps"},
    if_=("if ", " then ", " else "), logic={"or": " or ", "and": " and "}, not_="not ", in_=" is one of ",
    none_of=" is none of ", extremes={"min": "min", "max": "max"},
    rounding={"rounded half up to ": "half_up", "rounded half to even, to ": "half_even",
              "rounded away from zero to ": "up", "rounded towards zero to ": "down", "rounded up to ": "ceil",
              "rounded down to ": "floor"},
    picks={"the first that applies": "first", "the highest that applies": "highest",
           "the sum of all that apply": "sum", "the one that applies": "only"},
    calls=(
        ("years", "full years from {0} to {1}"), ("years", "age on {1} of one born on {0}"),
        ("months", "full months from {0} to {1}"), ("months", "months from {0} to {1}"),
        ("count", "months {0} to {1}, both in"), ("days", "days from {0} to {1}, one end out"),
        ("overlap", "days of {2} within {0} to {1}, both in"), ("days_in", "days in {0}"),
        ("first", "first day of {0}"), ("last", "last day of {0}"), ("month", "month of {0}"),
        ("year_start", "first day of the year of {0}"),
        ("policy_year", "first day of the year of {0}, years counted from {1}"), ("in_month", "{0} falls in {1}"),
        ("birthday", "day on which one born on {0} turns {1}"), ("after", "{1} after {0}"),
    ),
    sums=(
        ("sum", "sum over {rows} of {body}"), ("count", "number of {rows}"), ("any", "any of {rows}: {body}"),
        ("all", "all of {rows}: {body}"), ("min", "least over {rows} of {body}"),
        ("max", "greatest over {rows} of {body}"),
    ),
    of_none=re.compile(r"(.+) \(of none, (.+)\)$"),
    where=re.compile(r"(.+) \(where (.+)\)$"), months=re.compile(r"the months (.+) to (.+)$"),
    given=re.compile(r"(.+) is stated$"),
    class_of=re.compile(r"class of (.+)$"), kind=re.compile(r"(?P<kind>.+?) of (?P<of>.+)$"),
    reading=re.compile(r"the reading is “(.+)”$"),
    place=re.compile(r"place in the list$|place among those of the same (.+?)(?: \(where (.+)\))?$"),
    stated=("stated", "not stated"), the_month="the month", outcomes={", holds": True, ", does not hold": False},
    applies=("none applies", "does not apply"), between=re.compile(r"between (.+) and (.+), undetermined$"),
    money=re.compile(
        rf"({_SUM}) CNY(?: \(({_SUM}) CNY to be recovered\))?()$"
        rf"|between ({_SUM}) and ({_SUM}) CNY, undetermined(?: \(below zero: to be recovered\))?$"
    ),
    own=" (own, not paid out)", beside=" (shown beside, not part of the amount)", rest="the rest", most="at most ",
    no_instalment="none in this claim",
    due=re.compile(r"due on (\d{4}-\d\d-\d\d)(?: to (\d{4}-\d\d-\d\d))?(?: \((.+)\))?$"),
    refused=re.compile(r", (not eligible|whether it is eligible is undetermined): (.+)$"),
    notes={"not eligible, the amount is 0": "refused", "whether it is eligible is undetermined": "undecided",
           "Left open": "open", "Left open besides the amount": "open"},
    totals={"Amount": "amount", "Payable": "payable"}, payable="payable", capitals=" in capitals",
    at_least=re.compile(r"at least (.+) required$"), at_most=re.compile(r"at most (.+) allowed$"),
    short=re.compile(r"(?:short|over) by (.+)$"),
    missed=re.compile(r"(.*?) ?(short by|over by|too early by|too late by|apart by) (-?[\d.…]+(?: .+)?)$"),
    by=re.compile(r"by (.+)$|before (.+)$"), open_figure=re.compile(r"between (.+) and (.+) \(undetermined\)$"),
    under=" (if ", none="none",
    measured={"value": "actual = ", "required": "= "}, where_is="where ",
)  # fmt: skip
