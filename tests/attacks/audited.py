"""What a process meets while hostile and good modules run in it: python -m tests.attacks.audited [PLANTED].

Everything is read, compiled, calculated, explained and replayed once before, so that modules of Python that are
imported where they are used are there. Then an audit hook counts every event that reaches the machine, while the same
is done again from memory. With the name of a planted fault, a formula's runner does that while it runs.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from subsidy import Policy, SubsidyError
from subsidy.calculation import runner
from subsidy.catalogue.folder import read_entry
from subsidy.errors import Problems
from subsidy.language.compiler import compile_module

from . import corpus
from .fuzz import input_of
from .targets import TARGETS, Broken, attempt

INPUTS: Final = 600
SEED: Final = 7
ON_DISK: Final = frozenset(
    {"vocabulary", "divisions", "filling", "programme", "adoption", "receipt"}
)  # these read files
REACHES: Final = (
    "import", "open", "exec", "compile", "code.__new__", "marshal.", "pickle.", "socket.", "subprocess.", "os.",
    "ctypes.",
    "shutil.", "urllib.", "ftplib.", "http.", "smtplib.", "sqlite3.", "tempfile.", "pty.", "mmap.", "fcntl.", "glob.",
    "builtins.input", "builtins.breakpoint", "sys._getframe", "sys.setprofile", "sys.settrace", "sys.addaudithook",
    "function.__new__", "gc.",
    "object.__setattr__", "object.__delattr__", "webbrowser.", "signal.",
)  # fmt: skip

PLANTED: Final[dict[str, Callable[[], object]]] = {
    "eval": lambda: eval("1 + 1"),  # noqa: S307 – the control
    "exec": lambda: exec("1 + 1"),  # noqa: S102 – the control
    "import": lambda: __import__("this_is_not_there_at_all", fromlist=["x"]),
    "open": lambda: Path(__file__).open().close(),
    "os": lambda: Path(__file__).parent.iterdir().__next__(),
    "socket": lambda: socket.socket().close(),
    "subprocess": lambda: subprocess.run([sys.executable, "-c", ""], check=True),
}


def bodies() -> list[tuple[str, bytes]]:
    """Modules that are sound, by name, and every escape in the place of a formula."""
    sound = [(f"module {n}", text.encode()) for n, text in enumerate(corpus.modules())]
    escapes = tomllib.loads((Path(__file__).parent / "escapes.toml").read_text("utf-8"))["escapes"]
    hostile = [(each["text"], corpus.FORMULA_HEAD.encode() + _outcome(each["text"]).encode()) for each in escapes]
    return sound + hostile


def _outcome(text: str) -> str:
    value = json.dumps(text, ensure_ascii=False)
    return (
        f'\n[[outcome.parts]]\nname = "paid"\nvalue = {value}\npayee = "claim"\nlabel = {{ zh = "补", en = "grant" }}\n'
        'shares = [ { payer = "city", percent = "100%" } ]\n'
    )


def all_of_it(met: Counter[str], inputs: list[tuple[Any, bytes]], modules: list[tuple[str, bytes]]) -> None:
    """Read, compile, calculate, explain, receipt and replay, from memory alone; what came of it is counted."""
    shipped, somewhere = corpus.shipped(), corpus.somewhere()
    for name, content in modules:
        where = shipped.folder if name.startswith("module ") else somewhere.folder
        problems = Problems()
        try:
            entry = read_entry(corpus.FORMULA_FILE, content, None, problems)
            if entry is None or entry.is_repeal:
                continue
            policy = Policy(entry, compile_module(entry, where.vocabulary), where.vocabulary, None)
        except SubsidyError as error:
            error.report("zh"), error.report("en")
            met["refused"] += 1
            continue
        met["compiled"] += 1
        for example in policy.document.examples:
            try:
                result = policy.calculate_alone(example.facts, example.under)
            except SubsidyError as error:
                error.report()
                continue
            result.explain("zh"), result.explain("en")
            met["calculated"] += 1
            result.receipt()
    for receipt in corpus.receipts()[:2]:
        assert shipped.replay(receipt).is_same
        met["replayed"] += 1
    for target, content in inputs:
        try:
            attempt(target, content)
        except Broken:
            met["broken"] += 1
        met["fuzzed"] += 1


def main(planted: str) -> None:
    inputs = [each for number in range(INPUTS) if (each := input_of(SEED, number))[0].name not in ON_DISK]
    assert {target.name for target, _ in inputs} == {target.name for target in TARGETS} - ON_DISK
    modules = bodies()
    if planted:  # a few are enough to see it
        inputs, modules = [], modules[:12]
    all_of_it(Counter(), inputs, modules)  # what is imported where it is used is there from now on
    if planted:
        run = runner.Runner.run

        def bad(self: Any, env: Any) -> Any:
            with suppress(ImportError):
                PLANTED[planted]()
            return run(self, env)

        runner.Runner.run = bad  # type: ignore[method-assign]
    events: Counter[str] = Counter()
    seen: dict[str, str] = {}
    is_on = True

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if is_on and event.startswith(REACHES):
            events[event] += 1
            seen.setdefault(event, repr(args)[:200])

    sys.addaudithook(hook)
    met: Counter[str] = Counter()
    all_of_it(met, inputs, modules)
    is_on = False
    print(json.dumps({"events": events, "first": seen, "met": met}))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
