"""Small policies made from a few lines, for tests of the compiler."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from subsidy import Policy
from subsidy.catalogue.folder import Folder, read_entry
from subsidy.errors import PolicyError, Problems
from subsidy.language.compiler import compile_module

FOLDER: Final = Folder(Path(__file__).parents[1] / "diagnostics" / "catalogue")
FILE: Final = "cn/a/b/2021-01-01.toml"

HEAD: Final = """
language = 1

[policy]
id = "cn/a/b"
version = "2021-01-01"
status = "issued"
valid = { from = 2021-01-01 }
published = 2021-01-01
dated_by = "on"
division = "990100"
title = { zh = "补助", en = "Grant" }

[source]
title = { zh = "通知", en = "Notice" }
issued = 2021-01-01
issuer = { zh = "政府", en = "Government" }

[facts.claim]
type = "id"
label = { zh = "申请", en = "claim" }

[facts.on]
type = "date"
label = { zh = "日期", en = "date" }

[[examples]]
name = "—"
source = "derived"
facts = {}
expect = { amount = "0" }
"""
LABEL: Final = 'label = { zh = "名", en = "name" }\nclause = "一"\n'


def fact(name: str, type_: str, *lines: str) -> str:
    return f'\n[facts.{name}]\ntype = "{type_}"\n{LABEL}' + "".join(line + "\n" for line in lines)


def number(name: str, low: str, high: str, resolution: str = "1", unit: str = "ratio", *lines: str) -> str:
    more = (f'unit = "{unit}"', f'resolution = "{resolution}"', f'range = ["{low}", "{high}"]')
    return fact(name, "number", *more, *lines)


def parameter(name: str, *lines: str) -> str:
    return f"\n[parameters.{name}]\n{LABEL}" + "".join(line + "\n" for line in lines)


def step(name: str, value: str, *lines: str) -> str:
    return f'\n[[steps]]\nname = "{name}"\nvalue = "{value}"\n{LABEL}' + "".join(line + "\n" for line in lines)


def pays(value: str, shares: str = '{ payer = "city", percent = "100%" }') -> str:
    return (
        f'\n[[outcome.parts]]\nname = "paid"\nvalue = "{value}"\npayee = "claim"\n'
        f'label = {{ zh = "补助", en = "grant" }}\nshares = [{shares}]\n'
    )


def compiled(*body: str, head: str = HEAD, file: str = FILE) -> Policy:
    """The policy that the lines make.

    Raises:
        PolicyError: they do not make one.
    """
    problems = Problems()
    entry = read_entry(file, (head + "".join(body)).encode(), None, problems)
    problems.raise_as(PolicyError)
    assert entry is not None
    return Policy(entry, compile_module(entry, FOLDER.vocabulary), FOLDER.vocabulary, None)


def codes(*body: str) -> list[str]:
    """The codes of everything that is wrong with the lines."""
    try:
        compiled(*body)
    except PolicyError as error:
        return [problem.code for problem in error.problems]
    return []
