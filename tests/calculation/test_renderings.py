"""An explanation on paper: whole pages in Markdown and HTML, and no sign of a text taken for one of the form."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from subsidy.calculation.explanation import NOTHING, Explanation, Formula, Line, Section
from subsidy.calculation.renderings import html, markdown, text
from subsidy.text import Text, plain

HOSTILE = "<script>alert('*1*')</script> & [a](b) \"c\" `d` # e_f_"
FORMULA = Formula(
    tests=(Text("大型：是，成立", "large: yes, holds"),),
    words=Text("天数 × 标准", "days × rate"),
    rows=(),
    figures=Text("14 × 6.666", "14 × 6.666"),
    exact=Text("93.324 元", "93.324 CNY"),
    value=Text("93.32 元", "93.32 CNY"),
    rounding=Text("（四舍五入到 0.01）", " (rounded half up to 0.01)"),
    unit="CNY",
    exact_number="93.324",
    number="93.32",
)
EXPLANATION = Explanation(
    kind="calculation",
    policy="cn/test/bed",
    version="2021-03-29",
    revision=2,
    digest="sha256:00",
    status="draft",
    is_simulation=True,
    title=Text("床位 <补贴>", "Bed <subsidy>"),
    place=Text("运城市", "Yuncheng"),
    source=Text("方案 · 办公室 · 2021-03-29", "Plan · Office · 2021-03-29"),
    basis=(Text("采用：某局", "Adopted by: an office"),),
    sections=(
        Section(
            "conditions",
            Text("条件", "Conditions"),
            (
                Line(
                    "condition",
                    "area",
                    Text("面积", "area"),
                    Text("20 < 40，差 20.00 平方米", "20 < 40, by 20.00 m²"),
                    "二(一)",
                    "✗",
                    Text("（只涉及床位）", " (for beds alone)"),
                    verdict="fails",
                    distance=(Text("20.00 平方米", "20.00 m²"),),
                ),
            ),
        ),
        Section(
            "calculation",
            Text("计算", "Calculation"),
            (Line("step", "days", Text("金额", "sum"), clause="三", mark="1.", values=("93.32",), formula=FORMULA),),
        ),
        Section(
            "result",
            Text("结果", "Result"),
            (
                Line(
                    "part",
                    "bed",
                    plain(HOSTILE),
                    Text("93.32 元", "93.32 CNY"),
                    lines=(Line("share", "bed.city", Text("市级", "city"), Text("93.32 元", "93.32 CNY")),),
                ),
                Line("amount", "amount", Text("金额合计", "Amount"), Text("93.32 元", "93.32 CNY")),
                Line("capitals", "amount", Text("金额大写", "Amount in capitals"), plain("人民币玖拾叁元叁角贰分")),
            ),
        ),
        Section("gaps", Text("未尽事项", "Gaps"), (Line("gap", "", Text("未规定", "not said"), clause="四"),)),
    ),
)

TEXT = f"""\
Bed <subsidy> · Yuncheng
cn/test/bed · 2021-03-29 · revision 2
Source: Plan · Office · 2021-03-29
Digest: sha256:00
Adopted by: an office

Conditions
  ✗ area (for beds alone): 20 < 40, by 20.00 m²  [二(一)]

Calculation
  1. sum  [三]
     large: yes, holds
     = days × rate
     = 14 × 6.666
     = 93.324 CNY
     ≈ 93.32 CNY (rounded half up to 0.01)

Result
  {HOSTILE}: 93.32 CNY
    city 93.32 CNY
  Amount: 93.32 CNY
  Amount in capitals: 人民币玖拾叁元叁角贰分

Gaps
  not said  [四]
"""

MARKDOWN = r"""# Bed \<subsidy\> · Yuncheng

- cn/test/bed · 2021-03-29 · revision 2
- Source: Plan · Office · 2021-03-29
- Digest: sha256:00
- Adopted by: an office

## Conditions

- ✗ area (for beds alone): 20 \< 40, by 20.00 m² \[二(一)\]

## Calculation

- 1\. sum \[三\]
  - large: yes, holds
  - \= days × rate
  - \= 14 × 6.666
  - \= 93.324 CNY
  - ≈ 93.32 CNY (rounded half up to 0.01)

## Result

- \<script\>alert('\*1\*')\</script\> \& \[a\](b) "c" \`d\` \# e\_f\_: 93.32 CNY
  - city 93.32 CNY
- Amount: 93.32 CNY

## Gaps

- not said \[四\]
"""

HTML = """\
<body>
<h1>床位 &lt;补贴&gt; · 运城市</h1>
<ul>
<li>cn/test/bed · 2021-03-29 · 第 2 次编码</li>
<li>依据：方案 · 办公室 · 2021-03-29</li>
<li>摘要：sha256:00</li>
<li>采用：某局</li>
</ul>
<h2>条件</h2>
<ul>
<li class="condition fails"><span class="mark">✗</span> <strong>面积</strong>（只涉及床位）：20 &lt; 40，差 20.00 平方米 <cite>〔二(一)〕</cite>
</li>
</ul>
<h2>计算</h2>
<ul>
<li class="step"><span class="mark">1.</span> <strong>金额</strong> <cite>〔三〕</cite>
<ol class="formula">
<li>大型：是，成立</li>
<li>= 天数 × 标准</li>
<li>= 14 × 6.666</li>
<li>= 93.324 元</li>
<li>≈ 93.32 元（四舍五入到 0.01）</li>
</ol>
</li>
</ul>
<h2>结果</h2>
<ul>
<li class="part"><strong>&lt;script&gt;alert(&#x27;*1*&#x27;)&lt;/script&gt; &amp; [a](b) &quot;c&quot; `d` # e_f_</strong>：93.32 元
<ul>
<li class="share"><strong>市级</strong> 93.32 元
</li>
</ul>
</li>
<li class="amount"><strong>金额合计</strong>：93.32 元
</li>
<li class="capitals"><strong>金额大写</strong>：人民币玖拾叁元叁角贰分
</li>
</ul>
<h2>未尽事项</h2>
<ul>
<li class="gap">未规定 <cite>〔四〕</cite>
</li>
</ul>
</body>
</html>
"""  # noqa: E501 – a line of the page is one line here
HEAD = """\
<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>床位 &lt;补贴&gt; · 运城市</title>
<style>"""


def test_a_page_of_text() -> None:
    """Plain text is the explanation as it stands, each formula stage by stage."""
    assert text(EXPLANATION, "en", capitals=True) == TEXT


def test_a_page_of_markdown() -> None:
    """Markdown has a heading for each section, and capitals only where they are asked for."""
    assert markdown(EXPLANATION, "en") == MARKDOWN


def test_a_page_of_html() -> None:
    """HTML is a whole page in the language of its lines, without a script or an address to fetch from."""
    page = html(EXPLANATION, "zh", capitals=True)
    head, _, body = page.partition("</style>\n</head>\n")
    assert head.startswith(HEAD)
    assert body == HTML


def test_parts_stand_below_what_they_make() -> None:
    """The explanations that another is put together from follow it whole, one heading further down, behind a rule."""
    part = replace(EXPLANATION, title=Text("一", "one"))
    whole = replace(EXPLANATION, version="", digest="", source=NOTHING, sections=(), parts=(part, part))
    head = "Bed <subsidy> · Yuncheng\ncn/test/bed\nAdopted by: an office\n"
    rule = "\n" + "─" * 40 + "\n"
    inside = text(part, "en")
    assert text(whole, "en") == head + rule + inside + rule + inside
    headings = [line for line in markdown(whole, "en").splitlines() if line.startswith("#")]
    titles = ["## one · Yuncheng", "### Conditions", "### Calculation", "### Result", "### Gaps"]
    assert headings == [r"# Bed \<subsidy\> · Yuncheng", *titles, *titles]
    page = html(whole, "en")
    assert [page.count(f"<{tag}>") for tag in ("html", "body", "h1", "h2", "h3")] == [0, 1, 1, 2, 8]
    assert page.count("<html") == page.count("<head>") == page.count("</html>") == 1


def one_line(said: str) -> Explanation:
    """An explanation in which a text of others stands in every place."""
    each = plain(said)
    formula = Formula(
        tests=(each,), words=each, rows=(each,), figures=each, exact=each, value=each, rounding=each, unit=said,
        exact_number=said, number=said,
    )  # fmt: skip
    line = Line("fact", said, each, each, said, said, each, formula=formula)
    section = Section("facts", plain(said), (line, Line("gap", "", plain(said))))
    inner = Explanation(
        kind="calculation", policy="p", version="v", revision=1, digest="d", status="issued", is_simulation=True,
        title=plain(said), place=NOTHING, source=NOTHING, basis=(plain(said),), sections=(section,),
    )  # fmt: skip
    return replace(inner, parts=(inner,))


class Reader(HTMLParser):
    """What a browser makes of a page: its tags, and its text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags, self.text = list[tuple[str, tuple[str, ...]]](), ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


texts = st.one_of(
    st.text(st.sampled_from("<>&\"'`*_[]()#!\\|~$-+=:.1a/ é元{}^@"), min_size=1, max_size=12),
    st.sampled_from([HOSTILE, "</title><img src=x onerror=y>", "-->", "]]>", "- a", "1. a", "1234) a", "# a", "    a"]),
).map(lambda said: " ".join(said.split()) or "a")  # labels have no spaces at their ends, and are one line


@given(texts)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_text_breaks_a_page_of_html(language: str, said: str) -> None:
    """Whatever a label holds, the page has the same tags with the same attributes, and shows the label as it is."""
    found, other = Reader(), Reader()
    found.feed(html(one_line(said), "zh" if language == "zh" else "en"))
    other.feed(html(one_line("a"), "zh" if language == "zh" else "en"))
    assert found.tags == other.tags
    assert found.text.count(said) >= 8


@given(texts)
def test_no_text_breaks_a_page_of_markdown(said: str) -> None:
    """Whatever a label holds, Markdown reads the same headings and lists, and shows the label as it is."""
    found, other = (MarkdownIt("commonmark").parse(markdown(one_line(each), "en")) for each in (said, "a"))
    assert [(token.type, token.tag) for token in found] == [(token.type, token.tag) for token in other]
    shown = ["".join(child.content for child in token.children or ()) for token in found if token.type == "inline"]
    assert {child.type for token in found for child in token.children or ()} <= {"text", "text_special"}
    stages = [said, f"= {said}", said, f"= {said}", f"≈ {said}{said}"]
    assert shown[-7:] == [f"{said} {said}{said}: {said} [{said}]", *stages, said]
