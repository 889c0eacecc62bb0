"""What a command writes: text and tables for people, one JSON document for machines; errors in either form."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any, ParamSpec

import typer

from ..errors import Place, Problem, SubsidyError
from ..extras import MissingExtra
from ..text import Language, Text, visible
from .exits import Exit, exit_of

P = ParamSpec("P")


def say(text: str) -> None:
    """Text as it is, never wrapped."""
    print(text)


def warn(text: str) -> None:
    """What is beside the answer, for whoever watches."""
    print(text, file=sys.stderr)


def pick(lang: Language | None, zh: str, en: str) -> str:
    """The text in the language chosen, Chinese unless told otherwise."""
    return en if lang == "en" else zh


def show_json(data: Any) -> None:
    """The one JSON document of a command with ``--json``; a day in it is text."""
    print(json.dumps(data, ensure_ascii=False, indent=2, default=dt.date.isoformat))


def show_canonical(content: bytes) -> None:
    """Canonical JSON byte for byte; on a terminal with a line end, for the eye."""
    print(content.decode(), end="\n" if sys.stdout.isatty() else "")


def show_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table; as wide as it needs to be where nobody watches."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text as Cell

    console = Console()
    if not console.is_terminal:
        console = Console(width=10_000)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for head in heads:
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(*(Cell(cell) for cell in row))
    with console.capture() as printed:
        console.print(table)
    say("\n".join(line.rstrip() for line in printed.get().splitlines()))


def both(text: Text) -> dict[str, str]:
    """A text in both languages as plain data."""
    return {"zh": text.zh, "en": text.en}


def problem_data(problem: Problem) -> dict[str, Any]:
    """A problem as plain data."""
    place = problem.place
    return {
        "code": problem.code,
        "slug": problem.slug,
        "severity": problem.severity,
        "where": visible(problem.where),
        "zh": problem.message("zh"),
        "en": problem.message("en"),
        "help": {"zh": problem.help("zh"), "en": problem.help("en")},
        "place": place and place_data(place),
        "also": [{"what": both(other.what), "place": place_data(other.place)} for other in problem.also],
    }


def place_data(place: Place) -> dict[str, Any]:
    """A place in a file as plain data."""
    return {
        "file": place.file,
        "key": place.key,
        "line": place.line,
        "column": place.column,
        "source": place.source,
        "start": place.start,
        "width": place.width,
    }


def show_problems(problems: Iterable[Problem], lang: Language | None, as_json: bool) -> None:
    """Problems: as JSON on standard output, or for people on standard error, in the language chosen or in both."""
    if as_json:
        show_json({"problems": [problem_data(problem) for problem in problems]})
        return
    languages = (lang,) if lang else ()
    for problem in problems:
        print(problem.report(*languages), file=sys.stderr)


def reports(command: Callable[P, Exit]) -> Callable[P, None]:
    """Makes a command leave with its exit code, and every error be said and classed."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        lang, as_json = kwargs.get("lang"), bool(kwargs.get("as_json"))
        language: Language | None = "zh" if lang == "zh" else "en" if lang == "en" else None
        try:
            code = command(*args, **kwargs)
        except SubsidyError as error:
            show_problems(error.problems, language, as_json)
            code = exit_of(error)
        except MissingExtra as error:
            print(error, file=sys.stderr)
            code = Exit.USAGE
        except (BrokenPipeError, typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except OSError as error:
            print(f"{error.filename or ''}: {error.strerror or error}".lstrip(": "), file=sys.stderr)
            code = Exit.USAGE
        except Exception:  # noqa: BLE001 – whatever it is, it is ours: it is said, numbered and classed
            code = _internal(language, as_json)
        raise typer.Exit(code)

    return run


def _internal(lang: Language | None, as_json: bool) -> Exit:
    """Say that something went wrong in this package. The number is made of the trace: one fault, one number."""
    trace = traceback.format_exc()
    number = hashlib.sha256(trace.encode(errors="backslashreplace")).hexdigest()[:8]
    print(trace, file=sys.stderr, end="")
    show_problems([Problem("I0101", "", {"id": number})], lang, as_json)
    return Exit.INTERNAL
