"""`subsidy policy adopt`: a bureau's decision to pay under one text, asked for or given by options, as a file."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Annotated, Any, TypeVar

import typer

from ..calculation.policy import Policy
from ..catalogue.adoptions import AdoptionEntry, AdoptionFolder, path_of, read_adoption
from ..errors import Hint, Problem, Problems, RequestError
from ..exact import show
from ..language import program as p
from ..language.types import Choice, options
from ..text import Language, Text
from . import facts
from .exits import Exit
from .options import Adoptions, AsJson, Folder, Lang, PolicyId, catalogue_of, day
from .output import both, pick, reports, say, show_json

T = TypeVar("T")

Chosen = Annotated[
    list[str] | None,
    typer.Option("--reading", metavar="NAME=VALUE", help="采用的口径；可重复 · a reading; may be repeated"),
]
Fills = Annotated[
    list[str] | None,
    typer.Option(
        "--fill",
        metavar="NAME[.KEY]=VALUE",
        help="填定授权确定的参数；表按键逐项给出 · a delegated parameter; a table key by key",
    ),
]
Clauses = Annotated[
    list[str] | None,
    typer.Option(
        "--clause", metavar="NAME=CLAUSE", help="本机关文件中确定该参数的条款 · the clause that fixes a parameter"
    ),
]
Document = Annotated[str | None, typer.Option("--document", help="文号 · the number of the bureau's document")]
Dated = Annotated[
    dt.date | None,
    typer.Option("--dated", metavar="YYYY-MM-DD", parser=day, help="文件日期 · the date of the document"),
]
IssuerZh = Annotated[str | None, typer.Option("--issuer-zh", help="机关名称（中文） · the bureau in Chinese")]
IssuerEn = Annotated[str | None, typer.Option("--issuer-en", help="机关名称（英文） · the bureau in English")]
By = Annotated[str | None, typer.Option("--by", help="采用人 · who adopts the text")]
From = Annotated[dt.date | None, typer.Option("--from", metavar="YYYY-MM-DD", parser=day, help="首日 · the first day")]
Until = Annotated[
    dt.date | None, typer.Option("--until", metavar="YYYY-MM-DD", parser=day, help="最后一日 · the last day")
]
Ask = Annotated[
    bool | None,
    typer.Option("--ask/--no-ask", help="逐项询问未给出的内容，缺省在终端上询问 · ask for what is not given"),
]


@dataclass
class _Form:
    """What is known of the adoption so far."""

    document: str | None
    dated: dt.date | None
    issuer_zh: str | None
    issuer_en: str | None
    by: str | None
    first: dt.date | None
    until: dt.date | None
    readings: dict[str, str]
    fills: dict[str, Any]
    clauses: dict[str, str]
    missing: list[str] = field(default_factory=list)


@reports
def adopt(
    policy: PolicyId,
    readings: Chosen = None,
    fills: Fills = None,
    clauses: Clauses = None,
    document: Document = None,
    dated: Dated = None,
    issuer_zh: IssuerZh = None,
    issuer_en: IssuerEn = None,
    by: By = None,
    first: From = None,
    until: Until = None,
    ask: Ask = None,
    lang: Lang = None,
    as_json: AsJson = False,
    policies: Folder = None,
    adoptions: Adoptions = None,
) -> Exit:
    """采用一份政策文件：口径、授权确定的标准、本机关文件 · adopt a text: readings, delegated tables, your document.

    未采用的政策只能测算，不能据以支付。 Nothing is paid under a text that no bureau has adopted.
    """
    if adoptions is None:
        raise typer.BadParameter(
            "须写明采用文件放在哪个目录：--adoptions 目录（或环境变量 SUBSIDY_ADOPTIONS），没有的目录会新建"
            " · say where adoptions are kept: --adoptions DIR (or SUBSIDY_ADOPTIONS), which is made if it is not there"
        )
    catalogue = catalogue_of(policies, adoptions if adoptions.exists() else None)
    given = _Form(
        document, dated, issuer_zh, issuer_en, by, first, until,
        facts.readings(readings or ()), _nested(fills or ()), dict(facts.pairs(clauses or ())),
    )  # fmt: skip
    if ask if ask is not None else sys.stdin.isatty():
        if given.first is None:
            given.first = _Asking(given, lang).date("施行首日", "first day")
        version = catalogue.policy(policy, given.first)
        if version.status == "draft":
            raise RequestError(Problem.of("A0104", policy, given=policy))
        _Asking(given, lang).say_which(version)
        _Asking(given, lang).all(version)
    else:
        version = catalogue.policy(policy, given.first)
    text = _text(given, version)
    file, problems = path_of(policy, given.first or version.first_day), Problems()
    if given.missing:
        names = "、".join(given.missing), ", ".join(given.missing)
        problems.add("A0112", policy, policy=policy, missing=Text(*names), **_unread(given, version))
    entry = read_adoption(file, text.encode(), problems)
    if entry is not None:
        catalogue.bases.check_new(entry, problems)
    if (adoptions / file).exists():
        problems.add("A0109", str(adoptions / file))
    problems.raise_as(RequestError)
    assert entry is not None
    adoptions.mkdir(parents=True, exist_ok=True)  # only now: what is refused leaves nothing behind
    AdoptionFolder(adoptions).write(file, text.encode())
    _show(entry, version, str(adoptions / file), text, lang, as_json)
    return Exit.FINE


def _nested(words: list[str] | tuple[()]) -> dict[str, Any]:
    """``name=value`` and ``name.key=value`` words as values and tables.

    Raises:
        typer.BadParameter: a word is no pair, or one key is given twice.
    """
    found: dict[str, Any] = {}
    for path, value in facts.pairs(words):
        *above, last = path.split(".")
        table: Any = found
        for key in above:
            table = table.setdefault(key, {}) if isinstance(table, dict) else None
        if not isinstance(table, dict) or last in table:
            raise typer.BadParameter(f"--fill {path}：给了两次 · is given twice")
        table[last] = value
    return found


# — the file —


def _text(given: _Form, version: Policy) -> str:
    """The adoption as a file. Where something is missing, something stands in its place, only to be looked through."""
    words = {"document": given.document, "issuer-zh": given.issuer_zh, "issuer-en": given.issuer_en, "by": given.by}
    days = {"dated": given.dated, "from": given.first}
    given.missing = [f"--{name}" for name, value in (words | days).items() if not value]
    term = f"from = {given.first or version.first_day}" + (f", until = {given.until}" if given.until else "")
    head = version.document.policy
    lines = [
        f"# {head.title.zh} · {version.id} · {version.version} r{version.revision}",
        "[adoption]",
        f"policy = {_quoted(version.id)}",
        f"digest = {_quoted(version.digest)}",
        f"by = {_quoted(given.by)}",
        f"issuer = {{ zh = {_quoted(given.issuer_zh)}, en = {_quoted(given.issuer_en)} }}",
        f"document = {_quoted(given.document)}",
        f"dated = {given.dated or version.first_day}",
        f"valid = {{ {term} }}",
    ]
    readings = _readings(given, version)
    if readings:
        lines += ["", "[readings]"]
    for name, reading in readings.items():
        item = version.interpretations.get(name)
        if item is not None:
            lines.append(f"# {_line(item.question.zh)}：{_line(item.readings.get(reading, Text('？', '?')).zh)}")
        lines.append(f"{_key(name)} = {_quoted(reading)}")
    for name, value in given.fills.items():
        if name not in given.clauses:
            given.missing.append(f"--clause {name}=…")
        parameter = version.program.parameters.get(name)
        lines += ["", *([f"# {_line(parameter.label.zh)}"] if parameter else []), f"[parameters.{_key(name)}]"]
        lines += [f"{'values' if isinstance(value, dict) else 'value'} = {_inline(value)}"]
        lines += [f"clause = {_quoted(given.clauses.get(name))}"]
    return "\n".join(lines) + "\n"


def _readings(given: _Form, version: Policy) -> dict[str, str]:
    """What the bureau chose; where it chose nothing, what is recommended, unless that stands in for a table."""
    known = version.interpretations.values()
    advised = {item.name: item.recommended for item in known if item.recommended and not item.presumes}
    return advised | given.readings


def _unread(given: _Form, version: Policy) -> Hint:
    """By which option each question that is still open is read, where something else is missing as well."""
    options = [
        f"--reading {item.name}={'|'.join(item.readings)}"
        for item in version.interpretations.values()
        if not item.presumes and item.name not in _readings(given, version)
    ]
    if not options:
        return {}
    return {
        "hint": Text(f"口径也在此时选定：{'，'.join(options)}", f"choose the readings now, too: {', '.join(options)}")
    }


def _quoted(text: str | None) -> str:
    return json.dumps(text or "?", ensure_ascii=False)


def _key(name: str) -> str:
    return name if name.replace("_", "").isalnum() and name.isascii() else _quoted(name)


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_inline(each)}" for key, each in value.items()) + " }"
    return _quoted(value)


def _line(text: str) -> str:
    return " ".join(text.split())


# — what is still open, and what was written —


def _open(entry: AdoptionEntry, version: Policy) -> Iterator[Text]:
    """What the adoption leaves open: questions without a reading, delegated tables that nobody filled."""
    chosen, filled = entry.document.readings, entry.document.parameters
    for item in version.interpretations.values():
        if item.presumes:
            continue
        if item.name not in chosen and not item.recommended:
            yield Text(f"{item.name}：{item.question.zh}", f"{item.name}: {item.question.en}")
    presumed = {item.presumes: item for item in version.interpretations.values() if item.presumes}
    for name, parameter in version.program.parameters.items():
        if parameter.values is not None or name in filled:
            continue
        zh, en = f"{name}：{parameter.label.zh}", f"{name}: {parameter.label.en}"
        instead = presumed.get(name)
        way = instead.readings.get(chosen.get(instead.name) or instead.recommended) if instead is not None else None
        if way is not None:
            zh, en = f"{zh}（推定：{way.zh}）", f"{en} (presumed: {way.en})"
        yield Text(zh, en)


def _show(entry: AdoptionEntry, version: Policy, path: str, text: str, lang: Language | None, as_json: bool) -> None:
    still = list(_open(entry, version))
    if as_json:
        show_json(
            {
                "path": path,
                "digest": entry.digest,
                "policy": {"id": version.id, "version": version.version, "digest": version.digest},
                "text": text,
                "open": [both(each) for each in still],
            }
        )
        return
    say(text)
    say(pick(lang, f"已写入 {path}", f"written to {path}"))
    say(pick(lang, "摘要：", "digest: ") + entry.digest)
    for each in still:
        say(pick(lang, "仍未定：", "still open: ") + each.in_(lang or "zh"))


# — questions —


class _Asking:
    """Asks for what was not given. Questions go to standard error, so that what a program reads stays clean."""

    def __init__(self, given: _Form, lang: Language | None) -> None:
        self.given, self.lang = given, lang

    def say_which(self, version: Policy) -> None:
        """Which text the answers will be about, before they are asked for."""
        title, revision = version.title.in_(self.lang or "zh"), version.revision
        said = pick(self.lang, f"将采用：{title}", f"to be adopted: {title}")
        which = pick(self.lang, f"第 {revision} 次编码", f"revision {revision}")
        self.tell(f"{said} · {version.id} · {version.version} · {which}")
        self.tell(pick(self.lang, "  摘要：", "  digest: ") + version.digest)
        zh = f"  按首日 {self.given.first} 选定：该日适用的是这一版本"
        self.tell(pick(self.lang, zh, f"  picked by the first day, {self.given.first}, on which this version applies"))

    def all(self, version: Policy) -> None:
        given = self.given
        given.document = given.document or self.word("文号", "number of your document")
        given.dated = given.dated or self.date("文件日期", "date of your document")
        given.issuer_zh = given.issuer_zh or self.word("机关名称（中文）", "your bureau, in Chinese")
        given.issuer_en = given.issuer_en or self.word("机关名称（英文）", "your bureau, in English")
        given.by = given.by or self.word("采用人", "who adopts it")
        if given.until is None:
            given.until = self.until()
        for item in version.interpretations.values():
            if item.name not in given.readings and item.presumes not in given.fills:
                self.reading(item)
        for parameter in version.program.parameters.values():
            presumed = [i.name for i in version.interpretations.values() if i.presumes == parameter.name]
            is_settled = parameter.name in given.fills or any(name in given.readings for name in presumed)
            if parameter.delegated and parameter.values is None and not is_settled:
                self.table(parameter)
            if parameter.name in given.fills and parameter.name not in given.clauses:
                given.clauses[parameter.name] = self.word("确定它的条款", "the clause that fixes it")

    def word(self, zh: str, en: str, default: str | None = None) -> str:
        answer: str = typer.prompt(pick(self.lang, zh, en), default=default, err=True)
        return answer.strip()

    def date(self, zh: str, en: str) -> dt.date:
        return self.until_right(lambda: day(self.word(f"{zh} YYYY-MM-DD", f"{en}, YYYY-MM-DD")))

    def until(self) -> dt.date | None:
        def read() -> dt.date | None:
            answer = self.word("最后一日 YYYY-MM-DD，- 为不限", "last day, YYYY-MM-DD, - for none", "-")
            return None if answer == "-" else day(answer)

        return self.until_right(read)

    def reading(self, item: p.Interpretation) -> None:
        say_ = self.lang or "zh"
        self.tell(f"\n{item.question.in_(say_)}〔{item.clause}〕")
        if item.because is not None:
            self.tell("  " + item.because.in_(say_))
        for name, way in item.readings.items():
            self.tell(f"  {name}  {way.in_(say_)}")
        default = "-" if item.presumes or not item.recommended else item.recommended
        names = [*item.readings, "-"]
        labels = {label: name for name, way in item.readings.items() for label in (way.zh, way.en)}

        def read() -> str:
            answer = self.word("口径，- 为不选定", "reading, - for none", default)
            answer = labels.get(answer, answer)
            if answer not in names:
                listed = ", ".join(names)
                raise typer.BadParameter(f"{answer}：可以是 {listed} · {answer}: allowed is {listed}")
            return answer

        answer = self.until_right(read)
        if answer != "-":
            self.given.readings[item.name] = answer

    def table(self, parameter: p.Parameter) -> None:
        say_ = self.lang or "zh"
        bounds = f"{show(parameter.low)} – {'…' if parameter.high == p.UNBOUNDED else show(parameter.high)}"
        self.tell(f"\n{parameter.label.in_(say_)}〔{parameter.clause}〕 {bounds} {parameter.unit}")
        found: dict[str, Any] = {}
        for keys in _combinations(parameter):
            named = " · ".join(
                f"{key.labels[one].in_(say_)} {one}" if isinstance(key, Choice) else one
                for key, one in zip(parameter.keys, keys, strict=True)
            )
            answer = self.word(named or "取值，- 为不填", named or "value, - to leave it open", "-")
            if answer == "-":
                return  # a table is filled whole or not at all
            table = found
            for key in (parameter.name, *keys)[:-1]:
                table = table.setdefault(key, {})
            table[(parameter.name, *keys)[-1]] = answer
        self.given.fills |= found

    def tell(self, text: str) -> None:
        print(text, file=sys.stderr)

    def until_right(self, read: Callable[[], T]) -> T:
        while True:
            try:
                return read()
            except typer.BadParameter as error:
                self.tell(str(error))


def _combinations(parameter: p.Parameter) -> Iterator[tuple[str, ...]]:
    """Every combination of the keys of a table; one empty one for a single number."""
    return product(*(options(key) for key in parameter.keys))
