"""The process of `traced`: it opens a ledger, asks it, and says at once what it was answered."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import subsidy
from subsidy.errors import SubsidyError

from .scenario import Caller, claims, opened


def say(kind: str, request: str, what: str) -> None:
    """One line, in one write."""
    os.write(1, (json.dumps([kind, request, what]) + "\n").encode())


def main() -> None:
    folder, place, is_early = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] == "early"
    catalogue = subsidy.Catalogue(folder / "policies", adoptions=folder / "adoptions")
    caller = Caller(told=lambda request, answer: say("answer", request, answer.hex()), again=1)
    try:
        with opened(place, catalogue) as ledger:
            for group in (claims(3, 1), claims(4, 2)):
                if is_early:
                    for request in group:
                        say("answer", request, "")
                caller.ask(ledger, group)
    except SubsidyError as error:
        say("refused", "", error.problems[0].code)
    for each in caller.faults:
        say("refused", "", each)
    for each in caller.wrong:
        say("wrong", "", each)


if __name__ == "__main__":
    main()
