"""`subsidy policy new`: what is asked, what is written, and that nothing stands in for a figure that is missing."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.answers import FILE, ID, LEVELS, SCHEMES, answered
from typer.testing import Result

from subsidy.policies import Catalogue, shipped_folder

Run = Callable[..., Result]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_is_answered_in_full_is_sound(run: Run, tmp_path: Path, folder: Path, scheme: str, lang: str) -> None:
    """A module of which every question was answered passes the check as it is, in the folder of policies."""
    words = ("--policies", str(folder), "--lang", lang)
    made = run("policy", "new", ID, "--answers", str(answered(tmp_path, SCHEMES[scheme])), *words)
    file = folder / FILE

    assert (made.exit_code, made.stdout, made.stderr) == (
        0,
        {
            "zh": f"已写入 {file}\n接着运行 subsidy policy check {file}\n",
            "en": f"written to {file}\nnext, run subsidy policy check {file}\n",
        }[lang],
        "",
    )
    policy = Catalogue(folder).policy(ID)
    assert (policy.status, policy.document.policy.division, str(policy.first_day)) == ("issued", "140800", "2024-02-01")
    checked = run("policy", "check", str(file), *words)
    assert checked.stdout == {"zh": "1 个政策模块，没有问题\n", "en": "1 module, no problems\n"}[lang]


MISSING = """\
P0106 missing-key  {file}:95:1  examples[0]
  expect is missing
  → add it, such as expect = {{ amount = "600000.00" }}
    [[examples]]
    ^^^^^^^^^^^^
P0501 table-incomplete  {file}:55:1  parameters.rate.values
  the table lacks: self_care
  → write self_care = "…"
    [parameters.rate.values]
    ^^^^^^^^^^^^^^^^^^^^^^^^
  ↳ 44:6  facts.level.of  the key of the table
    of = "care_level"
         ^^^^^^^^^^^^
"""


def test_a_figure_that_is_missing_is_left_out(run: Run, tmp_path: Path) -> None:
    """A figure answered with - has no value in the file: it is marked TODO, the check names it, and it is a draft."""
    answers = answered(tmp_path, SCHEMES["month"], {"rate": LEVELS | {"self_care": "-"}})
    made = run("policy", "new", ID, "--answers", str(answers), "--folder", str(tmp_path), "--lang", "en")
    file = tmp_path / FILE

    assert made.stdout == (
        f"written to {file}\n"
        "  TODO rate per person and month: self-care\n"
        "  TODO what the case comes to, worked out by hand\n"
        "  TODO status: issued, once the rest is filled in\n"
        f"next, run subsidy policy check {file}\n"
    )
    text = file.read_text("utf-8")
    assert [line for line in text.splitlines() if "TODO" in line] == [
        'status = "draft"  # TODO issued, once the rest is filled in',
        '# TODO self_care = "…"  # rate per person and month: self-care',
        '# TODO expect = { amount = "…" }  # what the case comes to, worked out by hand',
    ]
    assert tomllib.loads(text)["parameters"]["rate"]["values"] == {"semi_disabled": "200", "disabled": "300"}
    checked = run("policy", "check", str(file), "--lang", "en")
    assert (checked.exit_code, checked.stdout) == (1, "1 module, 2 problems\n")
    assert checked.stderr == MISSING.format(file=file)


@pytest.mark.parametrize(
    ("scheme", "todo"),
    [
        ("area", ["每平方米补助标准", "该例的结果，自行算出", "status：其余各项填完后改为 issued"]),
        ("bed", ["每张床位补助标准", "该例的结果，自行算出", "status：其余各项填完后改为 issued"]),
        ("standard", ["标准", "该例的结果，自行算出", "status：其余各项填完后改为 issued"]),
    ],
)
def test_a_single_figure_that_is_missing(run: Run, tmp_path: Path, scheme: str, todo: list[str]) -> None:
    """Without its one figure no scheme compiles, and what is to be filled in is listed, also as JSON."""
    answers = answered(tmp_path, SCHEMES[scheme], {"rate": "-"})
    made = run("policy", "new", ID, "--answers", str(answers), "--folder", str(tmp_path), "--json")
    data = json.loads(made.stdout)

    assert [each["zh"] for each in data["todo"]] == todo
    assert (data["path"], data["text"]) == (str(tmp_path / FILE), (tmp_path / FILE).read_text("utf-8"))
    problems = json.loads(run("policy", "check", str(tmp_path / FILE), "--json").stdout)["problems"]
    assert [(each["code"], each["where"]) for each in problems] == [
        ("P0106", "examples[0].expect"),
        ("P0317", "parameters.rate"),
    ]


def test_an_amount_finer_than_a_fen(run: Run, tmp_path: Path) -> None:
    """Where an amount may have parts of a fen, how it is rounded is for the text to say, and not made up."""
    answers = answered(tmp_path, SCHEMES["area"], {"rate": "300.5"})
    made = run("policy", "new", ID, "--answers", str(answers), "--folder", str(tmp_path), "--lang", "en")

    assert "  TODO how to round to the fen, as the text says\n" in made.stdout
    problems = json.loads(run("policy", "check", str(tmp_path / FILE), "--json").stdout)["problems"]
    assert [each["code"] for each in problems] == ["P0106", "P0603"]


@pytest.mark.parametrize("rate", ["0.0005", "123456789", "0"])
def test_a_standard_of_any_size(run: Run, tmp_path: Path, rate: str) -> None:
    """What is measured may be as fine and as large as the standard: its worked case passes."""
    answers = answered(tmp_path, SCHEMES["standard"], {"rate": rate})
    run("policy", "new", ID, "--answers", str(answers), "--folder", str(tmp_path))

    assert run("policy", "check", str(tmp_path / FILE)).stdout == "1 个政策模块，没有问题\n"


@pytest.mark.parametrize(("first", "month"), [("2024-02-01", "2024-02"), ("2024-12-02", "2025-01"), ("-", "2024-02")])
def test_the_month_of_the_case(run: Run, tmp_path: Path, first: str, month: str) -> None:
    """The worked case is of the first month that the text covers; where it gives no day, that is said in the file."""
    answers = answered(tmp_path, SCHEMES["month"], {"from": first})
    run("policy", "new", ID, "--answers", str(answers), "--folder", str(tmp_path))
    data = tomllib.loads((tmp_path / FILE).read_text("utf-8"))

    assert data["examples"][0]["facts"]["month"] == month
    assert data["policy"]["valid"].get("stated", True) is (first != "-")
    assert run("policy", "check", str(tmp_path / FILE)).stdout == "1 个政策模块，没有问题\n"


_SCHEMES = """\
  area  a grant by floor area
  bed  a grant a bed
  month  a subsidy per person and month, by care level
  rating  a yearly amount, by rating
  standard  a standard to be met, without payment
kind of scheme (such as bed): """
_ISSUED = (
    "day on which it was issued (such as 2024-01-01; - for: not known: the earliest day that is known is asked for): "
)
ASKED = f"""\
{_SCHEMES}beds
the answer “beds” cannot be used; allowed is: area (a grant by floor area), bed (a grant a bed), month (a subsidy per \
person and month, by care level), rating (a yearly amount, by rating), standard (a standard to be met, without payment)
{_SCHEMES}bed
document number (such as 民发〔2024〕1 号; - for: none): -
{_ISSUED}2024-02-30
the answer “2024-02-30” cannot be used; allowed is: a date, written 2021-03-29; or -
{_ISSUED}2024-01-15
first day on which it applies (such as 2024-02-01; - for: the text does not say: from the day on which it was issued): -
division, by code or by name (such as 140800): 朝阳区
the answer “朝阳区” cannot be used; allowed is: 2 have that name; write the code: 110105 (北京市朝阳区), \
220104 (吉林省长春市朝阳区)
division, by code or by name (such as 140800): 110105
the clause that sets the figure (such as 三(二)): 三
yuan a bed; of tiers, the lowest (such as 300; - for: not known yet: it is left out): -
written to {{file}}
  TODO rate a bed
  TODO what the case comes to, worked out by hand
  TODO status: issued, once the rest is filled in
next, run subsidy policy check {{file}}
"""


def test_asking(run: Run, tmp_path: Path) -> None:
    """Each question comes with an example; a wrong answer is asked again, with what is allowed; - leaves open."""
    given = [
        "title.zh=新补贴",
        "title.en=New",
        "source.zh=办法",
        "source.en=Rules",
        "issuer.zh=某局",
        "issuer.en=Bureau",
    ]
    typed = ["beds", "bed", "-", "2024-02-30", "2024-01-15", "-", "朝阳区", "110105", "三", "-"]
    words = ["--ask", "--folder", str(tmp_path), "--lang", "en"]
    made = run("policy", "new", ID, *given, "status=issued", "payer=county", *words, input="\n".join([*typed, ""]))
    file = tmp_path / FILE

    assert (made.exit_code, made.output) == (0, ASKED.format(file=file))
    assert tomllib.loads(file.read_text("utf-8"))["policy"]["division"] == "110105"


WRONG = """\
R0127 answer-wrong  id
  the answer “new” cannot be used; allowed is: folders of divisions, then the scheme, such as \
cn/shanxi/yuncheng/bed-subsidy
R0126 answer-missing  title.zh
  still to be answered: title of the policy, in Chinese, such as 养老床位补贴
  → title.zh=ANSWER, or in the file of --answers
R0127 answer-wrong  issuer.en
  the answer “-” cannot be used; allowed is: one line of text
R0127 answer-wrong  division
  the answer “Atlantis” cannot be used; allowed is: a six-digit division code, or the name of a division
R0127 answer-wrong  rate
  the answer “-3” cannot be used; allowed is: a number not below zero, such as 300 or 0.5; or -
R0128 no-such-question  title.zhh
  nobody asks title.zhh
  → did you mean title.zh?
"""


def test_everything_missing_or_wrong_is_said_at_once(run: Run, tmp_path: Path) -> None:
    """Where nobody can be asked, all that is missing or wrong is reported together, and nothing is written."""
    wrong: dict[str, object] = {
        "title": {"en": "New", "zhh": "新"},
        "issuer": {"zh": "某局", "en": "-"},
        "division": "Atlantis",
    }
    answers = answered(tmp_path, SCHEMES["bed"], wrong, {"rate": "-3"})
    words = ("policy", "new", "new", "--answers", str(answers), "--folder", str(tmp_path))
    found = run(*words, "--lang", "en")

    assert (found.exit_code, found.stdout, found.stderr) == (2, "", WRONG)
    as_json = run(*words, "--json")
    assert as_json.exit_code == 2
    assert [each["code"] for each in json.loads(as_json.stdout)["problems"]] == [
        "R0127", "R0126", "R0127", "R0127", "R0127", "R0128",
    ]  # fmt: skip
    assert list(tmp_path.glob("**/*.toml")) == []


UNANSWERED = """\
R0126 answer-missing  status
  still to be answered: status, such as issued; there are: issued (issued), reported (told of in a reply), draft \
(a draft)
  → status=ANSWER, or in the file of --answers
R0126 answer-missing  payer
  still to be answered: who pays; several as city 60%, county 40%, such as county; there are: central (central \
treasury), province (provincial treasury), city (city treasury), county (county treasury), government (government \
(level not stated)), facility (the facility itself), individual (the person), care_insurance (long-term care \
insurance fund), welfare_lottery (welfare lottery fund)
  → payer=ANSWER, or in the file of --answers
R0126 answer-missing  levels
  still to be answered: levels: one of these, or your own, lowest first, each as name, Chinese, English: one 一星 one \
star; two 二星 two stars, such as care_level; there are: division_class (class of division), care_level (care level \
(three levels)), centre_rating (rating of a community elder-care centre)
  → levels=ANSWER, or in the file of --answers
R0126 answer-missing  rate.LEVEL
  still to be answered: for each level: yuan per person and month, such as 200; - for: not known yet: it is left out
  → rate.LEVEL=ANSWER, or in the file of --answers
"""
NO_SCHEME = """\
R0126 answer-missing  scheme
  还须回答：补贴类别，如 bed；可以是：area（按面积的一次性补助）、bed（按床位的一次性补助）、\
month（按能力等级的每人每月补贴）、rating（按等级的年度补贴）、standard（只定标准，不付款）
  → scheme=回答，或写入 --answers 的文件；类别定后，再列出该类别的其余问题
"""


def test_what_may_be_answered_is_said(run: Run, tmp_path: Path) -> None:
    """Where nobody is asked, each question comes with its choices and with what - means, all of those of the scheme."""
    answers = answered(tmp_path, {"scheme": "month"})
    data = json.loads(answers.read_text("utf-8"))
    del data["status"]
    answers.write_text(json.dumps(data), "utf-8")
    words = ("policy", "new", ID, "--answers", str(answers), "--folder", str(tmp_path))

    assert run(*words, "--lang", "en").stderr == UNANSWERED
    assert run(*words[:4], str(answered(tmp_path)), *words[5:], "--lang", "zh").stderr == NO_SCHEME


DAY_UNKNOWN = """\
# 依据的文件
[source]
title = { zh = "补贴办法", en = "Rules" }
number = "民发〔2024〕1 号"
issued = 2024-03-05
issuer = { zh = "某局", en = "Some Bureau" }
# 写明该日的由来，如何处何日转载
note = { zh = "成文日期不详，2024-03-05 是已知该文件存在的最早一日", \
en = "the day of issue is not known; 2024-03-05 is the earliest on which the text is known" }
"""


def test_the_day_of_issue_is_not_known(run: Run, tmp_path: Path, folder: Path) -> None:
    """Where nobody knows the day of issue, the earliest known day is asked for and stands there, and a note says so."""
    given = answered(tmp_path, SCHEMES["bed"], {"issued": "-"})
    words = ("policy", "new", ID, "--answers", str(given), "--policies", str(folder))
    assert run(*words, "--lang", "en").stderr == (
        "R0126 answer-missing  earliest\n"
        "  still to be answered: the earliest day on which the text is known, such as that of a repost, "
        "such as 2024-01-08\n"
        "  → earliest=ANSWER, or in the file of --answers\n"
    )
    assert run(*words, "--ask", input="2024-03-05\n").exit_code == 0
    file = folder / ID / "2024-03-05.toml"
    assert DAY_UNKNOWN in file.read_text("utf-8")
    assert run("policy", "check", str(file), "--policies", str(folder)).stdout == "1 个政策模块，没有问题\n"


ONCE = """\
# paid once: never again for the same {holder}; if once for each filing, over also names the fact that tells filings \
apart
#   [[caps]]
#   name = "once"
#   of = "paid"
#   over = ["{holder}"]
#   times = 1
#   label = {{ zh = "一次性", en = "paid once" }}
#   clause = "三(二)"
"""


@pytest.mark.parametrize(("scheme", "holder"), [("area", "project"), ("bed", "home")])
def test_what_is_paid_once(run: Run, tmp_path: Path, folder: Path, scheme: str, holder: str) -> None:
    """A grant comes with a cap of once, commented out; taken out of its comment it is sound as it is."""
    made = ("policy", "new", ID, "--answers", str(answered(tmp_path, SCHEMES[scheme])), "--policies", str(folder))
    run(*made, "--lang", "en")
    file, said = folder / FILE, ONCE.format(holder=holder)
    text = file.read_text("utf-8")
    assert said in text
    file.write_text(text.replace(said, said.partition("\n")[2].replace("#   ", "")), "utf-8")

    assert run("policy", "check", str(file), "--policies", str(folder)).stdout == "1 个政策模块，没有问题\n"
    assert Catalogue(folder).policy(ID).program.caps[0].over == (holder,)


def test_nothing_is_overwritten(run: Run, tmp_path: Path) -> None:
    """A module that is there already stays as it is."""
    words = ("policy", "new", ID, "--answers", str(answered(tmp_path, SCHEMES["bed"])), "--folder", str(tmp_path))
    run(*words)
    (tmp_path / FILE).write_text("kept", "utf-8")
    found = run(*words, "--lang", "en")

    assert (found.exit_code, found.stderr) == (
        2,
        (
            f"R0129 module-exists  {tmp_path / FILE}\n"
            f"  {tmp_path / FILE} is there already and is not overwritten\n"
            "  → choose another id, or the day of a new version\n"
        ),
    )
    assert (tmp_path / FILE).read_text("utf-8") == "kept"


@pytest.mark.parametrize("is_there", [True, False])
def test_a_folder_is_begun(run: Run, tmp_path: Path, is_there: bool) -> None:
    """A folder that is empty or not there gets the shipped lists with its first module, and none with the second."""
    folder = tmp_path / "policies"
    if is_there:
        folder.mkdir()
    answers = str(answered(tmp_path, SCHEMES["bed"]))
    made = run("policy", "new", ID, "--answers", answers, "--policies", str(folder))
    lists = [folder / "divisions.toml", folder / "vocabulary.toml"]

    assert made.stdout == (
        "".join(f"已写入 {file}\n" for file in [*lists, folder / FILE])
        + f"接着运行 subsidy policy check {folder / FILE}\n"
    )
    assert [file.read_bytes() for file in lists] == [(shipped_folder() / file.name).read_bytes() for file in lists]
    second = run("policy", "new", f"{ID}-more", "--answers", answers, "--policies", str(folder), "--json")
    assert json.loads(second.stdout)["lists"] == []
    assert run("policy", "check", "--policies", str(folder)).stdout == "2 个政策模块，没有问题\n"


def test_a_folder_is_not_begun_by_a_wrong_answer(run: Run, tmp_path: Path) -> None:
    """Where an answer is wrong, nothing is written at all."""
    folder = tmp_path / "policies"
    answers = answered(tmp_path, SCHEMES["bed"], {"division": "Atlantis"})

    assert run("policy", "new", ID, "--answers", str(answers), "--policies", str(folder)).exit_code == 2
    assert not folder.exists()


def test_nothing_is_written_among_the_shipped_policies(run: Run, tmp_path: Path) -> None:
    """Without a folder of one's own the command is refused: what comes with the program is not to be written to."""
    made = run("policy", "new", ID, "--answers", str(answered(tmp_path, SCHEMES["bed"])))

    assert (made.exit_code, "SUBSIDY_POLICIES" in made.stderr) == (2, True)
    assert not (shipped_folder() / ID).exists()
