"""`subsidy policy show`: the curve, the cliffs and the proved maximum, on paper and as data."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as Tree
from pathlib import Path

import pytest

from .conftest import Run

GRANT = "cn/shanxi/yuncheng/construction-grant"
HOME = "cn/liaoning/shenyang/home-service"
RATED = "cn/shanxi/yuncheng/operating-subsidy"
MEASURES = "cn/shanxi/yuncheng/centre-size"
WORLD = ("--policies", str(Path(__file__).parents[2] / "examples" / "world" / "policies"))


def section(page: str, title: str) -> str:
    return page.partition(f"\n\n{title}\n")[2].partition("\n\n")[0]


def drawing(page: str) -> str:
    return page[page.index("<svg") : page.index("</svg>") + len("</svg>")]


def labels(page: str) -> list[str]:
    """What is written on the drawing."""
    return ["".join(each.itertext()) for each in Tree.fromstring(drawing(page)).iter() if each.tag.endswith("text")]  # noqa: S314 – our own


def test_a_page_has_the_curve_and_the_cliffs(run: Run) -> None:
    """The points, each cliff with both amounts and its clause, and how they were found stand on the page."""
    page = run("policy", "show", HOME, "--lang", "en").stdout

    assert section(page, "The amount over one fact") == (
        "  all else as in the worked example “45 小时，每小时 30 元，恰到最高补助”\n"
        "    hours of home service in the month (h/(person·month))  amount (CNY)\n"
        "                                                     0.00  0.00\n"
        "                                                     2.99  0.00 to 89.70 (undetermined)\n"
        "    (cliff)\n"
        "                                                     3.00  90.00\n"
        "                                                    45.00  1350.00\n"
        "    (cliff)\n"
        "                                                    45.01  0.00 to 1350.00 (undetermined)\n"
        "                                                   744.00  0.00 to 1350.00 (undetermined)\n"
        "  a straight line from each row to the next (tried, not proved)"
    )
    first, second = section(page, "Cliffs").splitlines()[1:]
    assert first == (
        "  hours of home service in the month 2.99 → 3.00 h/(person·month): "
        "0.00 to 89.70 CNY (undetermined) → 90.00 CNY; decided by hours that count  [二(一)]"
    )
    assert second == (
        "  hours of home service in the month 45.00 → 45.01 h/(person·month): "
        "1350.00 CNY → 0.00 to 1350.00 CNY (undetermined); decided by hours that count  [二(一)]"
    )


def test_a_page_names_the_proved_maximum(run: Run) -> None:
    """The proved maximum of the amount and of each part, with what reaches it or the most that was found."""
    page = run("policy", "show", GRANT).stdout

    assert [line.strip() for line in page.splitlines() if "最高（已证明）" in line] == [
        "最高（已证明）：600000.00 元；算例「盐湖区新建 2350.50 平方米，按 2000 平方米计」达到",
        "最高（已证明）：1000000000.00 元；算例未达到，至多 2150000.00 元",
        "最高（已证明）：600000.00 元；算例「盐湖区新建 2350.50 平方米，按 2000 平方米计」达到",
    ]
    assert "  口径 “不足部分”指什么：超出上限面积的部分，按同一标准\n" in page
    assert section(page, "跳变").splitlines()[1:] == ["  没有找到"]


def test_a_maximum_that_is_left_open(run: Run) -> None:
    """Where only the upper bound of an open amount comes near the proved maximum, both bounds are named."""
    words = ("policy", "show", "cn/fujian/opening-grant-recovery", *WORLD)

    assert (
        "  最高（已证明）：0.00 元；算例和曲线没有确定达到：下限至多 -500000.00 元，未定的上限至多 -200000.00 元\n"
        in (run(*words).stdout)
    )
    assert (
        "  Maximum (proved): 0.00 CNY; not reached for certain by an example or the curve: the lower bound is "
        "-500000.00 CNY at most, the upper, undetermined, -200000.00 CNY at most\n"
    ) in run(*words, "--lang", "en").stdout


def test_json_has_curve_cliffs_and_maximum_exactly(run: Run) -> None:
    """Every figure of the data is text, as it is calculated."""
    data = json.loads(run("policy", "show", "cn/anhui/hefei/construction", *WORLD, "--json").stdout)

    assert data["curve"] == {
        "example": "350 张，全部",
        "readings": {"scale": "whole"},
        "fact": "beds",
        "unit": "bed",
        "straight": True,
        "pieces": [
            [{"value": "0", "low": "0.00", "high": "0.00"}, {"value": "299", "low": "598000.00", "high": "598000.00"}],
            [
                {"value": "300", "low": "1500000.00", "high": "1500000.00"},
                {"value": "5000", "low": "25000000.00", "high": "25000000.00"},
            ],
        ],
    }
    assert data["cliffs"]["found"][1] == {
        "fact": "beds",
        "before": {"value": "299", "low": "598000.00", "high": "598000.00"},
        "after": {"value": "300", "low": "1500000.00", "high": "1500000.00"},
        "decided_by": [
            {
                "kind": "bracket",
                "name": "size",
                "label": {"zh": "规模：300 张以下 → 300 张以上（含）", "en": "size: under 300 → 300 and more"},
                "clause": "摘录 1",
            }
        ],
    }
    assert data["maximum"]["amount"] == {
        "proved": "25000000.00", "found": "25000000.00", "example": None, "at": {"beds": "5000"},
    }  # fmt: skip


def test_another_fact_can_be_chosen(run: Run) -> None:
    """`--over` picks the fact of the curve; one that cannot be drawn is refused, and those that can are listed."""
    assert "kind of works  amount (CNY)" in run("policy", "show", GRANT, "--over", "works", "--lang", "en").stdout
    refused = run("policy", "show", GRANT, "--over", "project")
    assert refused.exit_code == 2
    words = " ".join(re.sub(r"[│╭╮╰╯─]", " ", refused.output).split())
    assert "may be accepted_on, place, works, floor_area, beds, cost" in words


def test_the_drawing_has_its_labels(run: Run) -> None:
    """A page of HTML draws the curve: title, both axes with units, thousands apart, the maximum and the cliffs."""
    page = run("policy", "show", "cn/anhui/hefei/construction", *WORLD, "--format", "html", "--lang", "en").stdout
    written = labels(page)

    assert {"The amount by new beds of this time", "new beds of this time (beds)", "amount (CNY)"} <= {*written}
    assert {"299 | 300", "1,000,000", "300"} <= {*written}
    assert "maximum (proved) 25,000,000.00 CNY is beyond the drawing." in page
    assert 'href="http' not in page and "<script" not in page
    grant = run("policy", "show", GRANT, "--format", "html").stdout
    assert {"金额（元）", "实际建筑面积（m²）", "最高（已证明）600,000.00 元", "2,000"} <= {*labels(grant)}


def test_a_list_is_drawn_as_bars(run: Run) -> None:
    """A fact that is a list has a bar with its amount for each value."""
    written = labels(run("policy", "show", RATED, "--format", "html").stdout)

    assert {"A 级", "50,000.00", "AA 级", "75,000.00", "AAA 级", "100,000.00"} <= {*written}


def test_a_drawing_is_always_the_same(run: Run, tmp_path: Path) -> None:
    """The same policy is drawn to the same bytes, on standard output and in a file."""
    one = run("policy", "show", HOME, "--format", "html").stdout
    file = tmp_path / "page.html"

    made = run("policy", "show", HOME, "--format", "html", "--output", str(file))
    assert (made.stdout, made.stderr) == (f"已写入 {file}\n", "")
    assert file.read_text("utf-8") == one


def test_markdown_has_the_table(run: Run) -> None:
    """The points stand in a table of Markdown, and no drawing."""
    page = run("policy", "show", RATED, "--format", "markdown", "--lang", "en").stdout

    assert "| rating | amount (CNY) |\n| ---: | :--- |\n" in page
    assert "<svg" not in page


def test_a_policy_that_pays_nothing_has_neither(run: Run) -> None:
    """A policy that only sets standards has no curve, no cliffs and no maximum; its page of HTML needs no plot."""
    page = run("policy", "show", MEASURES, "--lang", "en").stdout
    drawn = run("policy", "show", MEASURES, "--lang", "en", "--format", "html")
    data = json.loads(run("policy", "show", MEASURES, "--json").stdout)

    assert "Cliffs" not in page and "Maximum" not in page and "The amount over one fact" not in page
    assert drawn.exit_code == 0 and "<svg" not in drawn.stdout
    assert (data["curve"], data["cliffs"], data["maximum"]) == (None, None, {})


@pytest.mark.parametrize("other", ["--json", "--text"])
def test_a_form_goes_with_no_data(run: Run, other: str) -> None:
    """`--format` beside what is no page is refused."""
    assert run("policy", "show", GRANT, "--format", "html", other).exit_code == 2


def test_a_missing_plot_library_is_named() -> None:
    """Without matplotlib the page of HTML says which line installs it, and the page of text is as ever."""
    code = "import sys; sys.modules['matplotlib'] = None; from subsidy.cli import main; main()"
    words = [sys.executable, "-c", code, "policy", "show", RATED]
    drawn = subprocess.run([*words, "--format", "html"], capture_output=True, text=True, check=False)
    plain = subprocess.run(words, capture_output=True, text=True, check=False)

    assert (drawn.returncode, drawn.stdout) == (2, "")
    assert drawn.stderr == (
        "此处需要安装项 plots：  pip install 'subsidy[plots]'\n"
        "this needs the extra plots:  pip install 'subsidy[plots]'\n"
    )
    assert plain.returncode == 0
