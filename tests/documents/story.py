"""A page that is one story: its commands are typed in order, in one folder, and its files are edited as it says.

A block ``console`` has commands after ``$`` and what they print; a line ``…`` stands for any lines, and ``…`` within
a line for what has no blank in it, such as a fingerprint. A block
``toml add`` goes to the end of the newest version of the policy; a block ``diff`` says what is replaced there; a block
``csv NAME`` is the file of that name.

`python -m tests.documents.story` writes what is printed now wherever a page shows something else.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from typer.testing import CliRunner

from subsidy.cli.app import app

DOCS: Final = Path(__file__).resolve().parents[2] / "docs"
PAGES: Final = [DOCS / "writing-a-policy.md", DOCS / "writing-a-policy.zh.md"]
LEDGER_PAGES: Final = [DOCS / "ledger.md", DOCS / "ledger.zh.md"]
AUDIT_PAGES: Final = [DOCS / "auditing.md", DOCS / "auditing.zh.md"]
ROSTER_PAGES: Final = [DOCS / "rosters.md", DOCS / "rosters.zh.md"]
PAYMENT_PAGES: Final = [DOCS / "payments.md", DOCS / "payments.zh.md"]
VARIABLES: Final = (
    "SUBSIDY_ADOPTIONS",
    "SUBSIDY_LANG",
    "SUBSIDY_LEDGER",
    "SUBSIDY_KEY",
    "SUBSIDY_POLICIES",
    "SUBSIDY_SCOPE",
)
_STEP: Final = re.compile(r"^(```(console|toml add|diff|csv \S+)\n)(.*?)^```$", re.MULTILINE | re.DOTALL)
_TYPED: Final = re.compile(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
_ANSWER: Final = re.compile(r"^.*[)）]: (.+)$", re.MULTILINE)  # a question ends with its example in brackets
_OPEN: Final = "…"


@dataclass(frozen=True, slots=True)
class Typed:
    """One command as it stands on a page, and what the page says that it prints."""

    written: str
    printed: str

    @property
    def words(self) -> list[str]:
        """The words of the command."""
        return shlex.split(self.written.replace("\\\n", " "))


def steps(page: str) -> Iterator[tuple[str, str]]:
    """The blocks of the story: their kind, and what stands in them."""
    yield from ((found[2], found[3]) for found in _STEP.finditer(page))


def typed(block: str) -> Iterator[Typed]:
    """The commands of a block."""
    yield from (Typed(found[1], found[2]) for found in _TYPED.finditer(block))


@dataclass
class Reader:
    """One who does what the page says, in a folder and an environment of one's own."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @classmethod
    def begin(cls, above: Path) -> Reader:
        """One in an empty folder, for whom nothing was checked before."""
        folder = above / "home"
        folder.mkdir()
        os.chdir(folder)
        return cls(folder, {"SUBSIDY_CACHE": str(above / "cache"), "COLUMNS": "120"})

    def type(self, line: Typed) -> str:
        """What a command prints."""
        match line.words:
            case ["cd", where]:
                self.folder = (self.folder / where).resolve()
                os.chdir(self.folder)
                return ""
            case ["export", *variables]:
                self.environment |= dict(each.split("=", 1) for each in variables)
                return ""
            case ["subsidy", *words, ">>", file]:
                printed = self.run(words)
                with (self.folder / file).open("a", encoding="utf-8") as module:
                    module.write(printed)
                return ""
            case ["subsidy", "policy", "new", *words]:
                return self.run(["policy", "new", *words, "--ask"], _ANSWER.findall(line.printed))
            case ["subsidy", *words]:
                return self.run(words)
            case ["python", *words]:  # that of the reader, from whose folder the tools of the project are elsewhere
                tools = [str(DOCS.parent / word) if word.startswith("tools/") else word for word in words]
                return self.type_other([sys.executable, *tools])
            case words:
                return self.type_other(words)

    def type_other(self, words: list[str]) -> str:
        """What any other program prints."""
        return subprocess.run(words, check=True, cwd=self.folder, capture_output=True, text=True).stdout

    def run(self, words: list[str], answers: list[str] | None = None) -> str:
        """What `subsidy` prints; where it asks, with the answers."""
        given = "".join(f"{each}\n" for each in answers or ())
        found = CliRunner().invoke(app, words, input=given, env=self.environment)
        assert found.exit_code in (0, 1), found.output  # 1: a finding, which the page shows
        return found.output if answers else found.stderr + found.stdout  # problems come before the verdict on them

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


def retold(page: str, reader: Reader) -> str:
    """The page with what is printed now; the same page where it shows just that."""

    def line(found: re.Match[str]) -> str:
        typed = Typed(found[1], found[2])
        printed = reader.type(typed)
        return f"$ {typed.written}\n{typed.printed if agree(typed.printed, printed) else printed}"

    def step(found: re.Match[str]) -> str:
        fence, kind, block = found[1], found[2], found[3]
        if kind == "console":
            return f"{fence}{_TYPED.sub(line, block)}```"
        if kind.startswith("csv "):
            (reader.folder / kind.removeprefix("csv ")).write_text(block, "utf-8")
        else:
            (reader.add if kind == "toml add" else reader.change)(block)
        return found[0]

    return _STEP.sub(step, page)


def agree(written: str, printed: str) -> bool:
    """Whether a page shows what was printed; ``…`` stands for any lines, and within a line for any one word."""
    lines = re.split(rf"^({_OPEN}\n)", written, flags=re.MULTILINE)
    pieces = ["(?:.*\n)*" if each == f"{_OPEN}\n" else re.escape(each).replace(_OPEN, r"\S+") for each in lines]
    return re.fullmatch("".join(pieces), printed) is not None


def main() -> None:
    for name in VARIABLES:
        os.environ.pop(name, None)
    for page in (*PAGES, *LEDGER_PAGES, *PAYMENT_PAGES, *AUDIT_PAGES, *ROSTER_PAGES):
        with tempfile.TemporaryDirectory() as temporary:
            page.write_text(retold(page.read_text("utf-8"), Reader.begin(Path(temporary).resolve())), "utf-8")
            os.chdir(DOCS)


if __name__ == "__main__":
    main()
