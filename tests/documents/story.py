"""A page that is one story: its commands are typed in order, in one folder, and its files are edited as it says.

A block ``console`` has commands after ``$`` and what they print; a line ``…`` stands for any lines. A block
``toml add`` goes to the end of the newest version of the policy; a block ``diff`` says what is replaced there.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from typer.testing import CliRunner

from subsidy.cli.app import app

_STEP: Final = re.compile(r"^```(console|toml add|diff)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ANSWER: Final = re.compile(r"^.*[)）]: (.+)$", re.MULTILINE)  # a question ends with its example in brackets
_OPEN: Final = "…"


@dataclass(frozen=True, slots=True)
class Typed:
    """One command of a page, and what the page says that it prints, with the answers that are typed meanwhile."""

    command: str
    printed: str


def steps(page: str) -> Iterator[tuple[str, str]]:
    """The blocks of the story: their kind, and what stands in them."""
    yield from ((found[1], found[2]) for found in _STEP.finditer(page))


def typed(block: str) -> Iterator[Typed]:
    """The commands of a block."""
    for one in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        whole = one.replace("\\\n", " ")
        command, _, printed = whole.partition("\n")
        yield Typed(command, printed)


@dataclass
class Reader:
    """One who does what the page says, in a folder and an environment of one's own."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def type(self, line: Typed) -> str:
        """What a command prints."""
        words = shlex.split(line.command)
        match words:
            case ["cd", where]:
                self.folder /= where
                os.chdir(self.folder)
                return ""
            case ["export", *variables]:
                self.environment |= dict(each.split("=", 1) for each in variables)
                return ""
            case ["subsidy", "policy", "new", *rest]:
                return self.run(["policy", "new", *rest], _ANSWER.findall(line.printed))
            case ["subsidy", *rest]:
                return self.run(rest, [])
        run = subprocess.run(words, check=True, cwd=self.folder, capture_output=True, text=True)
        return run.stdout

    def run(self, words: list[str], answers: list[str]) -> str:
        """What `subsidy` prints; on a terminal it asks unbidden."""
        into = self.folder / words[words.index(">>") + 1] if ">>" in words else None
        words = [*words[: words.index(">>") if into else None], *(["--ask"] if answers else [])]
        given = "".join(f"{each}\n" for each in answers)
        found = CliRunner().invoke(app, words, input=given, env=self.environment)
        assert found.exit_code in (0, 1), found.output  # 1: a finding, which the page shows
        if into is None:
            return found.output if answers else found.stderr + found.stdout  # as a terminal has it: problems first
        assert found.exit_code == 0, found.output
        into.write_text(into.read_text("utf-8") + found.stdout, "utf-8")
        return ""

    @property
    def module(self) -> Path:
        """The newest version of the policy of the story."""
        return max((self.folder / "policies").glob("cn/**/*.toml"))

    def add(self, text: str) -> None:
        """Write at the end of the module."""
        self.module.write_text(f"{self.module.read_text('utf-8')}\n{text}", "utf-8")

    def change(self, diff: str) -> None:
        """Replace what the lines of a diff say, each piece of which is in the module, and only once."""
        for piece in re.split(r"^@@.*\n", diff, flags=re.MULTILINE):
            lines = piece.splitlines()
            old = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "+")
            new = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "-")
            text = self.module.read_text("utf-8")
            assert text.count(old) == 1, f"{text.count(old)} times in {self.module.name}:\n{old}"
            self.module.write_text(text.replace(old, new), "utf-8")


def agree(written: str, printed: str) -> bool:
    """Whether a page shows what was printed; a line ``…`` on the page stands for any lines."""
    pieces = re.split(rf"^{_OPEN}\n", written, flags=re.MULTILINE)
    return re.fullmatch("(?:.*\n)*".join(map(re.escape, pieces)), printed) is not None


def environment(cache: Path) -> Mapping[str, str]:
    """What every reader starts with: nothing checked before."""
    return {"SUBSIDY_CACHE": str(cache), "COLUMNS": "120"}
