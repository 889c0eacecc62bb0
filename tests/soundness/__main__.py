"""``python -m tests.soundness``: one seed again, the hunt of the planted bugs, or the soak.

show SEED     the module of a seed, its claims, and what is wrong
hunt COUNT    seeds in their order, from 0 or --base, until something is wrong, or until so many policies compiled
soak COUNT    so many fresh seeds on all cores; build/evidence/soundness.json keeps what was done, and goes on from it
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Final

from subsidy import PolicyError
from subsidy.calculation.runners import RUNNERS

from .claims import claims
from .seeds import CLAIMS, compiled, made, tried

EVIDENCE: Final = Path(__file__).parents[2] / "build" / "evidence" / "soundness.json"


def show(seed: int) -> int:
    """Prints all of a seed."""
    module, random = made(seed)
    print(module.text)
    try:
        for claim in claims(compiled(module.text), random, CLAIMS):
            print("#", claim)
    except PolicyError as error:
        print(error.report("en"))
    found = tried(seed)
    print("\n".join(found.wrong) or "nothing is wrong")
    return bool(found.wrong)


def hunt(count: int, first: int = 0) -> int:
    """Prints as JSON after how many policies something was wrong, and what; nothing after `count` of them.

    Without columns, which the base set and the soak try: what is planted is in what they are made from.
    """
    RUNNERS.pop("columns")
    compiled_, seed = 0, first
    while compiled_ < count:
        found = tried(seed)
        compiled_ += not found.refused
        if found.wrong:
            print(json.dumps({"policies": compiled_, "seed": seed, "wrong": found.wrong[0]}, ensure_ascii=False))
            return 1
        seed += 1
    print(json.dumps({"policies": compiled_, "seed": None, "wrong": None}))
    return 0


def main() -> int:
    """The exit status: 1 where something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.soundness", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("what", choices=["show", "hunt", "soak"])
    parser.add_argument("number", type=int)
    parser.add_argument("--base", type=int, help="the first of the seeds (soak, hunt)")
    given = parser.parse_args()
    if given.what == "soak":
        from .soak import soak

        return soak(given.number, given.base, EVIDENCE)
    return show(given.number) if given.what == "show" else hunt(given.number, given.base or 0)


if __name__ == "__main__":
    raise SystemExit(main())
