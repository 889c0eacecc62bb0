"""Open readings that change who pays, and not how much."""

from __future__ import annotations

from .support import compiled, number, pays

SHARES = (
    '{ payer = "city", percent = "if reading(split) == even then 50% else 60%" }, { payer = "county", residual = true }'
)
SPLIT = """
[[interpretations]]
name = "split"
question = { zh = "如何分担", en = "how it is split" }
clause = "一"

[interpretations.readings]
even = { zh = "各半", en = "half each" }
city_more = { zh = "市六县四", en = "six to four" }
"""


def test_a_reading_that_changes_only_the_shares_matters() -> None:
    """The amount is determined, its shares are not, and the open question is named where it matters and only there."""
    policy = compiled(number("x", "0", "100", "1", "CNY"), pays("x", SHARES), SPLIT)
    result = policy.calculate(claim="A", on="2021-06-01", x="100")
    assert str(result.amount) == "100.00"
    assert [(str(share.low), str(share.high)) for share in result.shares] == [("50.00", "60.00"), ("40.00", "50.00")]
    assert [item.name for item in result.open_questions] == ["split"]
    assert "W0105" in [problem.code for problem in result.warnings]
    assert [share.why.en for share in result.shares] == ["how it is split"] * 2
    assert result.total.why.en == "–"
