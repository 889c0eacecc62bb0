"""The worst legal modules measured: ``python -m tests.attacks.worst [NAME]`` takes each in a process of its own."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.language.support import FILE, FOLDER, HEAD

from subsidy import Policy
from subsidy.catalogue.folder import read_entry
from subsidy.errors import PolicyError, Problems
from subsidy.language.compiler import compile_module

from .worst_modules import CALL, MODULES


def peak() -> int:
    """The most memory that this process has had, in KiB. What getrusage says, a process has from its parent."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(next(line for line in status.read_text().splitlines() if line.startswith("VmHWM")).split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def measured(name: str) -> dict[str, Any]:
    """The seconds of each phase of one module, and the most memory that the process had, in MiB."""
    worst = MODULES[name]
    found: dict[str, Any] = {"codes": []}
    content = (HEAD + worst.text()).encode()
    found["bytes"] = len(content)
    before = peak()
    clock = time.process_time  # other work on the machine counts nothing
    begun = clock()
    problems = Problems()
    entry = read_entry(FILE, content, None, problems)
    found["read"] = clock() - begun
    try:
        problems.raise_as(PolicyError)
        assert entry is not None
        begun = clock()
        try:
            program = compile_module(entry, FOLDER.vocabulary)
        finally:
            found["compile"] = clock() - begun
        found["compile_mib"] = (peak() - before) / 1024
        begun = clock()
        policy = Policy(entry, program, FOLDER.vocabulary, None)
        facts = dict(worst.facts)
        if not facts:
            facts = dict.fromkeys(program.facts, "1") | CALL
        result = policy.calculate(facts)
        found["first"] = clock() - begun
        begun = clock()
        result = policy.calculate(facts)
        found["calculate"] = clock() - begun
        begun = clock()
        found["explained"] = len(result.explain("zh").encode())
        found["explain"] = clock() - begun
        begun = clock()
        result.receipt()
        found["receipt"] = clock() - begun
    except PolicyError as error:
        begun = clock()
        found["explained"] = len(error.report())
        found["explain"] = clock() - begun
        found["codes"] = sorted({problem.code for problem in error.problems})
        found["said"] = error.problems[0].report("en")[:300]
    found["mib"] = (peak() - before) / 1024
    return found


def measured_apart(name: str, seconds: float = 120) -> dict[str, Any]:
    """`measured` in a process of its own."""
    command = [sys.executable, "-m", "tests.attacks.worst", "--one", name]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return {"codes": [f"more than {seconds:g} s"]}
    if done.returncode:
        return {"codes": [done.stderr.strip().splitlines()[-1][:60]]}
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measured(sys.argv[2])))
        return
    keys = ("bytes", "read", "compile", "compile_mib", "first", "calculate", "explain", "explained", "receipt", "mib")
    print(f"{'module':28}" + "".join(f"{key:>12}" for key in keys) + "  refused with")
    for name in sys.argv[1:] or MODULES:
        found = measured_apart(name, 60)
        line = "".join(
            f"{found[key]:>12,}"
            if isinstance(found.get(key), int)
            else f"{found[key]:>12.3f}"
            if key in found
            else f"{'–':>12}"
            for key in keys
        )
        print(f"{name:28}{line}  {' '.join(found['codes'])}", flush=True)


if __name__ == "__main__":
    main()
