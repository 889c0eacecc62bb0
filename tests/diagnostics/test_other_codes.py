"""What the caller, a reader of an answer and the operator are told, in full, where no other test prints it."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from tests.adoption.support import BED, CARE, FACTS, ID, care
from tests.conformance.support import catalogue as conformance
from typer.testing import CliRunner

import subsidy
from subsidy.cli.app import app
from subsidy.client import Client
from subsidy.errors import RequestError, ServiceError
from subsidy.service.server import Server

from .support import GOOD, MODULE

BEDS = "cn/shanxi/yuncheng/bed-subsidy"
DAYS = [{"moved_in": f"2023-08-{day:02}", "moved_out": f"2023-08-{day:02}"} for day in range(1, 32)]

# What is changed in the facts of a claim, and what is said of it.
CLAIMS: list[tuple[dict[str, Any], str]] = [
    (
        {"month": "2019-01", "stays": []},
        (
            "R0105 date-outside-version  month\n"
            "  month 2019-01 is outside the time in which this version applies: 2021-03-29 – …\n"
            "  → pick the version by that date"
        ),
    ),
    (
        {"care_level": "disable"},
        (
            "F0109 not-a-choice  care_level\n"
            "  care level (care_level) was given as “disable”; allowed is one of: self_care (self-care), "
            "semi_disabled (semi-disabled), disabled (disabled)\n"
            "  → who assesses, how three levels map to the four or five of the standards, and what a change within the "
            "month means, is not said [二(四)]"
        ),
    ),
    (
        {"stays": [*DAYS, {"moved_in": "2023-09-01"}]},
        "F0113 rows-out-of-range  stays\n  stays (stays) has 32 rows; allowed is 0 to 31",
    ),
    (
        {"stays": [{"moved_in": "2023-08-01", "moved_out": "2023-08-10"}, {"moved_in": "2023-08-05"}]},
        "F0115 periods-overlap  stays[2]\n  stays[2], 2023-08-05 – …, overlaps row 1",
    ),
    (
        {"stays": [{"moved_in": "2023-08-10", "moved_out": "2023-08-01"}]},
        "F0116 period-reversed  stays[1]\n  stays[1] ends on 2023-08-01, before it begins on 2023-08-10",
    ),
    (
        {"resident": " R1"},
        (
            "F0118 bad-id  resident\n"
            "  resident (resident) was given as “ R1”, which cannot be an id\n"
            "  → 1 to 128 visible characters, no blank at either end"
        ),
    ),
]


@pytest.mark.parametrize(("changed", "said"), CLAIMS, ids=[said[:5] for _, said in CLAIMS])
def test_a_claim_that_does_not_fit_is_refused_in_full(changed: dict[str, Any], said: str) -> None:
    """One wrong fact is reported with its code, its place and what to do, word for word."""
    with pytest.raises(RequestError) as error:
        subsidy.catalogue().policy(BEDS).calculate({**BED, **changed})
    assert error.value.report("en") == said


def test_a_place_that_is_not_listed() -> None:
    """A code that the divisions do not have is refused, and it is said which codes there are."""
    with pytest.raises(RequestError) as error:
        subsidy.Catalogue(GOOD).policy(ID).calculate({**FACTS, "place": "990122"})
    assert error.value.report("en") == (
        "F0111 unknown-division  place\n"
        "  place (place) was given as 990122, which is no known division code\n"
        "  → use a six-digit GB/T 2260 code; a development zone has none and is given by its county"
    )


def test_a_claim_that_cannot_be(tmp_path: Path) -> None:
    """Where a condition that no claim can fail is not met, the claim is said to be impossible, with the figures."""
    module = (GOOD / MODULE).read_text("utf-8").replace('kind = "required"', 'kind = "admissible"')
    assert "admissible" in module
    (tmp_path / MODULE).parent.mkdir(parents=True, exist_ok=True)
    for name in ("vocabulary.toml", "divisions.toml"):
        (tmp_path / name).write_bytes((GOOD / name).read_bytes())
    (tmp_path / MODULE).write_text(module, "utf-8")
    with pytest.raises(RequestError) as error:
        subsidy.Catalogue(tmp_path).policy(ID).calculate({**FACTS, "floor_area": "10"})
    assert error.value.report("en") == (
        "F0117 not-admissible  big_enough\n"
        "  this claim is impossible: large enough [二] does not hold: 10.00 m² < 20 m², floor area short by 10.00 m²"
    )


def test_a_reading_of_nothing() -> None:
    """An interpretation that the policy does not have is refused with the nearest one."""
    with pytest.raises(RequestError) as error:
        subsidy.catalogue().policy(BEDS).calculate(BED, readings={"part_months": "by_days"})
    assert error.value.report("en") == (
        "R0103 unknown-interpretation  readings.part_months\n"
        "  the policy has no interpretation part_months\n"
        "  → did you mean part_month?"
    )


def test_more_than_anyone_states() -> None:
    """A hundred unknown facts are not said one by one; more readings than there are and large JSON are refused."""
    many = {f"x{number}": "1" for number in range(101)}
    policy, said = subsidy.catalogue().policy(BEDS), []
    for work in (
        lambda: policy.calculate({**BED, **many}),
        lambda: policy.calculate(BED, readings=many | {"y": "1"}),
        lambda: subsidy.read_receipt(b" " * 9_000_000),
        lambda: subsidy.read_receipt("[" * 40),
    ):
        with pytest.raises(RequestError) as error:
            work()
        said.append(error.value.report("en"))
    assert said == [
        (
            "F0140 too-many-unknown-facts  facts\n"
            "  facts has 101 entries that are no facts of this policy; they are not listed one by one\n"
            "  → check the names of the facts, or the id of the policy"
        ),
        (
            "R0312 too-many-readings-given  readings\n"
            "  102 readings are given; the policy has 1\n"
            "  → check the names of the readings"
        ),
        "R0310 json-too-large  receipt\n  receipt has 9000000 bytes; at most 8388608 are allowed",
        "R0311 json-too-deep  receipt\n  receipt nests 40 levels deep; at most 32 are allowed",
    ]


def test_a_member_of_nothing(tmp_path: Path) -> None:
    """A claim under a member that the programme does not have is refused with the nearest one."""
    with pytest.raises(RequestError) as error:
        care(tmp_path).calculate_programme(CARE, {"beds": BED})
    assert error.value.report("en") == (
        "R0401 unknown-member  beds\n  the programme has no member beds\n  → did you mean bed?"
    )


def remark(result: subsidy.Result, code: str) -> str:
    """The first remark of a code, as it is printed."""
    return next(each.report("en") for each in result.warnings if each.code == code)


def test_remarks_are_said_in_full() -> None:
    """What an answer rests on is said with it: a presumption, advice not met, a cap not looked at, a figure unknown."""
    grant = subsidy.Catalogue(GOOD).policy(ID).calculate(FACTS)
    works = {"project": "P1", "accepted_on": "2021-06-30", "place": "140802", "works": "new_build", "floor_area": "100"}
    building = subsidy.catalogue().policy("cn/shanxi/yuncheng/construction-grant")
    built = building.calculate(works, readings={"shortfall": "same_rate_above_cap"})
    own = conformance().policy("cn/test/own").calculate(home="H", day="2024-02-29", cost="100")
    assert [remark(grant, "W0107"), *(remark(built, code) for code in ("W0106", "W0108")), remark(own, "W0112")] == [
        (
            "W0107 presumed (warning)  bonus\n"
            "  bonus a bed is for the county to fix and has not been; presumed: there is none [五]"
        ),
        (
            "W0106 advisory-not-met (warning)  size_not_below\n"
            "  advised but not met, or not stated: as a rule not below 500 m² [二(一)]: "
            "100.00 m² < 500 m², actual floor area short by 400.00 m²"
        ),
        (
            "W0108 cap-not-checked (warning)  once\n"
            "  one grant for each project [三(二)]: not checked over other claims, as there is no ledger"
        ),
        (
            "W0112 figure-unknown (warning)  of_county\n"
            "  share of the county is not stated by the text: between 0.2 and 0.6 [二]: the text does not say"
        ),
    ]


def test_a_draft_is_said_to_be_one(tmp_path: Path) -> None:
    """What is calculated from a draft says that nothing may be paid from it."""
    for name in ("vocabulary.toml", "divisions.toml", MODULE):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text((GOOD / name).read_text("utf-8").replace('"issued"', '"draft"'), "utf-8")
    result = subsidy.Catalogue(tmp_path).policy(ID).calculate(FACTS)
    assert remark(result, "W0103").splitlines()[1:] == ["  the source is a draft: it may not be paid from"]


def test_a_service_that_cannot_listen_or_answer() -> None:
    """The operator is told which address, and what to write; the caller that nobody answers."""
    said = []
    with socket.create_server(("127.0.0.1", 0)) as taken:
        busy = f"127.0.0.1:{taken.getsockname()[1]}"
        for listen in ("0.0.0.0:0", "127.0.0.1", busy):
            with pytest.raises(ServiceError) as error:
                Server(subsidy.catalogue(), listen)
            said.append(error.value.report("en"))
    assert said == [
        (
            "S0101 not-loopback  0.0.0.0:0\n"
            "  0.0.0.0:0 is no loopback address; without encryption the service listens nowhere else\n"
            "  → use 127.0.0.1 or [::1], or give it certificates (--tls-cert and the others)"
        ),
        "S0103 bad-address  127.0.0.1\n  127.0.0.1 is no address to listen on\n  → write it as 127.0.0.1:50051",
        (
            f"S0102 cannot-listen  {busy}\n"
            f"  cannot listen on {busy}; the port may be taken\n"
            "  → take another port, or 0 for any free one"
        ),
    ]
    with Client(busy, timeout=5) as client, pytest.raises(ServiceError) as error:
        list(client.policies())
    code, answer, advice, call = error.value.report("en").splitlines()
    assert (code, advice) == (
        f"S0202 no-answer  {busy}",
        "  → check the address and the port, and see whether the service runs",
    )
    assert answer.startswith(f"  no answer from {busy}: nobody listens there (UNAVAILABLE: ")
    assert call == f"  id of the call: {error.value.call_id}"


def test_a_code_is_explained() -> None:
    """`subsidy code` prints what a code says, whose move it is and what to do; by its number or its name."""
    runner = CliRunner()
    by_number, by_name = (
        runner.invoke(app, ["code", name, "--lang", "en"]) for name in ("p0604", "division-not-rounded")
    )
    assert (
        by_number.stdout
        == by_name.stdout
        == (
            "P0604 division-not-rounded\n"
            "  a division by a fact stands only directly under round, or in a comparison\n"
            "  → write a / b * c as round(a * c / b, …)\n"
            "  whose move it is: the author of a policy\n"
            "  docs/codes.md#p0604\n"
        )
    )
    assert json.loads(runner.invoke(app, ["code", "W0101", "--json"]).stdout) == {
        "code": "W0101",
        "slug": "simulation",
        "severity": "warning",
        "whose_move": {"zh": "无须处理：对结果的提示", "en": "nobody's: a remark on an answer"},
        "message": {
            "zh": "测算：没有采用文件，不作支付依据",
            "en": "simulation: no adoption, so nothing may be paid from it",
        },
        "help": {"zh": "", "en": ""},
        "page": "docs/codes.md#w0101",
    }


def test_a_code_that_there_is_not() -> None:
    """A code that is none is refused, with the nearest name where one is near."""
    runner = CliRunner()
    unknown, misspelt = (runner.invoke(app, ["code", name, "--lang", "en"]) for name in ("P0999", "unit-mismatched"))
    assert (unknown.exit_code, misspelt.exit_code) == (3, 3)
    assert unknown.stderr == (
        "R0108 unknown-code  P0999\n  there is no code P0999\n  → a code is written P0402; see docs/codes.md\n"
    )
    assert misspelt.stderr == (
        "R0108 unknown-code  unit-mismatched\n  there is no code unit-mismatched\n  → did you mean unit-mismatch?\n"
    )
