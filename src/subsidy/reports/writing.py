"""A report as a file, in the form that its name says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from ..errors import Problem, RequestError
from ..text import Language
from .files import whole
from .html import html
from .report import Report
from .workbook import workbook

Writer = Callable[[Report, Language, Path], None]


def page(report: Report, language: Language, path: Path) -> None:
    """A report as one page of HTML.

    Raises:
        RequestError: it cannot be written.
    """
    with whole(path) as file:
        file.write(html(report, language).encode())


WRITERS: Final[Mapping[str, Writer]] = MappingProxyType({".html": page, ".xlsx": workbook})


def writer(path: Path) -> Writer:
    """What writes a report of that name; asked before an audit, it is known before the work is done.

    Raises:
        RequestError: there is no such form.
    """
    found = WRITERS.get(path.suffix.lower())
    if found is None:
        raise RequestError(Problem.of("R0581", str(path), allowed=", ".join(WRITERS)))
    return found


def write(report: Report, language: Language, path: Path) -> None:
    """A report as a file: whole, or not there.

    Raises:
        RequestError: there is no such form, or it cannot be written.
    """
    writer(path)(report, language, path)
