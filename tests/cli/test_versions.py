"""Versions in time on the command line: `--known`, texts of later effect, repeals and revisions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.catalogue.support import ID, add, copy, digest_of, repeal
from typer.testing import Result

import subsidy

Run = Callable[..., Result]


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A grant of 2021, mended in 2023, raised in 2022 from 2022 on, abolished from 2026 on."""
    folder = copy(tmp_path)
    later = {"accepted_on = 2021-07-01": "accepted_on = 2022-07-01", "30000": "35000", 'value = "300"': 'value = "350"'}
    add(folder, "2021-01-01", "{ from = 2021-01-01 }", revision=2)
    add(folder, "2022-11-01", "{ from = 2022-01-01 }", published="2022-11-01", changes=later)
    repeal(folder, "2026-01-01", published="2025-12-01")
    return folder


def test_check_and_lock_take_repeals_and_revisions(run: Run, many: Path) -> None:
    """A folder with every kind of version is sound, and all of it is locked, also its repeal."""
    words = ["--policies", str(many), "--lang", "en"]
    assert run("policy", "check", *words).stdout == "4 modules, no problems\n"
    assert run("policy", "check", str(many / ID), *words).stdout == "4 modules, no problems\n"
    assert run("policy", "lock", *words).stdout.endswith("catalogue.lock: 4 modules, 4 of them new\n")
    assert run("policy", "examples", *words).stdout.endswith("3 examples, 0 differ\n")


def test_list_says_what_was_abolished(run: Run, many: Path) -> None:
    """The list has every version, and the policy as abolished."""
    found = run("policy", "list", "--policies", str(many), "--lang", "en")

    assert [line.split("  ") for line in found.stdout.splitlines()][1] == [
        ID,
        "2021-01-01, 2021-01-01 r2, 2022-11-01, 2026-01-01",
        "abolished",
        "Construction grant",
        "Some City",
    ]


def test_list_as_json_has_the_days_of_each_version(run: Run, many: Path) -> None:
    """Each version comes with the days it has beside the others, and those it states itself."""
    (found,) = json.loads(run("policy", "list", "--policies", str(many), "--json").stdout)

    assert [
        (each["version"], each["revision"], each["status"], each["from"], each["published"], each["applies"])
        for each in found["versions"]
    ] == [
        ("2021-01-01", 1, "issued", "2021-01-01", "2021-01-01", {"from": "2021-01-01", "until": "2021-12-31"}),
        ("2021-01-01", 2, "issued", "2021-01-01", "2021-01-01", {"from": "2021-01-01", "until": "2021-12-31"}),
        ("2022-11-01", 1, "issued", "2022-01-01", "2022-11-01", {"from": "2022-01-01", "until": "2025-12-31"}),
        ("2026-01-01", 1, "repealed", "2026-01-01", "2025-12-01", {"from": "2026-01-01", "until": None}),
    ]


def test_show_says_what_was_abolished(run: Run, many: Path) -> None:
    """The page of an abolished policy says since when and by which text; who does not know yet is not told."""
    words = ["policy", "show", ID, "--policies", str(many)]
    zh = "废止：自 2026-01-01 起，某政〔2026〕1 号《关于废止建设补助的通知》"
    en = "Abolished: from 2026-01-01 by 某政〔2026〕1 号 “Notice on the end of construction grants”"

    assert [zh in run(*words, *more).stdout.splitlines() for more in ([], ["--known", "2025-11-30"])] == [True, False]
    assert en in run(*words, "--lang", "en").stdout.splitlines()
    assert json.loads(run(*words, "--json").stdout)["abolished"] == {
        "from": "2026-01-01",
        "by": {
            "zh": "某政〔2026〕1 号《关于废止建设补助的通知》",
            "en": "某政〔2026〕1 号 “Notice on the end of construction grants”",
        },
    }


@pytest.mark.parametrize(
    ("words", "head"),
    [
        ([], "2022-11-01 · revision 1"),
        (["--on", "2021-12-31"], "2021-01-01 · revision 2"),
        (["--on", "2022-06-01", "--known", "2022-10-31"], "2021-01-01 · revision 1"),
        (["--on", "2022-06-01", "--known", "2022-11-01"], "2022-11-01 · revision 1"),
    ],
)
def test_show_has_the_version_that_was_known(run: Run, many: Path, words: list[str], head: str) -> None:
    """`--on` and `--known` pick the version that the page shows."""
    found = run("policy", "show", ID, *words, "--policies", str(many), "--lang", "en")

    assert f"{ID} · {head} · issued · not locked" in found.stdout


def test_a_claim_after_the_end_is_refused(run: Run, many: Path) -> None:
    """A claim on a day of the repeal is answered with the text, and the exit code is 3."""
    found = run("policy", "show", ID, "--on", "2026-03-01", "--policies", str(many), "--lang", "en")

    assert found.exit_code == 3
    assert found.stderr == (
        f"R0122 abolished  {ID}\n"
        f"  {ID} is abolished from 2026-01-01 by 某政〔2026〕1 号 “Notice on the end of construction grants”\n"
    )


def test_replay_tells_of_the_mend(run: Run, tmp_path: Path) -> None:
    """A receipt given before a mend is the same, and the mend is named in the language chosen."""
    folder = copy(tmp_path)
    policy = subsidy.Catalogue(folder).policy(ID)
    example = policy.document.examples[0]
    receipt = policy.calculate(example.facts, readings=example.under).receipt()
    add(folder, "2021-01-01", "{ from = 2021-01-01 }", revision=2)

    found = run("replay", "-", "--policies", str(folder), "--lang", "en", input=receipt)

    assert found.exit_code == 0
    assert found.stdout == (
        "same: the replay gives what the receipt says\n"
        f"{ID} · 2021-01-01 · revision 1\n"
        f"{digest_of(folder / ID / '2021-01-01.toml')}\n"
        "note: mended since by revision 2 of 2023-05-01: the rate was mistyped\n"
    )
