"""`subsidy calculate`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from typer.testing import Result

import subsidy
from subsidy.calculation.renderings import html, markdown

Run = Callable[..., Result]

BED = "cn/shanxi/yuncheng/bed-subsidy"
TARGET = "cn/shanxi/yuncheng/coverage-target"
GRANT = "cn/shanxi/yuncheng/construction-grant"
STAY = [
    "centre=C1",
    "resident=R1",
    "month=2021-06",
    "care_level=semi_disabled",
    'stays=[{"moved_in": "2021-06-05", "moved_out": "2021-06-18"}]',
]
FACTS = {
    "centre": "C1",
    "resident": "R1",
    "month": "2021-06",
    "care_level": "semi_disabled",
    "stays": [{"moved_in": "2021-06-05", "moved_out": "2021-06-18"}],
}
BY_DAYS = ["--reading", "part_month=by_days"]


def test_explains_in_chinese_unless_told_otherwise(run: Run) -> None:
    """The explanation printed is the library's own, in Chinese."""
    expected = subsidy.catalogue().policy(BED).calculate(FACTS, readings={"part_month": "by_days"})

    found = run("calculate", BED, *STAY, *BY_DAYS)

    assert (0, expected.explain("zh"), "") == (found.exit_code, found.stdout, found.stderr)


def test_explains_in_english(run: Run) -> None:
    """`--lang en` gives the explanation in English."""
    expected = subsidy.catalogue().policy(BED).calculate(FACTS, readings={"part_month": "by_days"})

    assert expected.explain("en") == run("calculate", BED, *STAY, *BY_DAYS, "--lang", "en").stdout


def test_json_is_the_receipt(run: Run) -> None:
    """`--json` prints the receipt, byte for byte."""
    expected = subsidy.catalogue().policy(BED).calculate(FACTS, readings={"part_month": "by_days"})

    assert expected.receipt() == run("calculate", BED, *STAY, *BY_DAYS, "--json").stdout_bytes


def test_receipt_goes_to_a_file_as_well(run: Run, tmp_path: Path) -> None:
    """`--receipt` writes the same bytes to a file, and the explanation is printed all the same."""
    expected = subsidy.catalogue().policy(BED).calculate(FACTS)
    file = tmp_path / "receipt.json"

    found = run("calculate", BED, *STAY, "--receipt", str(file))

    assert (expected.receipt(), expected.explain("zh")) == (file.read_bytes(), found.stdout)


def test_an_undetermined_amount_is_an_answer(run: Run) -> None:
    """Where the text leaves the amount open, the bounds are printed and the exit code is 0."""
    found = run("calculate", BED, *STAY)

    assert found.exit_code == 0
    assert "金额合计：0.00 至 200.00 元之间，未定" in found.stdout


def test_facts_from_a_file_stay_exact(run: Run, tmp_path: Path) -> None:
    """A JSON number with a point is taken digit by digit, never as a binary float."""
    file = tmp_path / "facts.json"
    file.write_text('{"project": "P1", "works": "conversion", "floor_area": 1860.40, "beds": 12}', "utf-8")
    words = ["accepted_on=2021-06-30", "place=140802", "--reading", "shortfall=same_rate_above_cap", "--json"]

    result = json.loads(run("calculate", GRANT, "--facts", str(file), *words).stdout)

    assert (result["facts"]["floor_area"], result["result"]["amount"]) == ("1860.40", "558120.00")


def test_facts_from_standard_input(run: Run) -> None:
    """`--facts -` reads the JSON from the standard input."""
    found = run("calculate", BED, "--facts", "-", *BY_DAYS, "--json", input=json.dumps(FACTS))

    assert json.loads(found.stdout)["result"]["amount"] == "93.33"


def test_an_exponent_is_not_a_number_here(run: Run) -> None:
    """A JSON number with an exponent is refused with what was given."""
    facts = (
        '{"project": "P1", "accepted_on": "2021-06-30", "place": "140802", "works": "conversion", "floor_area": 1e3}'
    )

    found = run(
        "calculate", GRANT, "--facts", "-", "--reading", "shortfall=same_rate_above_cap", "--lang", "en", input=facts
    )

    assert found.exit_code == 3
    assert found.stderr == (
        "F0106 wrong-type  floor_area\n"
        "  actual floor area (floor_area) was given as 1e3; allowed is 0 to 1000000 m² in steps of 0.01\n"
    )


def test_every_wrong_fact_in_both_languages(run: Run) -> None:
    """All problems are printed at once on the standard error, each in Chinese and English; nothing else is printed."""
    found = run(
        "calculate", GRANT, "project=P1", "accepted_on=2021-06-31", "place=140802", "work=lease", "floor_area=-1"
    )

    assert (found.exit_code, found.stdout) == (3, "")
    assert found.stderr == (
        "F0110 bad-date  accepted_on\n"
        "  完工验收日期（accepted_on）给出的“2021-06-31”不是日期，写作 2021-03-29\n"
        "  date of acceptance (accepted_on) was given as “2021-06-31”, which is not a date, written 2021-03-29\n"
        "F0102 missing-fact  works\n"
        "  缺少 建设方式（works）：new_build（新建）、conversion（改造）、extension（扩建）、"
        "purchase（购置）、lease（租赁）\n"
        "  kind of works (works) is missing: new_build (new build), conversion (conversion), extension (extension), "
        "purchase (purchase), lease (lease)\n"
        "F0104 out-of-range  floor_area\n"
        "  实际建筑面积（floor_area）为 -1，允许 0 至 1000000 m²\n"
        "  actual floor area (floor_area) is -1; allowed is 0 to 1000000 m²\n"
        "F0102 missing-fact  cost\n"
        "  缺少 工程投资（cost）：0 至 1000000000 元，精度 0.01\n"
        "  cost of the works (cost) is missing: 0 to 1000000000 CNY in steps of 0.01\n"
        "F0101 unknown-fact  work\n"
        "  该政策没有事实 work\n"
        "  → 是否想写 works？\n"
        "  the policy has no fact work\n"
        "  → did you mean works?\n"
    )


def test_a_mistyped_policy_gets_the_nearest_name(run: Run) -> None:
    """An unknown policy is reported with the id that is most like it."""
    found = run("calculate", "cn/shanxi/yuncheng/bed-subsidies", "--lang", "en")

    assert found.exit_code == 3
    assert found.stderr == (
        "R0101 unknown-policy  cn/shanxi/yuncheng/bed-subsidies\n"
        "  there is no policy cn/shanxi/yuncheng/bed-subsidies\n"
        "  → did you mean cn/shanxi/yuncheng/bed-subsidy?\n"
    )


def test_errors_as_json(run: Run) -> None:
    """With `--json` the problems are one JSON document on the standard output."""
    found = run("calculate", BED, *STAY, "--reading", "part_month=by_day", "--json")

    assert (found.exit_code, found.stderr) == (3, "")
    assert json.loads(found.stdout) == {
        "problems": [
            {
                "code": "R0104",
                "slug": "unknown-reading",
                "severity": "error",
                "where": "readings.part_month",
                "zh": "口径 part_month 没有读法 by_day",
                "en": "the interpretation part_month has no reading by_day",
                "help": {"zh": "是否想写 by_days？", "en": "did you mean by_days?"},
                "place": None,
                "also": [],
            }
        ]
    }


def test_rows_that_are_no_json(run: Run) -> None:
    """Rows that cannot be read are a problem of their fact, reported beside the others."""
    found = run("calculate", BED, *STAY[:3], "care_level=none", "stays=[{moved_in: 2021-06-05}]", "--lang", "en")

    assert found.exit_code == 3
    assert [line for line in found.stderr.splitlines() if not line.startswith(" ")] == [
        "F0109 not-a-choice  care_level",
        "F0106 wrong-type  stays",
    ]
    assert "given as JSON, column 3: Expecting property name" in found.stderr


def test_a_fact_given_twice(run: Run, tmp_path: Path) -> None:
    """A fact on the command line that the file has too is refused, not silently replaced."""
    file = tmp_path / "facts.json"
    file.write_text(json.dumps(FACTS), "utf-8")

    found = run("calculate", BED, "--facts", str(file), "month=2021-07", "resident=R2", "--lang", "zh")

    assert found.exit_code == 3
    assert found.stderr == (
        "R0302 fact-twice  month\n  事实 month 给了两次\nR0302 fact-twice  resident\n  事实 resident 给了两次\n"
    )


def test_a_key_that_stands_twice_in_the_file(run: Run) -> None:
    """A file in which a fact stands twice is refused."""
    found = run("calculate", BED, "--facts", "-", "--lang", "en", input='{"month": "2021-06", "month": "2021-07"}')

    assert (found.exit_code, found.stderr) == (3, "R0302 fact-twice  month\n  the fact month is given twice\n")


def test_a_file_that_is_no_json(run: Run) -> None:
    """A file that is no JSON is refused with the place where it breaks."""
    found = run("calculate", BED, "--facts", "-", "--lang", "en", input='{"month": }')

    assert found.exit_code == 3
    assert found.stderr == (
        "R0301 bad-request  -\n  the request is not well formed: -: Expecting value: line 1 column 11 (char 10)\n"
    )


def test_the_version_of_a_day_before_there_was_one(run: Run) -> None:
    """`--on` before the first version is refused with the dates that there are."""
    found = run("calculate", BED, *STAY, "--on", "2020-01-01", "--lang", "en")

    assert found.exit_code == 3
    assert found.stderr == (
        "R0102 no-version-on-date  cn/shanxi/yuncheng/bed-subsidy\n"
        "  no version of cn/shanxi/yuncheng/bed-subsidy is in force on 2020-01-01; "
        "the first is in force from 2021-03-29\n"
    )


def test_words_that_are_no_facts(run: Run) -> None:
    """A word without a sign of equality, a day that is none and a reading given twice are faults of the command."""
    codes = [
        run("calculate", BED, "month").exit_code,
        run("calculate", BED, *STAY, "--on", "20210601").exit_code,
        run("calculate", BED, *STAY, "--on", "2021-06-31").exit_code,
        run("calculate", BED, *STAY, *BY_DAYS, *BY_DAYS).exit_code,
        run("calculate", BED, *STAY, "--lang", "fr").exit_code,
    ]

    assert codes == [2] * 5


def test_a_file_that_is_not_there(run: Run, tmp_path: Path) -> None:
    """A file that cannot be read or written is named."""
    missing = tmp_path / "missing" / "file.json"

    reading = run("calculate", BED, "--facts", str(missing))
    writing = run("calculate", BED, *STAY, "--receipt", str(missing))

    assert (2, f"{missing}: No such file or directory\n") == (reading.exit_code, reading.stderr)
    assert (2, f"{missing}: No such file or directory\n") == (writing.exit_code, writing.stderr)


HOME = "cn/liaoning/shenyang/home-service"
CLAIM = ["beneficiary=B1", "hours=3", "price=30", "left_monthly=1350"]


def test_a_span_of_months_is_a_table(run: Run) -> None:
    """Each month has a line with its version, then comes the sum, and what a reader must know is said once."""
    found = run("calculate", HOME, *CLAIM, "month=2023-07..2023-09", "--lang", "en")

    assert found.exit_code == 0
    assert found.stdout == (
        "month    version     amount (CNY)\n"
        "2023-07  –           –\n"
        "2023-08  2023-07-26  90.00\n"
        "2023-09  2023-07-26  90.00\n"
        "total: 180.00 CNY\n"
        f"2023-07: no version of {HOME} is in force on 2023-07-01; the first is in force from 2023-07-26\n"
        "note: simulation: no adoption, so nothing may be paid from it\n"
        "note: the source is a reply: it reports a policy and makes none\n"
        "note: the text states no time of validity; counted from 2023-07-26\n"
        "note: what is left of: monthly cap per person = 1350.00 was stated by the caller "
        "and does not come from a ledger\n"
    )


def test_an_open_span_has_bounds(run: Run) -> None:
    """Where a month is open, so is the sum; the rows of records are read as for one month."""
    words = [word for word in STAY if not word.startswith("month=")]

    found = run("calculate", BED, *words, "month=2021-05..2021-06")

    assert found.stdout.startswith(
        "月份     版本        金额（元）\n"
        "2021-05  2021-03-29  0.00\n"
        "2021-06  2021-03-29  0.00 – 200.00\n"
        "合计：0.00 – 200.00 元，未定\n"
    )


def test_a_span_as_json(run: Run) -> None:
    """`--json` prints the span with the receipt of every month."""
    expected = subsidy.catalogue().calculate_months(
        HOME, ("2023-08", "2023-09"), {"beneficiary": "B1", "hours": "3", "price": "30", "left_monthly": "1350"}
    )

    assert expected.to_dict() == json.loads(run("calculate", HOME, *CLAIM, "month=2023-08..2023-09", "--json").stdout)


def test_what_is_no_span_of_months(run: Run) -> None:
    """A span that is not written as one is refused."""
    found = run("calculate", HOME, *CLAIM, "month=2023-9..2023-10", "--lang", "en")

    assert found.exit_code == 3
    assert found.stderr == (
        "R0123 bad-months  months\n  2023-9..2023-10 is no span of months; write 2019-08..2019-11, at most 600 months\n"
    )


def test_a_span_takes_no_receipt_and_no_day(run: Run) -> None:
    """A receipt is of one calculation, and the months pick their versions."""
    for words in (["--on", "2023-08-01"], ["--receipt", "x.json"]):
        found = run("calculate", HOME, *CLAIM, "month=2023-08..2023-09", *words)
        assert (found.exit_code, "a span of months takes no --on or --receipt" in found.stderr) == (2, True)


def test_what_was_not_published_is_not_known(run: Run) -> None:
    """`--known` before the first text is refused with the day on which that was published."""
    found = run("calculate", HOME, *CLAIM, "month=2023-08", "--known", "2023-07-25", "--lang", "en")

    assert found.exit_code == 3
    assert found.stderr == (
        f"R0121 not-yet-published  {HOME}\n"
        f"  nothing of {HOME} was published by 2023-07-25; the first text was on 2023-07-26\n"
    )


def test_capitals_stand_under_the_amount(run: Run) -> None:
    """`--capitals` writes the amount in capital characters under its figures, and its bounds where it is open."""
    words = ["calculate", BED, *STAY, "--capitals"]

    determined = run(*words, *BY_DAYS).stdout
    english = run(*words, *BY_DAYS, "--lang", "en").stdout

    assert "  金额合计：93.33 元\n  金额大写：人民币玖拾叁元叁角叁分\n" in determined
    assert "  Amount: 93.33 CNY\n  Amount in capitals: 人民币玖拾叁元叁角叁分\n" in english
    assert (
        determined.replace("  金额大写：人民币玖拾叁元叁角叁分\n", "") == run("calculate", BED, *STAY, *BY_DAYS).stdout
    )
    assert "  金额大写：人民币零元整 至 人民币贰佰元整之间，未定\n" in run(*words).stdout


def test_capitals_as_json_stand_beside_the_receipt(run: Run) -> None:
    """With `--json` the capitals stand beside the receipt, which stays as it is; open amounts have two."""
    policy = subsidy.catalogue().policy(BED)

    determined, undetermined = (
        json.loads(run("calculate", BED, *STAY, *more, "--capitals", "--json").stdout) for more in (BY_DAYS, [])
    )

    assert determined == {
        "receipt": policy.calculate(FACTS, readings={"part_month": "by_days"}).to_dict(),
        "amount_in_capitals": "人民币玖拾叁元叁角叁分",
    }
    assert undetermined["amount_in_capitals"] == {"low": "人民币零元整", "high": "人民币贰佰元整"}


def test_capitals_of_a_policy_that_pays_nothing(run: Run) -> None:
    """A policy without an amount has nothing to write in capitals, and says so."""
    words = ["area=140802", "counted_on=2022-12-31", "communities=40", "covered=40"]

    found = run("calculate", TARGET, *words, "--capitals", "--lang", "en")

    assert (found.exit_code, found.stdout) == (3, "")
    assert found.stderr == (
        "R0115 no-amount  amount\n"
        "  cn/shanxi/yuncheng/coverage-target sets standards and pays nothing\n"
        "  → see its measures\n"
    )


def test_capitals_of_a_span_of_months(run: Run) -> None:
    """The sum of a span of months is written in capitals under its figures."""
    words = ["calculate", HOME, *CLAIM, "month=2023-08..2023-09", "--capitals"]

    assert "合计：180.00 元\n大写：人民币壹佰捌拾元整\n" in run(*words).stdout
    assert json.loads(run(*words, "--json").stdout)["amount_in_capitals"] == "人民币壹佰捌拾元整"


def test_a_span_of_months_is_explained(run: Run) -> None:
    """With `--format` a span is explained month by month; `--json --explain` has the same as data."""
    facts = {"beneficiary": "B1", "hours": "3", "price": "30", "left_monthly": "1350"}
    span = subsidy.catalogue().calculate_months(HOME, ("2023-07", "2023-09"), facts)
    words = ["calculate", HOME, *CLAIM, "month=2023-07..2023-09"]

    assert run(*words, "--format", "text", "--lang", "en").stdout == span.explain("en")
    assert run(*words, "--format", "html", "--capitals").stdout == html(span.explanation, "zh", capitals=True)
    assert json.loads(run(*words, "--json", "--explain").stdout) == span.to_dict() | {
        "explanation": span.explanation.to_dict()
    }


def test_the_explanation_in_another_form(run: Run) -> None:
    """`--format` prints the explanation as Markdown or as a page of HTML, in the language chosen."""
    explanation = subsidy.catalogue().policy(BED).calculate(FACTS).explanation

    in_html = run("calculate", BED, *STAY, "--format", "html")
    in_markdown = run("calculate", BED, *STAY, "--format", "markdown", "--capitals", "--lang", "en")

    assert in_html.stdout == html(explanation, "zh")
    assert in_markdown.stdout == markdown(explanation, "en", capitals=True)


def test_the_explanation_as_data(run: Run) -> None:
    """`--json --explain` has the explanation as data beside the receipt."""
    result = subsidy.catalogue().policy(BED).calculate(FACTS)

    found = json.loads(run("calculate", BED, *STAY, "--json", "--explain").stdout)

    assert found == {"receipt": result.to_dict(), "explanation": result.explanation.to_dict()}


def test_forms_that_do_not_go_together(run: Run) -> None:
    """A form beside `--json`, also of a span of months, and one that there is not are faults of the command."""
    span = ["calculate", HOME, *CLAIM, "month=2023-08..2023-09"]

    found = [
        run("calculate", BED, *STAY, "--json", "--format", "html"),
        run("calculate", BED, *STAY, "--format", "pdf"),
        run(*span, "--json", "--format", "html"),
    ]

    assert [(each.exit_code, each.stdout) for each in found] == [(2, "")] * 3
