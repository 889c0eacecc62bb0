"""Every code that a policy or a catalogue can earn has a bad policy here, and the whole report about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from subsidy.codes import CODES

from .support import CASES, GOOD, build, names, report

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
    """No code of the author's or the keeper's is without a case, and no case without a code."""
    wanted = {f"{code}-{words.slug}" for code, words in CODES.items() if code[0] in "PC"} - {
        f"{code}-{CODES[code].slug}" for code in OURS
    }
    assert sorted(wanted) == [name for name in names() if name in wanted]


def test_every_report_belongs_to_a_case() -> None:
    """No report is left over from a case that is gone."""
    assert names() == sorted(file.stem for file in CASES.glob("*.txt"))
