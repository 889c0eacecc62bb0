"""Ledgers in processes that kill themselves at the n-th operation of their disk: one is forked for each line of input.

This process has no threads, and so can fork; what a fork acknowledges comes through a pipe, which outlives it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import subsidy

from .disk import Disk
from .scenario import Caller
from .syscalls import Nth, perform


def main() -> None:
    folder = Path(sys.argv[1])
    catalogue = None
    for line in sys.stdin:
        catalogue = catalogue or subsidy.Catalogue(folder / "policies", adoptions=folder / "adoptions")
        place, n = json.loads(line)
        print(json.dumps(_forked(Path(place), n, catalogue)), flush=True)


def _forked(place: Path, n: int, catalogue: subsidy.Catalogue) -> dict[str, object]:
    """What a process acknowledged before it was killed, and before which operation that was."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(out)
        nth = Nth(n, None)

        def told(request: str, answer: bytes) -> None:
            os.write(into, f"{request} {answer.hex()}\n".encode())

        def fault(kind: str) -> None:
            if nth.count + 1 == n:
                os.write(into, f"- {kind}\n".encode())
            nth(kind)

        perform(place, catalogue, Disk(fault), Caller(told=told))
        os._exit(0)
    os.close(into)
    with os.fdopen(out, encoding="utf-8") as pipe:
        lines = [line.rstrip("\n").split(" ") for line in pipe]
    _, status = os.waitpid(child, 0)
    met = [kind for request, kind in lines if request == "-"]
    is_right = (status == 9) == bool(met) and status in (0, 9)
    answers = {request: answer for request, answer in lines if request not in ("-", "opened")}
    wrong = [] if is_right else [f"ended with {status}"]
    return {"answers": answers, "opened": any(r == "opened" for r, _ in lines), "met": met, "wrong": wrong}


if __name__ == "__main__":
    main()
