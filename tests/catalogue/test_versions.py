"""Which version of a policy applies on a day."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import subsidy
from subsidy.catalogue.documents import Headed
from subsidy.catalogue.entry import Entry
from subsidy.catalogue.head import Head
from subsidy.catalogue.origin import Origin
from subsidy.catalogue.positions import Positions
from subsidy.catalogue.versions import known_versions, timeline
from subsidy.errors import CatalogueError, RequestError

from .support import ID, add, copy, digest_of, repeal


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


@pytest.mark.parametrize(
    ("on", "zh", "en"),
    [
        ("2020-05-01", "最早的版本自 2021-01-01 起适用", "the first is in force from 2021-01-01"),
        (
            "2022-01-01",
            "前一版本到 2021-12-31 为止，下一版本自 2022-07-01 起适用",
            "one ended on 2021-12-31, the next is in force from 2022-07-01",
        ),
        (
            "2022-06-30",
            "前一版本到 2021-12-31 为止，下一版本自 2022-07-01 起适用",
            "one ended on 2021-12-31, the next is in force from 2022-07-01",
        ),
        ("2024-01-01", "最后的版本到 2023-12-31 为止", "the last ended on 2023-12-31"),
    ],
)
def test_a_gap_is_answered_with_dates(tmp_path: Path, on: str, zh: str, en: str) -> None:
    """Where no version applies, the answer says when the one before ended and when the next begins."""
    folder = copy(tmp_path)
    add(folder, "2022-07-01", "{ from = 2022-07-01, until = 2023-12-31 }")
    add(folder, "2021-01-01", "{ from = 2021-01-01, until = 2021-12-31 }")
    with pytest.raises(RequestError) as caught:
        subsidy.Catalogue(folder).policy(ID, on=on)
    problem = caught.value.problems[0]
    assert (problem.code, problem.message("zh"), problem.message("en")) == (
        "R0102",
        f"{ID} 在 {on} 没有适用的版本；{zh}",
        f"no version of {ID} is in force on {on}; {en}",
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


def retroactive(folder: Path) -> subsidy.Catalogue:
    """A text of 2022-11-01 that applies from 2022-01-01, after one of 2021-01-01."""
    add(folder, "2022-11-01", "{ from = 2022-01-01 }", published="2022-11-01")
    return subsidy.Catalogue(folder)


@pytest.mark.parametrize(
    ("on", "known", "version"),
    [
        ("2021-12-31", None, "2021-01-01"),
        ("2022-01-01", None, "2022-11-01"),
        ("2022-01-01", "2022-10-31", "2021-01-01"),
        ("2022-01-01", "2022-11-01", "2022-11-01"),
        ("2030-01-01", "2022-10-31", "2021-01-01"),
        (None, "2022-10-31", "2021-01-01"),
    ],
)
def test_a_later_text_takes_effect_before_it_was_published(
    tmp_path: Path, on: str | None, known: str | None, version: str
) -> None:
    """A retroactive text answers from its own first day for those who know it; the older one for those who do not."""
    assert retroactive(copy(tmp_path)).policy(ID, on=on, known=known).version == version


def test_a_version_has_the_days_that_were_known(tmp_path: Path) -> None:
    """The last day of a version is the one that a reader of that time had: open until the next text was published."""
    catalogue = retroactive(copy(tmp_path))
    assert [catalogue.policy(ID, "2021-06-01", known).last_day for known in (None, "2022-10-31")] == [
        dt.date(2021, 12, 31),
        None,
    ]
    facts = dict(catalogue.policy(ID).document.examples[0].facts) | {"accepted_on": "2022-03-01"}
    before, after = (catalogue.calculate(ID, facts, known=known) for known in ("2022-10-31", None))
    assert (before.policy.version, after.policy.version) == ("2021-01-01", "2022-11-01")
    assert before.amount == after.amount


def test_a_later_text_puts_off_the_one_that_begins_within_it(tmp_path: Path) -> None:
    """A text for a time that is past leaves the days after it to the version that was there."""
    folder = copy(tmp_path)
    add(folder, "2022-01-01", "{ from = 2022-01-01 }", published="2021-12-01")
    add(folder, "2022-11-01", "{ from = 2021-07-01, until = 2022-03-31 }", published="2022-11-01")
    spans = [(each.version, each.first_day, each.last_day) for each in subsidy.Catalogue(folder).versions(ID)]
    assert spans == [
        ("2021-01-01", dt.date(2021, 1, 1), dt.date(2021, 6, 30)),
        ("2022-11-01", dt.date(2021, 7, 1), dt.date(2022, 3, 31)),
        ("2022-01-01", dt.date(2022, 4, 1), None),
    ]


def test_a_later_open_text_leaves_no_day_to_those_within_it(tmp_path: Path) -> None:
    """A version that lies wholly within a later text without end applies on no day, and is still found."""
    folder = copy(tmp_path)
    later = {"accepted_on = 2021-07-01": "accepted_on = 2022-07-01"}
    add(folder, "2022-01-01", "{ from = 2022-01-01 }", published="2021-12-01", changes=later)
    add(folder, "2022-11-01", "{ from = 2021-07-01 }", published="2022-11-01")
    catalogue = subsidy.Catalogue(folder)
    found = {policy.version: policy for policy in catalogue.versions(ID)}
    assert not any(found["2022-01-01"].applies_on(dt.date(2021, 7, 1) + dt.timedelta(days)) for days in range(500))
    assert catalogue.policy(ID, "2022-01-01").version == "2022-11-01"
    assert catalogue.policy(ID, "2022-01-01", "2022-01-01").version == "2022-01-01"
    catalogue.check()


def test_nothing_is_known_before_it_was_published(tmp_path: Path) -> None:
    """Before its first text was published, a policy is answered with that day."""
    with pytest.raises(RequestError) as caught:
        subsidy.Catalogue(copy(tmp_path)).policy(ID, "2021-06-01", known="2020-12-31")
    assert caught.value.report() == (
        f"R0121 not-yet-published  {ID}\n"
        f"  到 2020-12-31 为止，{ID} 尚未公布；最早的文件于 2021-01-01 公布\n"
        f"  nothing of {ID} was published by 2020-12-31; the first text was on 2021-01-01"
    )


def test_a_gap_says_what_it_knows(tmp_path: Path) -> None:
    """A gap for one who knows only older texts says so."""
    folder = copy(tmp_path)
    add(folder, "2020-06-01", "{ from = 2020-06-01 }", published="2021-02-01")
    with pytest.raises(RequestError) as caught:
        subsidy.Catalogue(folder).policy(ID, "2020-07-01", known="2021-01-31")
    assert caught.value.report() == (
        f"R0102 no-version-on-date  {ID}\n"
        f"  {ID} 在 2020-07-01 没有适用的版本（以 2021-01-31 及以前公布的为限）；最早的版本自 2021-01-01 起适用\n"
        f"  no version of {ID} is in force on 2020-07-01 among those published by 2021-01-31; "
        "the first is in force from 2021-01-01"
    )


def test_a_bad_day_of_knowledge_is_named(tmp_path: Path) -> None:
    """What is no day is refused under the name of its argument."""
    with pytest.raises(RequestError) as caught:
        subsidy.Catalogue(copy(tmp_path)).policy(ID, known="2021-1-1")
    assert caught.value.report("en") == ("R0106 bad-day  known\n  2021-1-1 is no date; a date is written 2021-03-29")


def test_an_abolished_policy_names_the_text(tmp_path: Path) -> None:
    """From the first day of a repeal on, the answer is since when and by which text; before it, the policy pays."""
    folder = copy(tmp_path)
    repeal(folder, "2026-01-01", published="2025-12-01")
    catalogue = subsidy.Catalogue(folder)
    catalogue.check()
    assert catalogue.policy(ID, "2025-12-31").last_day == dt.date(2025, 12, 31)
    assert catalogue.policy(ID).version == "2021-01-01"
    assert catalogue.policy(ID, "2026-01-01", known="2025-11-30").last_day is None
    assert [policy.version for policy in catalogue] == ["2021-01-01"]
    with pytest.raises(RequestError) as caught:
        catalogue.calculate(ID, catalogue.policy(ID).document.examples[0].facts, on="2026-01-01")
    assert caught.value.report() == (
        f"R0122 abolished  {ID}\n"
        f"  {ID} 自 2026-01-01 起废止：某政〔2026〕1 号《关于废止建设补助的通知》\n"
        f"  {ID} is abolished from 2026-01-01 by 某政〔2026〕1 号 “Notice on the end of construction grants”"
    )


def test_what_cannot_be_read_is_not_said_to_be_missing(tmp_path: Path) -> None:
    """Where the first module is no TOML, nothing is said of the repeal and the revision that rest on it."""
    folder = copy(tmp_path)
    repeal(folder, "2026-01-01")
    add(folder, "2021-01-01", "{ from = 2021-01-01 }", revision=2)
    (folder / ID / "2021-01-01.toml").write_text("language = ", "utf-8")
    (folder / ID / "2021-01-01.r2.toml").rename(folder / ID / "2021-01-01.r3.toml")
    text = (folder / ID / "2021-01-01.r3.toml").read_text("utf-8")
    (folder / ID / "2021-01-01.r3.toml").write_text(text.replace("revision = 2", "revision = 3"), "utf-8")
    with pytest.raises(subsidy.PolicyError) as caught:
        subsidy.Catalogue(folder).check()
    assert [problem.code for problem in caught.value.problems] == ["P0101"]


def test_a_policy_may_come_back(tmp_path: Path) -> None:
    """A version that begins after a repeal ends it."""
    folder = copy(tmp_path)
    repeal(folder, "2022-01-01")
    add(folder, "2023-01-01", "{ from = 2023-01-01 }", published="2023-01-01")
    catalogue = subsidy.Catalogue(folder)
    assert catalogue.policy(ID, "2023-01-01").version == catalogue.policy(ID).version == "2023-01-01"
    with pytest.raises(RequestError, match="R0122"):
        catalogue.policy(ID, "2022-12-31")


def test_a_repeal_is_no_module_to_calculate(tmp_path: Path) -> None:
    """The digest of a repeal leads to no policy."""
    folder = copy(tmp_path)
    path = repeal(folder, "2026-01-01")
    assert subsidy.Catalogue(folder).by_digest(digest_of(folder / path)) is None


def test_a_revision_counts_from_the_day_it_was_made(tmp_path: Path) -> None:
    """One who knows only what was there before a mend is answered by what it mends."""
    folder = copy(tmp_path)
    add(folder, "2021-01-01", "{ from = 2021-01-01 }", revision=2, corrected="2023-05-01")
    add(folder, "2021-01-01", "{ from = 2021-01-01 }", revision=3, corrected="2024-05-01")
    catalogue = subsidy.Catalogue(folder)
    days = [None, "2024-05-01", "2024-04-30", "2023-05-01", "2023-04-30"]
    assert [catalogue.policy(ID, "2021-06-30", day).revision for day in days] == [3, 3, 2, 2, 1]


SPANS = st.tuples(st.integers(0, 40), st.none() | st.integers(0, 40), st.integers(0, 40), st.integers(0, 3))


def entry(version: int, first: int, last: int | None, published: int, mended: int) -> Entry:
    """A version of some day, with a revision made some days after it where `mended` is not 0."""
    begin = dt.date(2020, 1, 1)
    day = [begin + dt.timedelta(each) for each in (version, first, published, published + mended)]
    corrects = {"digest": "?", "on": day[3], "why": {"zh": "？", "en": "?"}} if mended else None
    valid = {"from": day[1]} | ({} if last is None else {"until": begin + dt.timedelta(first + last)})
    head = Head.model_validate(
        {"id": "a/b/c", "version": day[0].isoformat(), "revision": 2 if mended else 1, "status": "issued"}
        | {"valid": valid, "published": day[2], "dated_by": "day", "division": "1"}
        | {"title": {"zh": "？", "en": "?"}}
        | ({"corrects": corrects} if corrects else {})
    )
    document = Headed.model_construct(policy=head)  # type: ignore[call-arg]
    return Entry(f"{version}.r{head.revision}", document, {}, Origin("", Positions("")), "", False)


def painted(entries: list[Entry], days: list[dt.date]) -> dict[dt.date, Entry]:
    """The rule, painted day by day: text after text, in the order in which they prevail."""
    owners: dict[dt.date, Entry] = {}
    for text in sorted(entries, key=lambda each: (each.head.published, each.start, each.head.version)):
        for day in days:
            if day >= text.start and day in owners and owners[day].start < text.start:
                del owners[day]
            if day >= text.start and (text.head.valid.until is None or day <= text.head.valid.until):
                owners[day] = text
    return owners


@given(st.lists(SPANS, min_size=1, max_size=5), st.none() | st.integers(0, 45))
def test_no_day_has_two_versions(texts: list[tuple[int, int | None, int, int]], known: int | None) -> None:
    """Whatever texts there are and whatever of them is known, a day has one version at most: the one of the rule."""
    entries = tuple(entry(version, *text) for version, text in enumerate(texts))
    by = None if known is None else dt.date(2020, 1, 1) + dt.timedelta(known)
    spans = timeline(entries, by)
    days = [dt.date(2020, 1, 1) + dt.timedelta(each) for each in range(90)]
    owners = painted(known_versions(entries, by), days)
    for day in days:
        assert [span.entry for span in spans if span.covers(day)] == ([owners[day]] if day in owners else [])


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
