"""`Determine` over a real channel beside `Calculate` of the same claim; a roster; bytes an entry takes; a large log.

One server with a ledger of SQLite in a process of its own; each determination is a request of its own for a person of
its own, synced to disk before it is answered. This process calls the two methods in turn, so that a drifting machine
hits both alike. The large log has hashes for leaves, whose tree is built by the ledger's own `Tiles` without entries: a
proof reads nothing else.
"""

from __future__ import annotations

import csv
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import grpc

from subsidy.cli.demo_ledger import POLICY, SCOPE, adopted
from subsidy.client import Client
from subsidy.client.facts import encode_facts
from subsidy.ledger import Ledger, Roster
from subsidy.ledger import tables as t
from subsidy.ledger.batch import Batch
from subsidy.ledger.determining import Claim
from subsidy.ledger.merkle import inclusion_proof, leaf_hash, verify_inclusion
from subsidy.ledger.stores import Store
from subsidy.ledger.tree import Tiles
from subsidy.ledger.writer import Writer
from subsidy.v1.calculation_service_pb2 import VIEW_BASIC, CalculateRequest
from subsidy.v1.ledger_service_pb2 import DetermineRequest

SERVED = """
import sys
import subsidy
from subsidy.ledger import Ledger
from subsidy.service import Server
catalogue = subsidy.Catalogue(adoptions=sys.argv[1])
with Ledger(f"sqlite:///{sys.argv[2]}", sys.argv[3], catalogue) as ledger:
    with Server(catalogue, most_calls=256, ledger=ledger) as server:
        print(server.address, flush=True)
        sys.stdin.read()
"""
SECONDS = 1.5
ROUNDS = 5
ROWS = 20_000
MONTHS, LAST = ("2023-08", "2023-09"), "2023-10"  # of persons who are new, and of the same ones
LEAVES = 1_000_000
PROOFS = 500


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a server with a new ledger."""
    adopted(folder)
    command = [sys.executable, "-c", SERVED, str(folder / "adoptions"), str(folder / "ledger.db"), SCOPE]
    with subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.communicate()


def rate(send: Callable[[], Any], in_flight: int) -> float:
    """Answers a second."""
    waiting = deque(send() for _ in range(in_flight))
    answers, start = 0, time.perf_counter()
    while time.perf_counter() - start < SECONDS:
        waiting.popleft().result()
        waiting.append(send())
        answers += 1
    elapsed = time.perf_counter() - start
    for each in waiting:
        each.result()
    return answers / elapsed


def compare(address: str) -> None:
    """Prints a line for each number of calls in flight."""
    with Client(address) as client:
        facts = encode_facts(client.policy(POLICY), {"month": "2023-08", "hours": "20.25", "price": "30.50"})
        left = encode_facts(client.policy(POLICY), {"left_monthly": "1350"})
    numbers = count()
    with grpc.insecure_channel(address) as channel:
        calls: dict[str, Any] = {
            name: channel.unary_unary(f"/subsidy.v1.{name}").future
            for name in ("CalculationService/Calculate", "LedgerService/Determine")
        }
        calculate, determine = calls.values()

        def ask_only() -> Any:
            request = CalculateRequest(policy=POLICY, facts={**facts, **left}, view=VIEW_BASIC)
            request.facts["beneficiary"].id = f"P{next(numbers)}"
            return calculate(request.SerializeToString())

        def record() -> Any:
            number = next(numbers)
            request = DetermineRequest(policy=POLICY, facts=facts, request_id=f"q{number}")
            request.facts["beneficiary"].id = f"P{number}"
            return determine(request.SerializeToString())

        for in_flight in (16, 64):
            rounds = [(rate(ask_only, in_flight), rate(record, in_flight)) for _ in range(ROUNDS)]
            one, two = (statistics.median(each) for each in zip(*rounds, strict=True))
            ratios = sorted(recorded / calculated for calculated, recorded in rounds)
            spread = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} – {ratios[-1]:.2f})"
            print(
                f"{in_flight:3} in flight   Calculate {one:6.0f}/s   Determine {two:6.0f}/s   ratio {spread}",
                flush=True,
            )


def timed(owner: type, name: str, spent: dict[str, float]) -> None:
    """Adds up the seconds that a method takes, from now on."""
    method = getattr(owner, name)

    def measured(*args: Any) -> Any:
        start = time.perf_counter()
        try:
            return method(*args)
        finally:
            spent[name] += time.perf_counter() - start

    setattr(owner, name, measured)


def roster(folder: Path) -> None:
    """Prints how long a roster takes: the whole command in a fresh process, and what the ledger alone takes of it.

    And how fast it could be if nothing were decided: what making, hashing, writing and committing entries takes of it.
    """
    catalogue, spent = adopted(folder), defaultdict[str, float](float)
    for owner, name in ((Batch, "add"), (Batch, "write"), (Writer, "_commit"), (Writer, "_answers")):
        timed(owner, name, spent)
    with Ledger(f"sqlite:///{folder / 'roster.db'}", SCOPE, catalogue) as ledger:
        for month in MONTHS:
            facts = [
                {"beneficiary": f"21010219500101{row:05d}", "month": month, "hours": "20.25", "price": "30.50"}
                for row in range(ROWS)
            ]
            claims = [Claim(POLICY, each, {}) for each in facts]
            made = Roster(month, catalogue.policy(POLICY), claims)
            start = time.perf_counter()
            assert all(each is None for each in ledger.check_roster(made))
            middle = time.perf_counter()
            done = sum(each.decision == "determined" for each in ledger.determine_roster(made, claims) if each)
            end = time.perf_counter()
            assert done == ROWS
            checked, recorded = ROWS / (middle - start), ROWS / (end - middle)
            print(f"{month}: {ROWS} rows validated at {checked:.0f} rows/s, determined and durable at {recorded:.0f}")
            kept = [spent["add"], spent["write"], spent["_commit"] - spent["_answers"]]
            all_, *each = (seconds / ROWS * 1e6 for seconds in (end - middle, *kept))
            print(
                "    a row: {:.0f} µs, of which {:.0f} make and hash its entry, {:.0f} write it, ".format(
                    all_, *each[:2]
                ),
                end="",
            )
            print(f"{each[2]:.0f} commit it: {ROWS / sum(kept):.0f} rows/s if nothing were decided")
            spent.clear()
    table = folder / "roster.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, list(facts[0]))
        rows.writeheader()
        rows.writerows({**each, "month": LAST} for each in facts)
    command = [sys.executable, "-m", "subsidy", "determine", POLICY, "--table", str(table), "--batch", LAST]
    command += ["--ledger", f"sqlite:///{folder / 'roster.db'}", "--adoptions", str(folder / "adoptions"), "--json"]
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    print(f"the whole command, read, validated and determined: {ROWS / (time.perf_counter() - start):.0f} rows/s")


def sizes(address: str, file: Path) -> None:
    """Prints what the entries take."""
    with Client(address) as client:
        size = client.checkpoint().size
        last = client.determination(size - 1)
    on_disk = file.stat().st_size / size
    print(f"{size} entries: {on_disk:.0f} bytes each in the file with its indexes and tree; one is", end=" ")
    print(f"{len(last.to_bytes())} bytes of JSON, its proof {len(last.tlog_proof.encode())} bytes of text")


def large(file: Path) -> None:
    """Prints what a proof takes in a log of a million entries."""
    store = Store(f"sqlite:///{file}")
    with store.writing() as connection:
        t.METADATA.create_all(connection)
        tiles = Tiles(connection, 0)
        for number in range(LEAVES):
            tiles.append(leaf_hash(number.to_bytes(8, "big")))
        tiles.write(connection)
        root = tiles.root
    places = random.Random(1).sample(range(LEAVES), PROOFS)  # noqa: S311
    made, checked, most = [], [], 0
    with store.reading() as connection:
        for place in places:
            start = time.perf_counter()
            proof = inclusion_proof(place, LEAVES, Tiles(connection, LEAVES).node)
            made.append(time.perf_counter() - start)
            leaf = leaf_hash(place.to_bytes(8, "big"))
            start = time.perf_counter()
            assert verify_inclusion(place, LEAVES, leaf, proof, root)
            checked.append(time.perf_counter() - start)
            most = max(most, len(proof))
    store.close()
    make, check = (f"{statistics.median(each) * 1e6:.0f} µs (most {max(each) * 1e6:.0f})" for each in (made, checked))
    print(
        f"{LEAVES} entries: a proof has {most} hashes, {most * 32} bytes; read from disk in {make}, verified in {check}"
    )
    print(f"the tree takes {file.stat().st_size / LEAVES:.0f} bytes an entry")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with served(folder) as address:
            compare(address)
            sizes(address, folder / "ledger.db")
        large(folder / "large.db")
    with tempfile.TemporaryDirectory() as name:
        roster(Path(name))


if __name__ == "__main__":
    main()
