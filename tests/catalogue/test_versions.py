"""Which version of a policy applies on a day."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

import subsidy
from subsidy.errors import CatalogueError, RequestError

from .support import ID, add, copy


def test_a_version_applies_from_its_first_day_to_the_eve_of_the_next(tmp_path: Path) -> None:
    """A version without a last day ends where the next begins."""
    folder = copy(tmp_path)
    add(folder, "2022-07-01", "{ from = 2022-07-01 }")
    catalogue = subsidy.Catalogue(folder)
    versions = ["2021-01-01", "2022-06-30", "2022-07-01", "2099-12-31"]
    assert [catalogue.policy(ID, on=day).version for day in versions] == [
        "2021-01-01",
        "2021-01-01",
        "2022-07-01",
        "2022-07-01",
    ]
    assert [policy.last_day for policy in catalogue.versions(ID)] == [dt.date(2022, 6, 30), None]
    assert catalogue.policy(ID).version == "2022-07-01"


@pytest.mark.parametrize("on", ["2020-12-31", "2022-01-01", "2022-06-30"])
def test_a_gap_is_answered_with_dates(tmp_path: Path, on: str) -> None:
    """Where no version applies, the answer says from when to when there are any."""
    folder = copy(tmp_path)
    (folder / f"{ID}/2021-01-01.toml").rename(folder / "keep")
    (folder / "keep").rename(folder / f"{ID}/2021-01-01.toml")
    text = (folder / f"{ID}/2021-01-01.toml").read_text("utf-8")
    add(folder, "2022-07-01", "{ from = 2022-07-01 }")
    closed = text.replace("{ from = 2021-01-01 }", "{ from = 2021-01-01, until = 2021-12-31 }")
    (folder / f"{ID}/2021-01-01.toml").write_text(closed, "utf-8")
    with pytest.raises(RequestError) as caught:
        subsidy.Catalogue(folder).policy(ID, on=on)
    assert caught.value.problems[0].message("en") == (
        f"no version of {ID} is in force on {on}; there are: from 2021-01-01 to 2021-12-31; from 2022-07-01"
    )


def test_the_latest_revision_of_a_version_applies(tmp_path: Path) -> None:
    """A mend of our encoding takes the place of what it mends; the old one stays for replay."""
    folder = copy(tmp_path)
    add(folder, "2021-01-01", "{ from = 2021-01-01 }", revision=2)
    catalogue = subsidy.Catalogue(folder)
    assert catalogue.policy(ID, on="2021-06-30").revision == 2
    assert [policy.revision for policy in catalogue.versions(ID)] == [1, 2]
    for policy in catalogue.versions(ID):
        found = catalogue.by_digest(policy.digest)
        assert found is not None and (found.digest, found.path) == (policy.digest, policy.path)


def test_a_revision_says_what_it_corrects(tmp_path: Path) -> None:
    """A second revision without `corrects` is refused."""
    folder = copy(tmp_path)
    path = add(folder, "2021-01-01", "{ from = 2021-01-01 }", revision=2)
    text = (folder / path).read_text("utf-8")
    (folder / path).write_text("".join(line for line in text.splitlines(True) if "corrects" not in line), "utf-8")
    with pytest.raises(subsidy.PolicyError, match="corrects is missing"):
        subsidy.Catalogue(folder).versions(ID)


@pytest.mark.parametrize(
    ("valid", "overlaps"),
    [("{ from = 2021-01-01 }", True), ("{ from = 2021-06-30 }", True), ("{ from = 2021-07-01 }", False)],
)
def test_versions_do_not_overlap(tmp_path: Path, valid: str, overlaps: bool) -> None:
    """Two versions that apply on one day are an error when they are read, whatever day is asked for."""
    folder = copy(tmp_path)
    add(folder, "2022-01-01", valid)
    file = folder / f"{ID}/2021-01-01.toml"
    file.write_text(
        file.read_text("utf-8").replace("{ from = 2021-01-01 }", "{ from = 2021-01-01, until = 2021-06-30 }")
    )
    catalogue = subsidy.Catalogue(folder)
    if overlaps:
        with pytest.raises(CatalogueError, match="C0103"):
            catalogue.policy(ID, on="2021-03-01")
    else:
        assert catalogue.policy(ID, on="2021-03-01").version == "2021-01-01"


def test_the_facts_pick_their_version(tmp_path: Path) -> None:
    """The date that a policy is dated by picks the version that applied then."""
    folder = copy(tmp_path)
    add(folder, "2022-07-01", "{ from = 2022-07-01 }")
    catalogue = subsidy.Catalogue(folder)
    assert catalogue.dated(ID, {"accepted_on": "2022-06-30"}).version == "2021-01-01"
    assert catalogue.dated(ID, {"accepted_on": dt.date(2022, 7, 1)}).version == "2022-07-01"
    assert catalogue.dated(ID, {}).version == "2022-07-01"


def test_an_unknown_policy_is_answered_with_the_nearest(tmp_path: Path) -> None:
    """A mistyped id is answered with the id that was meant."""
    with pytest.raises(RequestError) as caught:
        subsidy.Catalogue(copy(tmp_path)).policy("cn/somewhere/town/grants")
    assert ("R0101", f"did you mean {ID}?") == (caught.value.problems[0].code, caught.value.problems[0].help("en"))


def test_every_problem_of_every_file_is_in_one_report(tmp_path: Path) -> None:
    """Two malformed versions and a third that is no TOML are reported together."""
    folder = copy(tmp_path)
    for version, wrong in (("2022-01-01", "status = 3"), ("2023-01-01", "status ="), ("2024-01-01", "")):
        path = add(folder, version, f"{{ from = {version} }}")
        text = (folder / path).read_text("utf-8")
        (folder / path).write_text(text.replace('status = "issued"', wrong), "utf-8")
    with pytest.raises(subsidy.PolicyError) as caught:
        subsidy.Catalogue(folder).versions(ID)
    assert [problem.code for problem in caught.value.problems] == ["P0107", "P0101", "P0106"]
