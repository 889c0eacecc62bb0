"""`CalculateTable` over a real channel, beside an echo of the same bytes: rows a second.

`subsidy serve` answers bench rule R1 over a million rows in batches of about 3 MiB, in messages of 1 MiB; a bare gRPC
server with the same options, in a process of its own, takes the same messages and sends as many bytes back, in messages
of the same sizes. This process sends both the same bytes, made before, and reads what comes without looking into it;
they take turns, each first in every other round. Then where the time goes: the same bytes read, computed and written in
this process, without a channel.
"""

from __future__ import annotations

import json
import random
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pyarrow as pa

import subsidy
from service import started
from subsidy.calculation.columnar.table import Through
from subsidy.client.exchange import Exchange
from subsidy.service.arriving import Frames
from subsidy.tables.messages import Writer, arrow_of
from subsidy.v1.table_pb2 import TableAsked

ROWS = 1_000_000
ROUNDS = 7
METHOD = "/subsidy.v1.CalculationService/CalculateTable"
POLICIES = Path(__file__).parent / "policies"
R1 = "bench/rules/r1"
ECHO = """
import json
import sys
from concurrent.futures import ThreadPoolExecutor
import grpc
from subsidy.service.server import OPTIONS
def answer(requests, _):
    sizes = json.loads(next(requests))  # of what goes back behind each message
    content = bytes(1 << 20)
    for _, some in zip(requests, sizes):
        for size in some:
            yield content[:size]
server = grpc.server(ThreadPoolExecutor(8), options=OPTIONS)
echo = grpc.stream_stream_rpc_method_handler(answer)
table = grpc.method_handlers_generic_handler("subsidy.v1.CalculationService", {"CalculateTable": echo})
server.add_generic_rpc_handlers((table,))
port = server.add_insecure_port("127.0.0.1:0")
server.start()
print(f"127.0.0.1:{port}", flush=True)
sys.stdin.read()
"""
SHIPPED = f"""
import subsidy
from subsidy.service import serve
serve(subsidy.Catalogue({str(POLICIES)!r}), "127.0.0.1:0", ready=lambda address: print(address, flush=True))
"""


def roster(rows: int) -> pa.Table:
    """A roster of rule R1."""
    chance = random.Random(1)  # noqa: S311
    numbers = np.random.default_rng(1)

    def decimals(most: int) -> pa.Array:
        words = np.zeros((rows, 2), np.int64)
        words[:, 0] = numbers.integers(0, most * 100, rows)
        return pa.Array.from_buffers(pa.decimal128(18, 2), rows, [None, pa.py_buffer(words)])

    types = pa.array(chance.choices(["municipal", "county"], k=rows)).dictionary_encode()
    return pa.table(
        {
            "project": [f"P{row:07}" for row in range(rows)],
            "on": pa.array(numbers.integers(18_628, 20_000, rows, np.int32), pa.date32()),
            "district_type": types,
            "floor_area": decimals(4000),
            "cost": decimals(3_000_000),
        }
    )


def sizes(method: Callable[..., Any], requests: Sequence[bytes]) -> list[list[int]]:
    """The sizes of what goes back, as evenly behind the messages that come as it can be."""
    found = [len(each) for each in method(iter(requests))]
    ends = [len(found) * place // len(requests) for place in range(len(requests) + 1)]
    return [found[begin:end] for begin, end in pairwise(ends)]


def rate(method: Callable[..., Any], requests: Iterable[bytes]) -> float:
    """Rows a second."""
    start = time.perf_counter()
    for _ in method(iter(requests)):
        pass
    return ROWS / (time.perf_counter() - start)


def stages(requests: list[bytes]) -> None:
    """Where the time goes, without a channel."""
    policy = subsidy.Catalogue(POLICIES).policy(R1)
    started_at = time.perf_counter()
    pieces = [arrow_of(each) or b"" for each in requests[1:]]
    split = time.perf_counter()
    reader = pa.ipc.open_stream(Frames(pieces))
    through = Through(policy, reader.schema)
    batches = list(reader)
    read = time.perf_counter()
    for batch in batches:
        batch.validate(full=True)
    checked = time.perf_counter()
    answers = [through.answer(batch) for batch in batches]
    answered = time.perf_counter()
    writer = Writer(through.schema)
    for each in answers:
        for _ in writer.messages(each):
            pass
    written = time.perf_counter()
    times = {
        "messages taken apart": split - started_at,
        "batches read": read - split,
        "checked": checked - read,
        "computed": answered - checked,
        "written": written - answered,
    }
    for name, seconds in times.items():
        print(f"  {name:22} {seconds * 1e3:7.1f} ms   {ROWS / seconds / 1e6:7.1f} M rows/s")


def main() -> None:
    table = roster(ROWS)
    batches = table.combine_chunks().to_reader()
    sending = Exchange(None, TableAsked(policy=R1), batches.schema, batches)  # type: ignore[arg-type]
    requests = list(sending._requests())
    with (
        started(ECHO, ()) as bare,
        started(SHIPPED, ()) as shipped,
        grpc.insecure_channel(bare) as one,
        grpc.insecure_channel(shipped) as two,
    ):
        echo, ours = one.stream_stream(METHOD), two.stream_stream(METHOD)
        back = sizes(ours, requests)
        sent = {"echo": (echo, [json.dumps(back).encode(), *requests]), "ours": (ours, requests)}
        for work in sent.values():  # whatever takes its time only once
            rate(*work)
        rounds = []
        for number in range(ROUNDS):
            order = sorted(sent, reverse=bool(number % 2))
            rounds.append({name: rate(*sent[name]) for name in order})
    size = sum(map(len, requests)) / 1e6
    print(f"{ROWS:,} rows: {len(requests)} messages with {size:.1f} MB, {sum(map(sum, back)) / 1e6:.1f} MB back")
    for name in sent:
        rates = sorted(each[name] / 1e6 for each in rounds)
        print(f"{name:6} {statistics.median(rates):5.1f} M rows/s  ({rates[0]:.1f} – {rates[-1]:.1f})")
    ratios = sorted(each["ours"] / each["echo"] for each in rounds)
    print(f"ratio  {statistics.median(ratios):.2f}  ({ratios[0]:.2f} – {ratios[-1]:.2f})")
    print("in one process, one stage after the other:")
    stages(requests)


if __name__ == "__main__":
    main()
