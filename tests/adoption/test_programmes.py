"""Programmes: what several policies together give one person, with a reason for each, sound also where one is open."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import Result

import subsidy
from subsidy.calculation.combined import combine
from subsidy.calculation.explain_programme import total_in_figures
from subsidy.calculation.renderings import html, markdown
from subsidy.catalogue.programmes import ProgrammeDocument
from subsidy.language.intervals import Interval

from .support import BED, CARE, HOME, care

Run = Callable[..., Result]
EXCLUDES = ("[cap]", '[[exclusions]]\nif = "home"\nthen = "bed"\nclause = "三"\n\n[cap]')
FULL_MONTH = {**BED, "stays": [{"moved_in": "2023-08-01", "moved_out": "2023-08-31"}]}


def counts(result: subsidy.ProgrammeResult) -> dict[str, tuple[str, str, str]]:
    titles = {member.name: member.title for member in result.members}
    return {
        member.name: (str(member.counts.low), str(member.counts.high), member.why(titles, "en"))
        for member in result.members
    }


def test_members_are_added_and_cut_to_the_cap(tmp_path: Path) -> None:
    """200 and 90 make 290, and the cap of 250 takes 40 from the last member, or from the first."""
    catalogue = care(tmp_path / "last")
    catalogue.check()
    result = catalogue.programme(CARE).calculate({"bed": FULL_MONTH, "home": HOME})
    assert str(result.amount) == "250.00"
    assert counts(result) == {
        "bed": ("200.00", "200.00", "paid as it is"),
        "home": ("50.00", "50.00", "cut to the cap on the total [四]"),
    }
    first = care(tmp_path / "first", ('cut = "last"', 'cut = "first"')).programme(CARE)
    assert [str(m.counts.amount) for m in first.calculate({"bed": FULL_MONTH, "home": HOME}).members] == [
        "160.00",
        "90.00",
    ]


def test_only_the_highest_is_paid(tmp_path: Path) -> None:
    """就高: the highest is paid, the others are not, and it is said why."""
    programme = care(tmp_path, ('combine = "sum"', 'combine = "highest"')).programme(CARE)
    result = programme.calculate({"bed": FULL_MONTH, "home": HOME})
    assert str(result.amount) == "200.00"
    assert counts(result)["home"] == ("0.00", "0.00", "not the highest, so not paid [二]")


def test_one_excludes_the_other_where_it_is_paid(tmp_path: Path) -> None:
    """The bed subsidy is not paid beside home service, but is where there is none."""
    programme = care(tmp_path, EXCLUDES).programme(CARE)
    both = programme.calculate({"bed": FULL_MONTH, "home": HOME})
    assert (str(both.amount), counts(both)["bed"]) == (
        "90.00",
        ("0.00", "0.00", "not paid, as Home-service subsidy is [三]"),
    )
    one = programme.calculate({"bed": FULL_MONTH})
    assert (str(one.amount), counts(one)["home"]) == ("200.00", ("0.00", "0.00", "not claimed"))


def test_an_open_member_leaves_bounds(tmp_path: Path) -> None:
    """A member that is open opens what rests on it, and the total; a reading settles all of it."""
    programme = care(tmp_path).programme(CARE)
    result = programme.calculate({"bed": BED, "home": HOME})
    assert (str(result.low), str(result.high), result.is_determined) == ("90.00", "250.00", False)
    assert counts(result)["home"] == ("50.00", "90.00", "perhaps cut to the cap on the total [四]")
    with pytest.raises(subsidy.UndeterminedError):
        _ = result.amount
    settled = programme.calculate({"bed": BED, "home": HOME}, readings={"bed": {"part_month": "by_days"}})
    assert str(settled.amount) == "180.32"


def test_the_explanation_has_every_reason(tmp_path: Path) -> None:
    """The head of the explanation says how the total is made, in both languages; the members follow in full."""
    result = care(tmp_path).programme(CARE).calculate({"bed": FULL_MONTH, "home": HOME})
    digest = result.entry.digest
    assert result.explain("zh").partition("\n────")[0] == (
        "养老补贴合并发放（虚构） · 山西省运城市\n"
        "cn/somewhere/care · 2023-08-01 · 第 1 次编码\n"
        "依据：某民发〔2023〕7号 关于合并发放的通知（虚构） · 某市民政局 · 2023-07-20\n"
        f"摘要：{digest}\n"
        "老年人：R1\n\n"
        "组成\n"
        "  1. 养老床位补贴：200.00 元\n"
        "    → 200.00 元：照付\n"
        "  2. 政府购买居家养老服务补助：90.00 元\n"
        "    → 90.00 − 40.00 = 50.00 元：按总额封顶削减〔四〕\n\n"
        "合计\n"
        "  各项相加  〔二〕\n"
        "  总额最高：250 元  〔四〕\n"
        "  金额合计：250.00 元\n"
        "    = 取小(200.00 + 90.00，250.00)\n\n"
        "提示\n"
        "  W0101 测算：没有采用文件，不作支付依据\n"
        "  W0110 该政策模块未列入 catalogue.lock\n"
    )
    assert result.explain("en").partition("\n────")[0] == (
        "Care subsidies together (fictional) · Yuncheng City\n"
        "cn/somewhere/care · 2023-08-01 · revision 1\n"
        "Source: 某民发〔2023〕7号 Notice on paying together (fictional) · Civil affairs bureau of Some City"
        " · 2023-07-20\n"
        f"Digest: {digest}\n"
        "elder: R1\n\n"
        "Members\n"
        "  1. Bed subsidy for residents: 200.00 CNY\n"
        "    → 200.00 CNY: paid as it is\n"
        "  2. Home-service subsidy: 90.00 CNY\n"
        "    → 90.00 − 40.00 = 50.00 CNY: cut to the cap on the total [四]\n\n"
        "Total\n"
        "  added up  [二]\n"
        "  at most in all: 250 CNY  [四]\n"
        "  Amount: 250.00 CNY\n"
        "    = min(200.00 + 90.00, 250.00)\n\n"
        "Remarks\n"
        "  W0101 simulation: no adoption, so nothing may be paid from it\n"
        "  W0110 this module is not in catalogue.lock\n"
    )
    for member in result.members:
        assert member.result is not None
        assert member.result.explain("en").rstrip("\n") in result.explain("en")


def test_the_explanation_as_data_holds_those_of_the_members(tmp_path: Path) -> None:
    """The data has a line for each member and its sums, and the members' own explanations as parts."""
    result = care(tmp_path).programme(CARE).calculate({"bed": FULL_MONTH, "home": HOME})
    explanation = result.explanation
    members = explanation.sections[0].lines
    assert (explanation.kind, explanation.digest) == ("programme", result.entry.digest)
    assert [(m.name, m.values, m.lines[0].values) for m in members] == [
        ("bed", ("200.00",), ("200.00",)),
        ("home", ("90.00",), ("50.00",)),
    ]
    assert explanation.parts == tuple(m.result.explanation for m in result.members if m.result is not None)
    assert explanation == subsidy.Explanation.from_dict(json.loads(json.dumps(explanation.to_dict())))


def test_the_plain_data_holds_every_receipt(tmp_path: Path) -> None:
    """The canonical data names the programme's digest and has the receipt of each member, each of which replays."""
    catalogue = care(tmp_path)
    result = catalogue.programme(CARE).calculate({"bed": FULL_MONTH})
    data = json.loads(result.receipt())
    assert data["programme"] == {
        "id": CARE,
        "version": "2023-08-01",
        "revision": 1,
        "digest": catalogue.programme(CARE).digest,
    }
    assert data["result"] == {"kind": "simulation", "amount": "200.00", "currency": "CNY"}
    assert data["members"]["home"] == {
        "counts": "0.00",
        "reasons": [{"kind": "not_claimed", "by": "", "clause": "", "sure": True}],
        "receipt": None,
    }
    assert catalogue.replay(json.dumps(data["members"]["bed"]["receipt"])).is_same


def test_all_problems_of_all_members_come_at_once(tmp_path: Path) -> None:
    """Facts that do not fit, an unknown member, and subjects, days and months that differ."""
    programme = care(tmp_path).programme(CARE)
    with pytest.raises(subsidy.FactsError) as wrong:
        programme.calculate({"bed": {**BED, "care_level": "odd"}, "home": {**HOME, "hours": "x"}, "meal": {}})
    assert [(p.code, p.where) for p in wrong.value.problems] == [
        ("R0401", "meal"),
        ("F0109", "bed.care_level"),
        ("F0107", "home.hours"),
    ]
    with pytest.raises(subsidy.RequestError) as differ:
        programme.calculate({"bed": {**BED, "resident": "R2", "month": "2025-09"}, "home": HOME})
    assert differ.value.report("en") == (
        "R0404 outside-programme  bed.month\n"
        "  bed.month is 2025-09-01, outside the time of this version of the programme: 2023-08-01 – 2024-12-31\n"
        "  → calculate that claim apart, so that its own date picks the version; or pick one with --on\n"
        "R0403 subjects-differ  home.beneficiary\n"
        "  home.beneficiary is R1, but bed is about R2; a programme is about one subject\n"
        "R0405 months-differ  home.month\n"
        "  home.month is 2023-08, but bed is about 2025-09; they must be of one month"
    )
    with pytest.raises(subsidy.RequestError) as nothing:
        programme.calculate({})
    assert nothing.value.report("en") == ("R0402 nothing-claimed  cn/somewhere/care\n  no member is claimed: bed, home")


def test_a_programme_is_found_by_its_day(tmp_path: Path) -> None:
    """On a day without a version, or under an unknown id, that is said with what there is."""
    catalogue = care(tmp_path)
    assert catalogue.programme(CARE, "2024-12-31").version == "2023-08-01"
    with pytest.raises(subsidy.RequestError) as late:
        catalogue.programme(CARE, "2025-01-01")
    assert late.value.report("en") == (
        "R0102 no-version-on-date  cn/somewhere/care\n"
        "  no version of cn/somewhere/care is in force on 2025-01-01; the last ended on 2024-12-31"
    )
    with pytest.raises(subsidy.RequestError) as odd:
        catalogue.programme("cn/somewhere/cars")
    assert odd.value.report("en") == (
        "R0406 unknown-programme  cn/somewhere/cars\n"
        "  there is no programme cn/somewhere/cars\n"
        "  → did you mean cn/somewhere/care?"
    )


# — soundness, against a rule written down once more —


def document(combine_: str, cap: str | None, cut: str, exclusions: list[tuple[str, str]]) -> ProgrammeDocument:
    words = {"zh": "x", "en": "x"}
    day = dt.date(2023, 1, 1)
    return ProgrammeDocument.model_validate(
        {
            "language": 1,
            "programme": {
                "id": "cn/some/where", "version": "2023-01-01", "valid": {"from": day}, "published": day,
                "division": "140800", "title": words, "subject": "elder", "label": words, "combine": combine_,
                "clause": "一",
            },
            "source": {"title": words, "issued": day, "issuer": words},
            "members": [{"name": n, "policy": "cn/some/policy", "subject": "elder"} for n in "abc"],
            "exclusions": [{"if": one, "then": two, "clause": "二"} for one, two in exclusions],
            "cap": None if cap is None else {"limit": cap, "cut": cut, "clause": "三"},
        }
    )  # fmt: skip


def by_rule(found: ProgrammeDocument, sums: dict[str, int]) -> dict[str, int]:
    """What each member is paid, by the text and without bounds."""
    paid = {name: max(0, sum_) for name, sum_ in sums.items()}
    for name in "abc":  # exclusions of the tests go from an earlier member to a later one
        if any(each.then == name and paid.get(each.if_, 0) > 0 for each in found.exclusions):
            paid[name] = 0
    if found.programme.combine == "highest":
        best = min((name for name in paid if sums[name] >= 0), default="", key=lambda name: (-paid[name], name))
        paid = {name: sum_ if name == best else 0 for name, sum_ in paid.items()}
    if found.cap is not None:
        left = int(found.cap.limit) * 100
        for name in sorted(paid, reverse=found.cap.cut == "first"):
            paid[name] = min(paid[name], left)
            left -= paid[name]
    return {name: paid[name] + min(0, sum_) for name, sum_ in sums.items()}


def told(found: ProgrammeDocument, **sums: int) -> tuple[dict[str, tuple[float, list[str]]], float]:
    """What counts of each member, with the kinds of reasons, and the total."""
    combined = combine(found, {name: Interval(sum_, sum_) for name, sum_ in sums.items()})
    kinds: dict[str, list[str]] = {name: [why.kind for why in combined.reasons[name]] for name in sums}
    return {name: (combined.counts[name].low, kinds[name]) for name in sums}, combined.total.low


def test_money_taken_back_is_never_lost() -> None:
    """A sum below zero counts in full beside a cap, the highest and an exclusion; the members make the total."""
    assert told(document("sum", "100", "last", []), a=15000, b=-3000) == (
        {"a": (10000, ["cut"]), "b": (-3000, ["recovered"])},
        7000,
    )
    assert told(document("highest", None, "last", []), a=-3000, b=2000, c=1000) == (
        {"a": (-3000, ["recovered"]), "b": (2000, ["kept"]), "c": (0, ["not_highest"])},
        -1000,
    )
    assert told(document("sum", None, "last", [("a", "b"), ("b", "c")]), a=500, b=-300, c=200) == (
        {"a": (500, ["kept"]), "b": (-300, ["recovered"]), "c": (200, ["kept"])},
        400,
    )


def documents() -> Iterator[ProgrammeDocument]:
    for cap, cut in ((None, "last"), ("3", "last"), ("3", "first")):
        yield document("highest", cap, cut, [])
        for exclusions in ([], [("a", "b")], [("a", "c"), ("b", "c")], [("a", "b"), ("b", "c")]):
            yield document("sum", cap, cut, exclusions)


DOCUMENTS = list(documents())
ENDS = st.integers(-2, 3).map(lambda yuan: yuan * 100)
BOUNDS = st.tuples(ENDS, ENDS).map(lambda ends: Interval(min(ends), max(ends)))


@given(st.sampled_from(DOCUMENTS), st.dictionaries(st.sampled_from("abc"), BOUNDS, min_size=1))
def test_bounds_hold_whatever_the_members_turn_out_to_be(found: ProgrammeDocument, sums: dict[str, Any]) -> None:
    """Whatever lies within the bounds of the members, what is paid by the rule lies within those of the programme."""
    combined = combine(found, sums)
    for point in product(*(range(each.low, each.high + 100, 100) for each in sums.values())):
        chosen = dict(zip(sums, point, strict=True))
        paid = by_rule(found, chosen)
        exact = combine(found, {name: Interval(value, value) for name, value in chosen.items()})
        assert {name: (c.low, c.high) for name, c in exact.counts.items() if name in paid} == {
            name: (value, value) for name, value in paid.items()
        }
        assert found.cap is None or exact.total.high <= int(found.cap.limit) * 100
        assert exact.total == (sum(paid.values()), sum(paid.values()))
        assert all(paid[name] == sum_ for name, sum_ in chosen.items() if sum_ < 0)
        for name, value in paid.items():
            assert combined.counts[name].low <= value <= combined.counts[name].high
        assert combined.total.low <= sum(paid.values()) <= combined.total.high


@given(st.sampled_from(DOCUMENTS), st.dictionaries(st.sampled_from("abc"), BOUNDS, min_size=1))
def test_the_total_is_computed_again_from_its_printed_figures(found: ProgrammeDocument, sums: dict[str, Any]) -> None:
    """The least and the most of the total are what their formulas give, with exclusions, the cap and recoveries."""
    combined = combine(found, sums)
    for end in (0, 1):
        figures = total_in_figures(found, combined, sorted(sums), end)
        for said in (figures.en, figures.zh.replace("取小", "min").replace("取大", "max").replace("，", ",")):
            again = eval(  # noqa: S307 – our own figures
                re.sub(r"[0-9.]+", r"Decimal('\g<0>')", said.replace("−", "-")), {"Decimal": Decimal}
            )
            assert again * 100 == combined.total[end], said


# — the command line —


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(care(tmp_path).folder.path)


def test_programme_calculate(run: Run, folder: str, tmp_path: Path) -> None:
    """The command prints the explanation, or the canonical data, of facts by member in a file."""
    file = tmp_path / "claims.json"
    file.write_text(json.dumps({"bed": BED, "home": HOME}), "utf-8")
    words = ("programme", "calculate", CARE, str(file), "--policies", folder)
    wanted = subsidy.Catalogue(folder).programme(CARE)
    result = wanted.calculate({"bed": BED, "home": HOME}, readings={"bed": {"part_month": "any_day"}})
    found = run(*words, "--reading", "bed.part_month=any_day", "--lang", "en")
    assert (found.exit_code, found.stdout) == (0, result.explain("en"))
    found = run(*words, "--reading", "bed.part_month=any_day", "--json")
    assert found.stdout.encode() == result.receipt()
    assert run(*words, "--reading", "part_month=any_day").exit_code == 2
    file.write_text('{"bed": 1}', "utf-8")
    found = run(*words, "--lang", "en")
    assert (found.exit_code, found.stderr) == (
        3,
        'R0301 bad-request  bed\n  the request is not well formed: bed: {"fact": "value", …}\n',
    )


def test_programme_in_every_form(run: Run, folder: str, tmp_path: Path) -> None:
    """`--format`, `--capitals` and `--explain` are as for one calculation; a form beside `--json` is refused."""
    file = tmp_path / "claims.json"
    file.write_text(json.dumps({"bed": FULL_MONTH, "home": HOME}), "utf-8")
    words = ("programme", "calculate", CARE, str(file), "--policies", folder)
    result = subsidy.Catalogue(folder).programme(CARE).calculate({"bed": FULL_MONTH, "home": HOME})
    assert run(*words, "--format", "html").stdout == html(result.explanation, "zh")
    assert run(*words, "--format", "markdown", "--lang", "en").stdout == markdown(result.explanation, "en")
    assert "金额大写：人民币贰佰伍拾元整\n" in run(*words, "--capitals").stdout
    assert json.loads(run(*words, "--json", "--explain", "--capitals").stdout) == {
        "receipt": result.to_dict(),
        "amount_in_capitals": "人民币贰佰伍拾元整",
        "explanation": result.explanation.to_dict(),
    }
    assert run(*words, "--json", "--format", "html").exit_code == 2


def test_programme_list_and_show(run: Run, folder: str) -> None:
    """A programme is listed, and shown with its members and its cap."""
    found = run("programme", "list", "--policies", folder, "--lang", "en").stdout.splitlines()
    assert [line.split("  ")[0] for line in found] == ["programme", CARE]
    digest = subsidy.Catalogue(folder).programme(CARE).digest
    assert run("programme", "show", CARE, "--policies", folder, "--lang", "en").stdout == (
        "Care subsidies together (fictional)\n"
        "cn/somewhere/care · 2023-08-01 · revision 1\n"
        f"Digest: {digest}\n"
        "Subject: elder\n"
        "Combined: sum [二]\n\n"
        "Members\n"
        "  bed  Bed subsidy for residents  cn/shanxi/yuncheng/bed-subsidy · resident\n"
        "  home  Home-service subsidy  cn/liaoning/shenyang/home-service · beneficiary\n\n"
        "at most 250 CNY in all, the last are cut first [四]\n"
    )
    assert json.loads(run("programme", "show", CARE, "--policies", folder, "--json").stdout)["digest"] == digest


def test_programme_replay(run: Run, folder: str, tmp_path: Path) -> None:
    """A programme's receipt replays to the same; whatever figure is altered in it is found, with its place."""
    catalogue = subsidy.Catalogue(folder)
    receipt = catalogue.programme(CARE).calculate({"bed": FULL_MONTH, "home": HOME}).receipt()
    digest = catalogue.programme(CARE).digest
    assert catalogue.replay_programme(receipt).is_same
    file = tmp_path / "receipt.json"
    file.write_bytes(receipt)
    found = run("replay", str(file), "--policies", folder, "--lang", "en")
    assert (found.exit_code, found.stdout) == (
        0,
        f"same: the replay gives what the receipt says\n{CARE} · 2023-08-01 · revision 1\n{digest}\n",
    )
    for old, new, keys in (
        ('"amount":"250.00"', '"amount":"290.00"', ["result.amount"]),
        ('"counts":"50.00"', '"counts":"90.00"', ["members.home.counts"]),
        ('"kind":"cut"', '"kind":"kept"', ["members.home.reasons"]),
        ('"subject":"R1"', '"subject":"R2"', [f"members.{m}.receipt.facts.{s}" for m, s in
                                             (("bed", "resident"), ("home", "beneficiary"))]),
        ('"hours":"3.00"', '"hours":"4.00"', None),
    ):  # fmt: skip
        text = receipt.decode()
        assert text.count(old) == 1, old
        differences = catalogue.replay_programme(text.replace(old, new)).differences
        assert differences
        assert keys is None or [each.key for each in differences] == keys
    with pytest.raises(subsidy.RequestError) as gone:
        subsidy.catalogue().replay_programme(receipt)
    assert gone.value.report("en") == (
        "R0205 programme-digest-unknown  programme.digest\n"
        f"  the catalogue has no programme with the digest {digest}\n"
        "  → use the folder of policies under which the receipt was given"
    )
