"""What the attacks begin with: real files of every kind, and the catalogues that read them."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from tests.adoption.support import ADOPTION, BED, CARE, FACTS, HOME, TEXT
from tests.adoption.support import ID as GRANT
from tests.language.support import HEAD, LABEL, fact, number, parameter

import subsidy

TESTS: Final = Path(__file__).parents[1]
GOOD: Final = TESTS / "diagnostics" / "catalogue"
GRANT_FILE: Final = f"{GRANT}/2021-01-01.toml"
CARE_FILE: Final = f"{CARE}/2023-08-01.programme.toml"
ADOPTION_FILE: Final = f"{GRANT}/2021-07-01.toml"
FORMULA_FILE: Final = "cn/a/b/2021-01-01.toml"

_FOLDER: Final = tempfile.TemporaryDirectory(prefix="subsidy-attacks-")  # gone with the process


@cache
def shipped() -> subsidy.Catalogue:
    """The shipped policies, a programme of them, and the modules of the tests, which use what no shipped one does."""
    folder = Path(_FOLDER.name) / "shipped"
    shutil.copytree(subsidy.catalogue().folder.path, folder)
    for more in ("properties/modules", "conformance/modules", "adoption/programmes"):
        shutil.copytree(TESTS / more, folder, dirs_exist_ok=True)
    return subsidy.Catalogue(folder)


@cache
def somewhere() -> subsidy.Catalogue:
    """The small catalogue of the diagnostics, with a county's text and a bureau's adoption."""
    folder, adoptions = Path(_FOLDER.name) / "somewhere", Path(_FOLDER.name) / "adoptions"
    shutil.copytree(GOOD, folder)
    shutil.copytree(TESTS / "adoption" / "fictional", folder, dirs_exist_ok=True)
    adoptions.mkdir()
    return subsidy.Catalogue(folder, adoptions)


@cache
def lists() -> Path:
    """A folder in which the vocabulary and the divisions may be overwritten."""
    folder = Path(_FOLDER.name) / "lists"
    folder.mkdir()
    return folder


@cache
def modules() -> tuple[str, ...]:
    """Every module that the tests have whole."""
    return tuple(
        file.read_text("utf-8")
        for catalogue in (shipped(), somewhere())
        for file in (catalogue.folder.path / name for name in catalogue.folder.files)
    )


@cache
def files(kind: str) -> tuple[str, ...]:
    """Files of one kind, as they are."""
    match kind:
        case "module":
            return modules()
        case "vocabulary":
            return tuple((folder / "vocabulary.toml").read_text("utf-8") for folder in (GOOD, shipped().folder.path))
        case "divisions":
            return tuple((folder / "divisions.toml").read_text("utf-8") for folder in (GOOD, shipped().folder.path))
        case "filling":
            return ((TESTS / "adoption" / "fictional" / TEXT).read_text("utf-8"),)
        case "programme":
            return ((TESTS / "adoption" / "programmes" / CARE_FILE).read_text("utf-8"),)
        case "adoption":
            return (ADOPTION,)
        case "facts":
            return tuple(
                json.dumps(facts, default=dt.date.isoformat, ensure_ascii=False) for facts in (FACTS, BED, HOME)
            )
        case "receipt":
            return receipts()
        case _:
            raise AssertionError(kind)


@cache
def receipts() -> tuple[str, ...]:
    """A receipt of each kind: a claim's, a release's, a programme's."""
    claim = {"graduate": "G", "entered_on": "2024-02-29", "degree": "bachelor", "adjustment": "0", "place": "140802"}
    policy = shipped().policy("cn/test/instalments")
    award = policy.calculate(claim)
    found = (
        shipped().calculate("cn/shanxi/yuncheng/bed-subsidy", BED).receipt(),
        shipped().calculate("cn/liaoning/shenyang/home-service", HOME).receipt(),
        award.receipt(),
        policy.release(award, "third", still_employed=True, rating="AA").receipt(),
        shipped().calculate_programme(CARE, {"bed": BED, "home": HOME}).receipt(),
    )
    return tuple(each.decode() for each in found)


ROWS: Final = (
    'label = { zh = "项", en = "entries" }\nclause = "一"\ntype = "records"\nrows = [0, 5]\n'
    '[facts.rows.fields]\nsum = { type = "number", unit = "CNY", resolution = "0.01", range = ["0", "99"], '
    'label = { zh = "额", en = "sum" } }\n'
    'since = { type = "date", optional = true, label = { zh = "起", en = "since" } }\n'
    'level = { type = "choice", of = "care_level", label = { zh = "级", en = "level" } }\n'
)
USED: Final = (  # so that nothing of it is unused, whatever the formula is
    "given(x) or f or d == on or m == month_of(on) or level == disabled or class(place) == county or size(n) == small "
    "or n * rate > 5[CNY] or table[level] > 2[CNY] or share > 5[CNY] or reading(how) == one "
    "or any(r.sum > 5[CNY] and r.level == disabled for r in rows if given(r.since) and r.since < d)"
)
GIVEN: Final = (
    'claim = "c", on = 2021-06-01, n = "2.5", f = true, d = 2020-02-29, m = "2021-02", level = "disabled", '
    'place = "990121", rows = [ { sum = "9.99", level = "disabled", since = 2020-01-01 }, '
    '{ sum = "0.01", level = "self_care" } ]'
)
# A module with something of every kind to name in a formula; the formula itself is still to be put in.
FORMULA_HEAD: Final = (
    HEAD.replace("facts = {}", f"facts = {{ {GIVEN} }}").replace('{ amount = "0" }', "{ eligible = true }")
    + f'\n[[conditions]]\nname = "any_at_all"\nkind = "advisory"\ntest = "{USED}"\n{LABEL}'
    + number("n", "1", "9", "0.5", "bed")
    + number("x", "-100", "100", "0.01", "CNY", "optional = true")
    + fact("f", "flag")
    + fact("d", "date")
    + fact("m", "month")
    + fact("level", "choice", 'of = "care_level"')
    + fact("place", "division")
    + f"\n[facts.rows]\n{ROWS}"
    + parameter("rate", 'unit = "CNY/bed"', 'value = "12.5"')
    + parameter(
        "table", 'unit = "CNY"', 'by = ["level"]', 'values = { self_care = "1", semi_disabled = "2", disabled = "3" }'
    )
    + parameter("share", 'unit = "CNY"', 'delegated = { to = "county" }', 'within = { min = "0", max = "9" }')
    + f'\n[brackets.size]\n{LABEL}of = "bed"\nrows = [ {{ name = "small", label = {{ zh = "小", en = "small" }}, '
    'to = "5" }, { name = "large", label = { zh = "大", en = "large" }, from = "5" } ]\n'
    + '\n[[interpretations]]\nname = "how"\nclause = "一"\nquestion = { zh = "如何", en = "how" }\n'
    'readings = { one = { zh = "甲", en = "one" }, two = { zh = "乙", en = "two" } }\n'
)
