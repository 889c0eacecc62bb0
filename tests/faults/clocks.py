"""The same requests to ledgers whose clocks jump, in any year and time zone: what is decided is the same.

Each ledger is in a process of its own, where the one function that reads the clock is replaced; that it is the one is
found by a search of the source. The control is a toy that keys its cap by the server's month.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final

from tests.ledger.support import AID, YUNCHENG, bed, bureau, grant, nursing, round_fen

import subsidy
from subsidy.errors import SubsidyError
from subsidy.ledger import Answer, Ledger
from subsidy.ledger import writer as clock

from .evidence import ROOT, Figures, Tick
from .load import in_memory
from .outcome import Outcome, steps

STEPS: Final = 60
GROUP: Final = 8
ZONES: Final = ["Asia/Shanghai", "EST5EDT,M3.2.0,M11.1.0", "UTC", "Pacific/Apia", "NST3:30NDT,M3.2.0,M11.1.0"]
BEGINS: Final = [
    "1999-12-31T23:59:59", "2026-03-08T06:59:59", "2036-02-07T06:28:15", "2024-02-29T23:59:59", "2100-02-28T23:59:59",
    "2026-11-01T05:59:59", "2038-01-19T03:14:07", "2000-02-29T00:00:00",
]  # fmt: skip
JUMPS: Final = [1, 1, 1, 0, 3600, -3600, 86_400, -86_400, 31 * 86_400, -400 * 86_400, 366 * 86_400]  # seconds
_RANDOM: Final = re.compile(r'(?<="key": ")[0-9a-f]{74}|(?<=-)[0-9a-f]{64}')
READS: Final = re.compile(
    r"datetime\.now|\.today\(|utcnow|time\.time|time_ns|clock_gettime|localtime|gmtime|fromtimestamp|"
    r"strftime\(['\"]|func\.now|current_timestamp|CURRENT_(?:TIME|DATE)",
)
KNOWN: Final = {
    "ledger/writer.py": "the time that an entry says it was recorded at",
    "cli/ledger.py": "the day of an erasure, where the operator gives none",
    "cli/audit_verify.py": "the day beside a fingerprint that an auditor keeps",
    "cli/pki.py": "the day on which certificates for trying out begin",
    "client/tls.py": "whether the caller's certificate is valid as a client is made",
    "service/security/tls.py": "whether the server's certificate is valid as it starts",
    "service/rereading.py": "when a file was changed, so that it is read again",
    "service/operation/logs.py": "the time of a line of the log",
}


def readings_of_clocks() -> dict[str, list[str]]:
    """Every line of the source that reads a clock, by file. (Waiting takes time, but asks for none.)"""
    found: dict[str, list[str]] = {}
    source = ROOT / "src" / "subsidy"
    for file in sorted(source.rglob("*.py")):
        name = file.relative_to(source).as_posix()
        lines = [line.strip() for line in file.read_text("utf-8").splitlines() if READS.search(line)]
        if lines and not name.startswith("v1/"):
            found[name] = lines
    return found


def set_clock(read: Callable[[], str]) -> None:
    """Let the ledger of this process read another clock."""
    real = clock.now
    for module in [each for name, each in sys.modules.items() if name.startswith("subsidy.")]:
        if getattr(module, "now", None) is real:
            module.__dict__["now"] = read


class Jumping:
    """A clock that jumps each time it is read; it stays between 1999 and 2100."""

    def __init__(self, begin: str, rng: Random) -> None:
        self.at, self.rng = dt.datetime.fromisoformat(begin), rng

    def __call__(self) -> str:
        said = self.at
        after = said + dt.timedelta(seconds=self.rng.choice(JUMPS))
        self.at = after if 1999 <= after.year <= 2100 else said
        return said.strftime("%Y-%m-%dT%H:%M:%SZ")


# — in the child —


def asked(ledger: Ledger, seed: int, read: Callable[[], str]) -> Iterator[tuple[str, Any]]:
    """What comes of the same requests, whatever the clock says; and of the toy, which asks the clock."""
    rng = Random(f"clock/{seed}")  # noqa: S311 – to be repeated, not to be secret
    made: list[tuple[int, Callable[[], Answer]]] = []
    toy: Counter[tuple[str, str]] = Counter()
    for number in range(STEPS):
        request, who = f"c{number}", f"E{rng.randrange(3)}"
        month = rng.choice(["2024-02", "2024-03", "2024-12", "2025-01", "2028-02"])
        cost = str(rng.randrange(1, 900))
        claims: list[Callable[[], Answer]] = [
            partial(nursing, ledger, request, cost, who=who, month=month),
            partial(nursing, ledger, request, cost, who=who, month=month, bill=f"B{number % 5}"),
            partial(ledger.determine, AID, {"elder": who, "month": "2024-07", "cost": cost}, request=request),
            partial(bed, ledger, request, centre=f"C{number % 2}", who=who, month=month),
            partial(grant, ledger, request, project=f"P{number % 7}"),
        ]
        position, again = rng.choice(made) if made else (0, claims[0])
        others: list[Callable[[], Answer]] = [
            again,
            partial(ledger.reverse, position, request=request, why="误报"),
            partial(ledger.release, position, "first", request=request),
            partial(ledger.release, position, "second", {"still_cared_for": True}, request=request, on="2028-02-29"),
        ]
        call = claims[number % 5] if number < 10 else rng.choice(claims + others)
        if call in claims[:2]:
            server_month = (who, read()[:7])
            paid = min(int(cost) * 100, 100_000 - toy[server_month])
            toy[server_month] += paid
            yield "toy", paid
        try:
            found = call()
        except SubsidyError as error:
            yield "said", [problem.code for problem in error.problems]
            continue
        if call in claims:
            made.append((found.position, call))
        yield "said", [found.decision, found.position, round_fen(found.amount)]


def child(given: dict[str, Any]) -> dict[str, Any]:
    """What a ledger comes to under a clock."""
    folder = Path(given["folder"])
    catalogue = subsidy.Catalogue(Path(given["bureau"]) / "policies", adoptions=Path(given["bureau"]) / "adoptions")
    read: Callable[[], str] = clock.now
    if given["begin"]:
        read = Jumping(given["begin"], Random(given["jumps"]))  # noqa: S311 – to be repeated
        set_clock(read)
    with Ledger(f"sqlite:///{folder}/ledger.db", YUNCHENG, catalogue) as ledger:
        said = list(asked(ledger, given["seed"], read))
        bodies = [dict(body) for _, body in ledger.entries(0, 100_000)]
    recorded = [body.pop("recorded") for body in bodies]
    for body in bodies:
        body.pop("fingerprint", None)  # made of commitments, which have a salt of their own in each ledger
    kept = [body for body in bodies if body["kind"] not in ("opened", "key")]  # whose names and keys are new ones
    return {
        "said": [each for kind, each in said if kind == "said"],
        "toy": [each for kind, each in said if kind == "toy"],
        "entries": in_order(json.dumps(kept, ensure_ascii=False, sort_keys=True)),
        "recorded": recorded,
        "offset": time.timezone,
    }


def in_order(text: str) -> str:
    """Entries with what stands for identifiers, and the keys of caps, told apart but not by their random salts."""
    names: dict[str, str] = {}
    return _RANDOM.sub(lambda found: names.setdefault(found[0], f"#{len(names)}"), text)


# — in the parent —


def run(n: int, seed: int, tick: Tick) -> Figures:
    """Ask `n` ledgers with clocks of their own what one with the true clock is asked; each eight of them the same."""
    step = steps(tick, n)
    with TemporaryDirectory(dir=in_memory()) as name:
        folder = Path(name)
        bureau(folder)

        def ask(name: str, group: int, number: int, zone: str = "UTC", begin: str = "") -> dict[str, Any]:
            own = folder / name
            own.mkdir()
            of = f"{seed}/{group}"
            given = {"folder": str(own), "bureau": str(folder), "seed": of, "begin": begin, "jumps": number}
            done = subprocess.run(
                [sys.executable, "-m", "tests.faults.clocks"],
                input=json.dumps(given),
                capture_output=True,
                text=True,
                check=False,
                cwd=ROOT,
                env={**os.environ, "TZ": zone},
            )
            assert done.returncode == 0, done.stderr
            found: dict[str, Any] = json.loads(done.stdout)
            return found

        def one(k: int) -> dict[str, Any]:
            found = ask(f"ledger{k}", k // GROUP, k, ZONES[k % len(ZONES)], BEGINS[k % len(BEGINS)])
            step()
            return found

        with ThreadPoolExecutor(2) as pool:
            true = list(pool.map(lambda group: ask(f"true{group}", group, 0), range((n + GROUP - 1) // GROUP)))
            shifted = list(pool.map(one, range(n)))
    wrong = [
        f"ledger {k}: {name} are not those under the true clock"
        for k, each in enumerate(shifted)
        for name in ("said", "entries")
        if each[name] != true[k // GROUP][name]
    ]
    reads = readings_of_clocks()
    wrong += [f"{file} reads a clock: {lines[0]}" for file, lines in reads.items() if file not in KNOWN]
    back = sum(later < earlier for each in shifted for earlier, later in pairwise(each["recorded"]))
    years = {time_[:4] for each in shifted for time_ in each["recorded"]}
    offsets = {each["offset"] for each in shifted}
    wrong += [] if back and len(offsets) > 1 and len(years) > 2 else ["the clocks did not jump"]
    kinds = Counter(said[0] for each in true for said in each["said"])
    figures = {
        "ledgers": n,
        "requests": n * STEPS,
        "jumps back": back,
        "years": f"{min(years)} to {max(years)}",
        "zones": len(offsets),
        "decisions": dict(kinds),
        "reads of a clock": list(reads),
    }
    differ = sum(each["toy"] != true[k // GROUP]["toy"] for k, each in enumerate(shifted))
    return Outcome(figures, {"caught": differ, "what": "a toy that keys its cap by the server's month"}, wrong).plain


if __name__ == "__main__":
    print(json.dumps(child(json.loads(sys.stdin.read())), ensure_ascii=False))
