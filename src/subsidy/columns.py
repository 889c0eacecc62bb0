"""The columns of a table: which fact a header means, and what a cell says of it."""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

from .calculation.json_facts import read_rows
from .calculation.policy import Policy
from .errors import Problem, RequestError, nearest
from .language import program as p
from .language.types import Choice, Flag, Records
from .text import Text

Encoding = Literal["utf-8", "gb18030"]
_FLAGS: Final = {"是": "true", "否": "false", "yes": "true", "no": "false"}


def row_of(index: int) -> int:
    """The number that a spreadsheet shows beside a row; the header has the first."""
    return index + 2


def rows_of(file: Path, encoding: Encoding) -> list[tuple[str, ...]]:
    """Every row of a file.

    Raises:
        RequestError: it is not CSV in that encoding.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig" if encoding == "utf-8" else encoding)
        return [tuple(row) for row in csv.reader(io.StringIO(text, newline=""), strict=True)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise RequestError(Problem.of("R0701", str(file), encoding=encoding, detail=str(error))) from None


def header_of(rows: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """What stands above the columns, without the spaces around it."""
    return tuple(cell.strip() for cell in rows[0]) if rows else ()


def no_facts(header: Iterable[str], policy: Policy) -> list[str]:
    """The headers that are no fact of a policy, in order."""
    names = names_of(policy)
    return [cell for cell in dict.fromkeys(header) if cell not in names]


def of_header(header: tuple[str, ...], policy: Policy, passed: Collection[str]) -> Iterator[Problem]:
    """A column that is no fact stops the roster unless it was named: it may be a fact that is misspelt."""
    shown = ", ".join(f"{name} ({policy.program.facts[name].label.zh})" for name in _stated(policy))
    for cell in no_facts(header, policy):
        if cell in passed:
            continue
        word, meant = _word(cell), nearest(cell, names_of(policy))
        if meant is None:
            yield Problem.of("R0702", cell, allowed=shown, word=word)
        else:
            zh, en = f"是否想写 {meant}？否则加 --ignore {word}", f"did you mean {meant}? otherwise add --ignore {word}"
            yield Problem.of("R0702", cell, allowed=shown, word=word, hint=Text(zh, en))


def of_ignored(passed: Iterable[str], header: tuple[str, ...], policy: Policy) -> Iterator[Problem]:
    names = names_of(policy)
    for cell in passed:
        if cell in names:
            label = policy.program.facts[names[cell]].label
            yield Problem.of("R0708", cell, name=names[cell], label=label, word=_word(cell))
        elif cell not in header:
            yield Problem.of("R0709", cell, allowed=Text("、".join(header), ", ".join(header)), word=_word(cell))


def _word(cell: str) -> str:
    """A header as it is written on a command line."""
    return cell if cell.isalnum() else shlex.quote(cell)


def _stated(policy: Policy) -> list[str]:
    facts = policy.program.facts
    return [name for name, fact in facts.items() if fact.from_ledger is None and not fact.left_of and not fact.asked]


def names_of(policy: Policy) -> Mapping[str, str]:
    """Which fact a header means: by its name, or by a label that no other fact has."""
    facts = policy.program.facts
    labels = [label for fact in facts.values() for label in (fact.label.zh, fact.label.en)]
    found = {
        label: name
        for name, fact in facts.items()
        for label in (fact.label.zh, fact.label.en)
        if labels.count(label) <= 1 + (fact.label.zh == fact.label.en)
    }
    return found | {name: name for name in facts}


def value_of(fact: p.Fact | None, cell: str) -> Any:
    """A cell as a fact: a choice or a flag also by its label, records as JSON; everything else as text."""
    match fact.type if fact else None:
        case Choice(labels=labels):
            return next((value for value, label in labels.items() if cell in (label.zh, label.en)), cell)
        case Flag():
            return _FLAGS.get(cell, cell)
        case Records():
            return read_rows(cell)
        case _:
            return cell
