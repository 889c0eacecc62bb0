"""What thirty texts printed as paid, through files: rosters that add up as the texts say, held against the print.

The rosters are made here. Where a text says only a sum of beds or of money, how it is divided among rows is ours, and
no figure of a text is.
"""

from __future__ import annotations

from pathlib import Path

from .rosters import WORLD, book, run, sheet

SHUANGTA = "cn/liaoning/chaoyang/shuangta/operating"
GUIYANG = "cn/guizhou/guiyang/operating"
SHANDONG = "cn/shandong/operating"
LIANDU = "cn/zhejiang/lishui/liandu/centre-stars"


def guiyang(tmp_path: Path) -> Path:
    """1,479 beds, in two batches of ours, in a workbook with a title and a row of the total."""
    return book(
        tmp_path / "贵阳.xlsx",
        [
            ["贵阳市养老床位运营补贴发放表"],
            ["发放批次", "公布日期", "入住满一个月及以上的床位"],
            ["甲", "2013-11-20", 1000],
            ["乙", "2013-11-20", 479],
            ["合计", "", 1479],
        ],
    )


def test_shuangta(tmp_path: Path) -> None:
    """3,815 bed-months at 130 are the 495,950 that was printed; how they fall to the half-years is ours."""
    roster = sheet(
        tmp_path / "r.csv",
        "发放批次,公示日期,各半年",
        '甲,2022-12-29,"[{""begins"": ""2021-07"", ""bed_months"": ""1900""}]"',
        '乙,2022-12-29,"[{""begins"": ""2022-01"", ""bed_months"": ""1915""}]"',
    )
    found = run("reconcile", roster, "--policy", SHUANGTA, "--policies", WORLD, "--total", "495950", lang="zh")
    assert (found.exit_code, found.stdout) == (
        0,
        (
            "养老机构运营补贴（示例，未与原文核对） cn/liaoning/chaoyang/shuangta/operating 2022-12-29\n"
            "\n"
            "      公布    计算        差额  行数  结论\n"
            "合计  495950  495,950.00  0.00  2     相等\n"
            "\n"
            "全部相符\n"
        ),
    )


def test_guiyang(tmp_path: Path) -> None:
    """1,479 beds at 300 are the 44.37万元 that was printed, half of them from each of city and district."""
    published = book(
        tmp_path / "公布.xlsx",
        [["单位：万元"], ["承担", "金额"], ["市级财政", 22.185], ["县级财政", 22.185], ["合计", 44.37]],
    )
    words = ("--policy", GUIYANG, "--policies", WORLD, "--group", "payer", "--published", published)
    found = run("reconcile", guiyang(tmp_path), *words, lang="zh")
    assert (found.exit_code, found.stdout) == (
        0,
        (
            "养老床位运营补贴（示例，未与原文核对） cn/guizhou/guiyang/operating 2013-11-20\n"
            "\n"
            "承担      公布    计算        差额  行数  结论\n"
            "市级财政  22.185  221,850.00  0.00  2     相等\n"
            "县级财政  22.185  221,850.00  0.00  2     相等\n"
            "合计      44.37   443,700.00  0.00  2     相等\n"
            "\n"
            "全部相符\n"
        ),
    )


def test_guiyang_as_rounded(tmp_path: Path) -> None:
    """One bed less is 443,400, which is no more 44.37万元, but is 44.3万元 as rounded to that place."""
    roster = sheet(tmp_path / "r.csv", "batch,day,beds", "B1,2013-11-20,1478")
    words = ("reconcile", roster, "--policy", GUIYANG, "--policies", WORLD)
    found = run(*words, "--total", "44.3万元")
    assert "total  44.3万元   443,400.00  +400.00     1     fits as rounded to 0.1 万元\n" in found.stdout
    assert found.exit_code == 0
    found = run(*words, "--total", "44.37万元")
    assert (found.exit_code, found.stdout) == (
        1,
        (
            "Operating subsidy for beds (example, unverified against the original) cn/guizhou/guiyang/operating "
            "2013-11-20\n"
            "\n"
            "       published  computed    difference  rows  verdict\n"
            "total  44.37万元  443,400.00  -300.00     1     differs\n"
            "\n"
            "1 of 1 does not fit\n"
        ),
    )


def test_shandong_is_no_sum_of_whole_months(tmp_path: Path) -> None:
    """The 766,651 of a home of grade five are no sum of whole months; which months there were is ours."""
    roster = sheet(
        tmp_path / "r.csv", "养老机构,申报日期,机构等级,中度失能人月,重度失能人月", "H1,2022-08-01,五级,2,2128"
    )
    found = run("reconcile", roster, "--policy", SHANDONG, "--policies", WORLD, "--total", "766651", lang="zh")
    assert (found.exit_code, found.stdout) == (
        1,
        (
            "养老机构运营奖补（示例，未与原文核对） cn/shandong/operating 2021-08-01\n"
            "\n"
            "      公布    计算        差额    行数  结论\n"
            "合计  766651  766,560.00  -91.00  1     不符\n"
            "\n"
            "合计：公布的 766651 不可能是整额之和：这些行的金额都是 120.00 元的整数倍，"
            "最近的是 766,560.00 和 766,680.00\n"
            "1 项中有 1 项不符\n"
        ),
    )
    other = sheet(tmp_path / "o.csv", "home,day,grade,moderate,severe", "H1,2022-08-01,five,0,1")
    found = run("reconcile", other, "--policy", SHANDONG, "--policies", WORLD, "--total", "766680")
    assert "whole amounts" not in found.stdout  # it may be one, and only differs
    assert found.exit_code == 1


def test_liandu(tmp_path: Path) -> None:
    """220.5万元 is what a roster of centres comes to; how many have how many stars was not printed, and is ours."""
    stars = {"五星": 20, "四星": 15, "三星": 15, "二星": 8, "一星": 5}
    head = [
        "照料中心",
        "评估日期",
        "星级",
        "当年运营月数",
        "老年食堂全年运营月数（未开设为 0）",
        "日均用餐人数",
        "已享受的同类补助",
    ]
    rows = [
        [f"{star}{number}", "2026-02-01", star, 12, *((10, 10) if star not in ("二星", "一星") else ("", "")), 0]
        for star, count in stars.items()
        for number in range(count)
    ]
    roster = book(tmp_path / "莲都.xlsx", [head, *rows])
    words = ("reconcile", roster, "--policy", LIANDU, "--policies", WORLD)
    found = run(*words, "--total", "220.5万元", lang="zh")
    assert "合计  220.5万元  2,205,000.00  0.00  63    相等\n" in found.stdout
    assert (found.exit_code, found.stdout.splitlines()[-1]) == (0, "全部相符")
    found = run(*words, "--total", "220.55万元", lang="zh")
    assert "合计：公布的 220.55万元 不可能是整额之和" not in found.stdout  # fen may come in from what was had elsewhere
    assert found.exit_code == 1
