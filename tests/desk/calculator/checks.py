"""A whole explanation checked."""

from __future__ import annotations

from . import sheet as sheets
from .conditions import conditions
from .desk import Desk, facts, remarks
from .measures import measures
from .outcome import Outcome
from .reckoning import Known
from .steps import calculation


def check(text: str) -> Desk:
    """Redo a printed explanation: what does not follow, which lines were redone, which state nothing computed."""
    sheet = sheets.read(text)
    desk = Desk(sheet, Known(sheet.tongue))
    desk.is_plain(*sheet.head, *sheet.titles)
    for part in (facts, remarks, calculation):
        part(desk)
    Outcome(desk).check()
    conditions(desk)
    measures(desk)
    stated(desk)
    return desk


def stated(desk: Desk) -> None:
    """Readings and gaps state nothing computed; a line that is neither redone nor of such a kind is an error."""
    for name in ("readings", "gaps"):
        desk.is_plain(*desk.sheet.sections.get(name, []))
    wrong = {each.line for each in desk.findings}
    for lines in desk.sheet.sections.values():
        for line in _all(lines):
            if line.number not in desk.redone | desk.plain | wrong:
                desk.wrong(line, "a line of no known kind")


def _all(lines: list[sheets.Line]) -> list[sheets.Line]:
    return [each for line in lines for each in (line, *_all(line.below))]
