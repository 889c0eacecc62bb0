"""What is printed can be redone with a desk calculator: each figure with that from which it follows."""

from __future__ import annotations

from tests.language.support import compiled

FACTS = """
[facts.cost]
type = "number"
unit = "wan_CNY"
resolution = "0.01"
range = ["0", "100"]
label = { zh = "造价", en = "cost" }

[facts.works]
type = "records"
rows = [0, 3]
label = { zh = "工程", en = "works" }

[facts.works.fields.price]
type = "number"
unit = "wan_CNY"
resolution = "0.01"
range = ["0", "100"]
label = { zh = "工程价", en = "price" }

[facts.poor]
type = "flag"
label = { zh = "困难", en = "poor" }

[parameters.of_city]
unit = "ratio"
value = "62.5%"
label = { zh = "市级比例", en = "share of the city" }
clause = "一"

[parameters.extra]
unit = "CNY"
unknown = { range = ["0", "5"], why = { zh = "附表未公开", en = "the annex is not public" } }
label = { zh = "另加", en = "extra" }
clause = "二"
"""
STEPS = """
[[conditions]]
name = "some"
kind = "required"
test = "all_costs > 0"
label = { zh = "有造价", en = "there is a cost" }
clause = "一"

[[steps]]
name = "all_costs"
unit = "CNY"
pick = "first"
rows = [
    { if = "poor", value = "cost + sum(w.price for w in works)", clause = "三", label = { zh = "困难", en = "poor" } },
    { if = "cost > 5[wan_CNY]", value = "extra", clause = "四" },
]
otherwise = "cost"
label = { zh = "总造价", en = "all costs" }
clause = "二"

[[outcome.parts]]
name = "paid"
value = "round(all_costs * 10%, 0.01, half_up)"
payee = "claim"
label = { zh = "补助", en = "grant" }
shares = [
    { payer = "city", percent = "of_city" },
    { payer = "county", percent = "if poor then 1 / 3 else 20%" },
    { payer = "city", name = "rest", residual = true },
]
instalments = [
    { name = "first", label = { zh = "首期", en = "first" }, share = "100% - of_city" },
    { name = "second", label = { zh = "末期", en = "second" }, remainder = true },
]
"""
POLICY = compiled(FACTS + STEPS)
CLAIM = {"claim": "C", "on": "2021-06-30", "cost": "1.5", "works": [{"price": "1"}], "poor": True}
ZH = """\
事实
  申请：C
  日期：2021-06-30
  造价：1.50 万元
  工程：工程价 1.00 万元
  困难：是

条件
  ✓ 有造价：25000.00 元 > 0.00 元  〔一〕
    总造价 > 0.00 元

计算
  1. 总造价  〔二〕
     依次取第一个符合者：
     → 困难（困难：是）：25000.00 元 〔三〕
     = 造价 + 各条工程的「工程价」之和
     = 15000.00 元 + 10000.00 元
     = 25000.00 元

结果
  补助：2500.00 元
    = [总造价 × 10%，四舍五入到 0.01] = [25000.00 元 × 10%，四舍五入到 0.01]
    市级财政（市级比例 = 62.5%） 1562.50 元
    县级财政（若 困难，则 1 ÷ 3，否则 20% = 1 ÷ 3 = 1/3） 833.33 元
    市级财政（其余） 104.17 元
    首期（100% − 市级比例 = 100% − 62.5% = 37.5%）：937.50 元
      市级财政 585.94 元
      县级财政 312.50 元
      市级财政 39.06 元
    末期（其余）：1562.50 元
      市级财政 976.56 元
      县级财政 520.83 元
      市级财政 65.11 元
  金额合计：2500.00 元
"""
EN = """\
Facts
  claim: C
  date: 2021-06-30
  cost: 1.50 × 10,000 CNY
  works: price 1.00 × 10,000 CNY
  poor: yes

Conditions
  ✓ there is a cost: 25000.00 CNY > 0.00 CNY  [一]
    all costs > 0.00 CNY

Calculation
  1. all costs  [二]
     the first that applies:
     → poor (poor: yes): 25000.00 CNY [三]
     = cost + sum over works of price
     = 15000.00 CNY + 10000.00 CNY
     = 25000.00 CNY

Result
  grant: 2500.00 CNY
    = [all costs × 10%, rounded half up to 0.01] = [25000.00 CNY × 10%, rounded half up to 0.01]
    city (share of the city = 62.5%) 1562.50 CNY
    county (if poor then 1 ÷ 3 else 20% = 1 ÷ 3 = 1/3) 833.33 CNY
    city (the rest) 104.17 CNY
    first (100% − share of the city = 100% − 62.5% = 37.5%): 937.50 CNY
      city 585.94 CNY
      county 312.50 CNY
      city 39.06 CNY
    second (the rest): 1562.50 CNY
      city 976.56 CNY
      county 520.83 CNY
      city 65.11 CNY
  Amount: 2500.00 CNY
"""
OPEN = """\
Conditions
  ? there is a cost: all costs > 0.00 CNY  [一]

Calculation
  1. all costs  [二]
     the first that applies:
     · poor (poor: no): does not apply [三]
     → cost > 50000.00 CNY: 60000.00 CNY > 50000.00 CNY: extra [四]
     = extra
     = between 0.00 CNY and 5.00 CNY, undetermined
"""


def test_each_figure_is_printed_with_its_formula_in_both_languages() -> None:
    """Facts stand in the units in which they were stated; parts, shares and instalments in words and in figures."""
    result = POLICY.calculate(CLAIM)
    assert ZH in result.explain("zh")
    assert EN in result.explain("en")


def test_row_that_counts_is_named_though_its_value_is_open() -> None:
    """Where the tests of a ladder are settled, the row that was taken is shown, also if its figure is open."""
    assert OPEN in POLICY.calculate(CLAIM | {"poor": False, "cost": "6"}).explain("en")


def test_figures_are_shown_where_no_open_figure_is_needed() -> None:
    """A figure that the text leaves open takes no figures from a claim that does not need it."""
    result = POLICY.calculate(CLAIM | {"poor": False})
    assert result.amount == result.low == result.high
    assert "     → none applies\n     = cost\n     = 15000.00 CNY\n" in result.explain("en")
