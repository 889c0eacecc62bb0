"""A policy as it would be with other figures, or in force at another time; never one that anything may be paid by.

A figure that the text fixes is replaced in the text itself, and the text is compiled anew, so that every proof is made
of the new figure, too. One that the text leaves open is filled as a text of a lower level would fill it, within the
bounds for which everything was proved. What comes of it has a digest of its own and no adoption.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ..calculation.basis import NOTHING, Basis
from ..calculation.policy import Policy
from ..catalogue.digest import digest
from ..catalogue.documents import Headed, Module, Parameter, kind_of
from ..catalogue.entry import Entry
from ..catalogue.fillings import Filled
from ..catalogue.keys import Document, Name
from ..catalogue.reading import read
from ..dates import FIRST_DAY
from ..errors import PolicyError, Problem, Problems, RequestError, hint
from ..language import program as p
from ..language.compiler import compile_module
from ..language.filling import Table, table_of, with_tables
from ..language.types import options
from ..policies import Catalogue
from ..record import replace as with_values
from ..text import Text
from .calculating import version_of as named

MARK: Final = "--set"  # behind the name of a text that was changed, in a report of the compiler
_THERE: Final = Text("政策中写明", "stated in the policy")

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that was put in the place of another.

    Attributes:
        where: the parameter, and of a table the keys of its cell, joined by dots.
        old: as the text has it; empty where it leaves the figure open.
        clause: of the parameter, in the text that was changed.
        version: of that text, where several were changed.
    """

    where: str
    label: Text
    clause: str
    unit: str
    old: str
    new: str
    version: str = ""

    @property
    def said(self) -> Text:
        """What was changed from what to what, with the clause."""
        zh, en = self.old or "文本未定", self.old or "what the text leaves open"
        unit = f" {self.unit}" if self.unit else ""
        of = (f"{self.version} 版：", f"version {self.version}: ") if self.version else ("", "")
        return Text(
            f"{of[0]}{self.label.zh}（{self.where}）由 {zh} 改为 {self.new}{unit}〔{self.clause}〕",
            f"{of[1]}{self.label.en} ({self.where}) from {en} to {self.new}{unit} [{self.clause}]",
        )


class _Figures(Document):
    """Figures for parameters that a text leaves open, in the shape of a text that fills them."""

    parameters: dict[Name, Filled]


def version_of(
    catalogue: Catalogue, policy_id: str, version: str | None, on: dt.date | None, known: dt.date | None = None
) -> Policy:
    """A version as if it were in force at all times; the latest one, in its own time, where none is named.

    Raises:
        RequestError: there is no such policy or version, or none in force on that day.
        CatalogueError, PolicyError: it is not sound.
    """
    if version is None:
        found = catalogue.policy(policy_id, on, known)
        if on is None:
            return found
    else:
        found = named(catalogue.versions(policy_id), version)
    stands = catalogue.bases.standing(policy_id, known)
    return Policy(found.entry, found.program, found.vocabulary, None, standing=stands, first_day=FIRST_DAY)


def supposed(policy: Policy, words: Mapping[str, str]) -> tuple[Policy, tuple[Change, ...]]:
    """A policy with other figures, and what was changed.

    Args:
        words: figures by parameter, and of a table by its cell: ``rate``, ``rate.disabled``.

    Raises:
        RequestError: there is no such parameter or cell; all problems.
        PolicyError: with such a figure the text is not sound; the compiler's own report.
    """
    figures = _figures(policy, words)
    if not figures:
        return policy, ()
    changes = tuple(_change(policy, path, new) for path, new in figures.items())
    opened = {path: new for path, new in figures.items() if _is_open(policy, path[0])}
    entry, program = policy.entry, policy.program
    if len(opened) < len(figures):
        entry = _changed(policy, {path: new for path, new in figures.items() if path not in opened})
        program = compile_module(entry, policy.vocabulary)
    tables = _filled(policy, program, opened)
    program = with_values(with_tables(program, tables), digest=entry.digest)
    if opened:
        marked = digest({"text": entry.digest, "figures": {".".join(path): new for path, new in opened.items()}})
        entry = replace(entry, digest=marked, is_locked=False)
        program = with_values(program, digest=marked)
    stands = _Instead(policy, entry, program, frozenset(tables)) if policy.stands_by else None
    made = Policy(entry, program, policy.vocabulary, policy.last_day, standing=stands, first_day=policy.first_day)
    return made, changes


def supposed_each(
    versions: Sequence[Policy], words: Mapping[str, str]
) -> tuple[tuple[Policy, ...], tuple[Change, ...]]:
    """The versions of a policy with other figures, each where it has the parameter, and what was changed.

    Raises:
        RequestError, PolicyError: see `supposed`; a parameter that no version has is refused by the last.
    """
    every, changes = list[Policy](), list[Change]()
    names = {name for each in versions for name in each.document.parameters}
    for version in versions:
        own = version.document.parameters.keys() | (set() if version is not versions[-1] else _unknown(words, names))
        made, changed = supposed(version, {word: new for word, new in words.items() if word.split(".")[0] in own})
        every.append(made)
        changes += [replace(each, version=version.version) if len(versions) > 1 else each for each in changed]
    return tuple(every), tuple(changes)


def _unknown(words: Mapping[str, str], names: set[str]) -> set[str]:
    return {word.split(".")[0] for word in words} - names


def _figures(policy: Policy, words: Mapping[str, str]) -> dict[Path, str]:
    """The figures by where they stand.

    Raises:
        RequestError: there is no such parameter or cell; all problems.
    """
    known, problems = policy.document.parameters, list[Problem]()
    found: dict[Path, str] = {}
    for word, value in words.items():
        name, *keys = word.split(".")
        if name not in known:
            problems.append(Problem.of("R0770", word, given=name, policy=policy.id, **hint(name, known)))
            continue
        parameter = policy.program.parameters[name]
        if len(keys) != len(parameter.by):
            example = ".".join([name, *_first_cell(parameter)])
            by = ", ".join(parameter.by)
            code = "R0771" if parameter.by else "R0772"
            problems.append(Problem.of(code, word, given=word, name=name, by=by, example=example))
            continue
        if (parameter.values is not None) and tuple(keys) not in parameter.values:
            cells = [".".join((name, *cell)) for cell in parameter.values]
            problems.append(Problem.of("R0773", word, given=word, name=name, **hint(word, cells)))
            continue
        found[name, *keys] = value.strip()
    if problems:
        raise RequestError(problems)
    return found


def _first_cell(parameter: p.Parameter) -> Sequence[str]:
    if parameter.values:
        return next(iter(parameter.values))
    return [options(key)[0] for key in parameter.keys]


def _is_open(policy: Policy, name: str) -> bool:
    """Whether the text leaves a figure to a lower level, or out."""
    written = policy.document.parameters[name]
    return written.value is None and written.values is None


def _place(parameter: Parameter, path: Path) -> Path:
    """Where a figure stands in the text."""
    return ("parameters", path[0], "value" if parameter.value is not None else "values", *path[1:])


def _change(policy: Policy, path: Path, new: str) -> Change:
    written = policy.document.parameters[path[0]]
    label = policy.program.parameters[path[0]].label
    old = policy.origin.positions.text_of(_place(written, path)).strip("\"'")
    unit = "" if written.unit in (None, "ratio") else written.unit or ""
    return Change(".".join(path), label, written.clause, unit, old, new)


def _changed(policy: Policy, figures: Mapping[Path, str]) -> Entry:
    """The text with other figures in the place of its own.

    Raises:
        PolicyError: one of them is no figure; all problems, each with its line as it would be.
    """
    positions = policy.origin.positions
    lines = list(positions.lines)
    spots = {positions.find(_place(policy.document.parameters[path[0]], path)): new for path, new in figures.items()}
    for spot in sorted(spots, reverse=True):  # from the end on, so that no other moves before it is replaced
        line, start = lines[spot.line - 1], spot.column - 1
        new = json.dumps(spots[spot], ensure_ascii=False)  # which is how TOML writes a text, too
        lines[spot.line - 1] = f"{line[:start]}{new}{line[start + spot.width :]}"
    problems = Problems()
    name = f"{policy.path} {MARK}"
    document, data, origin = read(name, "\n".join(lines).encode(), Headed, problems, kind_of)
    problems.raise_as(PolicyError)
    assert isinstance(document, Module)
    return Entry(policy.path, document, data, origin, digest(data), is_locked=False)


def _filled(policy: Policy, program: p.Program, figures: Mapping[Path, str]) -> dict[str, Table]:
    """Tables for the parameters that the text leaves open.

    Raises:
        PolicyError: a figure does not fit; all problems.
    """
    if not figures:
        return {}
    lines = []
    for name in dict.fromkeys(path[0] for path in figures):
        lines += [f"[parameters.{name}]", f'clause = "{MARK}"']
        for path, new in figures.items():
            if path[0] == name:
                keys = ".".join(["values", *map(json.dumps, path[1:])]) if path[1:] else "value"
                lines.append(f"{keys} = {json.dumps(new, ensure_ascii=False)}")
    problems = Problems()
    document, _, origin = read(MARK, "\n".join(lines).encode(), _Figures, problems)
    problems.raise_as(PolicyError)
    assert document is not None
    found: dict[str, Table] = {}
    for name, filled in document.parameters.items():
        said = policy.origin.also(_THERE, ("parameters", name), "within", "unknown")
        table = table_of(program, name, filled, origin, ("parameters", name), problems, said)
        if table is not None:
            found[name] = table
    problems.raise_as(PolicyError)
    return found


class _Instead:
    """How a changed policy stands for a claim: as the unchanged one does, but under no adoption.

    What the adoption of the day fills and reads stays as it is, or the difference would not be that of the figures.
    """

    def __init__(self, original: Policy, entry: Entry, program: p.Program, own: frozenset[str]) -> None:
        self.original, self.entry, self.program, self.own = original, entry, program, own
        self._made: dict[Basis, Policy] = {}

    def __call__(self, policy: Policy, facts: Mapping[str, Any], readings: Mapping[str, str]) -> Policy:
        """The policy for a claim.

        Raises:
            PolicyError: a text does not fill the parameter of this version.
        """
        basis = self.original.standing_for(facts, readings).basis
        found = self._made.get(basis)
        if found is None:
            found = self._made[basis] = self._under(policy, basis)
        return found

    def rests_on(self, policy: Policy) -> tuple[str, ...]:  # noqa: ARG002 – as the protocol has it
        """The facts on which that rests."""
        return self.original.stands_by

    def _under(self, policy: Policy, basis: Basis) -> Policy:
        tables = {name: table for name, table in basis.tables.items() if name not in self.own}
        program = with_tables(self.program, tables)
        chosen = {
            name: with_values(item, recommended=basis.readings.get(name, item.recommended))
            for name, item in program.interpretations.items()
        }
        texts = tuple(text for text in basis.texts if text.parameter not in self.own)
        kept = replace(NOTHING, texts=texts, set_aside=basis.set_aside)
        return Policy(
            self.entry, with_values(program, interpretations=chosen), policy.vocabulary, policy.last_day, kept,
            first_day=policy.first_day,
        )  # fmt: skip


def told(changes: Iterable[Change]) -> Text:
    """What was changed, in one line; empty where nothing was."""
    every = [each.said for each in changes]
    return Text("；".join(each.zh for each in every), "; ".join(each.en for each in every))
