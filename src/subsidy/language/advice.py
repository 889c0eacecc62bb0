"""What a clerk most likely meant where a formula breaks: signs of a Chinese keyboard, spreadsheets, other languages."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from ..exact import nearest_number
from ..text import Text

_SIGNS: Final = {
    "=": "==",
    "×": "*",
    "÷": "/",
    "≤": "<=",
    "≦": "<=",
    "≥": ">=",
    "≧": ">=",
    "≠": "!=",
    "&&": "and",
    "&": "and",
    "||": "or",
    "|": "or",
    "!": "not",
    "√": "…",
    "、": ",",
    "。": ".",
    "【": "[",
    "】": "]",
    "〔": "(",
    "〕": ")",
    "{": "(",
    "}": ")",
    "−": "-",
    "–": "-",
    "—": "-",
    "·": "*",
    "•": "*",
}
_WORDS: Final = {
    "且": "and",
    "并且": "and",
    "而且": "and",
    "和": "and",
    "与": "and",
    "或": "or",
    "或者": "or",
    "非": "not",
    "不": "not",
    "不是": "not",
    "如果": "if",
    "若": "if",
    "则": "then",
    "那么": "then",
    "否则": "else",
    "真": "true",
    "是": "true",
    "假": "false",
    "否": "false",
    "属于": "in",
    "大于": ">",
    "小于": "<",
    "等于": "==",
    "不等于": "!=",
    "大于等于": ">=",
    "不小于": ">=",
    "不低于": ">=",
    "小于等于": "<=",
    "不大于": "<=",
    "不超过": "<=",
    "加": "+",
    "减": "-",
    "乘": "*",
    "乘以": "*",
    "除以": "/",
    "最大值": "max",
    "最小值": "min",
    "取高": "max",
    "取低": "min",
}
_UNITS: Final = {
    "元": "CNY",
    "万元": "wan_CNY",
    "平方米": "m2",
    "张": "bed",
    "人": "person",
    "月": "month",
    "天": "day",
}
_ADVICE: Final = {
    "%": Text("百分号紧接数字：50%", "write a percentage without a blank: 50%"),
    "'": Text("名称不加引号", "write names without quotes"),
    '"': Text("名称不加引号", "write names without quotes"),
    "“": Text("名称不加引号", "write names without quotes"),
    "”": Text("名称不加引号", "write names without quotes"),
    "‘": Text("名称不加引号", "write names without quotes"),
    "’": Text("名称不加引号", "write names without quotes"),
    "万": Text("万元写作 5[wan_CNY]", "write ten thousands of yuan as 5[wan_CNY]"),
    "^": Text("没有乘方；写 x * x", "there is no power; write x * x"),
    "‰": Text("千分之五写作 0.5%", "write five per mille as 0.5%"),
    "¥": Text("金额写作 300[CNY]", "write a sum as 300[CNY]"),
    "￥": Text("金额写作 300[CNY]", "write a sum as 300[CNY]"),
    "$": Text("直接写名称，不加 $", "write the name alone, without $"),
    "@": Text("直接写名称，不加 @", "write the name alone, without @"),
    "?": Text("写作 if 条件 then a else b", "write if test then a else b"),
    "？": Text("写作 if 条件 then a else b", "write if test then a else b"),
    ";": Text("一个公式只算一个值；拆成几个步骤", "a formula has one value; split it into steps"),
    "；": Text("一个公式只算一个值；拆成几个步骤", "a formula has one value; split it into steps"),
    "#": Text("公式中没有注释；写在公式外", "a formula has no comments; write them outside"),
    "\\": Text("除号写 /", "write / to divide"),
    "\t": Text("用普通空格", "use a plain blank"),
    "\n": Text("公式写成一行", "write the formula in one line"),
}
NO_CHAIN: Final = Text("比较不能连写，写作 0 < n and n < 5", "comparisons do not go in chains: write 0 < n and n < 5")
NOT_IN: Final = Text("写作 not x in (a, b)", "write not x in (a, b)")
_NO_ELSE: Final = Text("每个 if 都要写 else：if … then … else 0", "every if has its else: write if … then … else 0")
_EXCEL: Final = Text(
    "写作 if 条件 then a else b，不用括号和逗号", "write if test then a else b, without brackets and commas"
)
_SPELT: Final = {
    "AND": "and",
    "And": "and",
    "OR": "or",
    "Or": "or",
    "NOT": "not",
    "Not": "not",
    "IF": "if",
    "If": "if",
    "THEN": "then",
    "ELSE": "else",
    "IN": "in",
    "elif": "else if",
    "elseif": "else if",
    "is": "==",
    "equals": "==",
    "xor": "!=",
    "mod": "…",
}
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]+")
_BETWEEN: Final = Text("写作 a <= x and x <= b", "write a <= x and x <= b")
_CLOCK: Final = Text(
    "公式不读时钟；把该日列为 date 类事实", "a formula reads no clock: make that day a fact of type date"
)
_INSTEAD: Final = {
    "abs": "max(x, -x)",
    "floor": "round(x, 1, floor)",
    "ceil": "round(x, 1, ceil)",
    "ceiling": "round(x, 1, ceil)",
    "int": "round(x, 1, down)",
    "trunc": "round(x, 1, down)",
    "roundup": "round(x, 0.01, up)",
    "rounddown": "round(x, 0.01, down)",
    "month": "month_of(d)",
    "datedif": "days_between(a, b)",
    "edate": "add_months(d, n)",
    "eomonth": "last_day(month_of(d))",
    "countif": "count(r in rows if …)",
    "sumif": "sum(… for r in rows if …)",
    "sumproduct": "sum(… for r in rows)",
    "len": "count(r in rows)",
    "avg": "sum(… for r in rows) / count(r in rows)",
    "average": "sum(… for r in rows) / count(r in rows)",
    "iif": "if … then … else …",
    "ifs": "if … then … else …",
    "lookup": "table[key]",
    "vlookup": "table[key]",
    "isnull": "not given(x)",
    "isblank": "not given(x)",
    "exists": "given(x)",
}


_AFTER: Final = frozenset({"end", "then", "else", "for", "if"})  # what stands behind a whole value


class Token(NamedTuple):
    """A word of a formula. `kind` is date, month, number, name or end; for keywords and signs, the word itself."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def write(what: str) -> Text:
    """The advice to write what was meant; empty where that is not known."""
    return Text(f"改用 {what}", f"write {what}") if what else Text("", "")


def shown(sign: str) -> str:
    """A sign as a message can print it: a tab or the end of a line by its code."""
    return sign if sign.isprintable() else f"U+{ord(sign[0]):04X}"


def stranger(text: str, at: int) -> tuple[str, Text]:
    """What stands where no formula has such a sign, and what to do about it; empty where that is not known."""
    if word := _CHINESE.match(text, at):
        return word[0], _chinese(word[0], text[:at])
    if at == 0 and text[0] in "=＝":
        return text[0], Text("开头的 = 删去", "leave out the = at the beginning")
    for sign in (text[at : at + 2], text[at]):
        if sign in _SIGNS:
            return sign, write(_SIGNS[sign].strip("…"))
    sign = text[at]
    if sign in _ADVICE:
        return sign, _ADVICE[sign]
    if unicodedata.category(sign) in {"Zs", "Cf", "Cc"}:
        return sign, Text("删去，或用普通空格", "remove it, or use a plain blank")
    usual = unicodedata.normalize("NFKC", sign)  # of the full width that a Chinese keyboard writes
    return sign, write(_SIGNS.get(usual, usual) if usual != sign and usual.isascii() else "")


def _chinese(word: str, before: str) -> Text:
    """What a Chinese word in a formula was to say: an operator, a unit behind a figure, or a name."""
    figure = re.search(r"[0-9.]+$", before)
    for spelt, unit in sorted(_UNITS.items(), key=lambda each: -len(each[0])):
        if figure and word.startswith(spelt):
            return Text(f"单位写在方括号内：{figure[0]}[{unit}]", f"write a unit in brackets: {figure[0]}[{unit}]")
    if figure and word.startswith("年"):
        return Text("日期写作 2021-06-30，月份写作 2021-06", "write a date as 2021-06-30, a month as 2021-06")
    longest = max((known for known in _WORDS if word.startswith(known)), key=len, default="")
    if longest:
        return write(_WORDS[longest])
    if figure and word.startswith("万"):
        return _ADVICE["万"]
    return Text("公式中用英文名称，不用中文", "a formula uses the names, which are in ASCII, and no labels")


def slip(word: str) -> Text:
    """How a number or a date is written that was written in another way."""
    if "," in word:
        return write(word.replace(",", ""))
    if parts := re.fullmatch(r"(\d{4})[-.](\d{1,2})[-.](\d{1,2})", word):
        date, apart = f"{parts[1]}-{int(parts[2]):02}-{int(parts[3]):02}", " - ".join(parts.groups())
        if "-" not in word:
            return write(date)
        return Text(f"日期写作 {date}；相减写作 {apart}", f"write a date as {date}, a subtraction as {apart}")
    number = nearest_number(word)
    return write(number) if number else _IN_FULL


def no_such_day(date: str) -> Text:
    """Which is the last day of the month of a date that is none."""
    year, month = int(date[:4]), int(date[5:7])
    if not 1 <= month <= 12 or not year:
        return Text("没有这个月", "there is no such month")
    days = monthrange(year, month)[1]
    return Text(f"没有这一天，该月有 {days} 天", f"there is no such day: that month has {days}")


_IN_FULL: Final = Text("把数写全，如 1000000", "write the number in full, such as 1000000")


def meant(text: str, words: Sequence[Token], place: int, wanted: Collection[str]) -> Text:
    """What to do where a word stands that cannot; empty where that is not known."""
    word, before = words[place], words[place - 1] if place else Token("", "", 0)
    after = words[place + 1] if place + 1 < len(words) else word
    known = _SPELT.get(word.text, "").strip("…")
    if word.kind == "," and re.search(r"\bif\s*\(", text[: word.start]):
        return _EXCEL
    if before.kind == word.kind == "*":
        return _ADVICE["^"] if before.end == word.start else Text("多了一个 *", "one * too many")
    if word.kind == "end" and place == 0:
        return Text("公式是空的", "the formula is empty")
    if word.kind == "in" and after.kind == "name":
        return write(f"in ({after.text})")
    if before.text + word.text in {"<>", "=<", "=>"} and before.end == word.start:
        return write({"<>": "!="}.get(before.text + word.text, ""))
    if before.kind == "number" and word.kind == "," and after.kind == "number" and before.end == word.start:
        return write(f"{before.text}{after.text}")
    if known:
        return write(known)
    if before.kind == "number" and word.kind == "name" and "operator" not in word.text:
        return Text(
            f"单位写在方括号内：{before.text}[{word.text}]", f"write a unit in brackets: {before.text}[{word.text}]"
        )
    if word.text == "between" or before.text == "between":
        return _BETWEEN
    if word.kind == ")" and before.kind == "(" and place > 1 and words[place - 2].kind == "name":
        name = words[place - 2].text
        if name.lower() in {"now", "today", "date", "sysdate"}:
            return _CLOCK
        return Text(f"{name}( ) 内要有参数", f"{name}( ) takes arguments")
    if "else" in wanted:
        return _NO_ELSE
    if "then" in wanted:
        return Text("每个 if 都要写 then：if … then … else …", "every if has its then: write if … then … else …")
    if word.kind == "." and after.kind == "number":
        return write(f"0.{after.text}")
    if word.kind == "." and before.kind == "number":
        return write(before.text)
    if word.kind == "+" and before.kind != "number":
        return Text("正号不写", "leave out the plus")
    if word.kind == "%":
        return _ADVICE["%"]
    if word.kind in _AFTER and ")" in wanted:
        return Text("前面缺少右括号 )", "a bracket ) is missing before this")
    if word.kind in _AFTER and "]" in wanted:
        return Text("前面缺少右方括号 ]", "a bracket ] is missing before this")
    if word.kind in _AFTER and before.kind in {"+", "-", "*", "/", "and", "or", "not", ",", "==", "<", ">"}:
        return Text(f"{before.text} 之后缺一个值", f"a value is missing after {before.text}")
    if word.kind == "name" and before.kind in {"name", ")", "]"}:
        said = f"{before.text} * {word.text}" if before.kind == "name" else f"… * {word.text}"
        return Text(f"两项之间缺运算符，如 {said}", f"an operator is missing between the two, such as {said}")
    if word.kind in {")", "]"}:
        return Text(
            f"多了一个 {word.kind}，或前面不完整", f"one {word.kind} too many, or what stands before it is not complete"
        )
    if word.kind == "for":
        return Text(
            "for 只在汇总之内：sum(… for r in rows)", "for stands within an aggregate only: sum(… for r in rows)"
        )
    return Text("", "")


def instead(function: str) -> Text | None:
    """What to write in the place of a function that other languages have."""
    if function.lower() in {"now", "today", "sysdate"}:
        return _CLOCK
    form = _INSTEAD.get(function.lower())
    return Text(f"写作 {form}", f"write {form}") if form else None
