"""Mutants that no test can notice, each with the reason: survivors.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final, NamedTuple

FILE: Final = Path(__file__).with_name("survivors.toml")


class Survivor(NamedTuple):
    """A mutant that changes nothing: where it is, what becomes what, and why that is the same."""

    module: str
    within: str
    line: str
    becomes: str
    why: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self[:4]


def survivors() -> list[Survivor]:
    """All that are explained."""
    found = tomllib.loads(FILE.read_text("utf-8"))
    return [
        Survivor(module, each["within"], each["line"], becomes, each["why"])
        for module, all_ in found.items()
        for each in all_
        for becomes in each["becomes"]
    ]
