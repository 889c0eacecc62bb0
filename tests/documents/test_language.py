"""The pages of the policy language say what the compiler does: every example in them is compiled and calculated.

An example leaves out what every module has, as the pages say: the head, the facts `claim` and `day`, labels, clauses,
and, where it is not about the outcome, an outcome that pays the step `grant`. It is completed here.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import pytest

from subsidy import Catalogue
from subsidy.calculation import reference
from subsidy.errors import SubsidyError
from subsidy.language.grammar import parse_formula
from subsidy.policies import shipped_folder
from subsidy.rounding import MODES, round_to

DOCS: Final = Path(__file__).resolve().parents[2] / "docs"
ENGLISH: Final = DOCS / "policy-language.md"
CHINESE: Final = DOCS / "policy-language.zh.md"
PAIRED: Final = (
    "auditing", "ledger", "payments", "policy-language", "reliability", "tables", "versions-and-adoption",
    "writing-a-policy",
)  # fmt: skip
PAIRS: Final = [(DOCS / f"{name}.md", DOCS / f"{name}.zh.md") for name in PAIRED]
_FORMULA: Final = re.compile(r"\w\(|\w (==|!=|<=?|>=?) \w")  # a call or a comparison
_OTHER: Final = re.compile(r'"| = |^for ')  # Python, a line of TOML, half an aggregate
_WORDS: Final = {"zh": "名", "en": "name"}
_HEAD: Final = """
language = 1

[policy]
id = "cn/example/grant"
version = "2024-01-01"
status = "issued"
valid = { from = 2024-01-01 }
published = 2024-01-01
dated_by = "day"
division = "140800"
title = { zh = "补贴", en = "grant" }

[source]
title = { zh = "通知", en = "notice" }
issued = 2024-01-01
issuer = { zh = "政府", en = "government" }

[facts.claim]
type = "id"

[facts.day]
type = "date"
"""
_PAYS_GRANT: Final = """
[[outcome.parts]]
name = "paid"
value = "grant"
payee = "claim"
shares = [{ payer = "city", percent = "100%" }]
"""


def blocks(page: Path, kind: str) -> list[tuple[str, str]]:
    """The fenced blocks of one kind, each with the heading it stands under."""
    text = page.read_text("utf-8")
    found = re.finditer(rf"^```toml {kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [(headings(text[: block.start()])[-1][1], block[1]) for block in found]


def headings(text: str) -> list[tuple[int, str]]:
    """The headings of a page with their depth; a comment in a fenced block is none."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return [(len(signs), words) for signs, words in re.findall(r"^(#+) (.*)$", prose, re.MULTILINE)]


def written(value: Any) -> str:
    """A value as TOML on one line."""
    match value:
        case dict():
            return "{" + ", ".join(f"{json.dumps(key)} = {written(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(written(item) for item in value) + "]"
        case dt.date():
            return value.isoformat()
        case _:
            return json.dumps(value, ensure_ascii=False)


def completed(text: str) -> str:
    """A whole module of an example: with head, labels, clauses, and an outcome if it has none."""
    head, example = tomllib.loads(_HEAD), tomllib.loads(text)
    pays = {} if "measures" in example and "steps" not in example else tomllib.loads(_PAYS_GRANT)
    module = {**pays, **head, **example}
    for table in ("policy", "facts"):
        module[table] = {**head[table], **example.get(table, {})}
    parts = module.get("outcome", {}).get("parts", [])
    instalments = [each for part in parts for each in part.get("instalments", [])]
    facts = [*module["facts"].values()]
    facts += [field for fact in facts for field in fact.get("fields", {}).values()]
    brackets = [*module.get("brackets", {}).values()]
    clauses = [*brackets, *module.get("parameters", {}).values(), *module.get("conditions", [])]
    clauses += [
        *module.get("caps", []),
        *module.get("measures", []),
        *module.get("interpretations", []),
        *module.get("gaps", []),
    ]
    labels = [*facts, *brackets, *module.get("parameters", {}).values(), *module.get("conditions", [])]
    labels += [*module.get("steps", []), *parts, *instalments, *module.get("caps", []), *module.get("measures", [])]
    labels += module.get("choices", {}).values()
    labels += [row for bracket in brackets for row in bracket["rows"]]
    for each in clauses:
        each.setdefault("clause", "一")
    for each in labels:
        each.setdefault("label", _WORDS)
    for fact in facts:
        if isinstance(fact.get("of"), list):
            fact.setdefault("labels", dict.fromkeys(fact["of"], _WORDS))
    for number, case in enumerate(module["examples"], start=1):
        case.setdefault("name", str(number))
        case.setdefault("source", "derived")
        case["facts"] = {"claim": "A1", "day": dt.date(2024, 5, 1), **case["facts"]}
    return "".join(f"{key} = {written(value)}\n" for key, value in module.items())


def catalogue(folder: Path, text: str) -> Catalogue:
    """A catalogue of one module, beside the shipped words and places."""
    head = tomllib.loads(text)["policy"]
    file = folder / head["id"] / f"{head['version']}.toml"
    file.parent.mkdir(parents=True)
    file.write_text(text, "utf-8")
    for name in ("vocabulary.toml", "divisions.toml"):
        shutil.copy(shipped_folder() / name, folder / name)
    return Catalogue(folder)


EXAMPLES: Final = [
    pytest.param(text, id=f"{number}-{section.replace(' ', '_')}")
    for number, (section, text) in enumerate(blocks(ENGLISH, "example"))
]


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_comes_out_as_written(text: str, tmp_path: Path) -> None:
    """Each example of the language compiles, and both runners answer what it expects."""
    found = catalogue(tmp_path, completed(text))
    try:
        found.check()
    except SubsidyError as error:
        pytest.fail("\n".join(str(problem) for problem in error.problems))
    (policy,) = found
    for example in policy.document.examples:
        if "error" not in example.expect:
            result = policy.calculate(example.facts, readings=example.under)
            judged = reference.calculate(policy.program, result.facts, result.readings)
            answer = result.to_dict()["result"]
            assert {key: answer[key] for key in judged} == judged


@pytest.mark.parametrize("page", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_the_first_module_is_whole(page: Path, tmp_path: Path) -> None:
    """The first module of the page is sound as it stands, with nothing added, and its examples come out."""
    ((_, text),) = blocks(page, "module")
    catalogue(tmp_path, text).check()


@pytest.mark.parametrize("page", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_the_instalment_of_the_page_is_released(page: Path, tmp_path: Path) -> None:
    """What the page says of a release holds of the example above it: the second instalment is paid, or lapses."""
    text = page.read_text("utf-8")
    (call,) = re.findall(r"`policy\.release\(result, \"(\w+)\", (\w+)=True\)`", text)
    assert f"subsidy release RECEIPT {call[0]} {call[1]}=true" in text
    (example,) = (block for _, block in blocks(page, "example") if "instalments = [" in block)
    (policy,) = catalogue(tmp_path, completed(example))
    result = policy.calculate(policy.document.examples[0].facts)
    said = [policy.release(result, call[0], {call[1]: holds}) for holds in (True, False)]
    assert [(each.outcome, str(each.amount)) for each in said] == [("paid", "9000.00"), ("lapses", "0.00")]


@pytest.mark.parametrize("kind", ["example", "module"])
def test_both_pages_have_the_same_examples(kind: str) -> None:
    """The examples of both pages say the same to the compiler, in the same order; only their comments differ."""
    english, chinese = ([tomllib.loads(text) for _, text in blocks(page, kind)] for page in (ENGLISH, CHINESE))
    assert len(english) == len(chinese)
    for one, two in zip(english, chinese, strict=True):
        assert one == two


@pytest.mark.parametrize("pages", PAIRS, ids=lambda pages: str(pages[0].stem))
def test_both_pages_have_the_same_sections(pages: tuple[Path, Path]) -> None:
    """Both pages have as many sections, of the same depth, in the same order, with as many blocks and items."""
    english, chinese = (page.read_text("utf-8") for page in pages)
    assert [depth for depth, _ in headings(english)] == [depth for depth, _ in headings(chinese)]
    assert shape(english) == shape(chinese)


def shape(text: str) -> list[str]:
    """What begins the lines of a page that are no flowing text: items of lists, rows of tables, fences."""
    return re.findall(r"^(?:[-|]|\d+\.|```.*)", text, re.MULTILINE)


@pytest.mark.parametrize("page", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_every_formula_in_the_prose_is_one(page: Path) -> None:
    """Each formula between the examples, down to the table of wordings, is one that the grammar has."""
    prose = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    spans = [span for span in re.findall(r"`([^`]+)`", prose) if _FORMULA.search(span) and not _OTHER.search(span)]
    assert len(spans) > 60
    for span in spans:
        parse_formula(span.replace("…", "x"))


@pytest.mark.parametrize("page", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_the_table_of_roundings_is_right(page: Path) -> None:
    """Each figure in the table of rounding modes is what the mode makes of the number at its head."""
    rows = [
        [cell.strip().replace("−", "-") for cell in line.split("|")[1:-1]]
        for line in page.read_text("utf-8").splitlines()
        if line.startswith("|")
    ]
    head = next(row for row in rows if row[1] == "2.5")
    shown = {row[0].strip("`"): row[1:5] for row in rows if row[0].strip("`") in MODES}
    assert sorted(shown) == sorted(MODES)
    for mode in MODES:
        assert shown[mode] == [str(round_to(Fraction(number), Fraction(1), mode)) for number in head[1:5]]
