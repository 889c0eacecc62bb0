"""Tables and whoever does not read, goes away, comes too many, or has not what they need."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from threading import Event, active_count
from typing import Any

import grpc
import pyarrow as pa
import pytest
from google.rpc.error_details_pb2 import ErrorInfo, LocalizedMessage, RetryInfo
from grpc_status import rpc_status

import subsidy
from subsidy.calculation.columnar.table import Through
from subsidy.calculation.columnar.writing import Answers
from subsidy.client import Client
from subsidy.errors import FactsError, RequestError, ServiceError
from subsidy.service import Server
from subsidy.service.tables import AT_ONCE
from subsidy.v1 import problems_pb2

from .table_wire import METHOD, arrow, asked, roster, stream
from .wire import HOME, HOME_FACTS, details

SOON = 20.0  # seconds
NARROW = [("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 1024)]  # little is taken before it is read


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The rows of everything that the server has computed."""
    found: list[int] = []
    answer = Through.answer

    def counted(self: Through, batch: pa.RecordBatch, is_wanted: Callable[[], bool]) -> pa.RecordBatch:
        found.append(len(batch))
        return answer(self, batch, is_wanted)

    monkeypatch.setattr(Through, "answer", counted)
    return found


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + SOON
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def settled(found: list[int]) -> int:
    """How many there are once no more come."""
    before = -1
    while len(found) != before:
        before = len(found)
        time.sleep(0.5)
    return before


def batches(number: int, taken: list[int] | None = None) -> Iterator[pa.RecordBatch]:
    """So many batches of 10,000 rows, of which half a megabyte each; `taken` counts them."""
    (batch,) = roster(10_000).combine_chunks().to_batches()
    for place in range(number):
        if taken is not None:
            taken.append(place)
        yield batch


def test_who_does_not_read_is_waited_for(server: Server, answered: list[int]) -> None:
    """A caller that reads one answer of 300 makes the server take a few batches more, and no others until it reads."""
    taken: list[int] = []
    with Client(server.address, options=NARROW) as client:
        answers = client.calculate_batches(HOME, batches(300, taken))
        assert len(next(answers)) == 10_000
        held = settled(answered)
        assert 1 <= held <= 20 and settled(taken) <= 40
        for _ in range(50):
            next(answers)
        assert held + 30 <= settled(answered) <= held + 70
        assert sum(len(each) for each in answers) == 249 * 10_000
    assert len(answered) == 300


def test_a_call_ends_with_its_caller(server: Server, answered: list[int]) -> None:
    """Whoever stops reading, cuts the channel, or has a deadline that passes ends the computing, and its thread."""
    threads = active_count()

    def begun(client: Client, timeout: float | None = None) -> Iterator[pa.RecordBatch]:
        answers = client.calculate_batches(HOME, batches(1000), timeout=timeout)
        next(answers)
        assert server.active_calls == 1
        return answers

    def ended() -> None:
        until(lambda: server.active_calls == 0 and active_count() <= threads + AT_ONCE)

    with Client(server.address, options=NARROW) as client:
        begun(client).close()  # type: ignore[attr-defined]
        ended()
        cut = begun(client)
    ended()
    with pytest.raises(ServiceError, match="CANCELLED"):
        list(cut)
    with Client(server.address, options=NARROW) as client:
        late = begun(client, 2.0)
        ended()
        with pytest.raises(ServiceError, match="DEADLINE_EXCEEDED"):
            list(late)
    assert len(answered) < 500


def test_a_batch_of_wrong_rows_is_left_when_nobody_waits(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that need words are put into these some at a time: once the caller is gone, no others are begun."""
    worded: list[int] = []
    in_words = Through._in_words

    def counted(self: Through, batch: pa.RecordBatch, row: int, answers: Answers) -> None:
        worded.append(row)
        in_words(self, batch, row, answers)

    monkeypatch.setattr(Through, "_in_words", counted)
    table = roster(60_000).set_column(2, "hours", pa.array(["many"] * 60_000))
    with Client(server.address) as client, pytest.raises(ServiceError, match="DEADLINE_EXCEEDED"):
        client.calculate_table(HOME, table, timeout=0.5)
    until(lambda: server.active_calls == 0)
    assert 0 < len(worded) < 60_000


def test_a_server_that_stops_ends_its_tables(catalogue: subsidy.Catalogue) -> None:
    """A table that is not read to its end holds up a stop no longer than the grace that calls are given."""
    server = Server(catalogue).start()
    with Client(server.address) as client:
        answers = client.calculate_batches(HOME, batches(1000))
        next(answers)
        began = time.monotonic()
        server.stop(grace=0.5)
        assert time.monotonic() - began < 5
        with pytest.raises(ServiceError, match="S0202"):
            list(answers)


def test_tables_above_the_bound_are_told_to_retry(server: Server) -> None:
    """While so many tables are open another is refused with a time to retry, and single claims are answered."""
    gate = Event()

    def open_() -> Iterator[bytes]:
        yield asked()
        gate.wait(SOON)
        yield arrow(stream(roster(1)))

    with grpc.insecure_channel(server.address) as channel, Client(server.address) as client:
        method: Any = channel.stream_stream(METHOD)
        calls = [method(open_(), timeout=SOON) for _ in range(AT_ONCE)]
        until(lambda: server.active_calls == AT_ONCE)
        with pytest.raises(grpc.RpcError) as error:
            list(method(iter([asked()]), timeout=SOON))
        raised: Any = error.value
        status = rpc_status.from_call(raised)
        assert status is not None
        info, retry, _, _ = details(status, ErrorInfo, RetryInfo, LocalizedMessage, problems_pb2.Problems)
        assert isinstance(info, ErrorInfo) and isinstance(retry, RetryInfo)
        assert (status.code, status.message, info.reason, retry.retry_delay.seconds) == (
            grpc.StatusCode.RESOURCE_EXHAUSTED.value[0], f"the service is busy with {AT_ONCE} calls", "BUSY", 1,
        )  # fmt: skip
        with pytest.raises(ServiceError, match="S0201"):
            client.calculate_table(HOME, roster(1))
        assert client.calculate(HOME, HOME_FACTS).is_determined
        gate.set()
        assert [len(list(call)) for call in calls] == [3] * AT_ONCE
    until(lambda: server.active_calls == 0)


def test_what_the_reading_raises_is_raised(client: Client, server: Server) -> None:
    """A table that fails while it is read raises its own error, and one with other columns in the middle ours."""

    def failing() -> Iterator[pa.RecordBatch]:
        yield from batches(2)
        raise KeyError("the file")

    with pytest.raises(KeyError, match="the file"):
        list(client.calculate_batches(HOME, failing()))
    (other,) = roster(3).drop_columns("price").to_batches()
    with pytest.raises(RequestError) as error:
        list(client.calculate_batches(HOME, [*batches(2), other]))
    assert error.value.report("en") == (
        "R0794 schema-again  batches[2]\n  batches[2] has other columns than the table began with\n"
        "  → all batches have the same columns, types and order; another table is another call"
    )
    with pytest.raises(FactsError, match="F0102"):
        list(client.calculate_batches(HOME, []))
    until(lambda: server.active_calls == 0)


def test_many_tables_at_once(server: Server, catalogue: subsidy.Catalogue) -> None:
    """As many tables as there may be, each of its own, are answered each with its own."""
    from concurrent.futures import ThreadPoolExecutor

    tables = [roster(20_000 + place).slice(place) for place in range(AT_ONCE)]
    with Client(server.address) as client, ThreadPoolExecutor(AT_ONCE) as crew:
        found = list(crew.map(lambda table: client.calculate_table(HOME, table), tables))
    policy = catalogue.policy(HOME)
    assert all(one.equals(policy.calculate_table(table)) for one, table in zip(found, tables, strict=True))


@pytest.mark.parametrize("library", ["numpy", "pyarrow"])
def test_a_service_without_tables_says_so(library: str) -> None:
    """Without the extra the service answers single claims, and of a table says what to install."""
    code = (
        "import sys, grpc\nimport subsidy\nfrom subsidy.client import Client\n"
        "from subsidy.service import Server\nfrom subsidy.client.errors import rebuilt\n"
        f"sys.modules[{library!r}] = None\n"
        "with Server(subsidy.catalogue()) as server, grpc.insecure_channel(server.address) as channel:\n"
        "    with Client(server.address) as client:\n"
        "        print(len(list(client.policies())))\n"
        "    try:\n"
        f"        list(channel.stream_stream({METHOD!r})(iter([])))\n"
        "    except grpc.RpcError as error:\n"
        "        print(error.code().name, rebuilt(error, '').report())\n"
    )
    run = subprocess.run([sys.executable, "-X", "utf8", "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == (
        f"{len(subsidy.catalogue().ids)}\n"
        "UNIMPLEMENTED S0205 no-tables  CalculateTable\n"
        "  本服务没有安装表格所需的组件\n"
        "  → 安装 pip install 'subsidy[tables]'\n"
        "  this service has not installed what tables need\n"
        "  → install it: pip install 'subsidy[tables]'\n"
    )


def test_a_client_without_tables_says_so() -> None:
    """A client without the extra says what to install, before anything is sent."""
    code = (
        "import sys\nfrom subsidy.client import Client\nsys.modules['pyarrow'] = None\n"
        "with Client('127.0.0.1:1') as client:\n"
        "    for call in (client.calculate_table, client.calculate_batches):\n"
        "        try:\n            call('x', [])\n        except ImportError as error:\n            print(error)\n"
    )
    run = subprocess.run([sys.executable, "-X", "utf8", "-c", code], capture_output=True, text=True, check=True)
    zh, en = "此处需要安装项 tables：", "this needs the extra tables:"
    assert run.stdout == "".join(f"{words}  pip install 'subsidy[tables]'\n" for words in (zh, en)) * 2


def test_what_tables_need_is_imported_with_the_first() -> None:
    """A server and a client that calculate claims alone have not imported Arrow, which takes longer than they do."""
    code = (
        "import sys\nimport subsidy\nfrom subsidy.client import Client\nfrom subsidy.service import Server\n"
        "with Server(subsidy.catalogue()) as server, Client(server.address) as client:\n"
        "    print(len(list(client.policies())), [name for name in ('numpy', 'pyarrow') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == f"{len(subsidy.catalogue().ids)} []\n"
