"""What a clerk most likely meant where a file is no TOML: signs of a Chinese keyboard, words without quotes."""

from __future__ import annotations

import re
from typing import Final

from ..errors import Hint
from ..text import Text
from .positions import STRING

_QUOTED: Final = re.compile(STRING)
_FULL: Final = dict(zip("“”‘’＂，；、：＝【】［］｛｝（）。", '"""""' + ",,,==[][]{}().", strict=True))
_BARE_MONTH: Final = re.compile(r"(?<![0-9-])[0-9]{4}-[0-9]{2}(?![0-9-])")  # TOML reads its year and stops there
_BARE_DATE: Final = re.compile(r"=\s*(\d{4})[/.年-](\d{1,2})[/.月-](\d{1,2})日?(?!\d)")
_COLON: Final = re.compile(r"^\s*[A-Za-z0-9_-]+\s*:")
_BARE: Final = re.compile(
    r"[=\[{,]\s*((?:True|False|TRUE|FALSE|yes|no|null|None)\b|[0-9.]+[%％]|[^\s\"'\[\]{},=#]+)\s*(?=[,\]}#]|$)"
)
_PLAIN: Final = re.compile(r"true|false|[+-]?[0-9]+(?:\.[0-9]+)?|\d{4}-\d{2}-\d{2}")
_TRUTHS: Final = {"true": "true", "yes": "true", "false": "false", "no": "false"}


def slip(line: str, said: str) -> Hint:
    """What to do about a line that the parser stops at; nothing where that is not known."""
    from .forms import with_words

    rest = _QUOTED.sub('""', line)
    code = rest.partition("#")[0]
    advice: Text | None = None
    if foreign := [sign for sign in code if sign in _FULL]:
        pairs = "  ".join(f"{sign} → {_FULL[sign]}" for sign in dict.fromkeys(foreign))
        advice = Text(f"改用半角标点：{pairs}", f"write ASCII signs: {pairs}")
    elif "Cannot overwrite" in said or "Cannot declare" in said:
        advice = Text("删去其一；两项并存的，另取名称", "remove one of the two, or give it another name")
    elif _COLON.match(code):
        advice = Text("键与值之间写 =", "write = between key and value")
    elif month := _BARE_MONTH.search(code):
        zh = f'月份要加引号："{month[0]}"；日期要写到日'
        advice = Text(zh, f'a month stands in quotes, "{month[0]}"; a date has its day')
    elif dates := [date for date in _BARE_DATE.finditer(code) if not date[0].endswith(_iso(date))]:
        advice = Text(f"日期写作 {_iso(dates[0])}", f"write a date as {_iso(dates[0])}")
    elif re.search(r"[^\x00-\x7f]", re.sub(r'""', "", code).partition("=")[0]) or re.search(
        r"[{,]\s*[^\x00-\x7f\s\"]+\s*=", code
    ):
        advice = Text("键用英文名称", "a key is a name in ASCII")
    elif said.startswith(("Invalid initial character", "Unclosed inline", "Expected '='")) and code.count(
        "{"
    ) > code.count("}"):
        advice = Text(
            "花括号内写在一行，或用 [表头] 分行写", "what stands in braces stands on one line; or use a [header]"
        )
    elif re.search(r"=\s*$", code):
        advice = Text("= 之后写上值，或删去该行", "write a value after =, or remove the line")
    else:
        for bare in _BARE.finditer(code):
            word = bare[1]
            if _PLAIN.fullmatch(word):
                continue
            meant = _TRUTHS.get(word.lower(), f'"{word}"')
            advice = with_words(word) or Text(f"写成 {meant}", f"write {meant}")
            break
    return {"hint": advice} if advice else {}


def _iso(date: re.Match[str]) -> str:
    """A date as it is to be written."""
    return f"{date[1]}-{int(date[2]):02}-{int(date[3]):02}"
