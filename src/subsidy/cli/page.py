"""A policy as a page of plain Chinese or English: what it pays, to whom, on what condition, and what it leaves open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from ..calculation.explain import IF_FAILED
from ..calculation.policy import Policy
from ..calculation.rising import rises
from ..calculation.wording import PICKED, ROUNDED, Wording
from ..catalogue.entry import Entry
from ..catalogue.versions import Span, text_of
from ..exact import decimals, show
from ..language import program as p
from ..language.types import Choice, Date, Division, Flag, Id, Month, Number, options
from ..text import Language, Text

_STATUS = {
    "issued": Text("政策文件", "issued"),
    "reported": Text("答复中报道的政策", "reported in a reply"),
    "draft": Text("征求意见稿", "a draft"),
}
_KIND = {
    "required": Text("必须", "required"),
    "advisory": Text("原则上", "advised"),
    "admissible": Text("否则不可能", "or the claim is impossible"),
}
_FORM = {
    "cash": Text("现金", "in cash"),
    "in_kind": Text("服务或实物", "in kind"),
    "voucher": Text("消费券", "by voucher"),
    "offset": Text("抵扣", "by offset"),
}
_BEYOND = {
    "cut": Text("超出部分不付", "what is beyond is cut"),
    "refuse": Text("超出则不予", "a claim beyond is refused"),
}
_LEVEL = {
    "county": Text("县级", "the county"),
    "city": Text("市级", "the city"),
    "province": Text("省级", "the province"),
}


def page(policy: Policy, language: Language, repeal: Span[Entry] | None = None) -> str:
    """The page, without a line end after its last line. `repeal` is the text that abolished the policy, if any did."""
    return "\n".join(_Page(policy, language, repeal).lines())


class _Page:
    def __init__(self, policy: Policy, language: Language, repeal: Span[Entry] | None) -> None:
        self.repeal = repeal
        self.policy, self.program, self.document = policy, policy.program, policy.document
        self.wording = Wording(policy, language)
        self.say, self.pick = self.wording.say, self.wording.pick

    def lines(self) -> Iterator[str]:
        yield from self.head()
        yield from self.section("付什么", "What is paid", self.paid())
        yield from self.section("标准", "Measures", self.measures())
        yield from self.section("条件", "Conditions", self.conditions())
        yield from self.section("事实", "Facts", self.facts())
        yield from self.section("标准", "Parameters", self.parameters())
        yield from self.section("分档", "Brackets", self.brackets())
        yield from self.section("计算", "Calculation", self.steps())
        yield from self.section("口径", "Readings", self.readings())
        yield from self.section("封顶", "Caps", self.caps())
        yield from self.section("未尽事项", "Gaps", self.gaps())

    def section(self, zh: str, en: str, lines: Iterator[str]) -> Iterator[str]:
        found = list(lines)
        if found:
            yield from ("", self.pick(zh, en))
            yield from ("  " + line for line in found)

    def pair(self, label: str, text: str) -> str:
        return f"{label}{self.pick('：', ': ')}{text}"

    def clause(self, clause: str) -> str:
        return self.pick(f"  〔{clause}〕", f"  [{clause}]") if clause else ""

    def head(self) -> Iterator[str]:
        policy, head, source = self.policy, self.document.policy, self.document.source
        place = self.pick(policy.division_path, policy.vocabulary.divisions[head.division].name.en)
        yield f"{self.say(head.title)} · {place}"
        revision = self.pick(f"第 {policy.revision} 次编码", f"revision {policy.revision}")
        released = self.pick("已锁定", "locked") if policy.is_released else self.pick("未锁定", "not locked")
        yield f"{policy.id} · {policy.version} · {revision} · {self.say(_STATUS[policy.status])} · {released}"
        number = f"{source.number} " if source.number else ""
        yield self.pair(
            self.pick("依据", "Source"),
            f"{number}{self.say(source.title)} · {self.say(source.issuer)} · {source.issued}",
        )
        if source.note is not None:
            yield self.pair(self.pick("说明", "Note"), self.say(source.note))
        yield self.pair(self.pick("适用", "Applies"), self.valid())
        if (repeal := self.repeal) is not None:
            by = self.say(text_of(repeal))
            yield self.pair(
                self.pick("废止", "Abolished"), self.pick(f"自 {repeal.first} 起，{by}", f"from {repeal.first} by {by}")
            )
        yield self.pair(self.pick("摘要", "Digest"), policy.digest)

    def valid(self) -> str:
        valid, first, last = self.document.policy.valid, self.policy.first_day, self.policy.last_day
        dated = self.say(self.program.facts[self.program.dated_by].label)
        span = self.pick(
            f"{dated}在 {first} {f'至 {last}' if last else '及以后'}",
            f"{dated} {f'from {first} to {last}' if last else f'on or after {first}'}",
        )
        return (
            span
            if valid.stated
            else span + self.pick("（文件没有写明施行期间）", " (the text states no time of validity)")
        )

    def paid(self) -> Iterator[str]:
        for part in self.program.parts:
            payee = self.say(self.program.facts[part.payee].label)
            how = self.say(_FORM[part.form])
            aside = "" if part.counted else self.pick("；另列，不计入金额", "; shown beside, not part of the amount")
            to = self.pick(f"付给{payee}，{how}{aside}", f"to the {payee}, {how}{aside}")
            yield self.pair(self.say(part.label), to) + self.clause(part.clause)
            amount = self.wording.words(part.value)
            if part.decided:
                amount = self.pick("最高 ", "up to ") + amount
                amount += self.pick("，以", ", as ") + self.named(part.decided) + self.pick("为准", " says")
            if part.may_recover:
                amount += self.pick("；低于零的，追缴", "; below zero, it is recovered")
            bounds = self.pick(f"（{self.bounds(part.name)}）", f" ({self.bounds(part.name)})")
            yield "  " + self.pair(self.pick("金额", "sum"), amount + bounds)
            for share in part.shares:
                yield "  " + self.pair(self.pick("承担", "paid by"), f"{self.payer(share)} {self.share(share)}")
            yield from ("  " + line for each in part.instalments for line in self.instalment(each))
        if self.program.claim.powers:
            yield self.pair(
                self.pick("一次测算", "One calculation"), self.wording.number(Fraction(1), self.program.claim)
            )
        if not self.policy.pays:
            yield self.pick("只定标准，没有金额", "nothing: it sets standards")
            return
        yield self.pair(self.pick("金额（已证明）", "Amount (proved)"), self.bounds("amount"))
        for each in rises(self.policy):
            how = self.pick("已证明", "proved")
            if not each.is_proved:
                how = self.pick(f"未证明，试算 {each.tried} 例", f"not proved: tried on {each.tried} claims")
            yield self.pair(
                self.pick("金额不随其增加而减少", "The amount never falls with more of"),
                self.say(self.program.facts[each.fact].label) + self.pick(f"（{how}）", f" ({how})"),
            )

    def instalment(self, each: p.Instalment) -> Iterator[str]:
        """An instalment: how much, when, and on what condition."""
        node = each.share if each.share is not None else each.value
        if isinstance(each.share, p.Constant) and isinstance(each.share.value, Fraction):
            said = f"{show(each.share.value * 100)}%"
        else:
            said = self.wording.words(node) if node is not None else self.pick("其余", "the rest")
        if each.when is not None:
            words = self.wording.words(each.when)
            said += self.pick(f"；仅当{words}", f"; only when {words}")
        if each.due is not None:
            words = self.wording.words(each.due)
            said += self.pick(f"；{words}到期", f"; due on {words}")
        if each.test is not None:
            words, failed = self.wording.words(each.test), self.say(IF_FAILED[each.if_failed])
            said += self.pick(f"；拨付时须{words}，否则{failed}", f"; if then {words}, or else it {failed}")
        yield self.pair(self.say(each.label), said) + self.clause(each.clause)

    def measures(self) -> Iterator[str]:
        for each in self.program.measures:
            sign = "≥" if each.sense == "at_least" else "≤"
            said = f"{self.wording.words(each.value)} {sign} {self.wording.words(each.required)}"
            for node, zh, en in ((each.by, "，不迟于{}", ", by {}"), (each.before, "，在{}之前", ", before {}")):
                if node is not None:
                    said += self.pick(zh, en).format(self.wording.words(node))
            yield self.pair(self.say(each.label), said) + self.clause(each.clause)

    def bounds(self, name: str) -> str:
        """Between what a part or the amount was proved to lie."""
        low, high = (show(end, 2) for end in self.program.ranges[name])
        return self.pick(f"{low} 至 {high} 元", f"{low} to {high} CNY")

    def payer(self, share: p.Share) -> str:
        """Who pays a share, and of which place."""
        label = self.say(share.label)
        return (
            self.pick(f"{self.named(share.of)}的{label}", f"{label} of {self.named(share.of)}") if share.of else label
        )

    def share(self, share: p.Share) -> str:
        own = self.pick("（自担，不支付）", " (own, not paid out)") if share.own else ""
        if share.residual:
            return self.pick("其余", "the rest") + own
        if isinstance(share.percent, p.Constant) and isinstance(share.percent.value, Fraction):
            return f"{show(share.percent.value * 100)}%{own}"
        node = share.percent if share.percent is not None else share.value
        return (self.wording.words(node) if node is not None else "100%") + own

    def conditions(self) -> Iterator[str]:
        for test in self.program.conditions:
            kind = self.say(_KIND[test.kind])
            if test.parts:
                labels = [self.say(part.label) for part in self.program.parts if part.name in test.parts]
                kind += self.pick("，只涉及", ", for ") + self.pick("、", ", ").join(labels) + self.pick("", " alone")
            label = f"{self.say(test.label)}{self.pick('（', ' (')}{kind}{self.pick('）', ')')}"
            yield self.pair(label, self.wording.words(test.test)) + self.clause(test.clause)

    def facts(self) -> Iterator[str]:
        for fact in self.program.known.values():
            yield from self.fact(fact)

    def fact(self, fact: p.Fact) -> Iterator[str]:
        need = ""
        if fact.when is not None:
            words = self.wording.words(fact.when)
            need = self.pick(f"；仅当{words}", f"; only when {words}")
        if fact.asked:
            need += self.pick("；分期拨付时填报", "; stated when an instalment is released")
        if fact.from_ledger is not None:
            need += self.ledger(fact.from_ledger)
        if fact.optional:
            need += self.pick("；可不给", "; may be left out")
        label = self.pick(f"{fact.name}（{self.say(fact.label)}）", f"{fact.name} ({self.say(fact.label)})")
        yield self.pair(label, self.kind(fact) + need) + self.clause(fact.clause)
        match fact.type:
            case Choice(values=values, labels=labels):
                yield from (f"  {value}  {self.say(labels[value])}" for value in values)
            case Division(domain=domain):
                divisions = self.policy.vocabulary.divisions
                names = [f"{code} {self.say(divisions[code].name)}" for code in domain]
                if fact.within:
                    yield "  " + self.pick("、", ", ").join(names)
        for field in fact.fields:
            yield from ("  " + line for line in self.fact(field))

    def ledger(self, value: p.LedgerValue) -> str:
        """Which earlier claims a fact speaks of."""
        over = self.pick("、", ", ").join(self.named(name) for name in value.over)
        of = self.named(value.of) if not value.policy and value.of else value.of
        said = {
            "sum": self.pick(f"各次{of}之和", f"sum of {of}"),
            "count": self.pick("次数", "number of claims"),
            "last": self.pick(f"上一次的{of}", f"last {of}"),
        }[value.kind]
        whose = self.pick(f"，{value.policy} 的申报", f", claims of {value.policy}") if value.policy else ""
        begin, until = (self.named(name) if name else "" for name in (value.begin, value.until))
        span = self.pick(f"，自{begin}", f", from {begin}") if begin else ""
        span += self.pick(f"，至{until}", f", until {until}") if until else ""
        return self.pick(
            f"；台账：同一{over}的{said}{whose}{span}", f"; from the ledger: {said} of the same {over}{whose}{span}"
        )

    def kind(self, fact: p.Fact) -> str:
        match fact.type:
            case Number(unit=unit):
                digits = decimals(fact.resolution.denominator) or 0
                low, high = show(fact.low), self.wording.number(fact.high, unit)
                if fact.scale != 1:
                    high = f"{show(fact.high)} {self.say(fact.symbol)}"
                step = show(fact.resolution, digits)
                return self.pick(f"{low} 至 {high}，精度 {step}", f"{low} to {high}, in steps of {step}")
            case Choice(ordered=ordered):
                rising = self.pick("，由低到高", ", from the least to the greatest") if ordered else ""
                return self.pick("选项", "one of") + rising
            case Flag():
                return self.pick("是否，true 或 false", "true or false")
            case Date():
                return self.pick("日期", "a date")
            case Month():
                return self.pick("月份，如 2021-06", "a month, such as 2021-06")
            case Id():
                return self.pick("标识", "an id")
            case Division():
                return self.pick("六位行政区划代码", "a six-digit division code")
            case _:
                least, most = fact.rows
                return self.pick(f"{least} 至 {most} 行记录", f"{least} to {most} rows")

    def parameters(self) -> Iterator[str]:
        for parameter in self.program.parameters.values():
            label = self.say(parameter.label)
            if parameter.values is None:
                low, high = show(parameter.low), self.wording.number(parameter.high, parameter.unit)
                if parameter.why is not None:
                    text = self.pick(f"文件未载明，{low} 至 {high}", f"not stated by the text, {low} to {high}")
                    text += self.pick("：", ": ") + self.say(parameter.why)
                    yield self.pair(label, text) + self.clause(parameter.clause)
                    continue
                level = self.say(_LEVEL.get(parameter.delegated, Text(parameter.delegated, parameter.delegated)))
                text = self.pick(f"由{level}确定，{low} 至 {high}", f"for {level} to fix, {low} to {high}")
                yield self.pair(label, text) + self.clause(parameter.clause)
            elif not parameter.keys:
                value = self.wording.entry(parameter, parameter.values[()])
                yield self.pair(label, value) + self.clause(parameter.clause)
            else:
                yield self.pair(label, "").rstrip() + self.clause(parameter.clause)
                yield from self.table(parameter, parameter.values)

    def table(self, parameter: p.Parameter, values: dict[tuple[str, ...], Any]) -> Iterator[str]:
        """A line for each key that the table has, in the order of the lists."""
        for key in product(*(options(each) for each in parameter.keys)):
            if key in values:
                names = [self.wording.value(one, type_) for type_, one in zip(parameter.keys, key, strict=True)]
                value = self.wording.entry(parameter, values[key])
                yield "  " + self.pair(self.pick("、", ", ").join(names), value)

    def brackets(self) -> Iterator[str]:
        for bracket in self.program.brackets:
            unit = self.wording.unit(bracket.unit)
            whole = self.pick(f"（{unit}", f" ({unit}") + (
                self.pick(f"，{show(bracket.step)} 的整数倍）", f", multiples of {show(bracket.step)})")
                if bracket.step is not None
                else self.pick("）", ")")
            )
            yield self.pair(self.say(bracket.label) + whole, "").rstrip() + self.clause(bracket.clause)
            for each in bracket.classes:
                low = "" if each.low is None else f"{show(each.low)} {'≤' if each.low_in else '<'} "
                high = "" if each.high is None else f" {'≤' if each.high_in else '<'} {show(each.high)}"
                yield "  " + self.pair(self.say(bracket.type.labels[each.name]), f"{low}x{high}")

    def steps(self) -> Iterator[str]:
        for number, step in enumerate(self.program.steps, start=1):
            node, rounding = step.value, ""
            if isinstance(node, p.Round):
                how = self.say(ROUNDED[node.mode]).format(show(node.quantum))
                node, rounding = node.operand, self.pick(f"，{how}", f", {how}")
            head, clause = f"{number}. {self.say(step.label)}", self.clause(step.clause)
            if isinstance(node, p.Ladder):
                yield f"{head}{rounding}{self.pick('：', ': ')}{self.say(PICKED[node.pick])}{clause}"
                yield from ("   " + line for line in self.rungs(node))
            elif isinstance(node, p.If):
                yield f"{head}{rounding}{clause}"
                yield from ("   " + line for line in self.branches(node))
            else:
                yield f"{head} = {self.wording.words(node)}{rounding}{clause}"
        if wide := self.program.wide:
            yield self.wide(wide)

    def wide(self, wide: Sequence[p.Wide]) -> str:
        """Which formulas are beyond what a column of 64-bit numbers holds, and how large their numbers become."""
        named = [f"{self.named(each.name)} {self.pick(f'{each.bits} 位', f'{each.bits} bits')}" for each in wide]
        return self.pair(
            self.pick(
                "超出 64 位整数（成批计算较慢，同样精确）", "Beyond 64-bit whole numbers (slower in columns, as exact)"
            ),
            self.pick("、", ", ").join(named),
        )

    def rungs(self, node: p.Ladder) -> Iterator[str]:
        """A line for each row of a ladder."""
        for index, (test, value) in enumerate(zip(node.tests, node.values, strict=True)):
            label = node.labels[index]
            words = self.wording.words(test)
            what = (
                words if label is None else self.pick(f"{self.say(label)}（{words}）", f"{self.say(label)} ({words})")
            )
            yield self.pair(what, self.wording.words(value)) + self.clause(node.clauses[index])
        if not isinstance(node.otherwise, p.Unreached):
            yield self.pair(self.pick("均不符", "otherwise"), self.wording.words(node.otherwise))

    def branches(self, node: p.Node) -> Iterator[str]:
        """A line for each branch of a rule, those within a branch set further in."""
        case = self.pick("若", "if ")
        while isinstance(node, p.If):
            test = self.wording.words(node.test)
            if isinstance(node.then, p.If):
                yield self.pick(f"{case} {test}：", f"{case}{test}:")
                yield from ("  " + line for line in self.branches(node.then))
            else:
                then = self.wording.words(node.then)
                yield self.pick(f"{case} {test}：{then}", f"{case}{test}: {then}")
            node, case = node.otherwise, self.pick("否则若", "else if ")
        yield self.pick("否则：", "else: ") + self.wording.words(node)

    def readings(self) -> Iterator[str]:
        for item in self.program.interpretations.values():
            yield self.pair(item.name, self.say(item.question)) + self.clause(item.clause)
            for name, label in item.readings.items():
                mark = self.pick("（推荐）", " (recommended)") if name == item.recommended else ""
                yield f"  {name}  {self.say(label)}{mark}"
            if not item.recommended:
                yield "  " + self.pick("未选定则金额可能未定", "unless one is chosen, the amount may be undetermined")
            elif item.because is not None:
                yield "  " + self.pair(self.pick("理由", "because"), self.say(item.because))

    def caps(self) -> Iterator[str]:
        if self.program.once_per:
            one = self.pick("、", ", ").join(self.named(name) for name in self.program.once_per)
            yield self.pick(f"每{one}一次申报", f"one claim for each {one}")
        for cap in self.program.caps:
            keys = [self.named(name) for name in cap.over]
            over = self.pick("、", ", ").join(keys)
            most = (
                self.pick(f"每{over}至多 {cap.times} 次", f"at most {cap.times} for each {over}")
                if cap.times
                else self.pick(
                    f"每{over}以{self.named(cap.limit)}为限", f"up to {self.named(cap.limit)} for each {over}"
                )
            )
            beyond = self.say(_BEYOND[cap.beyond])
            yield self.pair(self.say(cap.label), f"{most}{self.pick('；', '; ')}{beyond}") + self.clause(cap.clause)

    def named(self, name: str) -> str:
        """The label of whatever has a name; of a share, that of its part as well."""
        labels = {step.name: step.label for step in self.program.steps}
        labels |= {fact.name: fact.label for fact in self.program.known.values()}
        labels |= {parameter.name: parameter.label for parameter in self.program.parameters.values()}
        for part in self.program.parts:
            labels |= {part.name: part.label} | {each.name: each.label for each in part.instalments}
            for share in part.shares:
                zh, en = f"{part.label.zh}·{share.label.zh}", f"{part.label.en}, {share.label.en}"
                labels[f"{part.name}.{share.name}"] = Text(zh, en)
        labels |= {test.name: test.label for test in self.program.conditions}
        labels |= {measure.name: measure.label for measure in self.program.measures}
        labels |= {"amount": Text("金额", "the amount")}
        return self.say(labels[name])

    def gaps(self) -> Iterator[str]:
        for gap in self.policy.gaps:
            yield self.say(gap.text) + self.clause(gap.clause)
