"""The compiler: a module's document in, a typed program out, or every problem of the file in one report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ..catalogue.entry import Entry
from ..catalogue.vocabulary import Vocabulary
from ..errors import PolicyError
from ..record import replace
from .passes.check import check
from .passes.interpret import interpret
from .passes.limits import limits
from .passes.lower import lower_
from .passes.range import range_
from .passes.reach import reach
from .passes.read import read
from .passes.resolve import resolve
from .passes.rises import rises
from .passes.totality import totality
from .program import Program
from .work import Work

PASSES: Final[tuple[Callable[[Work], None], ...]] = (
    read,
    resolve,
    check,
    interpret,
    limits,
    range_,
    totality,
    reach,
    rises,
    lower_,
)


def compile_module(entry: Entry, vocabulary: Vocabulary) -> Program:
    """The program of a module.

    Raises:
        PolicyError: the module is not sound; all problems, each with its place. Those of its shape are not among them.
            A sound one may still have `warnings`.
    """
    work = Work(entry, vocabulary)
    for each in PASSES:
        each(work)
    work.problems.in_order()
    work.problems.raise_as(PolicyError)
    if work.program is None:  # what could not be read was reported when it was read
        raise PolicyError(())
    return replace(work.program, warnings=work.problems.warnings())
