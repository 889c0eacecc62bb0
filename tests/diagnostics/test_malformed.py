"""Malformed texts, as clerks write them: each is rejected with every place and reason, and with what would mend it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from subsidy.codes import CODES

from .malformed_texts import BASES, Mistake, advised, found, mistakes, said, text_of

CORPUS = mistakes()
LEAST = 400  # entries
LEAST_CODES = 90  # codes that they earn between them
WHOLE_FILE = {"P0106"}  # a part that the file lacks altogether stands at no line of it


def name_of(mistake: Mistake) -> str:
    return f"{mistake.base}-{mistake.name.replace(' ', '-')}"


@pytest.mark.parametrize("base", BASES)
def test_the_texts_that_mistakes_are_made_in_are_sound(base: str) -> None:
    """Each text is sound before it is edited."""
    assert [problem.report() for problem in found(base, text_of(base))] == []


@pytest.mark.parametrize("mistake", CORPUS, ids=name_of)
def test_a_malformed_text_is_rejected_with_place_and_reason(mistake: Mistake) -> None:
    """The problems are these and no others, each with a span of the file under its caret, in both languages."""
    problems = found(mistake.base, mistake.text)
    assert mistake.found == [said(problem) for problem in problems]
    assert mistake.advice == advised(problems)
    assert problems
    for problem in problems:
        assert problem.message("zh")
        assert problem.message("en")
        assert problem.place is not None
        places = [problem.place, *(other.place for other in problem.also)]
        for place in places:
            if place.line or problem.code not in WHOLE_FILE:
                assert place.line > 0
                assert "^" in place.caret().splitlines()[-1]


def test_the_corpus_is_wide(record_property: Callable[[str, object], None]) -> None:
    """Hundreds of mistakes, of most codes that a policy or what stands beside it can earn, none written twice."""
    codes = Counter(code for mistake in CORPUS for code in set(mistake.codes))
    advised_to = sum(bool(mistake.advice) for mistake in CORPUS)
    record_property(
        "figure diagnostics",
        f"{len(CORPUS)} malformed texts of {len(codes)} codes rejected with place and reason, {advised_to} with advice",
    )
    assert len(CORPUS) >= LEAST
    assert len(codes) >= LEAST_CODES
    assert codes.keys() <= CODES.keys()
    assert max(Counter((mistake.base, mistake.text) for mistake in CORPUS).values()) == 1
