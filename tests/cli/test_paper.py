"""A page in its three forms: what belongs to a line stands within it, and no sign of a label is taken for a mark."""

from __future__ import annotations

from subsidy.cli.moved import Moved
from subsidy.cli.paper import FORMS, Section, Sheet, Table
from subsidy.cli.plot import drawing

from ..language.support import compiled, number, pays

TABLE = Table(("at", "amount"), (("9", "1.00"), ("(cliff)",)))
SHEET = Sheet("en", ("A <b> title", "id"), (Section("One & two", ("first", "  within *it*", "second", TABLE)),))
SPOILED = '$\\\\foo$ <i>"&'


TEXT = """\
A <b> title
id

One & two
  first
    within *it*
  second
    at  amount
     9  1.00
    (cliff)"""
MARKDOWN = """\
# A \\<b\\> title

- id

## One \\& two

- first
  - within \\*it\\*
- second

| at | amount |
| ---: | :--- |
| 9 | 1.00 |
| (cliff) |  |
"""


def test_a_sheet_in_plain_forms() -> None:
    """Text sets columns under each other; Markdown has lists within lists, and a table."""
    assert FORMS["text"](SHEET) == TEXT
    assert FORMS["markdown"](SHEET) == MARKDOWN


def test_a_sheet_as_html() -> None:
    """HTML has lists within lists and a table, every sign of a label as it is."""
    page = FORMS["html"](SHEET)
    body = page[page.index("<body>") :].replace("\n", "")

    assert body == (
        "<body><h1>A &lt;b&gt; title</h1><ul><li>id</li></ul><h2>One &amp; two</h2>"
        "<ul><li>first<ul><li>within *it*</li></ul></li><li>second</li></ul>"
        "<table><tr><th>at</th><th>amount</th></tr><tr><td>9</td><td>1.00</td></tr>"
        '<tr><td colspan="2">(cliff)</td></tr></table></body></html>'
    )


def test_a_label_with_signs_of_formulas_is_drawn() -> None:
    """Signs that a drawing library takes for formulas, or a page for tags, are drawn as they are."""
    spoiled = number("x", "0", "1000").replace('en = "name"', f"en = '{SPOILED}'")
    example = (
        '\n[[examples]]\nname = "a"\nsource = "derived"\n'
        'facts = { claim = "c", on = 2021-06-01, x = 9 }\nexpect = { amount = "9" }\n'
    )
    policy = compiled(spoiled, pays("x * 1[CNY]"), example)

    svg = drawing(Moved(policy, "en")).svg

    assert svg.count('$\\\\foo$ &lt;i&gt;"&amp;') == 2  # the title and the axis
    assert "$\\\\foo$ &lt;i>&quot;&amp;" in svg  # for those who do not see it
