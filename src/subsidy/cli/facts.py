"""Facts as a command takes them: ``name=value`` words, and a JSON file. No number in them becomes a binary float."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import typer

from ..calculation.json_facts import Twice, read_json, read_rows
from ..calculation.json_limits import SIZE_LIMIT, measured
from ..calculation.policy import Policy
from ..errors import Problem, RequestError
from ..language.types import Records


def pairs(words: Iterable[str]) -> list[tuple[str, str]]:
    """``name=value`` words as pairs.

    Raises:
        typer.BadParameter: a word has no sign of equality, or no name before it.
    """
    found = []
    for word in words:
        name, sign, value = word.partition("=")
        if not (name and sign):
            raise typer.BadParameter(f"{word!r}：应为 名称=值 · name=value is wanted")
        found.append((name, value))
    return found


def readings(words: Iterable[str]) -> dict[str, str]:
    """``name=value`` words as readings.

    Raises:
        typer.BadParameter: a word is no pair, or a name stands twice.
    """
    given = pairs(words)
    found = dict(given)
    if len(found) < len(given):
        raise typer.BadParameter("同一口径给了两次 · a reading is given twice")
    return found


def given(words: Iterable[str], file: Path | None) -> dict[str, Any]:
    """The facts of a file and of the command line together, values still as they were written.

    Raises:
        RequestError: a fact is given twice, or the file is not a JSON object.
        typer.BadParameter: a word is no pair.
    """
    facts = _of_file(file) if file is not None else {}
    twice = []
    for name, value in pairs(words):
        if name in facts:
            twice.append(Problem("R0302", name))
        facts[name] = value
    if twice:
        raise RequestError(twice)
    return facts


def typed(facts: dict[str, Any], policy: Policy) -> dict[str, Any]:
    """The same facts with the rows of records read from their JSON; everything else the policy reads from text."""
    records = {fact.name for fact in policy.program.known.values() if isinstance(fact.type, Records)}
    return {
        name: read_rows(value) if name in records and isinstance(value, str) else value for name, value in facts.items()
    }


def _of_file(file: Path) -> dict[str, Any]:
    try:
        data = read_json(measured(_bytes_of(file), str(file)))
    except Twice as error:
        raise RequestError(Problem("R0302", error.name)) from None
    except ValueError as error:
        raise RequestError(Problem("R0301", str(file), {"detail": f"{file}: {error}"})) from None
    if not isinstance(data, dict):
        raise RequestError(Problem("R0301", str(file), {"detail": f'{file}: {{"fact": "value", …}}'}))
    return data


def _bytes_of(file: Path) -> bytes:
    """What a file holds, and of one that is too large only so much as shows it."""
    if str(file) == "-":
        return sys.stdin.buffer.read(SIZE_LIMIT + 1)
    with file.open("rb") as opened:
        return opened.read(SIZE_LIMIT + 1)
