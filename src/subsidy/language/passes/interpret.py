"""Interpret: the program under every choice of readings. Each is checked in full by the passes that follow."""

from __future__ import annotations

from itertools import product
from math import prod

from .. import program as p
from ..folding import COMBINATIONS_LIMIT, OPEN, fold
from ..guards import at_release, guards
from ..work import Work


def interpret(work: Work) -> None:
    if work.problems.errors() or work.broken:
        return
    head = work.document.policy
    work.program = p.Program(
        id=head.id,
        version=head.version,
        revision=head.revision,
        digest=work.entry.digest,
        claim=work.claim,
        dated_by=head.dated_by,
        facts={name: fact for name, fact in work.facts.items() if not fact.asked},
        parameters=work.parameters,
        steps=tuple(work.steps),
        conditions=tuple(work.conditions),
        parts=tuple(at_release(work)),
        caps=work.caps,
        interpretations=work.interpretations,
        rises_with=tuple(work.document.outcome.rises_with),
        class_of=work.vocabulary.class_of,
        ranges={},
        guards=guards(work),
        brackets=tuple(work.brackets.values()),
        once_per=tuple(head.once_per or ()),
        measures=tuple(work.measures),
        asked={name: fact for name, fact in work.facts.items() if fact.asked},
    )
    names = list(work.interpretations)
    ways = [[*item.readings, *([OPEN] if item.presumes else [])] for item in work.interpretations.values()]
    if (count := prod(len(way) for way in ways)) > COMBINATIONS_LIMIT:
        work.problem("P0321", ("interpretations", 0), given=str(count), limit=str(COMBINATIONS_LIMIT))
        return
    work.folded = [fold(work.program, dict(zip(names, way, strict=True))) for way in product(*ways)]
