"""One seed: a module, whether it compiles, and what the checks find on its claims."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Final

from tests.conformance.constructs import used

from subsidy import Policy, PolicyError
from subsidy.catalogue.folder import read_entry
from subsidy.catalogue.vocabulary import Vocabulary
from subsidy.errors import Problems
from subsidy.language.compiler import compile_module
from subsidy.policies import catalogue

from .checks import CHECKS, trials
from .claims import claims
from .modules import PATH, Module, module

CLAIMS: Final = 3
# What the compiler may find wrong with a random module. Some are written on purpose (a table that lacks a key, a hole
# between classes, a divisor that may be zero), because a compiler that overlooks them must be found out.
REFUSED: Final = frozenset(
    {
        *("P0202", "P0203", "P0321", "P0328", "P0329", "P0330", "P0501", "P0503", "P0504", "P0601"),
        *("P0602", "P0603", "P0605", "P0608", "P0609", "P0611", "P0612", "P0613", "P0614"),
        *("P0617", "P0619"),
    }
)


@dataclass
class Found:
    """What came of a seed: the codes for which it was refused, the constructs it used, what is wrong."""

    seed: int
    refused: frozenset[str] = frozenset()
    constructs: frozenset[str] = frozenset()
    claims: int = 0
    wrong: list[str] = field(default_factory=list)


@cache
def vocabulary() -> Vocabulary:
    """That of the shipped catalogue."""
    return catalogue().folder.vocabulary


def compiled(text: str) -> Policy:
    """The policy of a module's text.

    Raises:
        PolicyError: the compiler refuses it.
    """
    problems = Problems()
    entry = read_entry(PATH, text.encode(), None, problems)
    problems.raise_as(PolicyError)
    assert entry is not None
    return Policy(entry, compile_module(entry, vocabulary()), vocabulary(), None)


def made(seed: int) -> tuple[Module, Random]:
    """The module of a seed, and the chance that its claims are drawn with."""
    random = Random(seed)  # noqa: S311 — the same seed, the same module
    return module(random), random


def tried(seed: int, *, count: int = CLAIMS) -> Found:
    """What comes of a seed. An error that nobody declared is something wrong, like any other."""
    found = Found(seed)
    try:
        generated, random = made(seed)
        policy = compiled(generated.text)
        found.constructs = frozenset(used(policy))
        for trial in trials(generated, policy, claims(policy, random, count), random) if count else ():
            found.claims += 1
            for check in CHECKS:
                found.wrong += [f"{check.__name__}: {each} · {trial.claim}" for each in check(trial)]
    except PolicyError as error:
        found.refused = frozenset(problem.code for problem in error.problems if not problem.is_warning)
        if not found.refused <= REFUSED:
            found.wrong.append(f"refused: {error.report('en')}")
    except Exception:  # noqa: BLE001 — whatever it is, it is found
        found.wrong.append(traceback.format_exc())
    return found
