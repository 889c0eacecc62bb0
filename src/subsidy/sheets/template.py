"""A workbook to be filled in: a column for each fact, with lists to choose from and notes on what it takes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from ..calculation.policy import Policy
from ..calculation.readers import expected
from ..dates import FIRST_DAY, LAST_DAY
from ..errors import columns as wide
from ..exact import show
from ..extras import needs
from ..language import program as p
from ..language.types import Choice, Date, Division, Flag, Number, Records
from ..reports.files import whole
from ..text import Language, Text
from .cells import DIGITS
from .grid import SIDE
from .roster import letters
from .titles import Titles
from .together import together

with needs("tables"):
    import xlsxwriter
    from xlsxwriter.worksheet import Worksheet

ROSTER: Final = Text("名单", "Roster")
RECORDS: Final = 3  # records of a claim that have columns, unless more are asked for
_LAST_ROW: Final = 1_048_575
_WIDEST: Final = 40
_MADE: Final = dt.datetime(1980, 1, 1)  # noqa: DTZ001 – the same policy, the same bytes
_YES_NO: Final[Mapping[Language, tuple[str, str]]] = {"zh": ("是", "否"), "en": ("yes", "no")}
_NEED: Final = Text("必填", "needed")
_MAY: Final = Text("可不填", "may be left blank")
_LEDGER: Final = Text("由台账记录；没有台账时填", "kept by the ledger; needed where there is none")
_SOMETIMES: Final = Text("适用时填", "where it applies")


@dataclass(frozen=True, slots=True)
class Field:
    """A column of the template: its header, and the fact or field of a record that it states."""

    title: str
    path: str
    fact: p.Fact
    need: Text


def fields_of(policy: Policy, language: Language, records: int = RECORDS) -> list[Field]:
    """The columns of the template, in the order of the facts."""
    titles = Titles(together([policy]), {})
    found = []
    for fact in policy.program.facts.values():
        need = _MAY if fact.optional else _SOMETIMES if fact.when is not None else _NEED
        need = _LEDGER if fact.left_of or fact.from_ledger is not None else need
        if not isinstance(fact.type, Records):
            found.append(
                Field(_title(titles, fact, fact.name, fact.label.in_(language), language), fact.name, fact, need)
            )
            continue
        for number in range(1, min(max(records, fact.rows[0]), fact.rows[1]) + 1):
            for field in fact.fields:
                path = f"{fact.name}[{number}].{field.name}"
                label = f"{fact.label.in_(language)} {number} {field.label.in_(language)}"
                found.append(Field(_title(titles, field, path, label, language), path, field, _SOMETIMES))
    return found


def _title(titles: Titles, fact: p.Fact, path: str, label: str, language: Language) -> str:
    """The label with its unit, where that is understood; else the label; or the name where others have the label."""
    symbol = fact.symbol.in_(language)
    brackets = f"{label}（{symbol}）" if language == "zh" else f"{label} ({symbol})"
    for text in ([brackets] if symbol else []) + [label]:
        meaning = titles.of(text)
        if meaning is not None and meaning.path == path and meaning.fits and meaning.factor in (None, 1):
            return text
    return path


def spelt(fact: p.Fact, value: Any, language: Language) -> str | Decimal:
    """A value of a fact as the template takes it: a choice by its label, a number that a workbook keeps as one."""
    match fact.type:
        case Choice(labels=labels):
            label = labels[value].in_(language)
            return value if any(label in (o.zh, o.en) for each, o in labels.items() if each != value) else label
        case Flag():
            return _YES_NO[language][0 if value in (True, "true") else 1]
        case Number() if len(Decimal(value).as_tuple().digits) <= DIGITS:
            return Decimal(value)
        case _:
            return str(value)


def cells_of(facts: Mapping[str, Any], fields: list[Field], language: Language) -> Iterator[tuple[int, str | Decimal]]:
    """The facts of a claim as cells, each with its column; records beyond the columns are left out."""
    for column, field in enumerate(fields):
        name, _, rest = field.path.partition("[")
        value = facts.get(name)
        if rest and value is not None:
            number, _, inner = rest.partition("].")
            value = value[int(number) - 1].get(inner) if int(number) <= len(value) else None
        if value is not None:
            yield column, spelt(field.fact, value, language)


def write(policy: Policy, out: Path, *, language: Language = "zh", records: int = RECORDS) -> list[Field]:
    """Write the template; its columns.

    Raises:
        RequestError: it cannot be written.
    """
    fields = fields_of(policy, language, records)
    with whole(out) as file:
        made = BytesIO()  # in memory, so that a full disk leaves nothing anywhere
        _Book(policy, fields, language).write(made)
        file.write(made.getbuffer())
    return fields


class _Book:
    """Sets the template out."""

    def __init__(self, policy: Policy, fields: list[Field], language: Language) -> None:
        self.policy, self.fields, self.language = policy, fields, language

    def write(self, made: BytesIO) -> None:
        self.book = xlsxwriter.Workbook(
            made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        self.book.set_properties({"title": self.policy.title.in_(self.language), "created": _MADE})
        self.head = self.book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1, "text_wrap": True})
        self.wrapped = self.book.add_format({"text_wrap": True, "valign": "top"})
        roster, example, notes, choices = (
            self.book.add_worksheet(each.in_(self.language)) for each in (ROSTER, SIDE[0], SIDE[1], SIDE[2])
        )
        lists = self._choices(choices)
        self._roster(roster, lists)
        self._example(example)
        self._notes(notes)
        self.book.close()

    def _roster(self, sheet: Worksheet, lists: Mapping[str, str]) -> None:
        sheet.freeze_panes(1, 0)
        for column, field in enumerate(self.fields):
            sheet.set_column(column, column, _width(field.title), self._format(field.fact))
            sheet.write_string(0, column, field.title, self.head)
            sheet.write_comment(0, column, self._note(field), {"x_scale": 2, "y_scale": 1.5, "author": ""})
            rule = self._rule(field, lists)
            if rule is not None:
                sheet.data_validation(1, column, _LAST_ROW, column, rule)

    def _format(self, fact: p.Fact) -> Any:
        """Texts stay texts: a spreadsheet would make numbers of identifiers, and days of months."""
        match fact.type:
            case Number():
                return self.book.add_format({"num_format": "General"})
            case Date():
                return self.book.add_format({"num_format": "yyyy-mm-dd"})
            case _:
                return self.book.add_format({"num_format": "@"})

    def _rule(self, field: Field, lists: Mapping[str, str]) -> dict[str, Any] | None:
        error = {
            "error_title": field.title[:32],
            "error_message": _cut(expected(field.fact).in_(self.language), 255),
            "ignore_blank": True,
        }
        match field.fact.type:
            case Number():
                kind = "integer" if field.fact.resolution.denominator == 1 else "decimal"
                low, high = show(field.fact.low), show(field.fact.high)
                return {"validate": kind, "criteria": "between", "minimum": f"={low}", "maximum": f"={high}", **error}
            case Date():
                return {"validate": "date", "criteria": "between", "minimum": FIRST_DAY, "maximum": LAST_DAY, **error}
            case _:
                source = lists.get(field.path.partition("[")[0] + "." + field.fact.name)
                return {"validate": "list", "source": source, **error} if source else None

    def _choices(self, sheet: Worksheet) -> dict[str, str]:
        """The lists to choose from, a column each: a list within the rule itself may only be short."""
        found: dict[str, str] = {}
        for field in self.fields:
            values = self._values(field.fact)
            name = field.path.partition("[")[0] + "." + field.fact.name
            if not values or name in found:
                continue
            column = len(found)
            sheet.write_string(0, column, field.fact.label.in_(self.language), self.head)
            sheet.set_column(column, column, max(map(_width, values)))
            for row, value in enumerate(values, start=1):
                sheet.write_string(row, column, value)
            letter = letters(column)
            found[name] = f"='{SIDE[2].in_(self.language)}'!${letter}$2:${letter}${len(values) + 1}"
        return found

    def _values(self, fact: p.Fact) -> list[str]:
        match fact.type:
            case Choice(values=values):
                return [str(spelt(fact, value, self.language)) for value in values]
            case Flag():
                return list(_YES_NO[self.language])
            case Division(domain=domain):
                return list(domain)
            case _:
                return []

    def _note(self, field: Field) -> str:
        fact, zh = field.fact, self.language == "zh"
        lines = [field.need.in_(self.language), expected(fact).in_(self.language)]
        if isinstance(fact.type, Division):
            names = self.policy.vocabulary.divisions
            some = [f"{code} {names[code].name.in_(self.language)}" for code in fact.type.domain[:20]]
            lines.append(("、" if zh else ", ").join(some) + ("…" if len(fact.type.domain) > len(some) else ""))
        if fact.about is not None:
            lines.append(fact.about.in_(self.language))
        if fact.clause:
            lines.append(f"{'依据' if zh else 'clause'}: {fact.clause}")
        return _cut("\n".join(lines), 1_000)

    def _example(self, sheet: Worksheet) -> None:
        """The first worked example of the policy, where it has one, in the same columns."""
        for column, field in enumerate(self.fields):
            sheet.set_column(column, column, _width(field.title))
            sheet.write_string(0, column, field.title, self.head)
        examples = self.policy.document.examples
        if examples:
            given = {name: _stated(value) for name, value in examples[0].facts.items()}
            for column, cell in cells_of(given, self.fields, self.language):
                sheet.write(1, column, cell) if isinstance(cell, Decimal) else sheet.write_string(1, column, cell)

    def _notes(self, sheet: Worksheet) -> None:
        zh = self.language == "zh"
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 2, 24)
        sheet.set_column(3, 3, 80)
        sheet.write_string(0, 0, f"{self.policy.title.in_(self.language)}  {self.policy.id}  {self.policy.version}")
        heads = ["列", "事实", "是否必填", "填什么"] if zh else ["column", "fact", "needed", "what it takes"]
        for column, text in enumerate(heads):
            sheet.write_string(2, column, text, self.head)
        for row, field in enumerate(self.fields, start=3):
            texts = [field.title, field.path, field.need.in_(self.language), self._note(field)]
            for column, text in enumerate(texts):
                sheet.write_string(row, column, text, self.wrapped)


def _stated(value: Any) -> Any:
    if isinstance(value, list):
        return [{name: _stated(each) for name, each in row.items()} for row in value]
    return value if isinstance(value, bool) else str(value)


def _width(title: str) -> int:
    return min(max(wide(title) + 2, 10), _WIDEST)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
