"""What a policy has, item by item, in words: a fact, a share, an instalment, a condition, a figure left open, a cap."""

from __future__ import annotations

from fractions import Fraction

from ..calculation.explain import IF_FAILED
from ..calculation.policy import Policy
from ..calculation.wording import Wording
from ..exact import decimals, show
from ..language import program as p
from ..language.types import Choice, Date, Division, Flag, Id, Month, Number
from ..text import Language, Text

STATUS = {
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


class Items:
    """Says the items of one policy in one language."""

    def __init__(self, policy: Policy, language: Language) -> None:
        self.policy, self.program, self.document = policy, policy.program, policy.document
        self.wording = Wording(policy, language)
        self.say, self.pick = self.wording.say, self.wording.pick

    def pair(self, label: str, text: str) -> str:
        return f"{label}{self.pick('：', ': ')}{text}"

    def clause(self, clause: str) -> str:
        return self.pick(f"  〔{clause}〕", f"  [{clause}]") if clause else ""

    def how(self, part: p.Part) -> str:
        """To whom a part is paid, and in which form."""
        payee = self.say(self.program.facts[part.payee].label)
        how = self.say(_FORM[part.form])
        aside = "" if part.counted else self.pick("；另列，不计入金额", "; shown beside, not part of the amount")
        return self.pick(f"付给{payee}，{how}{aside}", f"to the {payee}, {how}{aside}")

    def sum(self, part: p.Part) -> str:
        """How much a part is, or may be at most."""
        amount = self.wording.words(part.value)
        if part.decided:
            amount = self.pick("最高 ", "up to ") + amount
            amount += self.pick("，以", ", as ") + self.named(part.decided) + self.pick("为准", " says")
        if part.may_recover:
            amount += self.pick("；低于零的，追缴", "; below zero, it is recovered")
        return amount

    def terms(self, each: p.Instalment) -> str:
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
        return said

    def measure(self, each: p.Measure) -> str:
        """What is to be at least or at most what, and by when."""
        sign = "≥" if each.sense == "at_least" else "≤"
        said = f"{self.wording.words(each.value)} {sign} {self.wording.words(each.required)}"
        for node, zh, en in ((each.by, "，不迟于{}", ", by {}"), (each.before, "，在{}之前", ", before {}")):
            if node is not None:
                said += self.pick(zh, en).format(self.wording.words(node))
        return said

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

    def force(self, test: p.Condition) -> str:
        """Whether a condition must hold, and for what."""
        kind = self.say(_KIND[test.kind])
        if test.parts:
            labels = [self.say(part.label) for part in self.program.parts if part.name in test.parts]
            kind += self.pick("，只涉及", ", for ") + self.pick("、", ", ").join(labels) + self.pick("", " alone")
        return kind

    def need(self, fact: p.Fact) -> str:
        """When a fact is needed, and who states it."""
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
        return need

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

    def open(self, parameter: p.Parameter) -> str:
        """Who is to fix a figure that the text does not, and between which bounds."""
        low, high = show(parameter.low), self.wording.number(parameter.high, parameter.unit)
        if parameter.why is not None:
            text = self.pick(f"文件未载明，{low} 至 {high}", f"not stated by the text, {low} to {high}")
            return text + self.pick("：", ": ") + self.say(parameter.why)
        level = self.say(_LEVEL.get(parameter.delegated, Text(parameter.delegated, parameter.delegated)))
        return self.pick(f"由{level}确定，{low} 至 {high}", f"for {level} to fix, {low} to {high}")

    def cell(self, parameter: p.Parameter, key: tuple[str, ...]) -> str:
        """The place of a table by what its keys are called."""
        names = [self.wording.value(one, type_) for type_, one in zip(parameter.keys, key, strict=True)]
        return self.pick("、", ", ").join(names)

    def cap(self, cap: p.Cap) -> str:
        """How much or how often at most, for each of what, and what becomes of more."""
        over = self.pick("、", ", ").join(self.named(name) for name in cap.over)
        if cap.times:
            most = self.pick(f"每{over}至多 {cap.times} 次", f"at most {cap.times} for each {over}")
        else:
            limit = self.named(cap.limit)
            most = self.pick(f"每{over}以{limit}为限", f"up to {limit} for each {over}")
        return f"{most}{self.pick('；', '; ')}{self.say(_BEYOND[cap.beyond])}"

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


def between(each: p.Class) -> str:
    """The two ends of a class of a bracket, such as ``10 ≤ x < 50``."""
    low = "" if each.low is None else f"{show(each.low)} {'≤' if each.low_in else '<'} "
    high = "" if each.high is None else f" {'≤' if each.high_in else '<'} {show(each.high)}"
    return f"{low}x{high}"
