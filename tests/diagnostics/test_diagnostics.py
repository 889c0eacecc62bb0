"""Every code that a policy or a catalogue can earn has a bad policy here, and the whole report about it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from subsidy.codes import CODES

from .page import PAGE, page
from .support import CASES, GOOD, HERE, build, names, report

TESTS = HERE.parent

OF_A_COMMAND = {"A0109", "A0112"}  # what `policy adopt` says before there is a file

OURS = {"P0705"}  # a fault of the package, which no module can bring about: tests/calculation/test_runners.py


def test_the_good_catalogue_has_nothing_to_report() -> None:
    """The catalogue that all cases start from is sound."""
    assert report(GOOD) == ""


@pytest.mark.parametrize("name", names())
def test_a_bad_policy_is_reported_in_full(name: str, tmp_path: Path) -> None:
    """A mistake is reported with its code, its place and what to do, word for word."""
    assert (CASES / f"{name}.txt").read_text("utf-8") == report(build(name, tmp_path / "policies"))


@pytest.mark.parametrize("name", [name for name in names() if not name.startswith("several-")])
def test_a_case_reports_its_own_code(name: str, tmp_path: Path) -> None:
    """A case reports the code and slug that it is named after."""
    code, _, slug = name.partition("-")
    kind = " (warning)" * CODES[code].warning
    assert f"{code} {slug}{kind}  " in report(build(name, tmp_path / "policies"))


def test_every_code_of_policies_and_catalogues_has_a_case() -> None:
    """No code of the author's, the keeper's or the bureau's is without a case, and no case without a code."""
    elsewhere = OF_A_COMMAND | OURS
    wanted = {f"{code}-{words.slug}" for code, words in CODES.items() if code[0] in "PCA" and code not in elsewhere}
    assert sorted(wanted) == [name for name in names() if name in wanted]


def test_the_page_of_all_codes_is_what_the_registry_says() -> None:
    """docs/codes.md is made from the registry and the reports, and was made anew when they changed."""
    assert PAGE.read_text("utf-8") == page()


def test_a_link_to_a_code_finds_it() -> None:
    """Every code has its own anchor on the page, once, so that docs/codes.md#p0402 leads to it."""
    anchors = re.findall(r'<a id="([a-z][0-9]{4})"></a>', PAGE.read_text("utf-8"))
    assert sorted(code.lower() for code in CODES) == sorted(anchors)


def test_every_other_code_is_met_by_a_test_in_its_own_words() -> None:
    """A code without a case is in a test, and so are its words: the longest run of them that no value breaks."""
    texts = "".join(file.read_text("utf-8") for file in TESTS.rglob("*") if file.suffix in {".py", ".json"})
    cases = {name.partition("-")[0] for name in names()}
    lacking = {}
    for code, words in CODES.items():
        said = [max(re.split(r"\{\w+\}", text), key=len).strip() for text in (words.message.zh, words.message.en)]
        if code not in cases and not any(part in texts for part in said):
            lacking[code] = said[1]
    assert lacking == {}


def test_every_report_belongs_to_a_case() -> None:
    """No report is left over from a case that is gone."""
    assert names() == sorted(file.stem for file in CASES.glob("*.txt"))
