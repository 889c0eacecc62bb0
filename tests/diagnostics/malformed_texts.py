"""The corpus of malformed texts: small edits of good ones, as a clerk gets them wrong, and what is said of each."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from tests.adoption import support as adoption
from tests.conformance.support import catalogue as conformance

import subsidy
from subsidy.calculation.examples import differences
from subsidy.calculation.policy import Policy
from subsidy.catalogue.folder import read_entry
from subsidy.errors import PolicyError, Problem, Problems, SubsidyError
from subsidy.language.compiler import compile_module
from subsidy.policies import shipped_folder

from .support import CASES, GOOD, MODULE

HERE: Final = Path(__file__).parent / "malformed"
CORPUS: Final = HERE / "corpus.txt"
SHIPPED: Final = shipped_folder()
TESTED: Final = conformance().folder.path
PROGRAMME: Final = f"{adoption.CARE}/2023-08-01.programme.toml"
ADOPTED: Final = f"{adoption.ID}/2021-07-01.toml"

# Each good text by a short name: the folder of the policies around it, its path there, and the file that has it.
BASES: Final[dict[str, tuple[Path, str, Path]]] = {
    "grant": (GOOD, MODULE, GOOD / MODULE),
    "classes": (SHIPPED, "cn/test/classes/2024-01-01.toml", HERE / "classes.toml"),
    **{
        short: (SHIPPED, f"{path}.toml", SHIPPED / f"{path}.toml")
        for short, path in {
            "beds": "cn/shanxi/yuncheng/bed-subsidy/2021-03-29",
            "building": "cn/shanxi/yuncheng/construction-grant/2021-03-29",
            "operating": "cn/shanxi/yuncheng/operating-subsidy/2021-03-29",
            "home": "cn/liaoning/shenyang/home-service/2023-07-26",
        }.items()
    },
    **{
        short: (TESTED, f"cn/test/{short}/2024-01-01.toml", TESTED / f"cn/test/{short}/2024-01-01.toml")
        for short in ("instalments", "ledger", "measures", "outcome", "own")
    },
    "fill": (GOOD, adoption.TEXT, adoption.HERE / "fictional" / adoption.TEXT),
    "programme": (SHIPPED, PROGRAMME, adoption.HERE / "programmes" / PROGRAMME),
    "adoption": (GOOD, ADOPTED, CASES),
}


@dataclass(slots=True)
class Mistake:
    """One entry: what was done to which text, what is found, and what is advised to this very mistake."""

    name: str
    base: str
    edits: list[tuple[str, str]] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)

    @property
    def codes(self) -> list[str]:
        return [line[:5] for line in self.found]

    @property
    def text(self) -> str:
        """The good text with the edits: each of a part that it has once, or of nothing, at its end."""
        text = text_of(self.base)
        for old, new in self.edits:
            assert not old or text.count(old) == 1, f"{self.name}: {self.base} has this {text.count(old)} times: {old}"
            text = text.replace(old, new) if old else text + new + "\n"
        return text


def mistakes() -> list[Mistake]:
    """The corpus: `## base: what was done`, then what is replaced (`-`, `+`), found (`!`) and advised (`?`)."""
    return list(_read(CORPUS.read_text("utf-8").splitlines()))


def _read(lines: list[str]) -> Iterator[Mistake]:
    current: Mistake | None = None
    old: list[str] = []
    new: list[str] | None = None
    for line in [*lines, "##"]:
        if new is not None and not line.startswith("+"):
            assert current is not None
            current.edits.append(("\n".join(old), "\n".join(new)))
            old, new = [], None
        if line.startswith("##"):
            if current is not None:
                yield current
            base, _, name = line[2:].strip().partition(": ")
            current = Mistake(name, base)
        elif line.startswith("-"):
            old.append(line[2:])
        elif line.startswith("+"):
            new = [*(new or []), line[2:]]
        elif line.startswith("!"):
            assert current is not None
            current.found.append(line[2:])
        elif line.startswith("?"):
            assert current is not None
            current.advice.append(line[2:])


def written(mistake: Mistake) -> str:
    """An entry as it stands in the corpus."""
    lines = [f"## {mistake.base}: {mistake.name}"]
    for old, new in mistake.edits:
        lines += [f"- {line}" for line in old.splitlines()] + [f"+ {line}".rstrip() for line in new.split("\n")]
    lines += [f"! {line}" for line in mistake.found] + [f"? {line}" for line in mistake.advice]
    return "\n".join(lines) + "\n"


@cache
def text_of(base: str) -> str:
    """A good text."""
    return adoption.ADOPTION if base == "adoption" else BASES[base][2].read_text("utf-8")


@cache
def _catalogue(root: Path) -> subsidy.Catalogue:
    return subsidy.Catalogue(root)


def said(problem: Problem) -> str:
    """Code, line, column and key of a problem: what the corpus keeps of it."""
    place = problem.place
    assert place is not None, problem.report()
    return " ".join([problem.code, f"{place.line}:{place.column}", place.key]).rstrip()


def advised(problems: Iterable[Problem]) -> list[str]:
    """The advice that was made for these problems, beyond what their codes say to all."""
    return list(dict.fromkeys(problem.help("en") for problem in problems if "hint" in problem.values))


def found(base: str, text: str) -> tuple[Problem, ...]:
    """Every problem of a text in the place of a good one."""
    root, path, _ = BASES[base]
    if base in {"fill", "programme", "adoption"}:
        return _beside(base, text)
    problems = Problems()
    entry = read_entry(path, text.encode("utf-8"), None, problems)
    if entry is None:
        return tuple(problems.found)
    vocabulary = _catalogue(root).folder.vocabulary
    try:
        program = compile_module(entry, vocabulary)
    except PolicyError as error:
        return (*problems.found, *error.problems)
    if problems.found:
        return tuple(problems.found)
    policy = Policy(entry, program, vocabulary, entry.head.valid.until)
    return tuple(each for n, one in enumerate(policy.document.examples) for each in differences(policy, one, n))


def _beside(base: str, text: str) -> tuple[Problem, ...]:
    """The problems of what stands beside policies, which is read with them."""
    root, path, _ = BASES[base]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(shutil.copytree(root, Path(temporary) / "policies"))
        adoptions = adoption.adoptions(Path(temporary), text) if base == "adoption" else None
        if adoptions is None:
            (folder / path).parent.mkdir(parents=True)
            (folder / path).write_text(text, "utf-8")
        try:
            subsidy.Catalogue(folder, adoptions).check()
        except SubsidyError as error:
            return error.problems
    return ()
