"""What the shell offers, asked as the shell asks."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from subsidy.cli.app import app
from subsidy.policies import catalogue

GRANT = "cn/shanxi/yuncheng/construction-grant"


def offered(*words: str) -> list[str]:
    """What bash is offered where the last word is being typed."""
    env = {
        "_SUBSIDY_COMPLETE": "complete_bash",
        "COMP_WORDS": " ".join(("subsidy", *words)),
        "COMP_CWORD": str(len(words)),
    }
    found = CliRunner().invoke(app, [], prog_name="subsidy", env=env)
    return found.stdout.split()


def test_policy_ids() -> None:
    """The ids that begin with what was typed."""
    assert offered("policy", "show", "cn/shanxi/yuncheng/b") == ["cn/shanxi/yuncheng/bed-subsidy"]
    assert offered("policy", "diff", "cn/shanxi/yuncheng/b") == ["cn/shanxi/yuncheng/bed-subsidy"]
    assert offered("policy", "new", "cn/shanxi/yuncheng/b") == ["cn/shanxi/yuncheng/bed-subsidy"]
    assert offered("calculate", "") == catalogue().ids


def test_facts_that_have_a_curve() -> None:
    """Behind `--over` stand the facts over which the amount of the policy can be shown."""
    assert offered("policy", "show", GRANT, "--over", "") == [
        "accepted_on", "place", "works", "floor_area", "beds", "cost",
    ]  # fmt: skip


def test_what_a_determination_states() -> None:
    """Behind `determine` stand the policies, and the facts without those that the ledger states."""
    home = "cn/liaoning/shenyang/home-service"
    assert offered("determine", "cn/shanxi/yuncheng/b") == ["cn/shanxi/yuncheng/bed-subsidy"]
    assert offered("determine", home, "month=2023-08", "") == ["beneficiary=", "hours=", "price="]
    assert "left_monthly=" in offered("calculate", home, "")


def test_columns_of_a_roster_that_are_no_facts(tmp_path: Path) -> None:
    """Behind `--ignore` stand the columns that can be passed over, without those that are; of a bad table, none."""
    home, file = "cn/liaoning/shenyang/home-service", tmp_path / "roster.csv"
    file.write_text("姓名,服务对象,month,hours,price,备注\n", "gb18030")
    words = ("determine", home, "--table", str(file), "--encoding", "gb18030", "--ignore")
    assert offered(*words, "") == ["姓名", "备注"]
    assert offered(*words, "备注", "--ignore", "") == ["姓名"]
    assert offered(*words, "备") == ["备注"]
    assert offered("determine", home, "--table", str(file), "--ignore", "") == []
    assert offered("determine", home, "--table", "nowhere.csv", "--ignore", "") == []
    assert offered("determine", home, "--ignore", "") == []


def test_names_of_facts_that_are_not_given_yet() -> None:
    """The facts of the policy, without those that stand there already."""
    assert offered("calculate", GRANT, "project=P1", "") == [
        "accepted_on=", "place=", "works=", "floor_area=", "beds=", "cost=",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (["works=new"], ["works=new_build"]),
        (["works", "=", "new"], ["new_build"]),
        (["works", "="], ["new_build", "conversion", "extension", "purchase", "lease"]),
        (["place=14088"], ["place=140881", "place=140882"]),
        (["project=P"], []),
    ],
)
def test_values_of_a_fact(words: list[str], values: list[str]) -> None:
    """The values of a choice and of a division, in one word or broken at the sign of equality as bash breaks it."""
    assert offered("calculate", GRANT, *words) == values


def test_readings_and_their_values() -> None:
    """The interpretations of the policy, then the readings of one, and leaving it open."""
    assert offered("calculate", GRANT, "--reading", "") == ["shortfall=", "other_works="]
    assert offered("calculate", GRANT, "--reading", "other_works=") == [
        "other_works=earn", "other_works=do_not", "other_works=open",
    ]  # fmt: skip
    assert offered("calculate", GRANT, "--reading", "other_works", "=", "d") == ["do_not"]


def test_nothing_for_a_policy_that_is_not_there() -> None:
    """An unknown policy or folder offers nothing, and no error."""
    assert offered("calculate", "cn/nowhere/at/all", "") == []
    assert offered("policy", "show", "--policies", "/no/such/folder", "cn") == []
