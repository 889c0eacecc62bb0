"""Caps over all claims, and what else the ledger says of a claim: cut, refused, explained, recorded."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from subsidy import FactsError, RequestError, SubsidyError
from subsidy.ledger import Answer
from subsidy.ledger.notes import opened

from .support import (
    AID,
    BED,
    DRAFT,
    EARLIER,
    HOME,
    NURSING,
    RATED,
    SHENYANG,
    Place,
    bed,
    everything,
    grant,
    home,
    in_one_batch,
    is_proved,
    nursing,
)


def caps(answer: Answer) -> list[tuple[str, int, int, int]]:
    """What an entry says of each cap: before it, after it, and the most."""
    return [(each["cap"], each["before"], each["after"], each["most"]) for each in answer.body["caps"]]


def reports(answer: Answer) -> list[str]:
    """Why a claim was refused, as it is printed."""
    return [problem.report("en") for problem in answer.why]


def test_a_claim_is_cut_to_what_is_left(place: Place) -> None:
    """Over a month's claims no more than the cap is paid: the last is cut, and one beyond it gets nothing."""
    ledger = place.ledger(SHENYANG)
    answers = [home(ledger, f"q{number}") for number in range(4)]
    assert [(each.decision, each.amount) for each in answers] == [
        ("determined", "600.00"), ("determined", "600.00"), ("determined", "150.00"), ("nothing", "0.00"),
    ]  # fmt: skip
    assert [caps(each) for each in answers] == [
        [("monthly", 0, 60000, 135000)],
        [("monthly", 60000, 120000, 135000)],
        [("monthly", 120000, 135000, 135000)],
        [("monthly", 135000, 135000, 135000)],
    ]
    assert [each.body["receipt"]["facts"]["left_monthly"] for each in answers] == [
        "1350.00",
        "750.00",
        "150.00",
        "0.00",
    ]
    assert {tuple(each.body["stated"]) for each in answers} == {("left_monthly",)}
    assert home(ledger, "next", month="2023-09").amount == "600.00"
    assert home(ledger, "other", who="R2").amount == "600.00"
    assert all(is_proved(ledger, each) for each in answers)


def test_a_cap_for_life_holds_over_versions(place: Place) -> None:
    """What was paid under the first version counts under the second, whose cap is higher."""
    ledger = place.ledger()
    months = ["2024-03", "2024-04", "2024-05", "2024-06", "2025-01", "2025-02"]
    answers = [nursing(ledger, f"q{month}", "1000", month=month) for month in months]
    assert [(each.amount, each.body["receipt"]["policy"]["version"]) for each in answers] == [
        ("1000.00", "2024-01-01"), ("1000.00", "2024-01-01"), ("500.00", "2024-01-01"), ("0.00", "2024-01-01"),
        ("500.00", "2025-01-01"), ("0.00", "2025-01-01"),
    ]  # fmt: skip
    assert caps(answers[2])[1] == ("lifetime", 200000, 250000, 250000)
    assert caps(answers[4])[1] == ("lifetime", 250000, 300000, 300000)


def test_a_grant_is_given_once(place: Place) -> None:
    """A project that had its grant is refused a second one, in words, and the refusal uses nothing of the cap."""
    ledger = place.ledger()
    first, second, other = grant(ledger, "a"), grant(ledger, "b", area="700"), grant(ledger, "c", project="P2")
    assert [(each.decision, each.amount) for each in (first, second, other)] == [
        ("determined", "300000.00"), ("refused", "0.00"), ("determined", "300000.00"),
    ]  # fmt: skip
    assert [caps(each) for each in (first, second)] == [[("once", 0, 1, 1)], [("once", 1, 1, 1)]]
    assert reports(second) == [
        "R0601 times-used-up  once\n  one grant for each project [三(二)]: at most 1, and used up"
    ]
    assert [problem.report("zh") for problem in second.why] == [
        "R0601 times-used-up  once\n  每个项目只奖补一次〔三(二)〕：最多 1 次，已用完"
    ]


def test_a_resident_is_claimed_by_two_centres(place: Place) -> None:
    """The second centre that claims a resident in a month is refused; the next month is another."""
    ledger = place.ledger()
    first, second, later = (
        bed(ledger, "a", centre="C1"),
        bed(ledger, "b", centre="C2"),
        bed(ledger, "c", centre="C2", month="2024-04"),
    )
    assert [each.decision for each in (first, second, later)] == ["determined", "refused", "determined"]
    assert reports(second) == [
        "R0601 times-used-up  monthly_once\n  once a person and month [二(四)]: at most 1, and used up"
    ]


def test_a_cap_that_refuses_does_not_cut(place: Place) -> None:
    """What does not fit into the rest is refused whole, with what is left; what fits is paid."""
    ledger = place.ledger()

    def aid(request: str, cost: str) -> Answer:
        return ledger.determine(AID, {"elder": "E1", "month": "2024-07", "cost": cost}, request=request)

    answers = [aid("a", "500"), aid("b", "300.01"), aid("c", "300")]
    assert [(each.decision, each.amount) for each in answers] == [
        ("determined", "500.00"), ("refused", "0.00"), ("determined", "300.00"),
    ]  # fmt: skip
    assert [caps(each) for each in answers] == [
        [("in_all", 0, 50000, 80000)], [("in_all", 50000, 50000, 80000)], [("in_all", 50000, 80000, 80000)],
    ]  # fmt: skip
    assert reports(answers[1]) == [
        "R0602 cap-used-up  in_all\n  most aid a person [一]: 300.00 CNY are left, 300.01 CNY are asked"
    ]


def test_one_claim_under_two_ids(place: Place) -> None:
    """A claim with the natural key of a determined one is refused, and raises none of the other caps."""
    ledger = place.ledger()
    first, second = nursing(ledger, "a", "300", bill="B7"), nursing(ledger, "b", "300", bill="B7")
    assert (first.decision, second.decision, second.amount) == ("determined", "refused", "0.00")
    assert reports(second) == [
        "R0603 paid-already  once_per\n  the same elder, month, bill was determined already, and is paid once"
    ]
    assert caps(second) == [
        ("monthly", 30000, 30000, 100000),
        ("lifetime", 30000, 30000, 250000),
        ("once_per", 1, 1, 1),
    ]
    assert nursing(ledger, "c", "900").amount == "700.00"


def test_a_refusal_is_an_answer(place: Place) -> None:
    """A refusal on the merits is recorded and proved, and asked again it is the same in every byte."""
    ledger = place.ledger()
    bed(ledger, "a", centre="C1")
    refused = bed(ledger, "b", centre="C2")
    size = len(list(ledger.entries()))
    assert is_proved(ledger, refused)
    assert bed(ledger, "b", centre="C2").to_bytes() == refused.to_bytes()
    assert len(list(ledger.entries())) == size
    assert ledger.answer(refused.position).to_bytes() == refused.to_bytes()


def test_what_earlier_claims_say(place: Place) -> None:
    """Sum, count and last are of the claims that stand: of a period, of the same values, none reversed."""
    ledger = place.ledger()

    def claim(request: str, month: str, *, centre: str = "C1", level: str = "semi_disabled") -> Answer:
        facts = {"centre": centre, "resident": "R1", "month": month, "level": level}
        return ledger.determine(EARLIER, facts, request=request)

    def said(answer: Answer) -> tuple[Any, ...]:
        facts = answer.body["receipt"]["facts"]
        names = ("paid_before", "months_before", "last_level", "paid_elsewhere")
        return (answer.amount, *(facts.get(name) for name in names))

    assert said(claim("b", "2024-02")) == ("200.00", "0.00", "0", None, "0.00")
    third = claim("c", "2024-03", level="disabled")
    assert said(third) == ("200.00", "200.00", "1", "semi_disabled", "0.00")
    bed(ledger, "d", centre="C9", month="2024-03")  # 300 CNY of another policy
    assert said(claim("e", "2024-04", centre="C2", level="disabled")) == ("200.00", "400.00", "0", "disabled", "300.00")
    assert said(claim("f", "2024-01", level="disabled")) == ("200.00", "0.00", "2", "disabled", "300.00")
    assert said(claim("g", "2024-05")) == (
        "0.00",
        "800.00",
        "3",
        "disabled",
        "300.00",
    )  # a better level than the last one
    ledger.reverse(third.position, request="r", why="服务未提供")
    assert said(claim("h", "2024-06", level="disabled")) == ("200.00", "600.00", "2", "disabled", "300.00")
    assert said(claim("i", "2025-01", level="disabled")) == ("200.00", "0.00", "3", "disabled", "300.00")
    assert said(claim("j", "2024-07", level="disabled")) == ("100.00", "800.00", "4", "disabled", "300.00")
    assert said(claim("k", "2024-08", level="disabled")) == ("0.00", "900.00", "5", "disabled", "300.00")


NURSED: dict[str, Any] = {"elder": "E1", "bill": "B1", "month": "2024-03", "cost": "5"}
STAYED: dict[str, Any] = {
    "centre": "C1", "resident": "R1", "month": "2024-03", "care_level": "disabled",
    "stays": [{"moved_in": "2024-03-05"}],
}  # fmt: skip
BUILT: dict[str, Any] = {
    "project": "P1", "accepted_on": "2021-06-30", "place": "140802", "works": "new_build", "floor_area": "9",
}  # fmt: skip
CANNOT: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    (
        BED,
        {**STAYED, "month": "2021-05", "stays": [{"moved_in": "2021-04-01"}]},
        {},
        (
            "R0502 not-adopted  adoption\n  no adoption of cn/shanxi/yuncheng/bed-subsidy is in force on that day, "
            "so nothing can be determined\n  → adopt it first: subsidy policy adopt"
        ),
    ),
    (
        DRAFT,
        {**NURSED, "month": "2025-03"},
        {},
        (
            "R0502 not-adopted  adoption\n  no adoption of cn/test/draft is in force on that day, "
            "so nothing can be determined\n  → adopt it first: subsidy policy adopt\n"
            "R0504 draft  policy\n  cn/test/draft is a draft, so nothing can be determined"
        ),
    ),
    (
        BED,
        STAYED,
        {"readings": {"part_month": "by_days"}},
        (
            "R0503 other-readings  readings\n  other readings were chosen than 虚构〔2023〕1号 has, "
            "so nothing can be determined\n"
            "  → leave the readings out"
        ),
    ),
    (
        BED,
        STAYED,
        {"readings": {"part_month": "open"}},
        (
            "R0503 other-readings  readings\n  other readings were chosen than 虚构〔2023〕1号 has, "
            "so nothing can be determined\n"
            "  → leave the readings out\n"
            "R0505 left-open  amount\n  something is left open, so nothing can be determined: how a part month counts\n"
            "  → choose the reading or fill the figure in the adoption"
        ),
    ),
    (
        AID,
        {"elder": "E1", "month": "2024-06", "cost": "5"},
        {},
        (
            "R0505 left-open  in_all\n  something is left open, so nothing can be determined: most aid a person\n"
            "  → choose the reading or fill the figure in the adoption"
        ),
    ),
    (
        RATED,
        {"centre": "C1", "assessed_on": "2021-12-20", "place": "140802", "rating": "AA"},
        {},
        (
            "R0506 presumed-only  county_table\n  “which rating earns which amount (for the county to fix; the text "
            "gives only the range)” is only presumed: even steps: A 50,000, AA 75,000, AAA 100,000 CNY, "
            "so nothing can be determined\n"
            "  → fill it in the adoption"
        ),
    ),
    (
        HOME,
        {"beneficiary": "R1", "month": "2023-08", "hours": "3", "price": "30"},
        {},
        "R0513 outside-scope  policy\n  a policy of 210100 is not for 140800 to determine",
    ),
    (
        NURSING,
        {**NURSED, "left_monthly": "1000", "left_lifetime": "2500"},
        {},
        (
            "F0135 from-the-ledger  left_monthly\n  what is left of: monthly cap comes from the ledger and "
            "is not stated by the caller\n  → leave it out\n"
            "F0135 from-the-ledger  left_lifetime\n  what is left of: lifetime cap comes from the ledger and "
            "is not stated by the caller\n  → leave it out"
        ),
    ),
    (
        NURSING,
        {**NURSED, "elder": " E1", "cost": "-5"},
        {},
        (
            "F0118 bad-id  elder\n  elder (elder) was given as “ E1”, which cannot be an id\n"
            "  → 1 to 128 visible characters, no blank at either end\n"
            "F0104 out-of-range  cost\n  cost of nursing (cost) is -5; allowed is 0 to 100000 CNY"
        ),
    ),
    (
        NURSING,
        {**NURSED, "elder": "E\0", "bill": "\ud800"},
        {},
        (
            "F0118 bad-id  elder\n  elder (elder) was given as “E<U+0000>”, which cannot be an id\n"
            "  → 1 to 128 visible characters, no blank at either end\n"
            "F0118 bad-id  bill\n  bill (bill) was given as “<U+D800>”, which cannot be an id\n"
            "  → 1 to 128 visible characters, no blank at either end"
        ),
    ),
]


@pytest.mark.parametrize(
    ("policy", "facts", "more", "said"),
    CANNOT,
    ids=[f"{number}-{said[:5]}" for number, (*_, said) in enumerate(CANNOT)],
)
def test_what_cannot_be_determined(
    place: Place, policy: str, facts: dict[str, Any], more: dict[str, Any], said: str
) -> None:
    """What nothing can be paid from is refused with every reason, by both ways of asking, and leaves nothing behind."""
    ledger = place.ledger()
    before = everything(ledger.store)
    with pytest.raises((RequestError, FactsError)) as error:
        ledger.determine(policy, facts, request="q", **more)
    with pytest.raises((RequestError, FactsError)) as asked:
        ledger.validate(policy, facts, **more)
    assert error.value.report("en") == said == asked.value.report("en")
    assert everything(ledger.store) == before


@pytest.mark.parametrize(
    ("policy", "facts", "more", "said"),
    [
        (
            BED,
            {**STAYED, "month": "2021-05", "stays": [{"moved_in": "2021-04-01"}]},
            {"readings": {"part_month": "by_days"}},
            (
                "R0502 not-adopted  adoption\n  cn/shanxi/yuncheng/bed-subsidy 当日没有采用文件，不能核定\n"
                "  → 先采用：subsidy policy adopt"
            ),
        ),
        (
            BED,
            STAYED,
            {"readings": {"part_month": "by_days"}},
            "R0503 other-readings  readings\n  选定的口径与采用文件 虚构〔2023〕1号 不同，不能核定\n  → 去掉口径",
        ),
        (
            NURSING,
            {**NURSED, "left_monthly": "1000"},
            {},
            "F0135 from-the-ledger  left_monthly\n  每人每月上限的剩余额度由台账给出，不由申报方填写\n  → 去掉它",
        ),
    ],
    ids=["not adopted", "other readings", "from the ledger"],
)
def test_what_cannot_be_determined_in_chinese(
    sqlite_place: Place, policy: str, facts: dict[str, Any], more: dict[str, Any], said: str
) -> None:
    """The clerk reads the same in Chinese."""
    with pytest.raises((RequestError, FactsError)) as error:
        sqlite_place.ledger().determine(policy, facts, request="q", **more)
    assert error.value.report("zh") == said


def test_a_look_records_nothing(place: Place) -> None:
    """What would be recorded is what then is recorded, but for the request and the identifiers."""
    ledger = place.ledger()
    nursing(ledger, "a", "900")
    before = everything(ledger.store)
    facts = {"elder": "E1", "month": "2024-03", "cost": "900", "bill": "b"}
    seen = ledger.validate(NURSING, facts)
    assert everything(ledger.store) == before
    made = nursing(ledger, "b", "900").body
    other = {"request": "b", "receipt": None, "caps": None} | {each: made[each] for each in ("recorded", "fingerprint")}
    assert {**seen, **other} == {**made, "receipt": None, "caps": None}
    assert (seen["amount"], seen["receipt"]["facts"]["left_monthly"]) == ("100.00", "100.00")


@pytest.mark.parametrize("request_id", ["", "a b", "é", "x" * 201, "a\n", 7])
def test_a_request_id_that_is_none(sqlite_place: Place, request_id: Any) -> None:
    """A request id is 1 to 200 visible ASCII signs, and nothing else."""
    with pytest.raises(RequestError) as error:
        nursing(sqlite_place.ledger(), request_id, "5", bill="B")
    lines = error.value.report("en").split("\n")
    assert lines[0] == "R0520 bad-request-id  request"
    assert lines[2] == "  → write 1 to 200 visible ASCII signs"


def test_identifiers_stay_out_of_entries(place: Place) -> None:
    """No identifier, not even of a refused claim, stands in an entry, an answer or a request: only in its own table."""
    ledger = place.ledger()
    answers = [
        bed(ledger, "a", centre="王大爷的中心", who="身份证110101"),
        bed(ledger, "b", centre="李家", who="身份证110101"),
        nursing(ledger, "c", "5", who="身份证110101", bill="票一〇三"),
    ]
    kept = everything(ledger.store)
    persons = kept.pop("persons")
    assert sorted(row[1] for row in persons) == sorted(["王大爷的中心", "李家", "身份证110101", "票一〇三"])
    content = b"".join(each.to_bytes() for each in answers) + repr(kept).encode()
    for clear in ("王大爷", "李家", "身份证", "票一〇三"):
        assert clear.encode() not in content
        assert repr(clear.encode())[2:-1].encode() not in content
    whose = {answers[0].body["receipt"]["facts"]["resident"], answers[2].body["receipt"]["facts"]["elder"]}
    assert len(whose) == 1  # one person is one subject, whatever the policy


@pytest.mark.parametrize("scope", ["210000", "210102"])
def test_scopes_above_and_below(place: Place, scope: str) -> None:
    """A division above that of a policy, and one below it, may determine it."""
    assert home(place.ledger(scope), "a").amount == "600.00"


def test_errors_are_told_to_their_own_caller(place: Place) -> None:
    """In one batch a claim that cannot be determined fails alone."""
    ledger = place.ledger()
    costs = ["-1" if number % 3 else "5" for number in range(12)]
    calls = [partial(nursing, ledger, f"q{n}", cost, who=f"E{n}") for n, cost in enumerate(costs)]
    found = in_one_batch(ledger, calls)
    assert [isinstance(each, SubsidyError) for each in found] == [cost == "-1" for cost in costs]
    sizes = {opened(each.checkpoint, ledger.verifiers()).size for each in found if isinstance(each, Answer)}
    assert len(sizes) == 1
