"""Texts of lower levels: a county fixes what a city delegates for its own claims; every output names both texts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import Result

import subsidy
from subsidy.calculation import reference
from subsidy.calculation.basis import Basis, Filling
from subsidy.calculation.standing import under
from subsidy.client import Client
from subsidy.service import Server

from .support import CARE, FACTS, GOOD, HERE, ID, TEXT, policies

Run = Callable[..., Result]


@pytest.fixture
def catalogue(tmp_path: Path) -> subsidy.Catalogue:
    """The good catalogue with the text of West County."""
    return subsidy.Catalogue(policies(tmp_path, text=True))


def test_the_fictional_county_is_sound(catalogue: subsidy.Catalogue) -> None:
    """The text of the county stands beside the policies without a problem, and is no policy itself."""
    catalogue.check()
    assert catalogue.ids == [ID]


def test_a_county_fills_for_its_own_claims(catalogue: subsidy.Catalogue) -> None:
    """In the county its own bonus counts, elsewhere what is presumed, in both runners."""
    for place, bonus in (("990121", "181.50"), ("990101", "0.00")):
        result = catalogue.calculate(ID, FACTS, place=place)
        extra = {part.name: part.amount for part in result.parts}["extra"]
        assert extra == Decimal(bonus)
        same = reference.calculate(result.policy.program, result.facts, result.readings)
        assert same == {key: value for key, value in result.to_dict()["result"].items() if key in same}


@pytest.mark.parametrize(("day", "filled"), [(dt.date(2021, 5, 31), False), (dt.date(2021, 6, 1), True)])
def test_a_text_counts_from_its_first_day(catalogue: subsidy.Catalogue, day: dt.date, filled: bool) -> None:
    """On the day before its first a text does not count, on its first it does."""
    result = catalogue.calculate(ID, FACTS, accepted_on=day)
    assert [text.id for text in result.texts] == ["cn/somewhere/town/west/bonus-table"] * filled


def test_the_nearest_division_has_the_last_word(tmp_path: Path) -> None:
    """Where a city has fixed it too, its text counts only where no county has one of its own."""
    folder = policies(tmp_path, text=True)
    text = (folder / TEXT).read_text("utf-8").replace("town/west/bonus-table", "town/city-table")
    file = folder / TEXT.replace("town/west/bonus-table", "town/city-table")
    file.parent.mkdir(parents=True)
    file.write_text(text.replace('"990121"', '"990100"').replace("60.50", "10"), "utf-8")
    catalogue = subsidy.Catalogue(folder)
    catalogue.check()
    for place, wanted in (("990121", "181.50"), ("990101", "30.00")):
        assert {part.name: str(part.low) for part in catalogue.calculate(ID, FACTS, place=place).parts}[
            "extra"
        ] == wanted


def test_the_next_version_ends_the_one_before(tmp_path: Path) -> None:
    """A later version of the county's text ends the earlier one, and the fen of the day before do not move."""
    folder = policies(tmp_path, text=True)
    text = (folder / TEXT).read_text("utf-8").replace("2021-06-01", "2021-09-01").replace("60.50", "70")
    (folder / TEXT).with_name("2021-09-01.fill.toml").write_text(text, "utf-8")
    catalogue = subsidy.Catalogue(folder)
    catalogue.check()
    for day, wanted in (("2021-08-31", "181.50"), ("2021-09-01", "210.00")):
        result = catalogue.calculate(ID, FACTS, accepted_on=day)
        assert {part.name: str(part.low) for part in result.parts}["extra"] == wanted


def test_a_table_is_filled_key_by_key(tmp_path: Path) -> None:
    """A delegated table is filled with a value for every key."""
    folder = policies(tmp_path, text=True)
    module = folder / ID / "2021-01-01.toml"
    text = module.read_text("utf-8").replace("beds * bonus else", "beds * bonus[works] else")
    text = text.replace("[parameters.bonus]\n", '[parameters.bonus]\nby = ["works"]\n')
    text = text.replace('{ nothing = "0" }', '{ nothing = { new_build = "0", conversion = "0", lease = "0" } }')
    module.write_text(text, "utf-8")
    county = folder / TEXT
    county.write_text(
        county.read_text("utf-8").replace(
            'value = "60.50"', 'values = { new_build = "1", conversion = "2", lease = "3" }'
        ),
        "utf-8",
    )
    catalogue = subsidy.Catalogue(folder)
    catalogue.check()
    result = catalogue.calculate(ID, FACTS, works="conversion")
    assert {part.name: str(part.low) for part in result.parts}["extra"] == "6.00"


def test_a_caller_may_set_the_text_aside(catalogue: subsidy.Catalogue) -> None:
    """With a reading of its own, or with the question open, the presumption stands in again, and replay knows it."""
    for reading, low, high in (("nothing", "0.00", "0.00"), ("open", "0.00", "300.00")):
        result = catalogue.calculate(ID, FACTS, readings={"county_bonus": reading})
        extra = next(part for part in result.parts if part.name == "extra")
        assert (str(extra.low), str(extra.high), result.texts) == (low, high, ())
        assert result.to_dict()["basis"]["set_aside"] == ["bonus"]
        assert catalogue.replay(result.receipt()).is_same


def test_a_text_may_leave_one_bound_out(tmp_path: Path) -> None:
    """A text that says only “at least” takes any number from there on; unfilled, no upper limit is stated."""
    folder = policies(tmp_path, text=True)
    module = folder / ID / "2021-01-01.toml"
    text = module.read_text("utf-8").replace('{ min = "0", max = "100" }', '{ min = "0" }')
    module.write_text(text, "utf-8")
    county = folder / TEXT
    county.write_text(county.read_text("utf-8").replace("60.50", "5000"), "utf-8")
    catalogue = subsidy.Catalogue(folder)
    catalogue.check()
    assert {part.name: str(part.low) for part in catalogue.calculate(ID, FACTS).parts}["extra"] == "15000.00"
    open_ = catalogue.calculate(ID, FACTS, place="990101", readings={"county_bonus": "open"})
    said = [problem.message("en") for problem in open_.warnings if problem.code == "W0111"]
    assert said == [
        "bonus a bed is for the county to fix and has not been: between 0 and no stated limit, in CNY/bed [五]"
    ]


def test_both_texts_are_named_everywhere(catalogue: subsidy.Catalogue) -> None:
    """Explanation, receipt and both views of the wire name the county's text beside the policy, with its digest."""
    result = catalogue.calculate(ID, FACTS)
    digest = result.texts[0].digest
    en = (
        "Filled by: bonus a bed ← West County · 西民发〔2021〕9号 Bed bonus of West County (fictional)"
        " · Civil affairs bureau of West County [一]\n"
        f"Digest of that text: cn/somewhere/town/west/bonus-table · 2021-06-01 · {digest}\n"
    )
    zh = (
        "下级文件：床位奖励 ← 西县 · 西民发〔2021〕9号 西县床位奖励标准（虚构） · 西县民政局〔一〕\n"
        f"下级文件摘要：cn/somewhere/town/west/bonus-table · 2021-06-01 · {digest}\n"
    )
    assert en in result.explain("en")
    assert zh in result.explain("zh")
    assert result.to_dict()["basis"] == {
        "adoption": None,
        "texts": [
            {
                "parameter": "bonus",
                "id": "cn/somewhere/town/west/bonus-table",
                "version": "2021-06-01",
                "revision": 1,
                "digest": digest,
            }
        ],
        "set_aside": [],
    }
    with Server(catalogue) as server, Client(server.address) as client:
        for full in (False, True):
            answer = client.calculate(ID, FACTS, full=full)
            assert [(each.parameter, each.digest, each.clause) for each in answer.message.fillings] == [
                ("bonus", digest, "一")
            ]
            assert answer.is_simulation
        assert client.calculate(ID, FACTS, full=True).receipt() == result.receipt()


def test_replay_finds_the_text_by_its_digest(catalogue: subsidy.Catalogue, tmp_path: Path) -> None:
    """A receipt replays while its text is there; without it, that is said."""
    receipt = catalogue.calculate(ID, FACTS).receipt()
    assert catalogue.replay(receipt).is_same
    (tmp_path / "policies" / TEXT).unlink()
    with pytest.raises(subsidy.RequestError) as error:
        subsidy.Catalogue(tmp_path / "policies").replay(receipt)
    digest = catalogue.calculate(ID, FACTS).texts[0].digest
    assert str(error.value) == (
        "R0204 text-digest-unknown  basis.texts.0.digest\n"
        f"  目录中没有摘要为 {digest} 的下级文件\n"
        "  → 用出具回执时的政策目录\n"
        f"  the catalogue has no text of a lower level with the digest {digest}\n"
        "  → use the folder of policies under which the receipt was given"
    )


def test_a_broken_text_stops_what_rests_on_it(tmp_path: Path) -> None:
    """A calculation beside a text that does not fit is refused with the problem of that text."""
    folder = policies(tmp_path, text=True)
    file = folder / TEXT
    file.write_text(file.read_text("utf-8").replace("60.50", "160.50"), "utf-8")
    with pytest.raises(subsidy.PolicyError) as error:
        subsidy.Catalogue(folder).calculate(ID, FACTS)
    assert error.value.report("en") == (
        f"P0606 outside-delegation  {TEXT}:20:9  parameters.bonus.value\n"
        "  160.50 is outside the bounds of bonus: 0 to 100\n"
        '    value = "160.50"\n'
        "            ^^^^^^^^\n"
        "  ↳ cn/somewhere/town/grant/2021-01-01.toml:108:10  parameters.bonus.within  stated in the policy\n"
        '    within = { min = "0", max = "100" }\n'
        "             ^^^^^^^^^^^^^^^^^^^^^^^^^^"
    )


def test_a_draft_is_checked_wherever_it_stands(run: Run, tmp_path: Path) -> None:
    """`policy check` of one file proves a text or a programme beside the policies of the folder; `lock` pins them."""
    folder = policies(tmp_path)
    draft = tmp_path / "draft.fill.toml"
    draft.write_text((HERE / "fictional" / TEXT).read_text("utf-8").replace("60.50", "600"), "utf-8")
    found = run("policy", "check", str(draft), "--policies", str(folder), "--lang", "en")
    assert found.exit_code == 1
    assert found.stderr == (
        f"P0606 outside-delegation  {draft}:20:9  parameters.bonus.value\n"
        "  600 is outside the bounds of bonus: 0 to 100\n"
        '    value = "600"\n'
        "            ^^^^^\n"
        "  ↳ cn/somewhere/town/grant/2021-01-01.toml:108:10  parameters.bonus.within  stated in the policy\n"
        '    within = { min = "0", max = "100" }\n'
        "             ^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
    )
    draft = tmp_path / "draft.programme.toml"
    draft.write_text((HERE / "programmes" / CARE / "2023-08-01.programme.toml").read_text("utf-8"), "utf-8")
    found = run("policy", "check", str(draft), "--policies", str(folder), "--lang", "en")
    assert [line.split("  ")[0] for line in found.stderr.splitlines() if line[0] == "P"] == [
        "P0306 unknown-division-code",
        "P0901 member-unknown-policy",
        "P0901 member-unknown-policy",
    ]
    locked = policies(tmp_path / "locked", text=True)
    assert run("policy", "lock", "--policies", str(locked)).exit_code == 0
    assert subsidy.Catalogue(locked).calculate(ID, FACTS).texts[0].is_released
    (locked / TEXT).write_text((locked / TEXT).read_text("utf-8").replace("60.50", "60"), "utf-8")
    found = run("policy", "check", "--policies", str(locked), "--lang", "en")
    assert found.stderr.startswith(f"C0102 changed-after-lock  {TEXT}\n")


GRANT = subsidy.Catalogue(GOOD).policy(ID)
OPEN = GRANT.calculate(FACTS, readings={"county_bonus": "open"})


@given(st.integers(0, 10_000))
def test_what_is_filled_lies_within_what_was_open(fen: int) -> None:
    """Whatever a county fixes within its bounds, each sum lies within those of the open answer, in both runners."""
    filled = Filling(
        parameter="bonus", id="x", version="x", revision=1, digest="x", path="x", is_released=True, division="990121",
        title=GRANT.title, issuer=GRANT.title, number="", clause="一", first=GRANT.first_day, last=None,
        table={(): Fraction(fen, 100)},
    )  # fmt: skip
    result = under(GRANT, Basis(texts=(filled,))).calculate(FACTS)
    for part, open_ in zip(result.parts, OPEN.parts, strict=True):
        assert open_.low <= part.amount <= open_.high
    same = reference.calculate(result.policy.program, result.facts, result.readings)
    assert same == {key: value for key, value in result.to_dict()["result"].items() if key in same}
