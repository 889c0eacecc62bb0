"""Adoptions: what a bureau has adopted is calculated as it has it, and every answer says whose it is."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pytest

import subsidy
from subsidy.calculation import reference
from subsidy.client import Client
from subsidy.service import Server
from subsidy.v1 import calculation_service_pb2 as v1

from .support import ADOPTION, DIGEST, FACTS, ID, adoptions, policies


def bureau(folder: Path, text: str = ADOPTION, *, county: bool = False) -> subsidy.Catalogue:
    """The good catalogue beside a bureau's folder with one adoption."""
    return subsidy.Catalogue(policies(folder, text=county), adoptions(folder, text))


def extra(result: subsidy.Result) -> str:
    return next(str(part.amount) for part in result.parts if part.name == "extra")


def codes(result: subsidy.Result) -> list[str]:
    return [problem.code for problem in result.warnings]


def test_the_adopted_table_and_readings_count(tmp_path: Path) -> None:
    """Within its time an adoption's table stands in the place of what was presumed, in both runners."""
    catalogue = bureau(tmp_path)
    catalogue.check()
    result = catalogue.calculate(ID, FACTS)
    assert extra(result) == "240.00"
    assert (result.is_simulation, "W0101" in codes(result), "W0107" in codes(result)) == (False, False, False)
    same = reference.calculate(result.policy.program, result.facts, result.readings)
    assert same == {key: value for key, value in result.to_dict()["result"].items() if key in same}


def test_an_adopted_reading_is_not_the_recommended_one(tmp_path: Path) -> None:
    """A reading that the bureau chose counts where the caller chooses none."""
    result = bureau(tmp_path, ADOPTION.replace('"counts"', '"does_not"')).calculate(ID, FACTS)
    assert (result.eligible, result.readings["part_stay"], result.is_simulation) == (False, "does_not", False)
    assert "do short stays count: they do not (adopted)  [二]" in result.explain("en")


@pytest.mark.parametrize(
    ("day", "adopted"),
    [("2021-06-30", False), ("2021-07-01", True), ("2021-12-31", True), ("2022-01-01", False)],
)
def test_an_adoption_holds_from_its_first_day_to_its_last(tmp_path: Path, day: str, adopted: bool) -> None:
    """Both days of its time are in; before and after there is only a simulation."""
    result = bureau(tmp_path).calculate(ID, FACTS, accepted_on=day)
    assert (result.adoption is not None, result.is_simulation) == (adopted, not adopted)
    assert ("W0101" in codes(result)) is not adopted


def test_an_open_adoption_ends_where_the_next_begins(tmp_path: Path) -> None:
    """An adoption without a last day holds until the day before the next one begins."""
    text = ADOPTION.replace(", until = 2021-12-31", "")
    catalogue = bureau(tmp_path, text)
    adoptions(tmp_path, text.replace("= 2021-07-01", "= 2021-10-01").replace('"80"', '"90"'), "2021-10-01")
    catalogue = subsidy.Catalogue(catalogue.folder.path, tmp_path / "adoptions")
    catalogue.check()
    assert extra(catalogue.calculate(ID, FACTS, accepted_on="2021-09-30")) == "240.00"
    assert extra(catalogue.calculate(ID, FACTS, accepted_on="2021-10-01")) == "270.00"


def test_readings_of_ones_own_make_a_simulation(tmp_path: Path) -> None:
    """A caller may read the text otherwise, and the answer says that it is a simulation beside the adoption."""
    catalogue = bureau(tmp_path)
    for reading in ({"part_stay": "does_not"}, {"part_stay": "open"}, {"county_bonus": "nothing"}):
        result = catalogue.calculate(ID, FACTS, readings=reading)
        assert (result.is_simulation, result.to_dict()["result"]["kind"]) == (True, "simulation")
        assert result.adoption is not None
        assert codes(result)[0] == "W0201"
        assert catalogue.replay(result.receipt()).is_same
    own = catalogue.calculate(ID, FACTS, readings={"county_bonus": "nothing"})
    assert own.warnings[0].message("en") == (
        "not read as the adoption 某民发〔2021〕12号 does, so this is a simulation: the bonus until the county fixes it"
    )
    assert not catalogue.calculate(ID, FACTS, readings={"part_stay": "counts"}).is_simulation


def test_the_adoption_has_the_last_word_over_a_county(tmp_path: Path) -> None:
    """What a bureau's own document fixes counts before the text of the county; what it leaves, the county fills."""
    assert extra(bureau(tmp_path / "one", county=True).calculate(ID, FACTS)) == "240.00"
    left = ADOPTION.partition("\n[parameters")[0]
    result = bureau(tmp_path / "two", left, county=True).calculate(ID, FACTS)
    assert (extra(result), len(result.texts), result.is_simulation) == ("181.50", 1, False)


def test_the_explanation_says_whose_it_is(tmp_path: Path) -> None:
    """Bureau, document, dates, who adopted it, digests and the table fixed stand at the head, in both languages."""
    result = bureau(tmp_path).calculate(ID, FACTS)
    assert result.adoption is not None
    digest = result.adoption.digest
    assert (
        f"Digest: {DIGEST}\n"
        "Adopted by: Civil affairs bureau of Some City · 某民发〔2021〕12号 · 2021-06-20"
        " · in force from 2021-07-01 to 2021-12-31 · by the hand of 张三\n"
        f"Digest of the adoption: {digest}\n"
        "Fixed by the adoption: bonus a bed ← 某民发〔2021〕12号 [三]\n"
    ) in result.explain("en")
    assert (
        f"摘要：{DIGEST}\n"
        "采用：某市民政局 · 某民发〔2021〕12号 · 2021-06-20 · 施行：2021-07-01 起至 2021-12-31 · 采用人 张三\n"
        f"采用摘要：{digest}\n"
        "采用文件确定：床位奖励 ← 某民发〔2021〕12号〔三〕\n"
    ) in result.explain("zh")


def test_the_receipt_names_both_digests_and_replays(tmp_path: Path) -> None:
    """A receipt names the text and the adoption; replay finds the adoption by its digest, and says where it is gone."""
    catalogue = bureau(tmp_path)
    result = catalogue.calculate(ID, FACTS)
    assert result.adoption is not None
    assert result.to_dict()["result"]["kind"] == "adopted"
    assert result.to_dict()["basis"]["adoption"] == {
        "digest": result.adoption.digest,
        "policy": DIGEST,
        "issuer": {"zh": "某市民政局", "en": "Civil affairs bureau of Some City"},
        "document": "某民发〔2021〕12号",
        "dated": "2021-06-20",
        "by": "张三",
        "from": "2021-07-01",
        "until": "2021-12-31",
    }
    assert catalogue.replay(result.receipt()).is_same
    for gone in (subsidy.Catalogue(catalogue.folder.path), bureau(tmp_path / "other", ADOPTION.replace("80", "70"))):
        with pytest.raises(subsidy.RequestError) as error:
            gone.replay(result.receipt())
        assert error.value.report("en") == (
            "R0203 adoption-digest-unknown  basis.adoption.digest\n"
            f"  there is no adoption with the digest {result.adoption.digest}\n"
            "  → name the folder of adoptions under which the receipt was given, with --adoptions"
        )


def test_a_receipt_cannot_be_lifted_to_adopted(tmp_path: Path) -> None:
    """A simulation whose receipt is altered to say that it was adopted is found out."""
    catalogue = bureau(tmp_path)
    receipt = catalogue.calculate(ID, FACTS, accepted_on="2021-06-30").receipt()
    found = catalogue.replay(receipt.replace(b'"kind":"simulation"', b'"kind":"adopted"'))
    assert [(each.key, each.recorded, each.computed) for each in found.differences] == [
        ("result.kind", "adopted", "simulation")
    ]


def test_another_text_is_not_adopted_by_the_way(tmp_path: Path) -> None:
    """Where the text in force is not the one adopted, the answer is a simulation and says so."""
    catalogue = bureau(tmp_path)
    module = catalogue.folder.path / ID / "2021-01-01.toml"
    text = module.read_text("utf-8").replace(
        'version = "2021-01-01"',
        'version = "2021-01-01"\nrevision = 2\n'
        f'corrects = {{ digest = "{DIGEST}", on = 2021-02-01, why = {{ zh = "更正", en = "mended" }} }}',
    )
    module.with_name("2021-01-01.r2.toml").write_text(text, "utf-8")
    catalogue = subsidy.Catalogue(catalogue.folder.path, tmp_path / "adoptions")
    catalogue.check()
    result = catalogue.calculate(ID, FACTS)
    assert (result.is_simulation, result.adoption, codes(result)[:2]) == (True, None, ["W0101", "W0202"])
    assert result.warnings[1].message("en") == (
        f"某民发〔2021〕12号 of Civil affairs bureau of Some City adopts another text, {DIGEST}, not the one used here"
    )


@pytest.mark.parametrize(
    ("day", "zh", "en"),
    [
        ("2021-06-30", "2021-07-01 起至 2021-12-31", "from 2021-07-01 to 2021-12-31"),
        ("2022-01-31", "2021-07-01 起至 2021-12-31", "from 2021-07-01 to 2021-12-31"),
        ("2022-12-31", "2023-01-01 起", "from 2023-01-01"),
    ],
)
def test_an_adoption_of_other_days_is_said(tmp_path: Path, day: str, zh: str, en: str) -> None:
    """A claim before the first day of an adoption of this very text, or after its last, is told of the nearest one."""
    adoptions(tmp_path, ADOPTION.replace("from = 2021-07-01, until = 2021-12-31", "from = 2023-01-01"), "2023-01-01")
    catalogue = bureau(tmp_path)
    result = catalogue.calculate(ID, FACTS, accepted_on=day)
    assert (result.is_simulation, codes(result)[:2]) == (True, ["W0101", "W0204"])
    assert result.warnings[1].report() == (
        "W0204 adopted-for-other-days (warning)  adoption\n"
        f"  某市民政局 某民发〔2021〕12号 采用本文本，但施行期为 {zh}，不含 {day}\n"
        "  → 期间写错的，更正采用文件；施行期按申报的日期算，可以早于文件日期\n"
        "  某民发〔2021〕12号 of Civil affairs bureau of Some City adopts this text, "
        f"but holds {en}, which does not take in {day}\n"
        "  → if the time is wrong, correct the adoption; it counts by the date of a claim, "
        "and may begin before the document is dated"
    )
    assert catalogue.replay(result.receipt()).is_same


def test_a_reported_policy_may_be_adopted(tmp_path: Path) -> None:
    """Behind a reported policy that is adopted stands the bureau's own document, so the reply is no remark any more."""
    folder = policies(tmp_path)
    module = folder / ID / "2021-01-01.toml"
    module.write_text(module.read_text("utf-8").replace('"issued"', '"reported"'), "utf-8")
    digest = subsidy.Catalogue(folder).policy(ID).digest
    catalogue = subsidy.Catalogue(folder, adoptions(tmp_path, ADOPTION.replace(DIGEST, digest)))
    assert "W0102" in codes(catalogue.calculate(ID, FACTS, accepted_on="2021-06-30"))
    adopted = catalogue.calculate(ID, FACTS)
    assert ("W0102" in codes(adopted), adopted.is_simulation) == (False, False)


def test_every_answer_of_the_service_says_whose_it_is(tmp_path: Path) -> None:
    """Both views say whether it is a simulation, and name the bureau's document where it is not."""
    with Server(bureau(tmp_path)) as server, Client(server.address) as client:
        for full in (False, True):
            none = client.calculate(ID, FACTS, accepted_on="2021-06-30", full=full)
            assert (none.message.standing, none.adoption, none.texts) == (v1.STANDING_SIMULATION, None, ())
            answer = client.calculate(ID, FACTS, full=full)
            adopted = answer.message
            assert answer.adoption == adopted.adoption
            assert (adopted.standing, adopted.adoption.document) == (v1.STANDING_ADOPTED, "某民发〔2021〕12号")
            assert (adopted.adoption.by, adopted.adoption.last_day.month) == ("张三", 12)
            named = client.calculate(ID, FACTS, digest=DIGEST, full=full).message
            assert named.standing == v1.STANDING_ADOPTED
            own = client.calculate(ID, FACTS, readings={"part_stay": "open"}, full=full).message
            assert (own.standing, own.HasField("adoption")) == (v1.STANDING_SIMULATION, True)


def test_every_shipped_answer_is_a_simulation(catalogue: subsidy.Catalogue) -> None:
    """Nothing that is shipped is adopted: every answer of every example says so in explanation and receipt."""
    for policy in catalogue:
        for example in policy.document.examples:
            if "error" not in example.expect:
                result = policy.calculate(example.facts, readings=example.under)
                assert result.to_dict()["result"]["kind"] == "simulation"
                assert "W0101 simulation: no adoption, so nothing may be paid from it" in result.explain("en")
                assert "W0101 测算：没有采用文件，不作支付依据" in result.explain("zh")


@pytest.mark.parametrize(("first", "kind"), [("2021-06", "simulation"), ("2021-07", "adopted")])
def test_a_span_of_months_says_whose_it_is(tmp_path: Path, first: str, kind: str) -> None:
    """The sum is the bureau's only where each of its months is."""
    facts = {name: value for name, value in FACTS.items() if name != "accepted_on"}
    found = bureau(tmp_path).calculate_months(ID, (first, "2021-08"), facts)
    assert (len(found.rows), found.is_simulation, found.to_dict()["kind"]) == (
        9 - int(first[-1]), kind == "simulation", kind,
    )  # fmt: skip


def test_a_table_stands_row_by_row(tmp_path: Path) -> None:
    """Each row of a table is under the adoption of its day and the text of its place, as a claim alone is."""
    policy = bureau(tmp_path, county=True).policy(ID)
    days = ["2021-06-30", "2021-07-01", "2021-12-31", "2022-01-01"]
    facts = {name: str(value) if isinstance(value, dt.date) else value for name, value in FACTS.items()}
    rows = [{**facts, "accepted_on": day, "place": place} for day in days for place in ("990121", "990101")]
    for readings in ({}, {"part_stay": "does_not"}):
        alone = [policy.calculate(row, readings=readings) for row in rows]
        found = policy.calculate_table(pa.Table.from_pylist(rows), readings=readings).to_pylist()
        assert [(each.low, each.high, each.is_simulation) for each in alone] == [
            (row.get("amount.low", row["amount"]), row.get("amount.high", row["amount"]), row["simulation"])
            for row in found
        ]
    assert {each.is_simulation for each in (policy.calculate(row) for row in rows)} == {True, False}
