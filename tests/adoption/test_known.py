"""What was known by a day: an adoption, a county's text and a programme count only once they were published."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

import subsidy
from subsidy.client import Client
from subsidy.service import Server

from .support import ADOPTION, BED, CARE, FACTS, HOME, ID, TEXT, adoptions, care, policies

Run = Callable[..., Result]
PROGRAMME = f"{CARE}/2023-08-01.programme.toml"


@pytest.fixture
def catalogue(tmp_path: Path) -> subsidy.Catalogue:
    """A county's text published on 2021-06-01, its next version on 2021-07-10, an adoption dated 2021-06-20."""
    folder = policies(tmp_path, text=True)
    text = (folder / TEXT).read_text("utf-8")
    later = text.replace('"2021-06-01"', '"2021-06-15"').replace("from = 2021-06-01", "from = 2021-06-15")
    later = later.replace("published = 2021-06-01", "published = 2021-07-10").replace("60.50", "70")
    (folder / TEXT).with_name("2021-06-15.fill.toml").write_text(later, "utf-8")
    adopted = ADOPTION.replace('[parameters.bonus]\nvalue = "80"\nclause = "三"\n', "")
    return subsidy.Catalogue(folder, adoptions(tmp_path, adopted))


@pytest.mark.parametrize(
    ("known", "bonus", "is_adopted"),
    [
        (None, "210.00", True),
        ("2021-07-10", "210.00", True),
        ("2021-07-09", "181.50", True),
        ("2021-06-20", "181.50", True),
        ("2021-06-19", "181.50", False),
        ("2021-06-01", "181.50", False),
        ("2021-05-31", "0.00", False),
    ],
)
def test_only_what_was_published_counts(
    catalogue: subsidy.Catalogue, run: Run, known: str | None, bonus: str, is_adopted: bool
) -> None:
    """Library, version asked for before, span of days, command line and service go by the same day."""
    results = [catalogue.calculate(ID, FACTS, known=known), catalogue.policy(ID, known=known).calculate(FACTS)]
    for result in results:
        assert {part.name: str(part.low) for part in result.parts}["extra"] == bonus
        assert (result.adoption is not None) is is_adopted
    assert catalogue.replay(results[0].receipt()).is_same
    given = [
        f"{name}={value if isinstance(value, str | dt.date) else json.dumps(value)}" for name, value in FACTS.items()
    ]
    folders = ["--policies", str(catalogue.folder.path), "--adoptions", str(catalogue.folder.path.parent / "adoptions")]
    found = run("calculate", ID, *given, *folders, "--json", *(["--known", known] if known else []))
    assert found.stdout.encode() == results[0].receipt()
    with Server(catalogue) as server, Client(server.address) as client:
        assert client.calculate(ID, FACTS, known=known, full=True).receipt() == results[0].receipt()


def test_what_stands_beside_is_kept_by_what_it_is(catalogue: subsidy.Catalogue) -> None:
    """Days on which the same was known give the very same policy, however many are asked for."""
    days = [dt.date(2021, 7, 11) + dt.timedelta(days=number) for number in range(300)]
    assert len({id(catalogue.policy(ID, known=day)) for day in days}) == 1


def two_versions(folder: Path, published: str = "2024-05-10") -> subsidy.Catalogue:
    """A programme of 2023 with a cap of 250 CNY, and one of 2024-06 with a cap of 100."""
    catalogue = care(folder)
    file = catalogue.folder.path / PROGRAMME
    text = file.read_text("utf-8")
    text = re.sub(r"from = 2023-08-01", "from = 2024-06-01", text.replace('"2023-08-01"', '"2024-06-01"'))
    text = re.sub(r"published = .*", f"published = {published}", text).replace('limit = "250"', 'limit = "100"')
    file.with_name("2024-06-01.programme.toml").write_text(text, "utf-8")
    return subsidy.Catalogue(catalogue.folder.path)


def claims(month: str) -> dict[str, dict[str, object]]:
    """Both members for one month."""
    return {
        "bed": {**BED, "month": month, "stays": [{"moved_in": f"{month}-01"}]},
        "home": {**HOME, "month": month},
    }


def test_the_claims_pick_the_version(tmp_path: Path, run: Run) -> None:
    """Each month is put together by the version of its own time, unless a day picks another."""
    catalogue = two_versions(tmp_path)
    catalogue.check()
    file = tmp_path / "claims.json"
    words = ("programme", "calculate", CARE, str(file), "--policies", str(catalogue.folder.path))
    for month, version, total in (("2024-05", "2023-08-01", "250.00"), ("2024-06", "2024-06-01", "100.00")):
        result = catalogue.calculate_programme(CARE, claims(month))
        assert (result.entry.head.version, str(result.amount)) == (version, total)
        assert catalogue.replay_programme(result.receipt()).is_same
        file.write_text(json.dumps(claims(month)), "utf-8")
        assert run(*words, "--json").stdout.encode() == result.receipt()
    found = run(*words, "--on", "2024-05-31", "--lang", "en")
    assert (found.exit_code, found.stderr) == (
        3,
        "".join(
            f"R0404 outside-programme  {name}.month\n"
            f"  {name}.month is 2024-06-01, outside the time of this version of the programme: "
            "2023-08-01 – 2024-05-31\n"
            "  → calculate that claim apart, so that its own date picks the version; or pick one with --on\n"
            for name in ("bed", "home")
        ),
    )


def test_a_programme_is_judged_by_what_was_known(tmp_path: Path, run: Run) -> None:
    """Before a version was published the one before still counts; before all of them that is said."""
    catalogue = two_versions(tmp_path)
    assert str(catalogue.calculate_programme(CARE, claims("2024-06"), known="2024-05-09").amount) == "250.00"
    folder = str(catalogue.folder.path)
    shown = run("programme", "show", CARE, "--known", "2024-05-09", "--policies", folder, "--lang", "en").stdout
    assert shown.splitlines()[1] == f"{CARE} · 2023-08-01 · revision 1"
    found = run("programme", "show", CARE, "--known", "2020-01-01", "--policies", folder, "--lang", "en")
    assert (found.exit_code, found.stderr) == (
        3,
        (
            f"R0121 not-yet-published  {CARE}\n"
            f"  nothing of {CARE} was published by 2020-01-01; the first text was on 2023-07-20\n"
        ),
    )


def test_versions_of_a_programme_follow_the_rule_of_policies(tmp_path: Path) -> None:
    """One published later ends the one before it; only of one day may neither end the other."""
    two_versions(tmp_path / "later").check()
    with pytest.raises(subsidy.CatalogueError) as error:
        two_versions(tmp_path / "one-day", "2023-07-20").check()
    assert error.value.report("en") == (
        f"C0103 versions-overlap  {CARE}/2024-06-01.programme.toml:7:18  programme.valid.from\n"
        f"  applies on 2024-06-01 as well as {PROGRAMME}\n"
        "  → both were published on one day, so neither ends the other: correct from, until or published\n"
        "    valid = { from = 2024-06-01, until = 2024-12-31 }\n"
        "                     ^^^^^^^^^^\n"
        f"  ↳ {PROGRAMME}:7:9  programme.valid  the other one\n"
        "    valid = { from = 2023-08-01, until = 2024-12-31 }\n"
        "            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"
    )
