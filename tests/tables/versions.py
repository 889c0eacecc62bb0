"""A fictional policy with two versions of different facts, parts, payers and conditions, and the text that ends it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import subsidy

GOOD: Final = Path(__file__).parents[1] / "diagnostics" / "catalogue"
MEALS: Final = "cn/somewhere/town/meals"
OLD, NEW, END = "2020-01-01", "2021-07-01", "2023-01-01"

_HEAD: Final = """\
language = 1

[policy]
id = "cn/somewhere/town/meals"
version = "{version}"
status = "{status}"
valid = {{ from = {version} }}
published = {version}
dated_by = "month"
division = "990100"
title = {{ zh = "助餐补助", en = "Meal subsidy" }}

[source]
title = {{ zh = "关于助餐补助的通知", en = "Notice on meals" }}
issued = {version}
issuer = {{ zh = "某市人民政府", en = "Government of Some City" }}
"""
_FACTS: Final = """
[facts.person]
type = "id"
label = { zh = "老人", en = "person" }

[facts.month]
type = "month"
label = { zh = "月份", en = "month" }

[facts.days]
type = "number"
unit = "day"
resolution = "1"
range = ["0", "31"]
label = { zh = "就餐天数", en = "days of meals" }
"""
_OLD: Final = """
[facts.grade]
type = "choice"
of = ["a", "b"]
label = { zh = "等级", en = "grade" }

[facts.grade.labels]
a = { zh = "甲", en = "first" }
b = { zh = "乙", en = "second" }

[parameters.rate]
value = "8"
unit = "CNY/day"
label = { zh = "标准", en = "rate" }
clause = "一"

[[conditions]]
name = "enough"
kind = "required"
test = "days >= 5[day]"
label = { zh = "满5天", en = "5 days" }
clause = "二"

[[steps]]
name = "due"
unit = "CNY"
value = "days * rate * (if grade == a then 2 else 1)"
round = "0.01 half_up"
label = { zh = "应补", en = "due" }

[[outcome.parts]]
name = "meals"
value = "due"
payee = "person"
label = { zh = "助餐", en = "meals" }
shares = [{ payer = "city", percent = "50%" }, { payer = "county", residual = true }]

[[examples]]
name = "甲"
source = "derived"
facts = { person = "P1", month = "2021-06", days = "20", grade = "a" }
expect = { due = "320.00", amount = "320.00" }
"""
_NEW: Final = """
[facts.beds]
type = "number"
unit = "bed"
resolution = "1"
range = ["0", "31"]
label = { zh = "床位", en = "beds" }

[facts.grade]
type = "choice"
of = ["a", "b", "c"]
label = { zh = "等级", en = "grade" }

[facts.grade.labels]
a = { zh = "甲等", en = "first grade" }
b = { zh = "乙等", en = "second grade" }
c = { zh = "丙等", en = "third grade" }

[parameters.rate]
value = "10"
unit = "CNY/day"
label = { zh = "标准", en = "rate" }
clause = "一"

[parameters.bed_rate]
value = "3.5"
unit = "CNY/bed"
label = { zh = "每床", en = "a bed" }
clause = "三"

[[conditions]]
name = "enough"
kind = "required"
test = "days >= 10[day]"
label = { zh = "满10天", en = "10 days" }
clause = "二"

[[steps]]
name = "due"
unit = "CNY"
value = "days * rate"
round = "0.01 half_up"
label = { zh = "应补", en = "due" }

[[steps]]
name = "rested"
unit = "CNY"
value = "if reading(third) == counts or grade != c then beds * bed_rate else 0"
round = "0.01 half_up"
label = { zh = "床位", en = "beds" }

[[outcome.parts]]
name = "meals"
value = "due"
payee = "person"
label = { zh = "助餐", en = "meals" }
shares = [{ payer = "county", percent = "100%" }]

[[outcome.parts]]
name = "rest"
value = "rested"
payee = "person"
label = { zh = "床位", en = "beds" }
shares = [{ payer = "city", percent = "100%" }]

[[interpretations]]
name = "third"
question = { zh = "丙等是否计入", en = "does the third grade count" }
recommended = "counts"
clause = "三"

[interpretations.readings]
counts = { zh = "计入", en = "it does" }
does_not = { zh = "不计", en = "it does not" }

[[examples]]
name = "丙"
source = "derived"
facts = { person = "P1", month = "2021-07", days = "20", grade = "c", beds = "2" }
expect = { due = "200.00", amount = "207.00" }
"""


def texts(*changes: tuple[str, str]) -> dict[str, str]:
    """The modules by version; in the second one with something changed."""
    new = _HEAD.format(version=NEW, status="issued") + _FACTS + _NEW
    for before, after in changes:
        assert before in new, before
        new = new.replace(before, after)
    ends = (
        _HEAD.format(version=END, status="repealed").replace("关于助餐", "关于废止助餐").replace("Notice on", "End of")
    )
    return {OLD: _HEAD.format(version=OLD, status="issued") + _FACTS + _OLD, NEW: new, END: ends}


def folder(to: Path, *changes: tuple[str, str]) -> Path:
    """A folder of policies with these versions."""
    made = Path(shutil.copytree(GOOD, to / "policies"))
    for version, text in texts(*changes).items():
        file = made / MEALS / f"{version}.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return made


def facts_of(catalogue: subsidy.Catalogue, row: Mapping[str, Any]) -> dict[str, Any]:
    """What a row states of the facts of its own version; of those of the last one, where none is in force."""
    try:
        known = catalogue.dated(MEALS, {"month": row["month"]}).facts
    except subsidy.RequestError:
        known = catalogue.policy(MEALS).facts
    return {name: value for name, value in row.items() if name in known and value not in (None, "")}
