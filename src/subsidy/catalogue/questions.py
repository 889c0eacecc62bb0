"""What is asked of a clerk who begins a policy module: each question with an example, and checked at once."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from ..exact import NUMBER
from ..text import Text, is_hidden
from .keys import NAME, NAME_LIMIT, POLICY_ID
from .vocabulary import Vocabulary

Answers = Mapping[str, str]
Check = Callable[[str, Vocabulary], Text | None]  # what is allowed, where the answer is not

UNKNOWN: Final = "-"  # the answer to a question that may be left open
OWN_PAYERS: Final = ("facility", "individual")  # they bear a part, which is split and never paid out
OWN_LEVELS: Final = "one 一星 one star; two 二星 two stars"
SCHEMES: Final[dict[str, Text]] = {
    "area": Text("按面积的一次性补助", "a grant by floor area"),
    "bed": Text("按床位的一次性补助", "a grant a bed"),
    "month": Text("按能力等级的每人每月补贴", "a subsidy per person and month, by care level"),
    "rating": Text("按等级的年度补贴", "a yearly amount, by rating"),
    "standard": Text("只定标准，不付款", "a standard to be met, without payment"),
}
STATUSES: Final[dict[str, Text]] = {
    "issued": Text("已印发", "issued"),
    "reported": Text("见于答复", "told of in a reply"),
    "draft": Text("征求意见稿", "a draft"),
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `may_wait`: ``-`` leaves it open, and `if_open` says what becomes of that."""

    key: str
    text: Text
    example: str
    check: Check
    if_open: Text | None = None
    options: Mapping[str, Text] | None = None


def _words(answer: str, _: Vocabulary) -> Text | None:
    if answer.strip() and answer != UNKNOWN and not any(is_hidden(sign) for sign in answer):
        return None
    return Text("一行文字", "one line of text")


def _day(answer: str, _: Vocabulary) -> Text | None:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", answer):
            dt.date.fromisoformat(answer)
            return None
    except ValueError:
        pass
    return Text("日期，写作 2021-03-29", "a date, written 2021-03-29")


def _figure(answer: str, _: Vocabulary) -> Text | None:
    if NUMBER.fullmatch(answer) and not answer.startswith("-"):
        return None
    return Text("不小于零的数，如 300 或 0.5", "a number not below zero, such as 300 or 0.5")


def _one_of(options: Mapping[str, Text]) -> Check:
    listed = [f"{name} ({{}})" for name in options]
    zh = "、".join(each.format(text.zh) for each, text in zip(listed, options.values(), strict=True))
    en = ", ".join(each.format(text.en) for each, text in zip(listed, options.values(), strict=True))
    return lambda answer, _: None if answer in options else Text(zh, en)


def _division(answer: str, vocabulary: Vocabulary) -> Text | None:
    found = divisions(answer, vocabulary)
    if len(found) == 1:
        return None
    if not found:
        return Text("六位行政区划代码，或区划名称", "a six-digit division code, or the name of a division")
    zh = "、".join(f"{code}（{vocabulary.path(code)}）" for code in found)
    en = ", ".join(f"{code} ({vocabulary.path(code)})" for code in found)
    return Text(f"有 {len(found)} 处同名，请写代码：{zh}", f"{len(found)} have that name; write the code: {en}")


def divisions(answer: str, vocabulary: Vocabulary) -> list[str]:
    """The codes of the divisions that are meant by a code, a name in either language, or a name with those above it."""
    if answer in vocabulary.divisions:
        return [answer]
    wanted = answer.strip().casefold()
    known = vocabulary.divisions.items()
    named = [code for code, each in known if wanted in (each.zh.casefold(), each.en.casefold())]
    return named or [code for code, each in known if answer.endswith(each.zh) and vocabulary.path(code) == answer]


def levels_of(answer: str, vocabulary: Vocabulary) -> dict[str, Text]:
    """The levels that are meant: a list of the vocabulary by its name, or one of the text's own, written out.

    One of its own is ``one 一星 one star; two 二星 two stars``: name, Chinese word, English words. Empty where it is
    neither.
    """
    if answer in vocabulary.choices:
        return dict(vocabulary.choices[answer].values)
    found: dict[str, Text] = {}
    for level in re.split("[;；]", answer):
        name, zh, en = (*level.split(maxsplit=2), "", "", "")[:3]
        is_name = re.fullmatch(NAME, name) and len(name) <= NAME_LIMIT and name not in found
        if not is_name or not en.strip() or any(map(is_hidden, level)):
            return {}
        found[name] = Text(zh, en.strip())
    return found if len(found) > 1 else {}


def _levels(answer: str, vocabulary: Vocabulary) -> Text | None:
    if levels_of(answer, vocabulary):
        return None
    lists = ", ".join(f"{name} ({{}})" for name in vocabulary.choices)
    labels = [each.label for each in vocabulary.choices.values()]
    zh, en = lists.format(*(each.zh for each in labels)), lists.format(*(each.en for each in labels))
    return Text(f"{zh}；或自列，由低到高，写作 {OWN_LEVELS}", f"{en}; or your own, lowest first, written {OWN_LEVELS}")


def shares_of(answer: str) -> dict[str, str]:
    """Who bears how much: ``county`` all of it, or ``city 60%, county 40%``. Empty where it is neither."""
    parts = [part.split() for part in re.split("[,，、]", answer)]
    if len(parts) == 1 and len(parts[0]) == 1:
        return {parts[0][0]: "100%"}
    if any(len(part) != 2 or not part[1].endswith("%") or not NUMBER.fullmatch(part[1][:-1]) for part in parts):
        return {}
    found = {part[0]: part[1] for part in parts}
    shares = [Fraction(percent[:-1]) for percent in found.values()]
    return found if len(found) == len(parts) and min(shares) > 0 and sum(shares) == 100 else {}


def _payers(answer: str, vocabulary: Vocabulary) -> Text | None:
    found = shares_of(answer)
    if found and found.keys() <= vocabulary.payers.keys() and not found.keys() <= {*OWN_PAYERS}:
        return None
    listed = ", ".join(vocabulary.payers)
    zh = f"以下之一：{listed}；或合计 100% 的几项，如 city 60%, county 40%；不得全部由机构或个人承担"
    en = f"one of {listed}; or several that make 100%, such as city 60%, county 40%; not the home or the person alone"
    return Text(zh, en)


def check_id(policy_id: str) -> Text | None:
    """What is allowed as the id of a policy, where this is not."""
    if re.fullmatch(POLICY_ID, policy_id):
        return None
    return Text(
        "区划目录和补贴类别，如 cn/shanxi/yuncheng/bed-subsidy",
        "folders of divisions, then the scheme, such as cn/shanxi/yuncheng/bed-subsidy",
    )


_EARLIEST: Final = Question(
    "earliest",
    Text(
        "已知该文件存在的最早一日，如转载日期", "the earliest day on which the text is known, such as that of a repost"
    ),
    "2024-01-08",
    _day,
)


def questions(answers: Answers, vocabulary: Vocabulary) -> list[Question]:
    """Everything to be asked, in order; which figures depends on the scheme, and on the list of levels."""
    scheme = answers.get("scheme")
    found = [
        Question("scheme", Text("补贴类别", "kind of scheme"), "bed", _one_of(SCHEMES), options=SCHEMES),
        Question("title.zh", Text("政策名称（中文）", "title of the policy, in Chinese"), "养老床位补贴", _words),
        Question("title.en", Text("政策名称（英文）", "title of the policy, in English"), "Bed subsidy", _words),
        Question("source.zh", Text("文件标题（中文）", "title of the text, Chinese"), "养老服务补贴办法", _words),
        Question("source.en", Text("文件标题（英文）", "title of the text, English"), "Rules on subsidies", _words),
        Question("issuer.zh", Text("发文机关（中文）", "issuer, in Chinese"), "某市民政局", _words),
        Question("issuer.en", Text("发文机关（英文）", "issuer, in English"), "Civil affairs bureau", _words),
        Question("number", Text("文号", "document number"), "民发〔2024〕1 号", _words, Text("没有文号", "none")),
        Question(
            "issued", Text("成文日期", "day on which it was issued"), "2024-01-01", _day,
            Text("不详，另问已知的最早一日", "not known: the earliest day that is known is asked for"),
        ),
        *([_EARLIEST] if answers.get("issued") == UNKNOWN else ()),
        Question(
            "from", Text("施行首日", "first day on which it applies"), "2024-02-01", _day,
            Text("文件没有写明，自成文之日起", "the text does not say: from the day on which it was issued"),
        ),
        Question("status", Text("状态", "status"), "issued", _one_of(STATUSES), options=STATUSES),
        Question("division", Text("行政区划：代码或名称", "division, by code or by name"), "140800", _division),
        Question("clause", Text("规定标准的条款", "the clause that sets the figure"), "三(二)", _words),
    ]  # fmt: skip
    if scheme in SCHEMES and scheme != "standard":
        payers = {name: payer.label for name, payer in vocabulary.payers.items()}
        text = Text("由谁承担，分担的写 city 60%, county 40%", "who pays; several as city 60%, county 40%")
        found.append(Question("payer", text, "county", _payers, options=payers))
    if scheme == "standard":
        units = {name: unit.label for name, unit in vocabulary.units.items()}
        found.append(Question("unit", Text("标准的单位", "unit of the standard"), "m2", _one_of(units), options=units))
    if scheme in ("month", "rating"):
        lists = {name: each.label for name, each in vocabulary.choices.items()}
        example = "care_level" if scheme == "month" else "centre_rating"
        text = Text(
            f"等级表：以上之一，或由低到高自列：代号 中文 英文，如 {OWN_LEVELS}",
            f"levels: one of these, or your own, lowest first, each as name, Chinese, English: {OWN_LEVELS}",
        )
        found.append(Question("levels", text, example, _levels, options=lists))
    return found + _figures(scheme, answers, vocabulary)


_PER: Final = {
    "month": Text("每人每月多少元", "yuan per person and month"),
    "rating": Text("每年多少元", "yuan a year"),
}


def _figures(scheme: str | None, answers: Answers, vocabulary: Vocabulary) -> list[Question]:
    """The figures that the text sets; each may wait, and the module stays a draft until it is there."""
    wait = Text("尚不清楚，先空着", "not known yet: it is left out")
    single = {
        "area": Text("每平方米多少元，分档的答最低一档", "yuan a square metre; of tiers, the lowest"),
        "bed": Text("每张床位多少元，分档的答最低一档", "yuan a bed; of tiers, the lowest"),
        "standard": Text("不低于多少", "at least how much"),
    }
    if scheme in single:
        return [Question("rate", single[scheme], "300", _figure, wait)]
    if scheme not in _PER:
        return []
    per = _PER[scheme]
    levels = answers.get("levels")
    if levels is None and not any(key.startswith("rate.") for key in answers):  # asked once the levels are known
        text = Text(f"逐级给出：{per.zh}", f"for each level: {per.en}")
        return [Question("rate.LEVEL", text, "200", _figure, wait)]
    return [
        Question(f"rate.{name}", Text(f"{label.zh}：{per.zh}", f"{label.en}: {per.en}"), "200", _figure, wait)
        for name, label in levels_of(levels or "", vocabulary).items()
    ]
