"""A first policy module from the answers of a clerk: what is known is filled in, what is not is left out, as TODO.

No figure ever stands in for one that is missing: without it the module does not compile, and it stays a draft.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from ..exact import show
from ..text import Language, Text
from .questions import OWN_PAYERS, SCHEMES, UNKNOWN, Answers, divisions, levels_of, shares_of
from .vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Draft:
    """The text of a module, and what is still to be filled in."""

    path: str
    text: str
    todo: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class _Scheme:
    """What differs from scheme to scheme. `quantity` is the fact that the rate is multiplied with, if there is one."""

    holder: tuple[str, Text]  # the fact that is the payee
    dated_by: tuple[str, str, Text]  # its name, type and label
    rate: Text
    unit: str
    quantity: tuple[str, Text, str, str, str] | None = None  # name, label, unit, resolution, greatest
    claim: str = ""
    once_per: tuple[str, ...] = ()


_SCHEMES: Final = {
    "area": _Scheme(
        ("project", Text("项目", "project")), ("accepted_on", "date", Text("验收日期", "accepted on")),
        Text("每平方米补助标准", "rate a square metre"), "CNY/m2",
        ("floor_area", Text("建筑面积", "floor area"), "m2", "0.01", "1000000"),
    ),
    "bed": _Scheme(
        ("home", Text("养老机构", "home")), ("accepted_on", "date", Text("验收日期", "accepted on")),
        Text("每张床位补助标准", "rate a bed"), "CNY/bed",
        ("beds", Text("床位数", "beds"), "bed", "1", "10000"),
    ),
    "month": _Scheme(
        ("resident", Text("老年人", "resident")), ("month", "month", Text("补贴月份", "month")),
        Text("每人每月补贴标准", "rate per person and month"), "CNY/(person*month)",
        claim="person*month", once_per=("resident", "month"),
    ),
    "rating": _Scheme(
        ("centre", Text("养老机构", "home or centre")), ("assessed_on", "date", Text("等级评定日期", "rated on")),
        Text("各等级年度补贴", "amount a year by rating"), "CNY/year", claim="year",
    ),
    "standard": _Scheme(
        ("subject", Text("考核对象", "what is measured")), ("measured_on", "date", Text("考核日期", "measured on")),
        Text("标准", "standard"), "", once_per=("subject", "measured_on"),
    ),
}  # fmt: skip


_ONCE: Final = ("area", "bed")  # the schemes that are mostly paid once


def draft(policy_id: str, answers: Answers, vocabulary: Vocabulary, language: Language) -> Draft:
    """The module for answers that were checked, with comments in one language."""
    made = _Template(policy_id, answers, vocabulary, language)
    body = "\n".join(made.body())
    head = "\n".join(made.head())  # last, for it says whether anything is left to do
    return Draft(f"{policy_id}/{made.issued}.toml", f"{head}\n{body}\n", tuple(made.todo))


@dataclass
class _Template:
    policy_id: str
    answers: Answers
    vocabulary: Vocabulary
    language: Language
    todo: list[Text] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.kind = self.answers["scheme"]
        self.scheme = _SCHEMES[self.kind]
        self.levels = levels_of(self.answers.get("levels", ""), self.vocabulary)

    def note(self, zh: str, en: str) -> str:
        return f"# {Text(zh, en).in_(self.language)}"

    def open(self, zh: str, en: str, what: str) -> str:
        """A line that is to be filled in."""
        self.todo.append(Text(zh, en))
        return f"# TODO {what}  # {Text(zh, en).in_(self.language)}"

    def words(self, key: str) -> str:
        return f"{{ zh = {_quoted(self.answers[f'{key}.zh'])}, en = {_quoted(self.answers[f'{key}.en'])} }}"

    def given(self, key: str) -> str | None:
        answer = self.answers.get(key)
        return None if answer in (None, UNKNOWN) else answer

    @property
    def issued(self) -> str:
        """The day on which the text was issued; where nobody knows it, the earliest on which the text is known."""
        return self.given("issued") or self.answers["earliest"]

    @property
    def clause(self) -> str:
        return f"clause = {_quoted(self.answers['clause'])}"

    def head(self) -> Iterator[str]:
        answers, note = self.answers, self.note
        code = divisions(answers["division"], self.vocabulary)[0]
        first = self.given("from")
        yield note(SCHEMES[self.kind].zh, SCHEMES[self.kind].en)
        yield "language = 1"
        yield ""
        yield "[policy]"
        yield note("文件所在的目录；文件名是 version", "the folder of this file, whose name is the version")
        yield f"id = {_quoted(self.policy_id)}"
        yield note("版本：成文日期", "the version: the day on which the text was issued")
        yield f"version = {_quoted(self.issued)}"
        yield note(
            "issued 已印发 · reported 见于答复 · draft 征求意见稿，不得采用",
            "issued · reported, in a reply · draft, which may not be adopted",
        )
        if self.todo and answers["status"] != "draft":
            wanted = answers["status"]
            left = Text(f"其余各项填完后改为 {wanted}", f"{wanted}, once the rest is filled in")
            self.todo.append(Text(f"status：{left.zh}", f"status: {left.en}"))
            yield f'status = "draft"  # TODO {left.in_(self.language)}'
        else:
            yield f"status = {_quoted(answers['status'])}"
        yield note("施行首日；stated = false：文件没有写明", "first day; stated = false: the text does not say")
        yield f"valid = {{ from = {first or self.issued}{'' if first else ', stated = false'} }}"
        yield note("公布日期", "the day on which the text became known")
        yield f"published = {self.issued}"
        yield note("按哪个事实的日期适用本版本", "the fact whose date decides whether this version applies")
        yield f"dated_by = {_quoted(self.scheme.dated_by[0])}"
        yield note(self.vocabulary.path(code), self.vocabulary.divisions[code].en)
        yield f"division = {_quoted(code)}"
        if self.scheme.claim:
            yield note("一次测算是什么", "what one calculation is")
            yield f"claim = {_quoted(self.scheme.claim)}"
        if self.scheme.once_per:
            yield note("以此区分各次申报", "what tells one claim from another")
            yield f"once_per = [{', '.join(map(_quoted, self.scheme.once_per))}]"
        yield f"title = {self.words('title')}"
        yield ""
        yield note("依据的文件", "the text that this encodes")
        yield "[source]"
        yield f"title = {self.words('source')}"
        if number := self.given("number"):
            yield f"number = {_quoted(number)}"
        yield f"issued = {self.issued}"
        yield f"issuer = {self.words('issuer')}"
        if self.given("issued") is None:
            yield note(
                "写明该日的由来，如何处何日转载", "say where that day comes from, such as who posted the text then"
            )
            zh = f"成文日期不详，{self.issued} 是已知该文件存在的最早一日"
            en = f"the day of issue is not known; {self.issued} is the earliest on which the text is known"
            yield f"note = {{ zh = {_quoted(zh)}, en = {_quoted(en)} }}"

    def body(self) -> Iterator[str]:
        yield from self.facts()
        yield from self.parameter()
        yield from self.hints()
        yield from self.outcome() if self.kind != "standard" else self.measure()
        yield from self.example()

    def facts(self) -> Iterator[str]:
        name, label = self.scheme.holder
        dated, type_, dated_label = self.scheme.dated_by
        yield ""
        yield self.note("申报时要填的事实", "what a claim states")
        yield from _table(f"facts.{name}", 'type = "id"', _label(label))
        yield from _table(f"facts.{dated}", f'type = "{type_}"', _label(dated_label))
        if self.levels:
            yield from self.level()
        if (quantity := self.quantity) is not None:
            name, label, unit, resolution, greatest = quantity
            yield ""
            yield self.note("范围宽一些：文件的限制写成条件", "a generous range: what the text demands is a condition")
            yield f"[facts.{name}]"
            yield 'type = "number"'
            yield f"unit = {_quoted(unit)}"
            yield f"resolution = {_quoted(resolution)}"
            yield f'range = ["0", "{greatest}"]'
            yield _label(label)
            yield self.clause

    def level(self) -> Iterator[str]:
        """The fact that names the level: of a list of the vocabulary, or of one of the text's own, with its words."""
        if (known := self.vocabulary.choices.get(self.answers["levels"])) is not None:
            of = f"of = {_quoted(self.answers['levels'])}"
            yield from _table("facts.level", 'type = "choice"', of, _label(known.label), self.clause)
            return
        names = ", ".join(map(_quoted, self.levels))
        yield from _table(
            "facts.level", 'type = "choice"', f"of = [{names}]", "ordered = true",
            _label(Text("等级", "level")), self.clause,
        )  # fmt: skip
        yield from _table(
            "facts.level.labels",
            *(f"{name} = {{ zh = {_quoted(text.zh)}, en = {_quoted(text.en)} }}" for name, text in self.levels.items()),
        )

    @property
    def quantity(self) -> tuple[str, Text, str, str, str] | None:
        if self.kind == "standard":
            whole, _, places = (self.given("rate") or "").partition(".")  # as fine as the standard, and well above it
            finest, most = "0." + "1".rjust(max(len(places), 2), "0"), "1".ljust(max(len(whole) + 2, 7), "0")
            return "measured", Text("实际达到", "what is reached"), self.answers["unit"], finest, most
        return self.scheme.quantity

    def parameter(self) -> Iterator[str]:
        yield ""
        yield self.note("文件规定的标准；数字写在引号里", "what the text fixes; numbers stand in quotes")
        if self.kind in _ONCE:
            yield self.note(
                "按规模分几档的，这里是最低一档，再改用 brackets 分档",
                "where there are tiers by size, this is the lowest: see brackets for the others",
            )
        yield "[parameters.rate]"
        if not self.levels:
            rate = self.given("rate")
            yield (
                f"value = {_quoted(rate)}"
                if rate
                else self.open(self.scheme.rate.zh, self.scheme.rate.en, 'value = "…"')
            )
        else:
            yield 'by = ["level"]'
        yield f"unit = {_quoted(self.scheme.unit or self.answers['unit'])}"
        yield _label(self.scheme.rate)
        yield self.clause
        if self.levels:
            yield ""
            yield "[parameters.rate.values]"
            for name, label in self.levels.items():
                rate = self.given(f"rate.{name}")
                wanted = f"{self.scheme.rate.zh}：{label.zh}", f"{self.scheme.rate.en}: {label.en}"
                yield f"{name} = {_quoted(rate)}" if rate else self.open(*wanted, f'{name} = "…"')

    def hints(self) -> Iterator[str]:
        """What most texts have besides, to be taken out of its comment."""
        words = '{ zh = "…", en = "…" }'
        yield ""
        yield self.note(
            "文件要求的条件：去掉 # 填写，test 里用上面的事实和参数",
            "what the text demands: take away the #, and fill it in; test speaks of the facts and parameters above",
        )
        yield from _commented(
            "[[conditions]]", 'name = "…"', 'kind = "required"', 'test = "… >= …"', f"label = {words}", self.clause
        )
        yield self.note("有两种理解之处", "what may be read in two ways")
        yield from _commented(
            "[[interpretations]]", 'name = "…"', f"question = {words}",
            f"readings = {{ one_way = {words}, other_way = {words} }}", self.clause,
        )  # fmt: skip
        yield self.note("文件没有说、本模块不算的", "what the text does not say, or this module does not compute")
        yield from _commented("[[gaps]]", f"text = {words}", self.clause)

    def outcome(self) -> Iterator[str]:
        title = _label(Text(self.answers["title.zh"], self.answers["title.en"]))
        unit = self.scheme.unit if self.levels else "CNY"
        yield ""
        yield self.note("如何计算", "how it is computed")
        yield "[[steps]]"
        yield 'name = "subsidy"'
        yield f'unit = "{unit}"'
        yield 'value = "rate[level]"' if self.levels else f'value = "{self._quantity_name} * rate"'
        if self.is_finer_than_a_fen:
            yield self.open("如何取整到分，须看文件", "how to round to the fen, as the text says", 'round = "0.01 …"')
        yield title
        yield self.clause
        if self.kind == "rating":
            yield from _table(
                "[steps]", 'name = "year"', 'type = "date"', 'value = "year_start(assessed_on)"',
                _label(Text("补贴年度（起日）", "year of the subsidy (first day)")), self.clause,
            )  # fmt: skip
        yield ""
        yield self.note("付给谁、由谁承担", "to whom it is paid, and who bears it")
        yield "[[outcome.parts]]"
        yield 'name = "paid"'
        yield 'value = "subsidy"'
        yield f"payee = {_quoted(self.scheme.holder[0])}"
        yield title
        yield f"shares = [{', '.join(_share(*each) for each in shares_of(self.answers['payer']).items())}]"
        if self.kind in _ONCE:
            holder = self.scheme.holder[0]
            yield ""
            yield self.note(
                f"一次性的：同一{self.scheme.holder[1].zh}只付一次；当次申报各付一次的，over 再加区分各次申报的事实",
                f"paid once: never again for the same {holder}; "
                "if once for each filing, over also names the fact that tells filings apart",
            )
            yield from _commented(
                "[[caps]]", 'name = "once"', 'of = "paid"', f'over = ["{holder}"]', "times = 1",
                _label(Text("一次性", "paid once")), self.clause,
            )  # fmt: skip
        if self.kind == "rating":
            yield from _table(
                "[caps]", 'name = "yearly"', 'of = "paid"', 'over = ["centre", "year"]', "times = 1",
                _label(Text("每年一次", "once a year")), self.clause,
            )  # fmt: skip

    def measure(self) -> Iterator[str]:
        yield from _table(
            "[measures]", 'name = "standard_met"', 'value = "measured"', 'required = "rate"', 'sense = "at_least"',
            _label(Text(self.answers["title.zh"], self.answers["title.en"])), self.clause,
        )  # fmt: skip

    @property
    def _quantity_name(self) -> str:
        return self.quantity[0] if self.quantity is not None else ""

    @property
    def is_finer_than_a_fen(self) -> bool:
        """Whether an amount may have fractions of a fen: the text must then say how it is rounded."""
        resolution = Fraction(self.quantity[3]) if self.quantity is not None else Fraction(1)
        keys = [f"rate.{name}" for name in self.levels] if self.levels else ["rate"]
        return any((Fraction(rate) * resolution * 100).denominator != 1 for key in keys if (rate := self.given(key)))

    def example(self) -> Iterator[str]:
        """A worked case; what it comes to, only where every figure is there."""
        first = self.given("from") or self.issued
        when = _quoted(_month_after(first)) if self.scheme.dated_by[1] == "month" else first
        facts = [f'{self.scheme.holder[0]} = "X1"', f"{self.scheme.dated_by[0]} = {when}"]
        rate = self.given("rate")
        if self.levels:
            level = list(self.levels)[-1]
            rate = self.given(f"rate.{level}")
            facts.append(f'level = "{level}"')
        elif self.kind == "standard":
            facts.append(f"measured = {_quoted(rate or '100')}")
        else:
            facts.append(f'{self._quantity_name} = "100"')
        yield ""
        yield self.note(
            "算例，每次检查都会运行；请另取一例，用计算器核对",
            "a worked case, run by every check; take another from your files, and check both with a calculator",
        )
        yield "[[examples]]"
        yield f"name = {_quoted(Text('第一例', 'first case').in_(self.language))}"
        yield 'source = "derived"'
        yield f"facts = {{ {', '.join(facts)} }}"
        if self.todo or rate is None:
            zh, en = "该例的结果，自行算出", "what the case comes to, worked out by hand"
            yield self.open(zh, en, 'expect = { amount = "…" }' if self.kind != "standard" else "expect = { … }")
        elif self.kind == "standard":
            yield 'expect = { "standard_met.met" = true, "standard_met.shortfall" = "0" }'
        else:
            amount = Fraction(rate) * (1 if self.levels else 100)
            yield f'expect = {{ amount = "{show(amount, 2)}" }}'


def _month_after(day: str) -> str:
    """The first month that begins on or after a day."""
    year, month, first = (int(part) for part in day.split("-"))
    year, month = (year, month) if first == 1 else (year + month // 12, month % 12 + 1)
    return f"{year:04}-{month:02}"


def _table(name: str, *lines: str) -> Iterator[str]:
    yield ""
    yield f"[{name}]"
    yield from lines


def _commented(*lines: str) -> Iterator[str]:
    yield from (f"#   {line}" for line in lines)


def _share(payer: str, percent: str) -> str:
    own = ", own = true" if payer in OWN_PAYERS else ""
    return f"{{ payer = {_quoted(payer)}, percent = {_quoted(percent)}{own} }}"


def _label(text: Text) -> str:
    return f"label = {{ zh = {_quoted(text.zh)}, en = {_quoted(text.en)} }}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
