"""`subsidy replay`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conformance.support import catalogue
from typer.testing import Result

import subsidy

Run = Callable[..., Result]

POLICY = subsidy.catalogue().policy("cn/shanxi/yuncheng/operating-subsidy")
RECEIPT = POLICY.calculate(centre="C1", assessed_on="2021-12-20", place="140802", rating="AA").receipt()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with the receipt of 75,000 CNY."""
    file = tmp_path / "receipt.json"
    file.write_bytes(RECEIPT)
    return file


def test_an_untouched_receipt_is_the_same(run: Run, file: Path) -> None:
    """A receipt as it was given replays to the same, and the exit code is 0."""
    found = run("replay", str(file), "--lang", "en")

    assert found.exit_code == 0
    assert (
        "same: the replay gives what the receipt says\n"
        "cn/shanxi/yuncheng/operating-subsidy · 2021-03-29 · revision 1\n"
        f"{POLICY.digest}\n"
    ) == found.stdout


def test_a_changed_amount_is_found(run: Run, file: Path) -> None:
    """A receipt whose amount was changed is a finding, with the key and how far the two are apart."""
    file.write_bytes(RECEIPT.replace(b'"amount":"75000.00","conditions"', b'"amount":"85000.00","conditions"'))

    found = run("replay", str(file))

    assert found.exit_code == 1
    assert (
        "不同：1 处\n"
        "  result.amount：回执 85000.00，重算 75000.00，差 10000\n"
        "cn/shanxi/yuncheng/operating-subsidy · 2021-03-29 · 第 1 次编码\n"
        f"{POLICY.digest}\n"
    ) == found.stdout


def test_a_changed_fact_is_found_where_it_shows(run: Run) -> None:
    """A receipt whose facts were changed differs in everything that rests on them."""
    found = run("replay", "-", "--json", input=RECEIPT.replace(b'"rating":"AA"', b'"rating":"A"'))

    assert found.exit_code == 1
    assert {
        "same": False,
        "policy": {"id": POLICY.id, "version": "2021-03-29", "revision": 1, "digest": POLICY.digest},
        "differences": [
            {"key": "result.amount", "recorded": "75000.00", "computed": "50000.00"},
            {"key": "result.parts.operating.amount", "recorded": "75000.00", "computed": "50000.00"},
            {
                "key": "result.parts.operating.shares",
                "recorded": '[{"amount": "75000.00", "payer": "county"}]',
                "computed": '[{"amount": "50000.00", "payer": "county"}]',
            },
            {"key": "result.steps.annual", "recorded": "75000", "computed": "50000"},
        ],
        "notes": [],
    } == json.loads(found.stdout)


def test_a_digest_that_nobody_has(run: Run, file: Path) -> None:
    """A receipt under an unknown text is the caller's error, not a finding."""
    nobody = "sha256:" + "0" * 64
    file.write_bytes(RECEIPT.replace(POLICY.digest.encode(), nobody.encode()))

    found = run("replay", str(file), "--lang", "en")

    assert (found.exit_code, found.stdout) == (3, "")
    assert (
        "R0202 digest-unknown  policy.digest\n"
        f"  the catalogue has no module with the digest {nobody}\n"
        "  → use the folder of policies under which the receipt was given\n"
    ) == found.stderr


def test_something_that_is_no_receipt(run: Run) -> None:
    """What is no receipt of ours is one problem, which says which formats there are; what is no JSON is another."""
    for text, given in (("[]", "none"), ('{"format": "other-1", "facts": {}}', "other-1")):
        found = run("replay", "-", "--lang", "en", input=text)
        assert found.exit_code == 3
        assert found.stderr == (
            "R0206 wrong-format  format\n"
            f"  the receipt has the format {given}; "
            "allowed is subsidy-receipt-1, subsidy-release-1, subsidy-programme-1\n"
            "  → give a receipt as subsidy calculate --receipt or subsidy release --json writes it\n"
        )
    found = run("replay", "-", "--lang", "en", input="{")
    assert found.exit_code == 3
    assert found.stderr.startswith("R0201 bad-receipt\n  not a valid receipt: ")


def test_the_receipt_of_a_release(run: Run) -> None:
    """The receipt of a release is computed again as that of a claim is."""
    facts = {"home": "H", "day": "2024-02-29", "cost": "100.01"}
    policy = catalogue().policy("cn/test/own")
    receipt = policy.release(policy.calculate(facts), "second", open_now=True).receipt()
    folder = str(catalogue().folder.path)

    found = run("replay", "-", "--lang", "en", "--policies", folder, input=receipt)
    assert found.exit_code == 0
    assert (
        f"same: the replay gives what the receipt says\ncn/test/own · 2024-01-01 · revision 1\n{policy.digest}\n"
    ) == found.stdout

    found = run("replay", "-", "--policies", folder, input=receipt.replace(b'"open_now":true', b'"open_now":false'))
    assert found.exit_code == 1
    assert found.stdout.splitlines()[:3] == [
        "不同：4 处",
        "  result.outcome：回执 paid，重算 lapses",
        "  result.test：回执 true，重算 false",
    ]


def test_a_file_that_is_not_there(run: Run, tmp_path: Path) -> None:
    """A receipt that cannot be read is a fault of the command."""
    found = run("replay", str(tmp_path / "none.json"))

    assert (2, f"{tmp_path / 'none.json'}: No such file or directory\n") == (found.exit_code, found.stderr)
