"""What a claim is told of earlier ones, figure by figure: what is left of a cap, sums, counts and the last."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, Final

import pytest
from sqlalchemy import Connection, create_engine
from tests.language.support import HEAD, LABEL, compiled, fact, number, parameter, pays, step

from subsidy import FactsError, Policy, RequestError
from subsidy.ledger import tables as t
from subsidy.ledger.batch import Batch, Entry, Key, Raised
from subsidy.ledger.claims import Given, Said, from_ledger, limit_of, yuan
from subsidy.ledger.determining import Claim, Decision, Named, Prepared, decide
from subsidy.ledger.holding import held
from subsidy.ledger.subjects import subjects_of
from subsidy.ledger.tree import Tiles

NOBODY: Final = frozenset[str]()
ASKED: Final = number("asked", "0", "5000000000000", "0.01", "CNY")
MOST: Final = number("most", "0", "5000000000000", "0.01", "CNY")


def cap(name: str, *lines: str, over: str = '"claim"') -> str:
    """A cap on what is paid."""
    more = "".join(line + "\n" for line in lines)
    return f'\n[[caps]]\nname = "{name}"\nof = "paid"\nover = [{over}]\n{LABEL}{more}'


def once(names: str) -> str:
    """The head of a policy whose claims are paid once."""
    return HEAD.replace('dated_by = "on"', f'dated_by = "on"\nonce_per = [{names}]')


# A cap of twice what the claim says, which it takes a step to know.
STEPPED: Final = compiled(
    ASKED, MOST, step("twice", "most * 2", 'unit = "CNY"'), pays("min(asked, left(in_all))"),
    cap("in_all", 'limit = "twice"', 'beyond = "cut"'),
)  # fmt: skip
TIMES: Final = compiled(ASKED, pays("if left(thrice) >= 1 then asked else 0"), cap("thrice", "times = 3"))


@pytest.fixture
def batch() -> Iterator[Batch]:
    """A batch over a ledger of nothing."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        t.METADATA.create_all(connection)
        yield begun(connection)
    engine.dispose()


def begun(connection: Connection, size: int = 0) -> Batch:
    """The next batch of a ledger with some entries."""
    return Batch(connection, size, Tiles(connection, size), recorded="2024-01-01T00:00:00Z")


def facts(policy: Policy, on: str = "2024-03-05", **more: Any) -> Given:
    """What a claim states."""
    return Given(policy, {"claim": "E1", "on": on, **more})


def hashed(values: str) -> bytes:
    """The SHA-256 of values as a text of JSON, by which a bucket is found."""
    return hashlib.sha256(values.encode()).digest()


def told(batch: Batch, said: Given, **readings: str) -> dict[str, Any]:
    """What the ledger states for a claim."""
    return dict(from_ledger(batch, said, readings, NOBODY))


def decided(batch: Batch, said: Given, **readings: str) -> Decision:
    """What comes of a claim, whoever adopted the policy."""
    claim = Claim(said.policy.id, said.given, readings)
    return decide(batch, Prepared(claim, said, Named(batch)), lambda _: None)


def claimed(batch: Batch, said: Given, **readings: str) -> int:
    """A claim that is determined and recorded; where it stands."""
    made = decided(batch, said, **readings)
    body = {"decision": made.outcome, "amount": made.amount, "dated": str(made.result.fact("on"))}
    return batch.add(
        Entry(
            "determination", body, receipt=made.result.receipt().decode(), raised=made.raised,
            policy=said.policy.id, subjects=tuple(subjects_of(made.result)),
        )
    )  # fmt: skip


def test_a_limit_that_a_step_computes(batch: Batch) -> None:
    """What is left is of the limit as this claim computes it, to the fen, less what was used; never below nothing."""
    assert told(batch, facts(STEPPED, asked="40.25", most="50.26")) == {"left_in_all": "100.52"}
    claimed(batch, facts(STEPPED, asked="40.25", most="50.26"))
    assert told(batch, facts(STEPPED, asked="1", most="50.26")) == {"left_in_all": "60.27"}
    assert told(batch, facts(STEPPED, asked="1", most="20.13")) == {"left_in_all": "0.01"}
    assert told(batch, facts(STEPPED, asked="1", most="20.12")) == {"left_in_all": "0.00"}
    assert told(batch, facts(STEPPED, asked="1", most="3")) == {"left_in_all": "0.00"}
    assert told(batch, Given(STEPPED, {"claim": "E2", "on": "2024-03-05", "asked": "1", "most": "3"})) == {
        "left_in_all": "6.00"
    }
    (bucket,) = batch.buckets.values() if len(batch.buckets) == 1 else [each for each in batch.buckets.values() if each]
    assert bucket is not None
    assert (bucket.used, bucket.most) == (4025, 10052)


def test_no_more_is_left_than_can_be_stated(batch: Batch) -> None:
    """A limit beyond what the fact may be leaves as much as it may be."""
    assert told(batch, facts(STEPPED, asked="1", most="499999999999.99")) == {"left_in_all": "999999999999.98"}
    assert told(batch, facts(STEPPED, asked="1", most="500000000000")) == {"left_in_all": "1000000000000.00"}
    assert told(batch, facts(STEPPED, asked="1", most="500000000000.01")) == {"left_in_all": "1000000000000.00"}
    assert decided(batch, facts(STEPPED, asked="3000000000000", most="500000000000.01")).amount == "1000000000000.00"


def test_how_often(batch: Batch) -> None:
    """A cap of times counts claims that were paid something, and says how many more may be."""
    for rest in ("3", "2", "1"):
        assert told(batch, facts(TIMES, asked="7")) == {"left_thrice": rest}
        claimed(batch, facts(TIMES, asked="0"))
        assert told(batch, facts(TIMES, asked="7")) == {"left_thrice": rest}
        claimed(batch, facts(TIMES, asked="7"))
    assert told(batch, facts(TIMES, asked="7")) == {"left_thrice": "0"}
    key = facts(TIMES).key("thrice", ("claim",))
    batch.buckets[key] = Raised(key, -1, 3)  # no ledger has it
    assert told(batch, facts(TIMES, asked="7")) == {"left_thrice": "3"}


# How much the cap allows is a question that is open.
OPEN: Final = compiled(
    ASKED,
    '\n[[interpretations]]\nname = "how"\nquestion = { zh = "何额", en = "which" }\nclause = "一"\n'
    'readings = { low = { zh = "低", en = "low" }, high = { zh = "高", en = "high" } }\n',
    step("most", "if reading(how) == low then 10[CNY] else 20.5[CNY]", 'unit = "CNY"'),
    pays("min(asked, left(in_all))"),
    cap("in_all", 'limit = "most"', 'beyond = "cut"'),
)


PLAIN: Final = compiled(
    ASKED, parameter("ten", 'value = "10"', 'unit = "CNY"'), pays("min(asked, left(in_all))"),
    cap("in_all", 'limit = "ten"', 'beyond = "cut"'),
)  # fmt: skip


def test_a_limit_that_is_open(batch: Batch) -> None:
    """A limit that two readings give twice is open, and nothing is left of it; under one reading it is a figure."""
    open_ = "R0505 left-open  in_all\n  something is left open, so nothing can be determined: name\n"
    with pytest.raises(RequestError) as error:
        told(batch, facts(OPEN, asked="5"))
    assert error.value.report("en").startswith(open_)
    assert told(batch, facts(OPEN, asked="5"), how="low") == {"left_in_all": "10.00"}
    assert told(batch, facts(OPEN, asked="5"), how="high") == {"left_in_all": "20.50"}
    stated = {**facts(OPEN, asked="5").given, "left_in_all": "4"}
    said = Said(OPEN.calculate_alone(stated, {}), OPEN)
    assert limit_of(said, OPEN.caps["in_all"]) is None
    with pytest.raises(RequestError) as held_error:
        held(batch, said, NOBODY)
    assert held_error.value.report("en").startswith(open_)


def test_one_who_is_new_is_not_looked_for(batch: Batch) -> None:
    """The bucket of an identifier that never occurred is not looked up, whether a step is needed or not."""
    for said in (facts(STEPPED, asked="1", most="5"), facts(PLAIN, asked="1")):
        assert from_ledger(batch, said, {}, frozenset({"E1"})) == {"left_in_all": "10.00"}
        assert batch.buckets == {}
        assert from_ledger(batch, said, {}, frozenset({"E2"})) == {"left_in_all": "10.00"}
        assert list(batch.buckets) == [said.key("in_all", ("claim",))]
        batch.buckets.clear()
    prepared = Prepared(Claim(STEPPED.id, {}, {}), facts(STEPPED, asked="1", most="5"), Named(batch))
    prepared.named.found["一人"] = ("E1", b"salt")
    assert decide(batch, prepared, lambda _: None).touched[0]["before"] == 0
    assert batch.buckets == {}


def test_what_facts_alone_say(batch: Batch) -> None:
    """Where no step is needed to know what is left, nothing is calculated: other facts may be wrong still."""
    assert told(batch, facts(PLAIN, asked="no number")) == {"left_in_all": "10.00"}
    with pytest.raises(FactsError):
        told(batch, facts(STEPPED, asked="no number", most="1"))


# What goes beyond a limit of its own is refused.
REFUSING: Final = compiled(
    ASKED, MOST, step("twice", "most * 2", 'unit = "CNY"'), pays("asked"), cap("in_all", 'limit = "twice"')
)


def test_a_limit_below_what_was_used(batch: Batch) -> None:
    """A claim whose limit is below what was used is told that nothing is left; one of nothing is not refused for it."""
    claimed(batch, facts(REFUSING, asked="40", most="20"))
    (why,) = decided(batch, facts(REFUSING, asked="0.01", most="10")).why
    assert why.report("en") == "R0602 cap-used-up  in_all\n  name [一]: 0.00 CNY are left, 0.01 CNY are asked"
    (full,) = decided(batch, facts(REFUSING, asked="0.01", most="20")).why
    assert full.report("en") == "R0602 cap-used-up  in_all\n  name [一]: 0.00 CNY are left, 0.01 CNY are asked"
    nothing = decided(batch, facts(REFUSING, asked="0", most="10"))
    assert (nothing.outcome, nothing.raised, nothing.touched[0]["after"]) == ("nothing", (), 4000)
    more = decided(batch, facts(REFUSING, asked="0.01", most="20.01"))
    assert [(each.used, each.most) for each in more.raised] == [(4001, 4002)]


# What makes claims one bucket is partly a step, and partly facts.
MONTHLY: Final = compiled(
    ASKED,
    fact("level", "choice", 'of = ["a", "b"]', 'labels = { a = { zh = "甲", en = "A" }, b = { zh = "乙", en = "B" } }'),
    parameter("ten", 'value = "10"', 'unit = "CNY"'),
    step("year", "month_of(year_start(on))", 'type = "month"'),
    pays("min(asked, left(yearly))"),
    cap("yearly", 'limit = "ten"', 'beyond = "cut"', over='"claim", "year"'),
    cap("of_level", 'limit = "ten"', over='"level"'),
    head=once('"claim", "level"'),
)  # fmt: skip
BY_STEP: Final = compiled(
    ASKED, step("year", "month_of(year_start(on))", 'type = "month"'), pays("asked"), head=once('"claim", "year"')
)


def test_buckets_that_a_step_picks(batch: Batch) -> None:
    """Claims of one year are one bucket, of two years two; what facts alone pick is known before any calculation."""
    for on, rest in (("2024-03-05", "10.00"), ("2024-12-31", "8.00"), ("2025-01-01", "10.00"), ("2024-01-01", "6.00")):
        assert told(batch, facts(MONTHLY, on, asked="2", level="a")) == {"left_yearly": rest}
        claimed(batch, facts(MONTHLY, on, asked="2", level="b" if on == "2024-03-05" else "a", claim="E1"))
        batch.buckets = {key: each for key, each in batch.buckets.items() if key.cap == "yearly"}
    said = facts(MONTHLY, asked="2", level="a")
    assert [(key.policy, key.cap) for key in said.buckets()] == [("cn/a/b", "of_level"), ("cn/a/b", "once_per")]
    whose = f"id-0000000a02-{64 * 'c'}"
    named = Given(MONTHLY, {"claim": whose, "on": "2024-03-05", "asked": "2", "level": "a"})
    assert [key.over for key in said.buckets()] == [hashed('["a"]'), hashed('["E1","a"]')]
    assert [key.over for key in named.buckets()] == [
        hashed('["a"]'),
        bytes.fromhex("0000000a02") + hashed(f'["{whose}","a"]'),
    ]
    assert [key.cap for key in facts(MONTHLY, asked="2").buckets()] == []
    assert list(facts(STEPPED).buckets()) == [Key("cn/a/b", "in_all", said.key("in_all", ("claim",)).over)]
    assert list(facts(BY_STEP).buckets()) == []


def test_once_by_a_step(batch: Batch) -> None:
    """What is paid once a year is refused within the year, and paid in the next; at nothing it is not yet paid."""

    def outcome(on: str, asked: str) -> str:
        made = decided(batch, facts(BY_STEP, on, asked=asked))
        claimed(batch, facts(BY_STEP, on, asked=asked))
        return made.outcome

    days = [("2024-03-05", "0"), ("2024-03-05", "1"), ("2024-12-31", "1"), ("2025-01-01", "1"), ("2025-01-02", "1")]
    assert [outcome(*each) for each in days] == ["nothing", "determined", "refused", "determined", "refused"]


def test_facts_by_name() -> None:
    """A fact is as a receipt will have it; one that is not declared, not stated or not readable is none."""
    said = facts(STEPPED, asked="1", most="x", other="1")
    names = ("claim", "on", "asked", "most", "left_in_all", "other", "twice")
    assert [said.fact(name) for name in names] == ["E1", "2024-03-05", "1.00", None, None, None, None]
    assert [said.has((name,)) for name in names] == [True, True, True, False, False, False, False]
    assert said.has(("claim", "on")) and not said.has(("claim", "most")) and said.has(())
    with pytest.raises(LookupError):
        said.possible("twice")


def test_sums_as_they_are_written() -> None:
    """Fen are written as yuan with two places, below nothing with a sign."""
    assert [yuan(fen) for fen in (0, 5, 99, 100, 101, 123456, -1, -100, -123456)] == [
        "0.00", "0.05", "0.99", "1.00", "1.01", "1234.56", "-0.01", "-1.00", "-1234.56",
    ]  # fmt: skip


def ledger_fact(name: str, said: str, unit: str = "CNY", resolution: str = "0.01", high: str = "100000") -> str:
    """A number that the ledger states."""
    return number(name, "0", high, resolution, unit, f"from_ledger = {{ {said} }}")


# Everything that a policy may ask of earlier claims.
EARLIER: Final = compiled(
    ASKED,
    fact("centre", "id"),
    fact("cared", "flag"),
    fact("note", "month", "optional = true"),
    step("year", "month_of(year_start(on))", 'type = "month"'),
    step("asked_twice", "asked * 2", 'unit = "CNY"'),
    step("above", "asked * 3", 'unit = "CNY"'),
    ledger_fact("aboves", 'sum = "above", over = ["claim"]'),
    ledger_fact("amounts", 'sum = "amount", over = ["claim"]'),
    ledger_fact("parts", 'sum = "paid", over = ["claim", "centre"]'),
    ledger_fact("steps", 'sum = "asked_twice", over = ["claim", "year"]'),
    ledger_fact("wan", 'sum = "amount", over = ["claim"]', "wan_CNY", "0.000001", "10"),
    ledger_fact("times", 'count = true, over = ["year"]', "ratio", "1"),
    ledger_fact("ten_thousands", 'count = true, over = ["claim"]', "wan_CNY/CNY", "0.0001"),
    ledger_fact("since", 'count = true, over = ["claim"], from = "on"', "ratio", "1"),
    ledger_fact("until", 'count = true, over = ["claim"], until = "on"', "ratio", "1"),
    ledger_fact("this_year", 'count = true, over = ["claim"], from = "year", until = "on"', "ratio", "1"),
    ledger_fact("elsewhere", 'count = true, over = ["claim"], policy = "cn/a/c"', "ratio", "1"),
    fact("last_cared", "flag", "optional = true", 'from_ledger = { last = "cared", over = ["claim"] }'),
    fact("last_note", "month", "optional = true", 'from_ledger = { last = "note", over = ["claim"] }'),
    fact("last_year", "month", "optional = true", 'from_ledger = { last = "year", over = ["claim"] }'),
    pays("asked"),
    '\n[[conditions]]\nname = "named"\nkind = "advisory"\n' + LABEL + 'test = "true or cared or given(note)'
    " or given(last_cared) or given(last_note) or given(last_year) or amounts + parts + steps + wan > 0"
    " or asked_twice + above + aboves > 0"
    ' or times + ten_thousands + since + until + this_year + elsewhere > 0"\n',
)  # fmt: skip


def earlier(
    on: str, asked: str = "0", *, who: str = "E1", centre: str = "C1", cared: bool = True, **more: str
) -> Given:
    """A claim to the policy that asks everything."""
    return Given(EARLIER, {"claim": who, "on": on, "asked": asked, "centre": centre, "cared": cared, **more})


NOTHING: Final[dict[str, Any]] = {
    "aboves": "0", "amounts": "0",
    "parts": "0", "steps": "0", "wan": "0", "times": "0", "ten_thousands": "0", "since": "0",
    "until": "0", "this_year": "0", "elsewhere": "0",
}  # fmt: skip


def test_every_kind_of_what_was_before(batch: Batch) -> None:
    """Sums of the amount, a part and a step, counts and the last: of the claims with the same values, in its unit."""
    assert told(batch, earlier("2024-03-05")) == NOTHING
    claimed(batch, earlier("2023-12-31", "12500.50", note="2020-02"))
    claimed(batch, earlier("2024-03-05", "100", centre="C2", cared=False))
    claimed(batch, earlier("2024-06-01", "7", who="E2"))
    assert told(batch, earlier("2024-03-05")) == {
        "aboves": "37801.5", "amounts": "12600.5", "parts": "12500.5", "steps": "200", "wan": "1.26005", "times": "2",
        "ten_thousands": "0.0002", "since": "1", "until": "2", "this_year": "1", "elsewhere": "0",
        "last_cared": False, "last_year": "2024-01",
    }  # fmt: skip
    claimed(batch, earlier("2024-03-06", "1", note="2020-01"))
    found = told(batch, earlier("2024-03-05", centre="C2"))
    assert (found["since"], found["until"], found["this_year"], found["parts"]) == ("2", "2", "1", "100")
    assert (found["last_cared"], found["last_note"], found["last_year"]) == (True, "2020-01", "2024-01")


def test_what_does_not_count(batch: Batch) -> None:
    """A claim that came to nothing or was reversed is none of the earlier ones."""
    kept = claimed(batch, earlier("2024-01-01", "5"))
    claimed(batch, earlier("2024-01-02", "0"))
    reversed_ = claimed(batch, earlier("2024-01-03", "5", cared=False))
    batch.reversed[reversed_] = batch.add(Entry("reversal", {}))
    found = told(batch, earlier("2024-01-04"))
    assert (found["amounts"], found["until"], found["last_cared"], kept) == ("5", "1", True, 0)


def test_another_policy_is_asked(batch: Batch) -> None:
    """What is asked of another policy is of its claims alone, by the values that they have under the same names."""
    other = compiled(ASKED, pays("asked"), head=HEAD.replace("cn/a/b", "cn/a/c"), file="cn/a/c/2021-01-01.toml")
    claimed(batch, Given(other, {"claim": "E1", "on": "2024-01-01", "asked": "5"}))
    found = told(batch, earlier("2024-03-05"))
    assert (found["elsewhere"], found["until"], found["amounts"]) == ("1", "0", "0")


def test_what_a_caller_may_not_state(batch: Batch) -> None:
    """Every fact that the ledger states is refused from a caller, all at once; other faults are told as ever."""
    with pytest.raises(FactsError) as error:
        told(batch, earlier("2024-03-05", amounts="1", wan="1"))
    assert [(each.code, each.where) for each in error.value.problems] == [("F0135", "amounts"), ("F0135", "wan")]
    with pytest.raises(FactsError) as other:
        told(batch, earlier("2024-03-05", "x", centre=" "))
    assert {each.where for each in other.value.problems} == {"asked", "centre"}


def test_what_stands_in_may_be_low_alone(batch: Batch) -> None:
    """Where the highest figure would make a claim impossible the lowest stands in; each in the unit that it has."""
    policy = compiled(
        ASKED,
        number("before", "1", "10", "1", "wan_CNY", 'from_ledger = { sum = "amount", over = ["claim", "year"] }'),
        step("year", "month_of(year_start(on))", 'type = "month"'), pays("if before > 1[CNY] then asked else 0"),
        '\n[[conditions]]\nname = "little"\nkind = "admissible"\ntest = "before < 50000[CNY]"\n' + LABEL,
    )  # fmt: skip
    assert told(batch, facts(policy, asked="1")) == {"before": "0"}
