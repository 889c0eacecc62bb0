"""`subsidy release`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conformance.support import catalogue
from typer.testing import Result

from subsidy.calculation.renderings import html, markdown

Run = Callable[..., Result]
FOLDER = str(catalogue().folder.path)
CLAIM = {"graduate": "G", "entered_on": "2024-02-29", "degree": "bachelor", "adjustment": "0", "place": "140802"}


@pytest.fixture
def receipt(tmp_path: Path) -> str:
    """A file with the receipt of a claim."""
    file = tmp_path / "receipt.json"
    file.write_bytes(catalogue().policy("cn/test/instalments").calculate(CLAIM).receipt())
    return str(file)


def test_release_is_printed(run: Run, receipt: str) -> None:
    """What is paid of an instalment, by whom and why, is printed in the language chosen."""
    found = run("release", receipt, "second", "still_employed=false", "--lang", "en", "--policies", FOLDER)
    claim = catalogue().policy("cn/test/instalments").calculate(CLAIM)
    digest = catalogue().policy("cn/test/instalments").release(claim, "second", still_employed=False).claim
    assert found.exit_code == 0
    assert (
        "Instalments · second instalment · Yuncheng City\n"
        "cn/test/instalments · 2024-01-01 · revision 1\n"
        "Source: Test · Test · 2024-01-01\n"
        f"Digest: {claim.digest}\n"
        f"Receipt of the claim: {digest}\n"
        "\n"
        "Facts at the release\n"
        "  still employed: no\n"
        "\n"
        "Conditions\n"
        "  ✗ still employed: no  [二]\n"
        "\n"
        "Release\n"
        "  second instalment: 9000.00 CNY  [二]\n"
        "  Due: 2027-02-28\n"
        "  Outcome: not paid: it lapses\n"
        "  To be paid: 0.00 CNY\n"
        "    provincial treasury 0.00 CNY\n"
        "    city treasury 0.00 CNY\n"
        "    county treasury (140802 Yanhu District) 0.00 CNY\n"
        "\n"
        "Remarks\n"
        "  W0101 simulation: no adoption, so nothing may be paid from it\n"
        "  W0113 second instalment is due on 2027-02-28; no day of release was given, so this was not looked at\n"
    ) == found.stdout


def test_release_as_json_is_the_library_s_own(run: Run, receipt: str) -> None:
    """With --json the canonical JSON of the release is printed, byte for byte."""
    found = run("release", receipt, "third", "still_employed=true", "rating=AA", "--json", "--policies", FOLDER)
    released = catalogue().release(Path(receipt).read_bytes(), "third", still_employed=True, rating="AA")
    assert found.exit_code == 0
    assert found.stdout.rstrip("\n").encode() == released.receipt()
    assert json.loads(found.stdout)["result"]["outcome"] == "paid"


def test_release_in_every_form(run: Run, receipt: str) -> None:
    """`--format`, `--capitals` and `--explain` are as for one calculation; a form beside `--json` is refused."""
    words = ("release", receipt, "second", "still_employed=true", "--policies", FOLDER)
    released = catalogue().release(Path(receipt).read_bytes(), "second", still_employed=True)
    assert run(*words, "--format", "html").stdout == html(released.explanation, "zh")
    assert run(*words, "--format", "markdown", "--lang", "en").stdout == markdown(released.explanation, "en")
    assert "  应拨大写：人民币玖仟元整\n" in run(*words, "--capitals").stdout
    assert json.loads(run(*words, "--json", "--explain", "--capitals").stdout) == {
        "receipt": released.to_dict(),
        "amount_in_capitals": "人民币玖仟元整",
        "explanation": released.explanation.to_dict(),
    }
    assert run(*words, "--json", "--format", "html").exit_code == 2


def test_release_with_a_missing_fact_is_refused(run: Run, receipt: str) -> None:
    """What is asked and missing is named, and the exit code says that the request is wrong."""
    found = run("release", receipt, "second", "--lang", "en", "--policies", FOLDER)
    assert found.exit_code == 3
    assert found.stderr == (
        "F0102 missing-fact  still_employed\n  still employed (still_employed) is missing: true or false\n"
    )


def test_release_from_a_receipt_of_an_unknown_module_is_refused(run: Run, receipt: str) -> None:
    """A receipt of a module that the folder does not have releases nothing."""
    digest = catalogue().policy("cn/test/instalments").digest
    found = run("release", receipt, "second", "still_employed=true", "--lang", "en")
    assert found.exit_code == 3
    assert found.stderr == (
        "R0202 digest-unknown  policy.digest\n"
        f"  the catalogue has no module with the digest {digest}\n"
        "  → use the folder of policies under which the receipt was given\n"
    )
