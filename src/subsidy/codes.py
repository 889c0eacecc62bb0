"""The one registry of codes: each with its slug and its words in both languages.

A code never changes its meaning and is never used again. Families: P the policy's author, C the keeper of the
catalogue, R and F the caller, U an answer left open, W a remark on an answer, S the service, I us.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .text import Text


@dataclass(frozen=True, slots=True)
class Code:
    """What a code says. `{names}` are filled from the problem's values; `help` may be empty."""

    slug: str
    message: Text
    help: Text
    warning: bool = False


def _code(slug: str, zh: str, en: str, help_zh: str = "", help_en: str = "", *, warning: bool = False) -> Code:
    return Code(slug, Text(zh, en), Text(help_zh, help_en), warning)


# fmt: off
CODES: Final[dict[str, Code]] = {
    # P01 — the shape of a module's file
    "P0101": _code("toml-syntax", "不是有效的 TOML：{detail}", "not valid TOML: {detail}"),
    "P0102": _code("file-too-large", "文件 {size} 字节，上限 {limit} 字节", "the file has {size} bytes; at most {limit} are allowed"),
    "P0103": _code("nested-too-deep", "嵌套 {depth} 层，上限 {limit} 层", "nested {depth} levels deep; at most {limit} are allowed"),
    "P0104": _code("number-without-quotes", "小数 {given} 未加引号，会失去精度", "{given} is a decimal without quotes and would lose its exactness",
                   '写成 "{given}"', 'write "{given}"'),
    "P0105": _code("unknown-key", "没有名为 {key} 的项", "there is no key {key} here"),
    "P0106": _code("missing-key", "缺少 {key}", "{key} is missing", "补上该项", "add it"),
    "P0107": _code("wrong-kind", "给出的是 {given}，应为 {allowed}", "given {given}; allowed is {allowed}"),
    "P0108": _code("bad-number", "{given} 不是可接受的数", "{given} is not an acceptable number",
                   '用引号写数，如 "300"、"0.01"、"60%"、"1/3"，小数点前至多 18 位、后至多 9 位',
                   'write numbers in quotes: "300", "0.01", "60%", "1/3"; at most 18 digits before the point and 9 after'),
    "P0109": _code("path-mismatch", "文件在 {given}，按其内容应在 {allowed}", "the file is at {given}; by its content it belongs at {allowed}",
                   "移动文件，或改正 id、version、revision", "move the file, or correct id, version or revision"),
    "P0110": _code("bad-name", "{given} 的写法不合要求", "{given} is not well formed",
                   "名称用小写英文字母、数字和下划线，字母开头，至多 40 个字符；id 用小写字母、数字、- 和 /",
                   "names are lower-case letters, digits and _, at most 40, a letter first; an id has a-z, 0-9, - and /"),
    "P0111": _code("not-utf8", "文件在第 {byte} 字节处不是 UTF-8", "the file is not UTF-8 at byte {byte}", "另存为 UTF-8", "save it as UTF-8"),
    # P02 — formulas as text
    "P0201": _code("formula-syntax", "公式在此处写不通；此处可以是：{expected}", "the formula breaks here; expected: {expected}"),
    "P0202": _code("formula-too-long", "公式 {size} 个字符，上限 {limit}", "the formula has {size} characters; at most {limit} are allowed",
                   "拆成几个步骤", "split it into steps"),
    "P0203": _code("formula-too-deep", "公式嵌套超过 {limit} 层", "the formula nests more than {limit} levels deep",
                   "拆成几个步骤", "split it into steps"),
    "P0204": _code("bad-literal", "{given} 不是可接受的数或日期", "{given} is not an acceptable number or date"),
    "P0205": _code("bad-sign", "公式里不能有 {given}", "a formula cannot have {given}", "只用 ASCII 符号", "use ASCII signs only"),
    # P03 — names
    "P0301": _code("unknown-name", "没有名为 {given} 的项", "nothing here is called {given}"),
    "P0302": _code("name-twice", "{given} 已用作另一项（{other}）的名称", "{given} is already the name of a {other}", "另取名称", "choose another name"),
    "P0303": _code("used-before", "{given} 在后面才计算", "{given} is computed only later", "调整步骤顺序，步骤之间不能循环", "put its step first; steps cannot go in a circle"),
    "P0304": _code("unused", "{given} 没有用到", "{given} is never used", "删去，或在公式中使用", "remove it, or use it"),
    "P0305": _code("unknown-choice", "{list} 中没有 {given}", "{list} has no {given}"),
    "P0306": _code("unknown-division-code", "divisions.toml 中没有 {given}", "divisions.toml has no {given}"),
    "P0307": _code("unknown-unit", "没有单位 {given}", "there is no unit {given}", "单位写作 CNY/(person*month)", "units are written CNY/(person*month)"),
    "P0308": _code("unknown-list", "没有名为 {given} 的选项表", "there is no list of choices called {given}"),
    "P0309": _code("unknown-reading-name", "口径 {name} 没有读法 {given}", "the interpretation {name} has no reading {given}"),
    "P0310": _code("reserved-name", "{given} 是语言保留的名称", "{given} is a name the language keeps for itself", "另取名称", "choose another name"),
    "P0311": _code("bad-dated-by", "dated_by 指的 {given} 不是必给的日期或月份事实；可用：{allowed}",
                   "dated_by names {given}, which is not an always-given date or month fact; there are: {allowed}"),
    "P0312": _code("bad-resolution", "精度 {given} 须大于零", "the resolution {given} must be above zero"),
    "P0313": _code("bad-range", "范围 {low} 至 {high} 不成立，或不是 {step} 的整数倍", "the range {low} to {high} is empty, or its ends are no multiples of {step}"),
    "P0314": _code("label-missing", "选项 {given} 没有中英文名称", "the choice {given} has no label in both languages",
                   '在 labels 中加上 {given} = {{ zh = "…", en = "…" }}', 'add {given} = {{ zh = "…", en = "…" }} to labels'),
    "P0315": _code("when-in-records", "记录的字段 {given} 不能有 when", "the field {given} of a record cannot have when", "用 optional = true", "use optional = true"),
    "P0316": _code("bad-table-key", "表的键 {given} 不是选项类的事实或步骤", "the table key {given} is not a fact or step with choices"),
    "P0317": _code("choose-one", "写了 {given}，应恰有一项：{wanted}", "given {given}; exactly one is wanted: {wanted}"),
    "P0318": _code("unknown-payer", "vocabulary.toml 中没有付款方 {given}", "vocabulary.toml has no payer {given}"),
    "P0319": _code("bad-rounding", "舍入写作“单位 方式”，给出的是 {given}", "a rounding is a quantum and a mode; given {given}",
                   '如 "0.01 half_up"；方式：{allowed}', 'such as "0.01 half_up"; modes: {allowed}'),
    "P0320": _code("unknown-function", "没有函数 {given}", "there is no function {given}"),
    "P0321": _code("too-many-readings", "口径组合 {given} 种，上限 {limit}", "{given} combinations of readings; at most {limit} are allowed"),
    "P0322": _code("validity-reversed", "适用期的最后一日 {until} 早于首日 {begin}", "the last day of validity, {until}, is before the first, {begin}"),
    "P0323": _code("no-division-below", "divisions.toml 中 {given} 之下没有行政区划", "divisions.toml has no division below {given}"),
    "P0325": _code("rows-in-when", "when 中不能汇总记录", "when cannot look through rows", "改用一项是否事实", "use a flag in its place"),
    "P0324": _code("may-be-left-out", "{given} 可以不给，不能用在这里", "{given} may be left out, so it cannot stand here", "改用必给的一项", "take one that is always given"),
    "P0331": _code("not-decided", "decided 指的 {given} 不是可不给的数；可用：{allowed}", "decided names {given}, which is no optional number; there are: {allowed}",
                   "写一项 optional = true 的数，由有权者决定后给出", "name a number with optional = true: it is given once it was decided"),
    "P0332": _code("payer-without-level", "付款方 {given} 在 vocabulary.toml 中没有 classes，不能用 of", "the payer {given} has no classes in vocabulary.toml, so it cannot have of",
                   "删去 of，或写明该级次是哪几类区划", "leave out of, or say which classes of division are at its level"),
    "P0333": _code("no-payer-there", "{given} 可取的区划都不在任何{payer}之下", "no division that {given} may be is at or below one of: {payer}",
                   "改 within，或另选付款方", "change within, or take another payer"),
    "P0334": _code("asked-later", "{given} 在分期拨付时才填报，只能用在分期的 test 中", "{given} is stated only when an instalment is released; it can stand only in the test of one",
                   "删去 asked，或改用申报时填报的事实", "remove asked, or take a fact that is stated at the claim"),
    "P0335": _code("last-may-be-absent", "{given} 取上一次的值，可能还没有，须写 optional = true", "{given} is the last value, and there may be none yet: it needs optional = true",
                   "写 optional = true，用 given( ) 判断", "write optional = true and guard it with given( )"),
    "P0336": _code("ledger-circle", "{given} 取决于 {name}，不能用来挑选 {name} 所汇总的申报", "{given} rests on {name}, so it cannot pick the claims that {name} is made of",
                   "改用不取决于它的事实或步骤", "take a fact or a step that does not rest on it"),
    # P04 — types and units
    "P0401": _code("type-mismatch", "这里是“{given}”，应为“{wanted}”", "this is {given}; wanted is {wanted}"),
    "P0402": _code("unit-mismatch", "单位是 {given}，应为 {wanted}", "the unit is {given}; wanted is {wanted}",
                   "核对乘除的单位；期间是单位的一部分", "check what is multiplied and divided; the period is part of the unit"),
    "P0403": _code("wrong-number-of-keys", "表 {table} 需 {wanted} 个键，给了 {given} 个", "the table {table} takes {wanted} keys; given {given}"),
    "P0404": _code("wrong-arguments", "{function} 不这样用；可用：{allowed}", "{function} is not used so; allowed: {allowed}"),
    "P0405": _code("no-order", "{given}之间没有大小，不能用 {operator}", "{given} has no order; {operator} cannot be used"),
    "P0406": _code("bad-reading-test", "口径只能写作 reading(名称) == 读法", "a reading is tested only as reading(name) == value"),
    "P0407": _code("not-constant", "in ( ) 中只能列常数", "only constants stand in in ( )"),
    "P0408": _code("always-given", "given( ) 只用于 optional 或有 when 的事实", "given( ) is only for facts that are optional or have when"),
    "P0409": _code("rows-in-rows", "记录的汇总不能嵌套", "an aggregate cannot stand within another"),
    "P0410": _code("needs-otherwise", "用于记录时，min、max 须有 else，sum 等不能有", "over rows, min and max need an else, and sum and the others have none"),
    # P05 — tables and shares
    "P0501": _code("table-incomplete", "表缺少：{missing}", "the table lacks: {missing}", "每个键都要有值", "every key needs a value"),
    "P0502": _code("table-key-unknown", "{list} 中没有键 {given}", "{list} has no key {given}"),
    "P0503": _code("shares-not-whole", "分担合计为 {given}，没有 residual 时须恰为 100%，有时不得超过",
                   "the shares make {given}; without a residual they must make 100 %, with one not more"),
    "P0504": _code("instalments-not-whole", "{part} 的分期合计为 {given}；无论哪几期存在，都须恰为 100%，或有一期总在且取其余", "the instalments of {part} make {given}; whichever of them exist, they must make 100 %, or one that always exists takes the rest",
                   '调整 share，或给一期写 remainder = true 且不写 share、value', 'change the shares, or give one remainder = true without share and value'),
    # P06 — proofs
    "P0601": _code("divisor-not-positive", "除数可能不大于零：{low} 至 {high}", "the divisor may not be above zero: {low} to {high}",
                   "收窄事实的范围，或先用 max 保底", "narrow the range of the fact, or put a floor under it with max"),
    "P0602": _code("amount-below-zero", "{part} 可能低于零，最低 {low}", "{part} may fall below zero, to {low}", "用 max(0, …)", "use max(0, …)"),
    "P0603": _code("rounding-needed", "{part} 可能细于分，但没有写明舍入", "{part} may be finer than a fen, and no rounding is written",
                   '在该步骤写 round = "0.01 half_up" 等，并注明条款', 'give its step round = "0.01 half_up" or another, with its clause'),
    "P0604": _code("division-not-rounded", "除以事实的除法只能直接放在 round 之内或比较之中", "a division by a fact stands only directly under round, or in a comparison",
                   "把 a / b * c 写成 round(a * c / b, …)", "write a / b * c as round(a * c / b, …)"),
    "P0605": _code("may-be-absent", "{given} 在这里可能没有给出", "{given} may not have been given here",
                   "先用 given( ) 或与其 when 相同的条件判断", "guard it with given( ), or with the same test as its when"),
    "P0606": _code("outside-delegation", "{given} 超出 {name} 的授权范围 {low} 至 {high}", "{given} is outside the bounds of {name}: {low} to {high}"),
    "P0608": _code("outside-calendar", "加上 {low} 至 {high} 个月或年，日期会越出历法", "adding {low} to {high} months or years may leave the calendar",
                   "收窄范围，或用 min、max 限定", "narrow the range, or bound it with min and max"),
    "P0609": _code("amount-too-large", "金额可能达到 {high}，上限 {limit}", "the amount may reach {high}; at most {limit} is allowed", "收窄事实的范围", "narrow the range of the facts"),
    "P0610": _code("when-undetermined", "{given} 由下级确定，可能尚无；事实是否适用不能取决于它", "{given} is for a lower level to fix, which may not have been done; whether a fact applies cannot rest on it"),
    "P0611": _code("not-whole", "月数、年数可能不是整数", "the number of months or years may not be whole", "先取整，如 round(x, 1, down)", "make it whole first, as in round(x, 1, down)"),
    # P07 — examples
    "P0701": _code("example-differs", "算例“{example}”：{name} 应为 {wanted}，算得 {found}", "example “{example}”: {name} should be {wanted}; calculated {found}"),
    "P0702": _code("example-fails", "算例“{example}”无法计算：{detail}", "example “{example}” cannot be calculated: {detail}"),
    "P0703": _code("example-unknown", "算例“{example}”：没有名为 {name} 的结果", "example “{example}”: no result is called {name}"),
    # C01 — the catalogue
    "C0101": _code("no-folder", "没有政策目录 {where}", "there is no folder of policies {where}"),
    "C0102": _code("changed-after-lock", "已发布的政策模块被改动：锁定 {locked}，现为 {found}", "a released module was changed: locked {locked}, found {found}",
                   "恢复原文件；要更正，另写一个修订（revision）", "restore the file; to mend it, write the next revision"),
    "C0103": _code("versions-overlap", "与 {other} 的适用期在 {day} 重叠", "applies on {day} as well as {other}"),
    "C0104": _code("lock-unreadable", "catalogue.lock 的这一行无法读取：{given}", "this line of catalogue.lock cannot be read: {given}",
                   "由 subsidy policy lock 写入，不要手改", "it is written by subsidy policy lock, not by hand"),
    "C0105": _code("locked-file-gone", "已发布的政策模块不见了：锁定 {locked}", "a released module is gone: locked {locked}", "恢复该文件", "restore the file"),
    "C0106": _code("file-missing", "目录中没有 {where}", "the folder has no {where}"),
    "C0107": _code("unknown-class", "{code} 的类别 {given} 不在 division_class 中", "the class {given} of {code} is not in division_class"),
    "C0108": _code("unknown-parent", "{code} 的上级 {given} 不在 divisions.toml 中", "the parent {given} of {code} is not in divisions.toml"),
    "C0109": _code("division-twice", "行政区划 {code} 出现多次", "the division {code} stands more than once"),
    "C0110": _code("division-in-circle", "行政区划 {code} 在自己之下", "the division {code} is below itself"),
    "C0111": _code("dated-by-differs", "按 {given} 选版本，{other} 按 {wanted}；同一政策须一致", "its versions are picked by {given}, those of {other} by {wanted}; one policy has one", "各版本用同一事实", "use the same fact in all versions"),
    "C0112": _code("list-changed", "{where} 与锁定时不同，结果可能随之改变：锁定 {locked}，现为 {found}",
                   "{where} is not as it was locked, and results may change with it: locked {locked}, found {found}",
                   "恢复原文件；确要增改，运行 subsidy policy lock", "restore the file; if the change is meant, run subsidy policy lock"),
    # R — what was asked for
    "R0101": _code("unknown-policy", "没有政策 {given}", "there is no policy {given}", "用 subsidy policy list 查看", "see subsidy policy list"),
    "R0102": _code("no-version-on-date", "{given} 在 {on} 没有适用的版本；有：{spans}", "no version of {given} is in force on {on}; there are: {spans}"),
    "R0103": _code("unknown-interpretation", "该政策没有口径 {given}", "the policy has no interpretation {given}"),
    "R0104": _code("unknown-reading", "口径 {name} 没有读法 {given}", "the interpretation {name} has no reading {given}"),
    "R0105": _code("date-outside-version", "{fact} {given} 不在该版本的适用期内：{span}", "{fact} {given} is outside the time in which this version applies: {span}",
                   "按该日期另选版本", "pick the version by that date"),
    "R0106": _code("bad-day", "{given} 不是日期，日期写作 2021-03-29", "{given} is no date; a date is written 2021-03-29"),
    "R0111": _code("unknown-instalment", "该政策没有分期 {given}", "the policy has no instalment {given}"),
    "R0112": _code("no-instalment-here", "此申报没有{instalment}：{why}", "this claim has no {instalment}: {why}"),
    "R0113": _code("receipt-of-another", "回执的摘要是 {given}，不是该政策的 {wanted}", "the receipt has the digest {given}, not that of this policy, {wanted}"),
    "R0114": _code("receipt-not-right", "重算与回执不同，不能据以拨付：{keys}", "the receipt does not come out as it says, so nothing can be released from it: {keys}",
                   "运行 subsidy replay 查看不同之处", "see with subsidy replay what differs"),
    "R0115": _code("no-amount", "{given} 只定标准，没有金额", "{given} sets standards and pays nothing", "看 measures", "see its measures"),
    "R0201": _code("bad-receipt", "不是有效的回执：{detail}", "not a valid receipt: {detail}"),
    "R0202": _code("digest-unknown", "目录中没有摘要为 {given} 的政策模块", "the catalogue has no module with the digest {given}",
                   "用出具回执时的政策目录", "use the folder of policies under which the receipt was given"),
    "R0301": _code("bad-request", "请求有误：{detail}", "the request is not well formed: {detail}"),
    "R0302": _code("fact-twice", "事实 {where} 给了两次", "the fact {where} is given twice"),
    # F — facts
    "F0101": _code("unknown-fact", "该政策没有事实 {where}", "the policy has no fact {where}"),
    "F0102": _code("missing-fact", "缺少 {label}（{where}）：{allowed}", "{label} ({where}) is missing: {allowed}"),
    "F0103": _code("inapplicable-fact", "这里不适用 {label}（{where}），却给了 {given}", "{label} ({where}) does not apply here, but {given} was given",
                   "不要给出该事实；适用条件：{when}", "leave it out; it applies when: {when}"),
    "F0104": _code("out-of-range", "{label}（{where}）为 {given}，允许 {low} 至 {high}", "{label} ({where}) is {given}; allowed is {low} to {high}"),
    "F0105": _code("too-fine", "{label}（{where}）为 {given}，须为 {step} 的整数倍", "{label} ({where}) is {given}; it must be a multiple of {step}"),
    "F0106": _code("wrong-type", "{label}（{where}）给出的是 {given}，应为 {allowed}", "{label} ({where}) was given as {given}; allowed is {allowed}"),
    "F0107": _code("not-a-number", "{label}（{where}）给出的“{given}”不是数", "{label} ({where}) was given as “{given}”, which is not a number",
                   "用半角数字，如 1860.40；小数点前至多 18 位、后至多 9 位，不用逗号、指数和正号",
                   "write ASCII digits such as 1860.40; at most 18 before the point and 9 after, no commas, exponent or plus"),
    "F0108": _code("float-refused", "{label}（{where}）给出的是二进制浮点数 {given}，不精确", "{label} ({where}) was given as the binary float {given}, which is not exact",
                   '改用文字 "{text}" 或 Decimal("{text}")', 'give the text "{text}" or Decimal("{text}")'),
    "F0109": _code("not-a-choice", "{label}（{where}）给出的“{given}”不在选项中：{allowed}", "{label} ({where}) was given as “{given}”; allowed is one of: {allowed}"),
    "F0110": _code("bad-date", "{label}（{where}）给出的“{given}”不是{allowed}", "{label} ({where}) was given as “{given}”, which is not {allowed}"),
    "F0111": _code("unknown-division", "{label}（{where}）给出的 {given} 不是已知的行政区划代码", "{label} ({where}) was given as {given}, which is no known division code",
                   "用六位 GB/T 2260 代码；开发区没有代码，按所属县级行政区填报", "use a six-digit GB/T 2260 code; a development zone has none and is given by its county"),
    "F0112": _code("division-outside", "{label}（{where}）给出的 {given} 不在 {within} 之下：{allowed}", "{label} ({where}) was given as {given}, which is not directly below {within}: {allowed}"),
    "F0113": _code("rows-out-of-range", "{label}（{where}）有 {given} 行，允许 {low} 至 {high} 行", "{label} ({where}) has {given} rows; allowed is {low} to {high}"),
    "F0114": _code("row-twice", "{where} 与第 {other} 行的 {fields} 相同", "{where} has the same {fields} as row {other}"),
    "F0115": _code("periods-overlap", "{where} 的 {given} 与第 {other} 行重叠", "{where}, {given}, overlaps row {other}"),
    "F0116": _code("period-reversed", "{where} 的结束 {to} 早于开始 {begin}", "{where} ends on {to}, before it begins on {begin}"),
    "F0117": _code("not-admissible", "不可能的情形：{label}〔{clause}〕不成立：{figures}", "this claim is impossible: {label} [{clause}] does not hold: {figures}"),
    "F0118": _code("bad-id", "{label}（{where}）给出的“{given}”不能作标识", "{label} ({where}) was given as “{given}”, which cannot be an id",
                   "1 至 128 个可见字符，首尾没有空白", "1 to 128 visible characters, no blank at either end"),
    "F0131": _code("no-payer-for-division", "{label}（{where}）给出的 {given} 无法确定{payer}", "{label} ({where}) was given as {given}, which does not tell the payer: {payer}",
                   "用更低一级的区划代码，如区、县", "give the code of a lower division, such as a district or a county"),
    "F0132": _code("above-ceiling", "{label}（{where}）为 {given}，超过最高 {high}〔{clause}〕", "{label} ({where}) is {given}, above the ceiling of {high} [{clause}]"),
    "F0133": _code("asked-at-instalment", "{label}（{where}）在分期拨付时填报，申报时不填", "{label} ({where}) is stated when an instalment is released, not at the claim",
                   "拨付时用 subsidy release 给出", "give it to subsidy release then"),
    "F0134": _code("not-asked-now", "{where} 不是拨付{instalment}时填报的事实", "{where} is not asked when {instalment} is released"),
    # U — answers left open
    "U0101": _code("undetermined", "{name} 未定，在 {low} 与 {high} 之间：{why}", "{name} is undetermined, between {low} and {high}: {why}",
                   "选定口径后再取值，或使用 low、high", "choose the readings first, or use low and high"),
    # W — remarks on an answer
    "W0101": _code("simulation", "测算：没有采用文件，不作支付依据", "simulation: no adoption, so nothing may be paid from it", warning=True),
    "W0102": _code("status-reported", "来源是答复，只报道政策，不是政策文件", "the source is a reply: it reports a policy and makes none", warning=True),
    "W0103": _code("status-draft", "来源是征求意见稿，不得支付", "the source is a draft: it may not be paid from", warning=True),
    "W0104": _code("validity-not-stated", "文件没有写明施行期间，以 {day} 起算", "the text states no time of validity; counted from {day}", warning=True),
    "W0105": _code("reading-open", "口径未定：{question}〔{clause}〕", "left open: {question} [{clause}]", warning=True),
    "W0106": _code("advisory-not-met", "原则上的要求未满足或未说明：{label}〔{clause}〕：{figures}", "advised but not met, or not stated: {label} [{clause}]: {figures}", warning=True),
    "W0107": _code("presumed", "{label} 由 {to} 确定，尚无；暂按推定：{reading}〔{clause}〕", "{label} is for the {to} to fix and has not been; presumed: {reading} [{clause}]", warning=True),
    "W0108": _code("cap-not-checked", "{label}〔{clause}〕：没有台账，未跨申报核对", "{label} [{clause}]: not checked over other claims, as there is no ledger", warning=True),
    "W0109": _code("stated-by-caller", "{label} = {given} 由申报方声明，不是台账记录", "{label} = {given} was stated by the caller and does not come from a ledger", warning=True),
    "W0110": _code("not-released", "该政策模块未列入 catalogue.lock", "this module is not in catalogue.lock", warning=True),
    "W0111": _code("parameter-open", "{label} 由 {to} 确定，尚无，在 {low} 与 {high} 之间〔{clause}〕", "{label} is for the {to} to fix and has not been: between {low} and {high} [{clause}]", warning=True),
    # S — the service
    "S0101": _code("not-loopback", "{given} 不是本机回环地址；没有加密的服务不在别处监听", "{given} is no loopback address; without encryption the service listens nowhere else",
                   "改用 127.0.0.1 或 [::1]", "use 127.0.0.1 or [::1]"),
    "S0102": _code("cannot-listen", "无法在 {given} 监听，端口可能已被占用", "cannot listen on {given}; the port may be taken",
                   "换一个端口，或用 0 自动选取", "take another port, or 0 for any free one"),
    "S0103": _code("bad-address", "{given} 不是监听地址", "{given} is no address to listen on", "写作 127.0.0.1:50051", "write it as 127.0.0.1:50051"),
    "S0201": _code("busy", "服务繁忙，已有 {limit} 个调用", "the service is busy with {limit} calls", "{seconds} 秒后重试", "try again in {seconds} s"),
    "S0202": _code("no-answer", "{where} 没有应答：{detail}", "no answer from {where}: {detail}", "查看服务是否在运行", "see whether the service runs"),
    # I — us
    "I0101": _code("internal", "内部错误，编号 {id}", "an internal error, number {id}", "请把编号告知运维人员", "please tell the operator this number"),
}
# fmt: on
