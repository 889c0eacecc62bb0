"""The page of all codes, docs/codes.md: what each says in both languages, whose move it is, and a report as printed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from subsidy.codes import CODES, FAMILIES, Code

from .support import CASES

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "codes.md"
_HEAD: Final = """\
# Codes · 代码

Every problem and every remark has a code, which never changes its meaning. This page is made from the one registry of
codes by `make docs`; `subsidy code P0402` prints an entry. Words in braces are filled in.

每个问题、每条提示都有代码，含义永不改变。本页由代码登记表生成；
`subsidy code P0402` 显示其中一条。花括号内的词在报告中填入。

| | 由谁处理 | whose move it is |
| --- | --- | --- |
"""


def page() -> str:
    """The whole page."""
    families = "".join(f"| {key} | {said.zh} | {said.en} |\n" for key, said in FAMILIES.items())
    parts = [_HEAD + families]
    for key, said in FAMILIES.items():
        parts.append(f"## {key} · {said.zh} · {said.en}\n")
        parts += [_entry(code, words) for code, words in sorted(CODES.items()) if code.startswith(key)]
    return "\n".join(parts)


def _entry(code: str, words: Code) -> str:
    kind = " · 提示 warning" if words.warning else ""
    lines = [f'### <a id="{code.lower()}"></a>{code} {words.slug}{kind}', ""]
    lines += [f"- {_plain(words.message.zh)}", f"- {_plain(words.message.en)}"]
    if words.help.zh:
        lines += [f"- → {_plain(words.help.zh)}", f"- → {_plain(words.help.en)}"]
    example = CASES / f"{code}-{words.slug}.txt"
    if example.exists():
        report = example.read_text("utf-8").rstrip("\n")
        lines += ["", "<details><summary>例 · example</summary>", "", "```text", report, "```", "", "</details>"]
    return "\n".join([*lines, ""])


def _plain(text: str) -> str:
    """Words as they are, where Markdown would read signs in them."""
    shown = text.replace("{{", "{").replace("}}", "}")
    return "".join(f"\\{sign}" if sign in "*_<>[]|`" else sign for sign in shown)
