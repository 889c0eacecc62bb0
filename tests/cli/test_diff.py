"""`subsidy policy diff`: what a new version means otherwise, in words, and what becomes of the worked examples."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.catalogue.support import FIRST, GOOD, ID, add, copy, repeal
from typer.testing import Result

from subsidy.cli.changes import changes, effects
from subsidy.policies import catalogue, shipped_folder

Run = Callable[..., Result]
FILE = GOOD / FIRST


def changed(folder: Path, *changes: tuple[str, str]) -> Path:
    """The good module with something else in the place of each text, as a file of its own."""
    text = FILE.read_text("utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (folder / "new.toml").write_text(text, "utf-8")
    return folder / "new.toml"


def body(run: Run, new: Path, lang: str = "en") -> str:
    """What is printed below the head, without the count at the end."""
    found = run("policy", "diff", str(FILE), str(new), "--policies", str(GOOD), "--lang", lang)
    assert found.exit_code == 1, found.output
    return "\n\n".join(found.stdout.split("\n\n")[1:-1])


CASES = tomllib.loads((Path(__file__).parent / "differences.toml").read_text("utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_change_is_said_in_words(run: Run, tmp_path: Path, case: dict[str, Any]) -> None:
    """One change of a module is told by what it means, under its heading, with what becomes of the examples."""
    assert body(run, changed(tmp_path, *case["changes"])) == case["said"]


@pytest.fixture
def versions(tmp_path: Path) -> Path:
    """A grant of 2021, mended in 2023, and raised from 2022 on."""
    folder = copy(tmp_path)
    later = {"accepted_on = 2021-07-01": "accepted_on = 2022-07-01", "30000": "35000", 'value = "300"': 'value = "350"'}
    add(folder, "2021-01-01", "{ from = 2021-01-01 }", revision=2)
    add(folder, "2022-11-01", "{ from = 2022-01-01 }", published="2022-11-01", changes=later)
    return folder


def test_the_two_latest_versions(run: Run, versions: Path) -> None:
    """An id alone compares the two latest versions: head, sections, examples, and how much there is of each."""
    found = run("policy", "diff", ID, "--policies", str(versions), "--lang", "en")

    assert (found.exit_code, found.stdout) == (
        1,
        (
            "Construction grant · cn/somewhere/town/grant\n"
            "− 2021-01-01 r2 · Notice on construction grants · Government of Some City\n"
            "+ 2022-11-01 · Notice on construction grants · Government of Some City\n"
            "\n"
            "The text\n"
            "  in force: from 2021-01-01 → from 2022-01-01\n"
            "  published: 2021-01-01 → 2022-11-01\n"
            "\n"
            "Parameters\n"
            "  rate: 300 → 350 CNY/m² from 2022-01-01\n"
            "\n"
            "Worked examples\n"
            "  西县新建: 30000.00 CNY → 35000.00 CNY\n"
            "\n"
            "differences: 3; examples: 1, come out otherwise: 1, the same: 0\n"
        ),
    )


def test_the_versions_of_two_days_in_chinese(run: Run, versions: Path) -> None:
    """Two days name the versions in force on them; without `--lang` it is said in Chinese."""
    found = run("policy", "diff", ID, "--from", "2022-06-01", "--to", "2021-06-01", "--policies", str(versions))

    assert found.exit_code == 1
    assert found.stdout == (
        "建设补助 · cn/somewhere/town/grant\n"
        "− 2022-11-01 · 关于建设补助的通知 · 某市人民政府\n"
        "+ 2021-01-01 r2 · 关于建设补助的通知 · 某市人民政府\n"
        "\n"
        "文件\n"
        "  施行：2022-01-01 起 → 2021-01-01 起\n"
        "  公布：2022-11-01 → 2021-01-01\n"
        "\n"
        "标准\n"
        "  补助标准：350 → 300 元/m²，自 2021-01-01 起\n"
        "\n"
        "算例\n"
        "  西县新建：35000.00 元 → 30000.00 元\n"
        "\n"
        "3 处差别；1 个算例，1 个结果不同，0 个不变\n"
    )


def test_one_day_is_compared_with_the_version_before(run: Run, versions: Path) -> None:
    """With `--to` alone the version before it is the other one; a mended encoding means the same as the first."""
    found = run("policy", "diff", ID, "--to", "2021-06-01", "--policies", str(versions), "--lang", "en")

    assert (found.exit_code, found.stdout) == (
        0,
        (
            "Construction grant · cn/somewhere/town/grant\n"
            "− 2021-01-01 · Notice on construction grants · Government of Some City\n"
            "+ 2021-01-01 r2 · Notice on construction grants · Government of Some City\n"
            "\n"
            "no difference in meaning\n"
            "\n"
            "differences: 0; examples: 1, come out otherwise: 0, the same: 1\n"
        ),
    )


def test_layout_comments_and_order_mean_nothing(run: Run, tmp_path: Path) -> None:
    """Comments, blanks in a formula, another order of tables and another name of a row change no meaning."""
    text = FILE.read_text("utf-8")
    gaps = text[text.index("[[gaps]]") : text.index("[[examples]]")]
    new = changed(
        tmp_path,
        (gaps, ""),
        ("[facts.project]", f"{gaps}# what a claim states\n[facts.project]"),
        ('"granted_area * rate"', '"(granted_area)*rate"'),
        (
            "sum(days_between(stay.moved_in, stay.moved_out) for stay in stays if given(stay.moved_out))",
            "sum(days_between(one.moved_in, one.moved_out) for one in stays if given(one.moved_out))",
        ),
    )
    found = run("policy", "diff", str(FILE), str(new), "--policies", str(GOOD), "--lang", "en")

    assert (found.exit_code, found.stdout.split("\n\n")[1]) == (0, "no difference in meaning")


def test_labels_and_clauses_are_told_apart_from_meaning(run: Run, tmp_path: Path) -> None:
    """A label and a clause that changed are listed, and no formula that says the label counts as changed."""
    new = changed(
        tmp_path,
        ('zh = "补助标准", en = "rate" }\nclause = "三(二)"', 'zh = "标准", en = "rate" }\nclause = "四"'),
        ('conversion = { zh = "改造", en = "conversion" }', 'conversion = { zh = "改建", en = "conversion" }'),
    )  # fmt: skip
    found = run("policy", "diff", str(FILE), str(new), "--policies", str(GOOD), "--lang", "zh")

    assert (found.exit_code, "\n\n".join(found.stdout.split("\n\n")[1:])) == (
        0,
        (
            "含义没有差别\n"
            "\n"
            "名称与条款（不影响含义）\n"
            "  rate：补助标准  〔三(二)〕 → 标准  〔四〕\n"
            "  works.conversion：改造 → 改建\n"
            "\n"
            "0 处差别；1 个算例，0 个结果不同，1 个不变\n"
        ),
    )


def test_two_things_with_one_label(run: Run, tmp_path: Path) -> None:
    """Where a formula names another thing with the same label, the formulas are shown as they are written."""
    label = 'label = { zh = "补助标准", en = "rate" }'
    twin = f'[parameters.cost]\nvalue = "1"\nunit = "CNY/m2"\n{label}\nclause = "三"\n\n'
    both = ("[parameters.area_cap]", f"{twin}[parameters.area_cap]")
    formula = 'value = "granted_area * rate"'
    old = changed(tmp_path, both, (formula, 'value = "granted_area * (rate - cost + cost)"')).rename(
        tmp_path / "old.toml"
    )
    new = changed(tmp_path, both, (formula, 'value = "granted_area * (cost - rate + rate)"'))
    found = run("policy", "diff", str(old), str(new), "--policies", str(GOOD), "--lang", "en")

    assert "  grant: granted_area * (rate - cost + cost) → granted_area * (cost - rate + rate)\n" in found.stdout


def test_as_json(run: Run, versions: Path) -> None:
    """As JSON each change has both values in words and as written, and each example what it comes to."""
    found = run("policy", "diff", ID, "--policies", str(versions), "--json")
    data = json.loads(found.stdout)

    assert found.exit_code == 1
    assert [(data[end]["version"], data[end]["revision"], data[end]["from"]) for end in ("before", "after")] == [
        ("2021-01-01", 2, "2021-01-01"),
        ("2022-11-01", 1, "2022-01-01"),
    ]
    assert data["same_meaning"] is False
    assert data["changes"][-1] == {
        "kind": "changed",
        "section": "parameters",
        "name": "rate",
        "about": {"zh": "补助标准", "en": "rate"},
        "before": {"zh": "300 元/m²", "en": "300 CNY/m²"},
        "after": {"zh": "350 元/m²", "en": "350 CNY/m²"},
        "old": "300",
        "new": "350",
    }
    assert data["examples"] == [
        {
            "example": "西县新建",
            "changed": True,
            "before": {"eligible": "true", "amount": "30000.00"},
            "after": {"eligible": "true", "amount": "35000.00"},
        }
    ]


def test_a_standard_is_compared_by_what_it_requires(run: Run, tmp_path: Path) -> None:
    """A policy that pays nothing has the requirement of each example compared, and whether it is met."""
    name = "cn/jilin/liaoyuan/facility-provision"
    old = shipped_folder() / name / "2021-05-15.toml"
    new = tmp_path / "new.toml"
    new.write_text(old.read_text("utf-8").replace('value = "20"', 'value = "30"'), "utf-8")
    found = run("policy", "diff", str(old), str(new), "--lang", "zh")

    assert "  每百户面积标准：20 → 30 m²\n" in found.stdout
    assert (
        "  350 户，70 平方米，恰好达标：premises.required 60…70，premises.met true → "
        "premises.required 90…105，premises.met false\n"
    ) in found.stdout


def test_what_cannot_be_compared(run: Run, tmp_path: Path) -> None:
    """One version alone, a text that ends a policy, and days beside files are refused, each with what to do."""
    folder = copy(tmp_path)
    options = ("--policies", str(folder), "--lang", "en")
    alone = (
        "R0124 nothing-to-compare  cn/somewhere/town/grant\n"
        "  cn/somewhere/town/grant has no version before 2021-01-01\n"
        "  → compare two files\n"
    )
    for days in ((), ("--to", "2022-01-01")):
        found = run("policy", "diff", ID, *days, *options)
        assert (found.exit_code, found.stderr) == (3, alone)

    end = folder / repeal(folder, "2026-01-01")
    found = run("policy", "diff", str(FILE), str(end), *options)
    assert (found.exit_code, found.stderr) == (
        4,
        f"R0125 ends-a-policy  {end}\n  {end} ends a policy, and has nothing to compare\n",
    )

    found = run("policy", "diff", str(FILE), str(FILE), "--to", "2022-01-01", *options)
    assert found.exit_code == 2
    assert "--from and --to go with a policy id, not with files" in found.stderr


def test_every_construct_of_the_shipped_modules_is_said() -> None:
    """Between two modules with nothing in common, every item of both is listed, and none by a name of the program's."""
    policies = list(catalogue())
    for before, after in pairwise(policies):
        found = changes(before, after)
        said = {text for each in found for text in (each.about, each.before, each.after) if text is not None}
        listed = {each.name.partition(".")[0] for each in found}
        names = [*after.program.facts, *after.program.parameters, *(step.name for step in after.program.steps)]
        same = {*before.program.facts, *before.program.parameters, *(step.name for step in before.program.steps)}
        assert [name for name in names if name not in listed | same] == []
        assert [text for text in said if "(name=" in text.zh + text.en or "(type=" in text.zh + text.en] == []
        assert (changes(before, before), [each for each in effects(before, before) if each.is_changed]) == ([], [])
