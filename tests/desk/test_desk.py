"""Every printed explanation is redone by a desk calculator that reads the print alone, and finds what is planted."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pytest
from tests.founding.mapping import Said, each_case
from tests.founding.rules import RULES as FOUNDING
from tests.properties.support import CATALOGUE
from tests.world.rules import RULES as WORLD

from subsidy import Catalogue, Policy, Result, SubsidyError
from subsidy.text import LANGUAGES, Language

from .calculator.checks import check
from .planted import KINDS, Kind, Planted, planted

ROOT: Final = Path(__file__).resolve().parents[2]
CALCULATOR: Final = Path(__file__).parent / "calculator"
EACH: Final = 4
WORLDS: Final = ROOT / "examples" / "world" / "policies"
CASES: Final = {
    "shipped": (ROOT / "tests" / "founding" / "cases.json", FOUNDING),
    "world": (ROOT / "tests" / "world" / "cases.json", WORLD),
}


@pytest.fixture(scope="module")
def explanations() -> dict[Language, list[str]]:
    """What is printed of every worked example and every case, in both languages; each print once.

    With the shipped modules are those of the tests, which use what no shipped one does.
    """
    catalogues = {"shipped": CATALOGUE, "world": Catalogue(WORLDS)}
    results = [result for name, catalogue in catalogues.items() for result in _results(name, catalogue)]
    return {
        language: list(dict.fromkeys(result.explain(language, capitals=True) for result in results))
        for language in LANGUAGES
    }


def _results(name: str, catalogue: Catalogue) -> Iterator[Result]:
    file, rules = CASES[name]
    said = [rules[rule](case) for rule, _, case in each_case(file)]
    for policy in catalogue:
        for example in policy.document.examples:
            yield from _result(lambda: policy, example.facts, example.under)  # noqa: B023
    for claim in (claim for made in said if isinstance(made, Said) for claim in made.claims):
        yield from _result(lambda: catalogue.policy(claim.policy, claim.on), claim.facts, claim.readings)  # noqa: B023


def _result(policy: Callable[[], Policy], facts: Any, readings: Any) -> Iterator[Result]:
    """A result; none of what is refused, as some examples and cases want."""
    try:
        yield policy().calculate_alone(facts, readings)
    except SubsidyError:
        return


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_follows(
    explanations: dict[Language, list[str]], language: Language, record_property: Callable[[str, Any], None]
) -> None:
    """Each line of every explanation is redone and follows, or states nothing computed; there is no third."""
    redone, plain = 0, 0
    for text in explanations[language]:
        desk = check(text)
        assert desk.findings == [], text
        redone, plain = redone + len(desk.redone), plain + len(desk.plain)
        assert len(desk.redone | desk.plain) == sum(bool(line) for line in text.splitlines())
    assert len(explanations[language]) > 200 and redone > 3000
    counts = {"explanations read": len(explanations[language]), "lines redone": redone, "state nothing computed": plain}
    record_property("figure desk calculator", counts)


def _spread(texts: list[str], kind: Kind) -> Iterator[Planted]:
    """A kind planted in one place of each explanation that has one, not the same place in all."""
    for number, text in enumerate(texts):
        found = list(planted(text, kind))
        if found:
            yield found[number % len(found)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_is_planted_is_found(
    explanations: dict[Language, list[str]], kind: Kind, record_property: Callable[[str, Any], None]
) -> None:
    """A wrong thing in a print that is otherwise right is found first of all, and in its line."""
    wrong = [each for language in LANGUAGES for each in islice(_spread(explanations[language], kind), EACH)]
    assert wrong
    for each in wrong:
        findings = check(each.text).findings
        assert findings and findings[0].line in each.lines, (each, findings)
    record_property("figure desk calculator", {"planted wrong ones found": len(wrong), "kinds of them": [kind.name]})


def test_the_calculator_knows_nothing_of_what_it_judges() -> None:
    """It imports the standard library and itself, and runs where nothing else can be imported."""
    for file in CALCULATOR.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names.append(str(node.module))
            assert not isinstance(node, ast.ImportFrom) or node.level < 2
            assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names, file


ALONE: Final = """\
import runpy, sys
sys.path.insert(0, sys.argv[1])
try:
    import subsidy
except ImportError:
    runpy.run_module("calculator", run_name="__main__")
"""


def test_it_runs_by_itself(explanations: dict[Language, list[str]]) -> None:
    """In a process where the program cannot be imported, it accepts what is right and names the line that is not."""
    text = next(text for text in explanations["en"] if "days of residence" in text and "≈ 93.33" in text)
    for said, status, printed in (
        (text, 0, "15 lines redone, 27 state nothing computed, 0 wrong\n"),
        (text.replace("≈ 93.33", "≈ 93.34"), 1, "is rounded wrongly\n"),
    ):
        run = subprocess.run(
            [sys.executable, "-I", "-S", "-c", ALONE, str(CALCULATOR.parent)],
            input=said.encode(),
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert (run.returncode, run.stderr) == (status, b"")
        assert printed in run.stdout.decode()
