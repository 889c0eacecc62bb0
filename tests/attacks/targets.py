"""What is attacked: each reader of the package, with what it may answer to bytes that nobody vouches for."""

from __future__ import annotations

import json
import signal
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from tests.adoption.support import ID as GRANT
from tests.adoption.support import TEXT
from tests.language.support import pays

from subsidy import Policy
from subsidy.calculation.examples import run_examples
from subsidy.calculation.json_facts import read_json
from subsidy.calculation.receipt import FORMAT, PROGRAMME, RELEASE, check_format
from subsidy.calculation.receipt import read_json as receipt_json
from subsidy.catalogue.adoptions import read_adoption
from subsidy.catalogue.companions import read_filling, read_programme
from subsidy.catalogue.folder import Folder, read_entry
from subsidy.cli.facts import typed
from subsidy.codes import CODES
from subsidy.errors import InternalError, Problem, Problems, SubsidyError
from subsidy.language.compiler import compile_module
from subsidy.language.grammar import FormulaError, parse_formula

from . import corpus
from .formulas import formula
from .mutations import mutated

TIME_LIMIT: Final = 5  # seconds of the processor that any one input may take
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class Broken(AssertionError):
    """An answer that no reader may give: another exception, a problem that cannot be printed, no place."""


class Hang(BaseException):
    """An input that takes too long; no handler of the package can swallow it."""


@dataclass(frozen=True, slots=True)
class Target:
    """One reader: how often it is tried, how an input is made, and what it answers."""

    name: str
    share: int
    make: Callable[[Random], bytes]
    run: Callable[[bytes], Iterable[Problem]]
    file: str = ""


def attempt(target: Target, content: bytes) -> list[str]:
    """The codes with which an input is answered.

    Raises:
        Broken: the answer is none of those that are declared.
    """
    try:
        with limited():
            problems = list(target.run(content))
    except SubsidyError as error:
        if isinstance(error, InternalError):
            raise Broken("InternalError") from error
        problems = list(error.problems)
    except Exception as error:
        raise Broken(f"{type(error).__name__}: {str(error)[:200]}") from error
    except Hang:
        raise Broken(f"more than {TIME_LIMIT} s") from None
    lines = content.count(b"\n") + 1
    for problem in problems:
        judge(problem, target.file, lines)
    return [problem.code for problem in problems]


@contextmanager
def limited() -> Iterator[None]:
    """Not longer than the limit; only in the main thread of a process."""

    def stop(*_: object) -> None:
        raise Hang

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, TIME_LIMIT)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def judge(problem: Problem, file: str, lines: int) -> None:
    """A problem has a code, can be printed in both languages, and stands within its file where it is about one.

    Raises:
        Broken: it has not, cannot or does not.
    """
    if problem.code not in CODES:
        raise Broken(f"{problem.code} is not in the registry")
    try:
        printed = [problem.report("zh"), problem.report("en"), problem.report()]
        "\n".join(printed).encode()
    except Exception as error:
        raise Broken(f"{problem.code} cannot be printed: {type(error).__name__}: {error}") from error
    for sign in {*"".join(printed)} - {"\n", "\t"}:
        if unicodedata.category(sign) in _HIDDEN:
            raise Broken(f"{problem.code} prints U+{ord(sign):04X}, which nobody sees")
    if not problem.message("zh").strip() or not problem.message("en").strip():
        raise Broken(f"{problem.code} says nothing")
    if "\n" in problem.message("zh") + problem.message("en") + problem.help("zh") + problem.help("en"):
        raise Broken(f"{problem.code} forges a line")
    if not file:
        return
    place = problem.place
    if place is None or place.file != file:
        raise Broken(f"{problem.code} has no place in the file: {place}")
    if not 0 <= place.line <= lines or place.start + place.width > max(len(place.source), 1) + 1:
        raise Broken(f"{problem.code} stands outside the file: {place}")


# — making —


def _of(kind: str) -> Callable[[Random], bytes]:
    def make(rng: Random) -> bytes:
        files = corpus.files(kind)
        return mutated(rng, rng.choice(files), rng.choice(files))

    return make


def _formula(rng: Random) -> bytes:
    return formula(rng).replace("\\n", "\n").replace("\\t", "\t").encode()


def _typed_formula(rng: Random) -> bytes:
    text = formula(rng)
    return (corpus.FORMULA_HEAD + pays(text if text.count('"') % 2 == 0 else text.replace('"', ""))).encode()


# — running —


def run_formula(content: bytes) -> Iterable[Problem]:
    """The formula parser alone."""
    try:
        parse_formula(content.decode("utf-8", "replace"))
    except FormulaError as error:
        if error.start < 0 or error.start + error.width > len(content) + 1:
            raise Broken(f"{error.code} stands outside the formula") from error
        values = {"hint": "", **error.values}
        return [Problem(error.code, "", values)]
    return []


def _compile(folder: Folder, file: str, content: bytes) -> Iterable[Problem]:
    problems = Problems()
    entry = read_entry(file, content, None, problems)
    problems.found = [each for each in problems.found if each.code != "P0109"]  # a draft may stand anywhere
    if entry is None or entry.is_repeal:
        if entry is None and not problems.found:
            raise Broken("it was not read, and nothing says why")
        return problems.found
    try:
        program = compile_module(entry, folder.vocabulary)
    except SubsidyError as error:
        if not error.problems and not problems.found:
            raise Broken("it does not compile, and nothing says why") from error
        return [*problems.found, *error.problems]
    if not problems.found:
        run_examples(Policy(entry, program, folder.vocabulary, None), problems)
    return problems.found


def run_module(content: bytes) -> Iterable[Problem]:
    """A whole module through the reader and the compiler, with its examples."""
    return _compile(corpus.shipped().folder, corpus.GRANT_FILE, content)


def run_typed_formula(content: bytes) -> Iterable[Problem]:
    """A formula within a module that is otherwise sound."""
    return _compile(corpus.somewhere().folder, corpus.FORMULA_FILE, content)


def _run_list(name: str) -> Callable[[bytes], Iterable[Problem]]:
    def run(content: bytes) -> Iterable[Problem]:
        folder = corpus.lists()
        for each in ("vocabulary", "divisions"):
            good = corpus.files(each)[0].encode()
            (folder / f"{each}.toml").write_bytes(content if each == name else good)
        Folder(folder).vocabulary  # noqa: B018 – reading it is the point
        return ()

    return run


def run_filling(content: bytes) -> Iterable[Problem]:
    """A county's text, beside the policy that it fills."""
    problems, catalogue = Problems(), corpus.somewhere()
    entry = read_filling(catalogue.folder, TEXT, content, problems)
    if entry is not None:
        catalogue.bases.check_text(entry, catalogue.modules, catalogue.ids, problems)
    return problems.found


def run_programme(content: bytes) -> Iterable[Problem]:
    """A programme, beside the policies that it puts together."""
    problems, catalogue = Problems(), corpus.shipped()
    entry = read_programme(catalogue.folder, corpus.CARE_FILE, content, problems)
    if entry is not None:
        catalogue.programmes.check_one(entry, catalogue.modules, problems)
    return problems.found


def run_adoption(content: bytes) -> Iterable[Problem]:
    """An adoption, beside the policy that it adopts."""
    problems = Problems()
    entry = read_adoption(corpus.ADOPTION_FILE, content, problems)
    if entry is not None:
        corpus.somewhere().bases.adoption_of(entry, problems)
    return problems.found


def run_receipt(content: bytes) -> Iterable[Problem]:
    """A receipt of any kind, replayed."""
    catalogue = corpus.shipped()
    again: dict[str, Callable[[bytes], Any]] = {
        FORMAT: catalogue.replay,
        RELEASE: catalogue.replay_release,
        PROGRAMME: catalogue.replay_programme,
    }
    found = again[check_format(receipt_json(content), *again)](content)
    for difference in found.differences:
        if any(unicodedata.category(sign) in _HIDDEN for sign in difference.key + difference.recorded):
            raise Broken("a difference prints a sign that nobody sees")
    return ()


def run_facts(content: bytes) -> Iterable[Problem]:
    """Facts as JSON, as a command takes them, calculated and explained."""
    try:
        data = read_json(content.decode("utf-8"))
    except ValueError:  # which the command refuses as no JSON
        return ()
    if not isinstance(data, dict):
        return ()
    catalogues = (corpus.somewhere().policy(GRANT), corpus.shipped().policy("cn/shanxi/yuncheng/bed-subsidy"))
    problems: list[Problem] = []
    for policy in catalogues:
        try:
            result = policy.calculate(typed(data, policy))
        except SubsidyError as error:
            problems.extend(error.problems)
            continue
        json.loads(result.receipt())
        if not result.explain("zh") or not result.explain("en"):
            raise Broken("it explains nothing")
    return problems


TARGETS: Final = (
    Target("formula", 42, _formula, run_formula),
    Target("formula in a module", 12, _typed_formula, run_typed_formula, corpus.FORMULA_FILE),
    Target("module", 16, _of("module"), run_module, corpus.GRANT_FILE),
    Target("vocabulary", 4, _of("vocabulary"), _run_list("vocabulary")),
    Target("divisions", 4, _of("divisions"), _run_list("divisions")),
    Target("filling", 4, _of("filling"), run_filling, TEXT),
    Target("programme", 4, _of("programme"), run_programme, corpus.CARE_FILE),
    Target("adoption", 4, _of("adoption"), run_adoption, corpus.ADOPTION_FILE),
    Target("receipt", 4, _of("receipt"), run_receipt),
    Target("facts", 3, _of("facts"), run_facts),
)
BY_NAME: Final = {target.name: target for target in TARGETS}
