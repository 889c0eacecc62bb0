"""Folders of the tests: the good catalogue with a fictional county's text, and a bureau's own folder."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any, Final

import subsidy
from subsidy.policies import shipped_folder

HERE: Final = Path(__file__).parent
GOOD: Final = HERE.parent / "diagnostics" / "catalogue"
ID: Final = "cn/somewhere/town/grant"
TEXT: Final = "cn/somewhere/town/west/bonus-table/2021-06-01.fill.toml"
CARE: Final = "cn/somewhere/care"
DIGEST: Final = subsidy.Catalogue(GOOD).policy(ID).digest
FACTS: Final[dict[str, Any]] = {
    "project": "P1", "accepted_on": dt.date(2021, 7, 1), "place": "990121", "works": "new_build",
    "care_level": "disabled", "floor_area": "100", "beds": "3", "left_once": "500000",
    "stays": [{"moved_in": "2021-01-01", "moved_out": "2021-02-01"}],
}  # fmt: skip
BED: Final[dict[str, Any]] = {
    "centre": "C1", "resident": "R1", "month": "2023-08", "care_level": "semi_disabled",
    "stays": [{"moved_in": "2023-08-05", "moved_out": "2023-08-18"}],
}  # fmt: skip
HOME: Final[dict[str, Any]] = {
    "beneficiary": "R1", "month": "2023-08", "hours": "3", "price": "30", "left_monthly": "1350",
}  # fmt: skip

ADOPTION: Final = f"""\
[adoption]
policy = "{ID}"
digest = "{DIGEST}"
by = "张三"
issuer = {{ zh = "某市民政局", en = "Civil affairs bureau of Some City" }}
document = "某民发〔2021〕12号"
dated = 2021-06-20
valid = {{ from = 2021-07-01, until = 2021-12-31 }}

[readings]
part_stay = "counts"

[parameters.bonus]
value = "80"
clause = "三"
"""


def policies(folder: Path, *, text: bool = False) -> Path:
    """A copy of the good catalogue; with the text of West County, if wanted."""
    made = Path(shutil.copytree(GOOD, folder / "policies"))
    if text:
        shutil.copytree(HERE / "fictional", made, dirs_exist_ok=True)
    return made


def adoptions(folder: Path, text: str = ADOPTION, first: str = "2021-07-01", policy_id: str = ID) -> Path:
    """A bureau's folder with one more adoption."""
    file = folder / "adoptions" / policy_id / f"{first}.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return folder / "adoptions"


def care(folder: Path, *changes: tuple[str, str]) -> subsidy.Catalogue:
    """The shipped policies with the fictional programme, changed."""
    made = Path(shutil.copytree(shipped_folder(), folder / "shipped"))
    file = made / CARE / "2023-08-01.programme.toml"
    file.parent.mkdir(parents=True)
    text = (HERE / "programmes" / CARE / "2023-08-01.programme.toml").read_text("utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    file.write_text(text, "utf-8")
    return subsidy.Catalogue(made)
