"""The table of all settings in docs/operating, made from the model and its words: python -m tests.documents.settings"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from pydantic_core import PydanticUndefined

from subsidy.service.operation.settings import Settings, allowed
from subsidy.settings import SETTINGS, flag, variable
from subsidy.text import Language, Text

from .story import DOCS

PAGES: Final[dict[Language, Path]] = {"en": DOCS / "operating.md", "zh": DOCS / "operating.zh.md"}
_HEAD: Final = Text(
    "设置、选项、变量 | 缺省 | 可以是 | 用途", "setting, flag, variable | default | what it may be | what it is for"
)
_TABLE: Final = re.compile(r"(?<=<!-- settings -->\n).*?(?=<!-- end of settings -->)", re.DOTALL)


def table(lang: Language) -> str:
    """The table in a language."""
    rows = [f"| {_HEAD.in_(lang)} |", "| --- | --- | --- | --- |"]
    for name, setting in SETTINGS.items():
        field = Settings.model_fields[name]
        assert field.default is not PydanticUndefined
        default = "" if field.default is None else f"`{field.default}`"
        found = allowed(field)
        may = setting.metavar if isinstance(found, Text) else found
        rows.append(
            f"| `{name}`<br>`{flag(name)}`<br>`{variable(name)}` | {default} | `{may}` | {setting.said.in_(lang)} |"
        )
    return "\n".join(rows) + "\n"


def retold(page: str, lang: Language) -> str:
    """A page with the table as it is now."""
    return _TABLE.sub(lambda _: table(lang), page)


def main() -> None:
    for lang, page in PAGES.items():
        page.write_text(retold(page.read_text("utf-8"), lang), "utf-8")


if __name__ == "__main__":
    main()
