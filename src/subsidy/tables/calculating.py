"""A roster calculated into a file: read, answered, summed and written a piece at a time, in bounded memory."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol

from ..calculation.policy import Policy
from ..errors import Problem, RequestError
from ..language.types import Records
from ..reports.files import whole
from ..sheets.roster import Roster
from ..sheets.together import together
from ..text import Language
from .layout import layout
from .making import Making
from .outcome import Outcome
from .pieces import Answered, Answering
from .result_csv import CsvResult
from .result_parquet import ParquetResult
from .result_workbook import WorkbookResult
from .sums import Sums
from .target import check_target
from .under import Under

ALL: Final = "all"  # steps, where none is named
_PIECES: Final = 8  # after which what still refers to columns in a circle is let go, before memory is full of them
Tick = Callable[[int, int | None], None]


class Result(Protocol):
    """A result that is being written."""

    def take(self, answered: Answered) -> None:
        """Write a piece."""

    def close(self) -> None:
        """Write what is known at the end."""

    def abandon(self) -> None:
        """Hold nothing open; called at the end whatever came of it."""


class Form(Protocol):
    """Makes a result in a file that is open."""

    def __call__(self, making: Making, /) -> Result:
        """The result, nothing written but what stands above the rows."""


FORMS: Final[Mapping[str, Form]] = MappingProxyType(
    {".csv": CsvResult, ".parquet": ParquetResult, ".xlsx": WorkbookResult}
)


def form_of(out: Path, roster: Path) -> Form:
    """What writes a result of that name; asked before the work, so that it is known before it.

    Raises:
        RequestError: there is no such form, it would be written over the roster, or there is no such folder.
    """
    found = FORMS.get(out.suffix.lower())
    if found is None:
        raise RequestError(Problem.of("R0750", str(out), allowed=", ".join(FORMS)))
    check_target(out, roster)
    return found


def version_of(versions: Sequence[Policy], name: str) -> Policy:
    """A version by its name; of several revisions the last.

    Raises:
        RequestError: there is none.
    """
    found = [each for each in versions if each.version == name]
    if not found:
        listed = ", ".join(dict.fromkeys(each.version for each in versions))
        raise RequestError(Problem.of("R0753", versions[0].id if versions else "", given=name, allowed=listed))
    return found[-1]


def calculate(
    roster: Roster,
    out: Path,
    *,
    readings: Mapping[str, str] | None = None,
    steps: Sequence[str] = (),
    group: str = "",
    threads: int = 1,
    language: Language = "zh",
    tick: Tick = lambda _done, _total: None,
) -> Outcome:
    """Calculate every row of a roster into a file, whole or not at all.

    A row with problems is written with them, and stops no other; nothing is computed of it.

    Args:
        steps: whose values are wanted, too; `all` for all of them.
        group: the header or the fact by which it is summed, too.
        tick: is told how many rows are done, of how many, where that is known.

    Raises:
        FactsError, RequestError: it cannot be begun, read on or written; there is then what was there before.
    """
    form = form_of(out, roster.file)
    outcome = begun(roster, readings=readings, steps=steps, group=group)
    under = outcome.under
    answering = Answering(roster, under)
    # What a workbook needs on the way lies beside it, where there is to be room for it anyway.
    beside = tempfile.TemporaryDirectory(prefix=".subsidy-", dir=out.parent, ignore_cleanup_errors=True)
    with whole(out) as file, beside as folder:
        result = form(Making(file, Path(folder), layout(roster, under.columns), outcome, language))
        try:
            done = 0
            for number, answered in enumerate(answering.answered(threads), 1):
                result.take(answered)
                outcome.take(answered, answering)
                done += len(answered)
                tick(done, roster.size)
                if not number % _PIECES:
                    gc.collect()
            if not done:
                raise RequestError(Problem.of("R0706", str(roster.file)))
            result.close()
        finally:
            result.abandon()
    return outcome


def begun(
    roster: Roster, *, readings: Mapping[str, str] | None = None, steps: Sequence[str] = (), group: str = ""
) -> Outcome:
    """What is to come of a roster, before any row of it was looked at.

    Raises:
        FactsError, RequestError: a fact has no column, or something that is asked for is not known; all problems.
    """
    known = [name for each in roster.versions for name in each.steps]
    asked = tuple(dict.fromkeys(known)) if ALL in steps and ALL not in known else tuple(steps)
    problems = list[Problem]()
    by = None
    try:
        by = _group(roster, group) if group else None
    except RequestError as error:
        problems += error.problems
    try:
        under = Under(roster, readings=readings, steps=asked)
    except RequestError as error:
        raise type(error)([*problems, *error.problems]) from None
    if problems:
        raise RequestError(problems)
    return Outcome(roster, under, Sums(under.columns, by), group)


def _group(roster: Roster, group: str) -> tuple[str, str]:
    """The column by which it is summed: its source and its name.

    Raises:
        RequestError: there is none.
    """
    facts = {name for name in roster.schema.names if not isinstance(roster.facts[name].type, Records)}
    name = together(roster.versions).names.get(group, group)
    if name in facts:
        return "facts", name
    if group in roster.carried.names:
        return "carried", group
    labels = [f"{each} ({roster.facts[each].label.zh})" for each in roster.schema.names if each in facts]
    raise RequestError(Problem.of("R0751", group, allowed=", ".join([*labels, *roster.carried.names])))
