"""What goes through rows is explained, whatever is looked up in them."""

from __future__ import annotations

from tests.language.support import compiled, fact, parameter, pays

from subsidy import Policy

SIZES = 'of = ["small", "large"]\nlabels = { small = { zh = "小", en = "small" }, large = { zh = "大", en = "large" } }'


def by_branch() -> Policy:
    """A policy that looks up a rate for each row, by a branch on a field of the row."""
    return compiled(
        fact("size", "choice", SIZES),
        fact("rows", "records", "rows = [0, 3]"),
        '[facts.rows.fields.own]\ntype = "flag"\nlabel = { zh = "自有", en = "own" }\n',
        parameter("rate", 'unit = "CNY"', 'by = ["size"]', 'values = { small = "1.5", large = "2" }'),
        pays("sum(rate[if r.own then size else size:large] for r in rows)"),
    )


def test_a_look_up_by_a_branch_on_a_field_is_explained() -> None:
    """The key of a look-up may branch on a field, of which nothing is known outside of a row."""
    result = by_branch().calculate(claim="C", on="2021-06-01", size="small", rows=[{"own": True}, {"own": False}])
    assert str(result.amount) == "3.50"
    said = "    = sum over name of name (by the text)[if own then name else large] = (1.50 CNY + 2.00 CNY)"
    assert said in result.explain("en").splitlines()
