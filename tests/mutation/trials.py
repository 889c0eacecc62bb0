"""A trial of a mutant: the tests that should notice it, run in a process forked from one that has the libraries."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import os
import resource
import signal
import sys
import time
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Final, NamedTuple

_LIBRARIES: Final = (
    "cryptography.hazmat.primitives.asymmetric.ed25519", "hypothesis", "psycopg", "pytest",
    "sqlalchemy.dialects.postgresql", "sqlalchemy.dialects.sqlite", "subsidy",
)  # fmt: skip
ROOT: Final = Path(__file__).parents[2]
MEMORY: Final = 4 << 30  # a fault may make a loop that collects for ever


class _Mutated(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Has a module imported from another text than its file."""

    def __init__(self, module: str, source: str) -> None:
        self.module, self.source = module, source

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:  # noqa: ARG002
        return importlib.util.spec_from_loader(name, self) if name == self.module else None

    def get_source(self, fullname: str) -> str:  # noqa: ARG002
        return self.source

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.source, f"<mutant of {self.module}>", "exec"), module.__dict__)  # noqa: S102


def prepare() -> None:
    """Import what every trial needs and no mutant changes, once."""
    for each in _LIBRARIES:
        importlib.import_module(each)
    assert not any(each.startswith(("subsidy.ledger", "tests.ledger")) for each in sys.modules)


class Trial(NamedTuple):
    """A trial that is over: its exit code, None where its time was up, and the seconds of a processor that it took."""

    process: int
    code: int | None
    worked: float


def begin(module: str, source: str, tests: Sequence[str], work: int) -> int:
    """Start a trial; the number of its process, which exits with 0 where every test passed.

    Args:
        work: seconds of a processor after which it is ended. So on a busy machine nothing is killed by waiting.
    """
    child = os.fork()
    if child:
        return child
    code = 99
    try:
        os.setsid()
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, hard))
        resource.setrlimit(resource.RLIMIT_CPU, (work, work + 1))
        with open(os.devnull, "r+b") as nothing:  # noqa: PTH123
            for each in (0, 1, 2):
                os.dup2(nothing.fileno(), each)
        sys.meta_path.insert(0, _Mutated(module, source))
        sys.dont_write_bytecode = True
        os.chdir(ROOT)
        import pytest

        code = int(pytest.main(["-x", "-q", "--assert=plain", "-p", "no:cacheprovider", "-p", "no:xdist", *tests]))
    finally:
        os._exit(code)


def ended(running: dict[int, float]) -> Trial | None:
    """A trial that is over; None where all go on.

    Args:
        running: when each process has to be over, though it only waits.
    """
    for child, until in running.items():
        is_late = time.monotonic() > until
        if is_late:
            _end_group(child)
        found, status, used = os.wait4(child, 0 if is_late else os.WNOHANG)
        if found:
            _end_group(child)
            code = os.waitstatus_to_exitcode(status)
            return Trial(child, None if is_late or code == -signal.SIGXCPU else code, used.ru_utime + used.ru_stime)
    return None


def _end_group(child: int) -> None:
    """End a trial with everything that its tests may have started."""
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:
        return
