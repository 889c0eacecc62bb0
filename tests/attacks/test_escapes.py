"""Published escapes of other evaluators: nowhere here are they more than a text, and where none may stand, refused."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from tests.adoption.support import FACTS as CLAIM
from tests.adoption.support import ID as GRANT
from tests.language.support import HEAD, LABEL, fact, pays, step

from subsidy import Policy, SubsidyError
from subsidy.calculation.examples import differences
from subsidy.catalogue.folder import read_entry
from subsidy.codes import CODES
from subsidy.errors import Place, PolicyError, Problem, Problems
from subsidy.language.compiler import compile_module
from subsidy.text import LANGUAGES, is_hidden

from . import corpus
from .targets import judge

ESCAPES: Final = tomllib.loads((Path(__file__).parent / "escapes.toml").read_text("utf-8"))["escapes"]
TEXTS: Final[list[str]] = [each["text"] for each in ESCAPES]
EXAMPLE: Final = 'facts = { claim = "c", on = 2021-06-01 }\nexpect = { amount = "1.00" }'
SOUND: Final = HEAD.replace('facts = {}\nexpect = { amount = "0" }', EXAMPLE) + pays("1[CNY]")
FLAG: Final = fact("f", "flag", 'when = "%"') + step("s", "if f then 1[CNY] else 0", 'unit = "CNY"')
WORDS: Final = '{ zh = "补助", en = "grant" }'


def quoted(text: str) -> str:
    """A text as TOML writes it; a basic string is written as JSON writes one."""
    return json.dumps(text, ensure_ascii=False)


def _placed(before: str, after: str, *, instead_of: str = "") -> Callable[[str], str]:
    if instead_of:
        assert instead_of in SOUND, instead_of
        return lambda text: SOUND.replace(instead_of, before + quoted(text) + after)
    return lambda text: SOUND + before + quoted(text) + after


# Where an escape is written in a module: it must be refused there, with a code and at its place.
REFUSED: Final[dict[str, Callable[[str], str]]] = {
    "a sum": _placed("value = ", "", instead_of='value = "1[CNY]"'),
    "a step": _placed('\n[[steps]]\nname = "s"\nunit = "CNY"\nvalue = ', f"\n{LABEL}"),
    "a condition": _placed('\n[[conditions]]\nname = "t"\nkind = "required"\ntest = ', f"\n{LABEL}"),
    "a when": _placed(f'\n[facts.f]\ntype = "flag"\n{LABEL}when = ', ""),
    "a row of a ladder": _placed(
        '\n[[steps]]\nname = "s"\nunit = "CNY"\npick = "first"\notherwise = "0"\nrows = [ { if = ',
        f', value = "1[CNY]" }} ]\n{LABEL}',
    ),
    "a percentage": _placed("percent = ", "", instead_of='percent = "100%"'),
    "an instalment": _placed(
        'instalments = [ { name = "i", label = { zh = "期", en = "part" }, share = "100%", due = ', " } ]\n"
    ),
    "a rounding": _placed(f'\n[[steps]]\nname = "s"\nunit = "CNY"\nvalue = "1[CNY]"\n{LABEL}round = ', ""),
    "a name": _placed("\n[[steps]]\nname = ", f'\nunit = "CNY"\nvalue = "1[CNY]"\n{LABEL}'),
    "a fact": _placed("\n[facts.", f']\ntype = "flag"\n{LABEL}'),
    "a choice": _placed(
        f'\n[facts.c]\ntype = "choice"\n{LABEL}of = [', ']\nlabels = { a = { zh = "甲", en = "a" } }\n'
    ),
    "a list": _placed(f'\n[facts.c]\ntype = "choice"\n{LABEL}of = ', "\n"),
    "a unit": _placed(f'\n[facts.n]\ntype = "number"\nresolution = "1"\nrange = ["0", "9"]\n{LABEL}unit = ', ""),
    "a range": _placed(f'\n[facts.n]\ntype = "number"\nresolution = "1"\nunit = "bed"\n{LABEL}range = ["0", ', "]"),
    "a parameter": _placed(f'\n[parameters.p]\nunit = "CNY"\n{LABEL}value = ', ""),
    "a key of a table": _placed(
        f'\n[parameters.p]\nunit = "CNY"\nby = ["level"]\n{LABEL}\n[parameters.p.values]\n', ' = "1"'
    ),
    "a reading": _placed(
        '\n[[interpretations]]\nname = "i"\nclause = "一"\nquestion = { zh = "问", en = "q" }\n'
        'readings = { one = { zh = "甲", en = "a" }, ',
        ' = { zh = "乙", en = "b" } }\n',
    ),
    "a policy's id": _placed("id = ", "", instead_of='id = "cn/a/b"'),
    "a version": _placed("version = ", "", instead_of='version = "2021-01-01"'),
    "a division": _placed("division = ", "", instead_of='division = "990100"'),
    "a claim": _placed("claim = ", '\ndivision = "990100"', instead_of='division = "990100"'),
    "a payer": _placed("payer = ", "", instead_of='payer = "city"'),
    "a key": _placed("\n[", "]\nx = 1\n"),
    "an expectation": _placed("expect = { ", ' = "1" }', instead_of='expect = { amount = "1.00" }'),
    "a day": _placed("on = ", "", instead_of="on = 2021-06-01"),
}


def problems_of(module: str) -> list[Problem]:
    """Every problem of a module, those of its examples among them; none if it is sound."""
    problems = Problems()
    entry = read_entry(corpus.FORMULA_FILE, module.encode(), None, problems)
    if entry is None:
        return problems.found
    try:
        policy = _policy(entry)
    except PolicyError as error:
        return [*problems.found, *error.problems]
    for index, example in enumerate(policy.document.examples):
        problems.found += differences(policy, example, index)
    return problems.found


def _policy(entry: Any) -> Policy:
    vocabulary = corpus.somewhere().folder.vocabulary
    return Policy(entry, compile_module(entry, vocabulary), vocabulary, None)


def test_there_are_enough_and_each_has_its_source() -> None:
    """More than a hundred texts, no two the same, each with the evaluator it was against and where it was published."""
    assert len(set(TEXTS)) == len(TEXTS) >= 100
    assert all(each["source"] and each["against"] for each in ESCAPES)
    assert problems_of(SOUND) == []


@pytest.mark.parametrize("where", REFUSED)
def test_an_escape_in_a_module_is_refused(where: str) -> None:
    """Each text is refused wherever something of the language stands, with a code, at a place in the file."""
    for text in TEXTS:
        module = REFUSED[where](text)
        found = problems_of(module)
        assert found, (where, text)
        for problem in found:
            assert problem.code in CODES
            judge(problem, corpus.FORMULA_FILE, module.count("\n") + 1)
            assert isinstance(problem.place, Place) and problem.place.line > 0, (where, text, problem.code)


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("floor_area", {"F0107"}),
        ("works", {"F0109"}),
        ("accepted_on", {"F0110"}),
        ("place", {"F0111"}),
        ("stays", {"F0106"}),
    ],
)
def test_an_escape_as_a_fact_is_refused(name: str, codes: set[str]) -> None:
    """A number, a choice, a day, a division and rows are refused with a code, and the text is printed as it is."""
    policy = corpus.somewhere().policy(GRANT)
    for text in TEXTS:
        with pytest.raises(SubsidyError) as caught:
            policy.calculate({**CLAIM, name: text})
        (problem,) = caught.value.problems
        assert problem.code in codes
        shown = text if len(text) <= 60 else text[:57]
        assert all(shown in problem.message(language) for language in LANGUAGES), problem.report()


def test_an_escape_as_a_name_at_the_call_is_refused() -> None:
    """As a policy's id, a fact's name, a reading, an interpretation or a day it is refused, and nothing more."""
    catalogue = corpus.somewhere()
    policy = catalogue.policy(GRANT)
    for text in TEXTS:
        calls: list[tuple[str, Callable[[], object]]] = [
            ("R0101", partial(catalogue.policy, text)),
            ("R0101", partial(catalogue.calculate, text, CLAIM)),
            ("R0106", partial(catalogue.policy, GRANT, text)),
            ("F0101", partial(policy.calculate, {**CLAIM, text: "1"})),
            ("R0103", partial(policy.calculate, CLAIM, readings={text: "counts"})),
            ("R0104", partial(policy.calculate, CLAIM, readings={"part_stay": text})),
            ("R0201", partial(catalogue.replay, text)),
        ]
        for code, call in calls:
            with pytest.raises(SubsidyError) as caught:
                call()
            assert [problem.code for problem in caught.value.problems] == [code], (text, caught.value)
            caught.value.report("zh"), caught.value.report("en")


def test_an_escape_as_an_id_is_carried_as_text() -> None:
    """An id may be any text of visible signs: it comes out of result, receipt, explanation and replay as it went in."""
    policy = corpus.somewhere().policy(GRANT)
    carried = 0
    for text in TEXTS:
        if len(text) > 128:
            continue
        result = policy.calculate({**CLAIM, "project": text})
        receipt = json.loads(result.receipt())
        assert result.facts["project"] == receipt["facts"]["project"] == text
        assert all(text in result.explain(language) for language in LANGUAGES), text
        assert corpus.somewhere().replay(result.receipt()).is_same
        carried += 1
    assert carried >= 100


LABELS: Final = {
    "of the policy": ('title = { zh = "补助", en = "Grant" }', "title = { zh = %, en = % }"),
    "of a part": ('label = { zh = "补助", en = "grant" }', "label = { zh = %, en = % }"),
    "of a fact": ('label = { zh = "申请", en = "claim" }', "label = { zh = %, en = % }"),
}


@pytest.mark.parametrize("where", LABELS)
def test_an_escape_in_a_label_is_printed_as_it_is(where: str) -> None:
    """A label is free text: it is explained in both languages as it was written, braces and all."""
    old, new = LABELS[where]
    assert old in SOUND
    for text in TEXTS:
        problems = Problems()
        entry = read_entry(
            corpus.FORMULA_FILE, SOUND.replace(old, new.replace("%", quoted(text))).encode(), None, problems
        )
        assert problems.found == [] and entry is not None
        policy = _policy(entry)
        result = policy.calculate(claim="c", on="2021-06-01")
        assert all(text in result.explain(language) for language in LANGUAGES)
        assert json.loads(result.receipt())["facts"] == {"claim": "c", "on": "2021-06-01"}
        if where == "of a fact":
            with pytest.raises(SubsidyError) as caught:
                policy.calculate(claim=" ", on="2021-06-01")
            assert all(text in caught.value.problems[0].message(language) for language in LANGUAGES)


def _hostile() -> Iterator[str]:
    yield from ("\x1b[2J", "a\nP0000 all is well", "\u202e0001", "\u2028", "\ud800", "\x00", "\x7f")


def test_nothing_hostile_reaches_a_terminal() -> None:
    """What a caller or a file gives is printed with the signs that nobody sees told by their codes."""
    for text in _hostile():
        problem = Problem.of("R0103", f"readings.{text}", given=text)
        printed = problem.report("zh") + problem.report("en")
        assert not any(is_hidden(sign) for sign in printed.replace("\n", ""))
        assert problem.message("en") == f"{problem.message('en')}".replace("\n", "")
        assert f"<U+{ord(next(s for s in text if is_hidden(s))):04X}>" in printed
        place = Place(f"{text}.toml", text, 1, 1, f'{text} = "x"', 0, 3)
        assert not any(is_hidden(sign) for sign in str(place) + place.caret().replace("\n", ""))


@pytest.mark.parametrize(
    "text", ["{0.__class__}", "{where.__class__}", "{given}", "{x!r:>9}", "{", "}", "{{}}", "%s %(x)s"]
)
def test_what_is_given_is_never_formatted(text: str) -> None:
    """Braces in a value, a hint or the name of a fact come out as they went in: they are filled in, never filled."""
    problem = Problem.of("R0103", text, given=text)
    assert f" {text}" in problem.message("en") and text in problem.message("zh")
    policy = corpus.somewhere().policy(GRANT)
    with pytest.raises(SubsidyError) as caught:
        policy.calculate({**CLAIM, text: "1"})
    assert text in caught.value.report("zh") and text in caught.value.report("en")
