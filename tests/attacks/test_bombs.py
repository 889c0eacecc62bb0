"""Bombs are refused in an instant, by limits, before a parser spends its time on them."""

from __future__ import annotations

import json
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import grpc
import pytest
from tests.adoption.support import FACTS as CLAIM
from tests.adoption.support import ID as GRANT
from tests.service.wire import CALCULATE, refusal
from typer.testing import CliRunner

from subsidy import SubsidyError
from subsidy.calculation.json_facts import read_json
from subsidy.catalogue.folder import read_entry
from subsidy.cli import facts as command
from subsidy.cli.app import app
from subsidy.cli.exits import Exit
from subsidy.errors import Problem, Problems
from subsidy.language import grammar
from subsidy.language.compiler import compile_module
from subsidy.v1 import calculation_service_pb2 as v1
from subsidy.v1.values_pb2 import Value

from . import bombs, corpus

EVIDENCE: Final = Path(__file__).parents[2] / "build" / "evidence" / "bombs.json"
LIMIT: Final = 1.0  # seconds of the processor, for the refusal and for printing it
PRINTED: Final = 400_000  # characters of a report, at most 200 problems of 2,000 each


def met(refuse: Callable[[], object]) -> list[Problem]:
    """The problems with which something is refused; none where it is not."""
    try:
        refuse()
    except SubsidyError as error:
        return list(error.problems)
    return []


def compiled(content: bytes) -> list[Problem]:
    """Every problem of a file that is said to be the module."""
    file = corpus.GRANT_FILE if b"granted_area" in content else corpus.FORMULA_FILE
    problems = Problems()
    entry = read_entry(file, content, None, problems)
    if entry is not None:
        problems.found += met(lambda: compile_module(entry, corpus.somewhere().folder.vocabulary))
    return problems.found


def calculated(facts: dict[str, Any]) -> list[Problem]:
    """Every problem of a claim with these facts among the right ones."""
    policy = corpus.somewhere().policy(GRANT)
    return met(lambda: policy.calculate({**CLAIM, **facts}))


def given_as_json(content: bytes, folder: Path) -> list[Problem]:
    """Every problem of a file of facts, as a command reads it; the right facts beside it."""
    file = folder / "facts.json"
    file.write_bytes(content)
    policy = corpus.somewhere().policy(GRANT)
    return met(lambda: policy.calculate({**CLAIM, **command.typed(command.given((), file), policy)}))


def replayed(content: bytes) -> list[Problem]:
    """Every problem of a receipt."""
    return met(lambda: corpus.somewhere().replay(content))


@contextmanager
def clock(took: list[float]) -> Iterator[None]:
    begun = time.process_time()
    yield
    took.append(time.process_time() - begun)


def test_every_bomb_is_refused_in_an_instant(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """Whatever was made to exhaust us is refused with its code, and printed, within a second."""
    corpus.somewhere().policy(GRANT)  # read and compiled before the clock runs
    rows: list[tuple[str, str, str, list[float], list[Problem]]] = []

    def tried(kind: str, name: str, code: str, refuse: Callable[[], list[Problem]]) -> None:
        took: list[float] = []
        with clock(took):
            problems = refuse()
            printed = "\n".join(problem.report() for problem in problems)
        assert len(printed) <= PRINTED, name
        rows.append((kind, name, code, took, problems))

    for name, (made, code) in bombs.FILES.items():
        content = made()
        tried("file", name, code, partial(compiled, content))
    for name, (facts, code) in bombs.FACTS.items():
        tried("facts", name, code, partial(calculated, facts))
    for name, (made, code) in bombs.JSON_FACTS.items():
        content = made()
        tried("JSON facts", name, code, partial(given_as_json, content, tmp_path))
    for name, (made, code) in bombs.RECEIPTS.items():
        content = made()
        tried("receipt", name, code, partial(replayed, content))

    assert [(name, code) for _, name, code, _, found in rows if code not in {each.code for each in found}] == []
    assert [(name, took[0]) for _, name, _, took, _ in rows if took[0] >= LIMIT] == []
    table = [
        {"kind": kind, "bomb": name, "codes": sorted({p.code for p in found}), "ms": round(took[0] * 1000, 1)}
        for kind, name, _, took, found in rows
    ]
    EVIDENCE.parent.mkdir(parents=True, exist_ok=True)
    EVIDENCE.write_text(json.dumps(table, ensure_ascii=False, indent=1) + "\n", "utf-8")
    slowest = max(rows, key=lambda row: row[3])
    record_property("figure bombs", f"{len(rows)}, slowest {slowest[3][0] * 1000:.0f} ms ({slowest[1]})")


BEFORE: Final = [
    name
    for name, (_, code) in bombs.FILES.items()
    if code in {"P0102", "P0103", "P0120"} and name != "depth by headers and values"  # a sum that only the parser makes
]


def _unreached(*_: Any, **__: Any) -> Any:
    raise AssertionError("a parser saw it")


@pytest.mark.parametrize("name", BEFORE)
def test_a_file_is_refused_before_the_parser_sees_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too large, too deep, or has a number too long is refused although no parser of TOML is there."""
    monkeypatch.setattr(tomllib, "loads", _unreached)
    made, code = bombs.FILES[name]
    assert [problem.code for problem in compiled(made())] == [code]


@pytest.mark.parametrize("text", ["x" + " + x" * 250, "(" * 200_000, "(" * 900, "x[" * 400, "(" * 25 + "x" + ")" * 25])
def test_a_formula_is_refused_before_the_parser_sees_it(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A formula that is too long, or whose brackets nest too deep, is refused before one word of it is read."""
    monkeypatch.setattr(grammar, "tokens", _unreached)
    with pytest.raises(grammar.FormulaError) as caught:
        grammar.parse_formula(text)
    assert caught.value.code in {"P0202", "P0203"}


def test_json_is_refused_before_the_parser_sees_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Facts and receipts that are too large or too deep are refused although no parser of JSON is there."""
    corpus.somewhere().policy(GRANT)
    sized = [each for each in bombs.JSON_FACTS.values() if each[1] in {"R0310", "R0311"}]
    receipts = [each for each in bombs.RECEIPTS.values() if each[1] in {"R0310", "R0311"}]
    contents = [(made(), code) for made, code in sized], [(made(), code) for made, code in receipts]
    monkeypatch.setattr(json, "loads", _unreached)
    for content, code in contents[0]:
        assert [problem.code for problem in given_as_json(content, tmp_path)] == [code]
    for content, code in contents[1]:
        assert [problem.code for problem in replayed(content)] == [code]


def test_five_hundred_steps_and_no_more() -> None:
    """The 501st step is refused, and none of the formulas is typed; 500 are read."""
    (_, shown), *_ = [(each.code, each.report("en")) for each in compiled(bombs.FILES["501 steps"][0]())]
    assert "P0107 wrong-kind" in shown and "at most 500 entries" in shown


@pytest.mark.parametrize("name", ["200,000 open brackets", "a number of 200,000 digits", "900 brackets", "501 steps"])
def test_the_command_refuses_a_file(name: str, tmp_path: Path) -> None:
    """`subsidy policy check FILE` prints the code of a bomb, with exit status 1."""
    file = tmp_path / "bomb.toml"
    made, code = bombs.FILES[name]
    file.write_bytes(made())
    found = CliRunner().invoke(app, ["policy", "check", str(file), "--policies", str(corpus.GOOD), "--lang", "en"])
    assert (found.exit_code, code in found.stderr, "Traceback" in found.output) == (Exit.FINDING, True, False)


@pytest.mark.parametrize("name", bombs.JSON_FACTS)
def test_the_command_refuses_facts(name: str, tmp_path: Path) -> None:
    """`subsidy calculate --facts FILE` prints the code of a bomb, in JSON too."""
    file = tmp_path / "facts.json"
    made, code = bombs.JSON_FACTS[name]
    file.write_bytes(made())
    words = ["calculate", GRANT, "--facts", str(file), "--policies", str(corpus.GOOD)]
    for more in ([], ["--json"]):
        found = CliRunner().invoke(app, [*words, *more])
        assert (found.exit_code, code in found.output, "Traceback" in found.output) == (Exit.REQUEST, True, False)


def test_the_service_refuses_bombs(channel: grpc.Channel) -> None:
    """A call with too many facts, a name too long or a figure too long is refused as the caller's mistake."""
    many = {f"a{i}": Value(flag=True) for i in range(20_000)}
    long = {"a" * 100_000: Value(flag=True)}
    figure = {"floor_area": Value(decimal="9" * 900_000)}
    policy = "cn/shanxi/yuncheng/construction-grant"
    for facts in (many, long, figure):
        begun = time.perf_counter()
        status = refusal(channel, CALCULATE, v1.CalculateRequest(policy=policy, facts=facts))
        assert status.code == grpc.StatusCode.INVALID_ARGUMENT.value[0], status
        assert time.perf_counter() - begun < 5


def test_numbers_of_json_have_at_most_eighteen_digits() -> None:
    """A whole number of 18 digits is read from JSON, also below zero; one of 19 is not."""
    assert read_json("[999999999999999999, -999999999999999999]") == [10**18 - 1, 1 - 10**18]
    assert str(read_json("[1000000000000000000]")) == "[1000000000000000000]"
    assert not isinstance(read_json("[1000000000000000000]")[0], int)
