"""Tables over a channel: what comes back, what is refused and how, and what is held while nobody reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import grpc
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from google.type.date_pb2 import Date
from grpc_status import rpc_status

import subsidy
from subsidy.client import Client
from subsidy.errors import RequestError, SubsidyError
from subsidy.service import Server
from subsidy.tables.messages import LARGEST_PIECE, Pieces, Writer, arrow_of
from subsidy.v1 import problems_pb2
from subsidy.v1 import table_pb2 as v1

from .table_wire import METHOD, arrow, asked, exchanged, roster, stream
from .wire import BED, HOME


def answered(messages: list[bytes]) -> tuple[v1.TableCalculated, pa.Table]:
    """What was calculated, and the answers."""
    first, *rest = (v1.CalculateTableResponse.FromString(each) for each in messages)
    return first.calculated, pa.ipc.open_stream(b"".join(each.arrow for each in rest)).read_all()


def refusal(channel: grpc.Channel, messages: Iterable[bytes]) -> Any:
    """The status with which a table is refused."""
    with pytest.raises(grpc.RpcError) as error:
        exchanged(channel, messages)
    raised: Any = error.value
    return rpc_status.from_call(raised)


def problems_of(status: Any) -> list[problems_pb2.Problem]:
    """The problems of a status."""
    found = problems_pb2.Problems()
    assert status.details[-1].Unpack(found)
    return list(found.problems)


def test_a_table_is_answered_as_the_library_does(client: Client, catalogue: subsidy.Catalogue) -> None:
    """Amounts, steps and problems of a table of Arrow, pandas or Polars are the library's, with the version beside."""
    table = roster(40)
    policy = catalogue.policy(HOME)
    steps = [*policy.steps]
    mine = policy.calculate_table(table, steps=steps)
    for given in (table, table.to_pandas(), pl.from_arrow(table), table.to_reader()):
        found = client.calculate_table(HOME, given, steps=steps)
        assert found.equals(mine) and found.schema.equals(mine.schema)
    found = client.calculate_table(HOME, table)
    assert found["problems"].null_count == 35 and found["amount"].null_count == 7  # two are left open
    assert found.schema.metadata == {
        b"policy": HOME.encode(), b"version": policy.version.encode(), b"revision": b"1",
        b"digest": policy.digest.encode(),
    }  # fmt: skip
    assert isinstance(table.to_pandas(), pd.DataFrame)


def test_a_table_without_rows(client: Client, catalogue: subsidy.Catalogue) -> None:
    """No rows give no rows, whether in no batch or in an empty one, and columns all the same."""
    table = roster(0)
    mine = catalogue.policy(HOME).calculate_table(table)
    assert client.calculate_table(HOME, table).equals(mine)
    assert list(client.calculate_batches(HOME, pa.Table.from_batches([], table.schema).to_reader())) == []
    (batch,) = client.calculate_batches(HOME, [pa.RecordBatch.from_pylist([], table.schema)])
    assert batch.num_rows == 0 and batch.schema.equals(mine.schema)


def test_a_batch_for_each_batch(client: Client, catalogue: subsidy.Catalogue) -> None:
    """Batches of any size come back as as many, of the same sizes and in their order, however they were cut."""
    sizes = [3, 0, 70_000, 1, 65_537]
    table, batches = roster(sum(sizes)), list[pa.RecordBatch]()
    begin = 0
    for size in sizes:
        batches += table.slice(begin, size).combine_chunks().to_batches() or [
            pa.RecordBatch.from_pylist([], table.schema)
        ]
        begin += size
    found = list(client.calculate_batches(HOME, batches))
    assert [each.num_rows for each in found] == sizes
    mine = catalogue.policy(HOME).calculate_table(table)
    assert pa.Table.from_batches(found, mine.schema).equals(mine)


def test_dictionaries_views_and_long_texts(client: Client, catalogue: subsidy.Catalogue) -> None:
    """A dictionary larger than a message, views of texts and a batch of few rows with long ones go through."""
    rows = 60_000
    table = roster(rows)
    whole = [f"{'x' * 100}{row}" for row in range(rows)]
    for ids in (
        pa.chunked_array([pa.array(whole).dictionary_encode()]),
        pa.array([f"B{row}" for row in range(rows)]).cast(pa.string_view()),
        pa.array(whole),
    ):
        given = table.set_column(0, "beneficiary", ids)
        here = catalogue.policy(HOME).calculate_table(given)
        assert client.calculate_table(HOME, given).equals(here)
        assert client.calculate_table(HOME, given.slice(7, 20_001)).equals(here.slice(7, 20_001))


def test_records_in_a_frame(client: Client, catalogue: subsidy.Catalogue) -> None:
    """Records and categories of a Polars frame, whose texts are views, are answered as in the library."""
    stays = [[{"moved_in": "2021-06-05", "moved_out": "2021-06-18"}], [], [{"moved_in": "2021-06-31"}]]
    levels = pl.Series(["semi_disabled", "disabled", "disabled"], dtype=pl.Categorical)
    frame = pl.DataFrame({"centre": "C1", "resident": ["R1", "R2", "R3"], "care_level": levels, "stays": stays}).select(
        pl.all(), month=pl.lit("2021-06")
    )
    mine = catalogue.policy(BED).calculate_table(frame)
    assert client.calculate_table(BED, frame).equals(mine)
    assert mine["problems"][2].as_py()[0]["where"] == "stays[1].moved_in" and mine["problems"].null_count == 2


def test_bytes_may_be_cut_anywhere(channel: grpc.Channel, catalogue: subsidy.Catalogue) -> None:
    """Any library's stream of Arrow is read, whatever bytes of it stand in a message, and in whatever batches."""
    table = roster(500).set_column(1, "month", pa.array(["2023-08"] * 500).dictionary_encode())
    content = stream(table, rows=100)
    mine = catalogue.policy(HOME).calculate_table(table)
    digest = catalogue.policy(HOME).digest
    for size in (7, 4096, len(content)):
        messages = [asked(), *(arrow(content[at : at + size]) for at in range(0, len(content), size)), arrow(b"")]
        said, found = answered(exchanged(channel, messages))
        assert found.equals(mine) and len(found.to_batches()) == 5
        assert (said.policy, said.digest) == (HOME, digest)


def test_what_is_written_is_read() -> None:
    """Messages that are put together by hand are those of protobuf, at every length that its numbers have a step."""
    for size in (0, 1, 127, 128, 16_383, 16_384, LARGEST_PIECE):
        message = arrow(bytes(size))
        assert bytes(arrow_of(message) or b"") == bytes(size) and (size == 0 or arrow_of(message) is not None)
        assert arrow_of(message + b"\0") is None and arrow_of(message[:-1]) is None
    writer = Writer(roster(1).schema)
    (batch,) = roster(30_000).combine_chunks().to_batches()
    messages = [*writer.messages(batch), *writer.end()]
    assert len(messages) > 2 and max(map(len, messages)) <= 1024 * 1024
    pieces = [v1.CalculateTableRequest.FromString(each).arrow for each in messages]
    assert pa.ipc.open_stream(Pieces(pieces)).read_all().to_batches() == [batch]


def test_the_version_is_picked(client: Client, channel: grpc.Channel) -> None:
    """By a day, by what was known, or by digest; what the calendar or the catalogue does not have is refused."""
    table = roster(3)
    digest = subsidy.catalogue().policy(HOME).digest
    good: list[dict[str, Any]] = [{"on": "2023-08-01"}, {"known": "2024-01-01"}, {"digest": digest}]
    for picked in good:
        assert client.calculate_table(HOME, table, **picked).schema.metadata[b"digest"].decode() == digest
    cases: list[tuple[dict[str, Any], str]] = [
        ({"on": "1999-01-01"}, "R0102"),
        ({"digest": "sha256:00"}, "R0202"),
        ({"digest": digest, "on": "2023-08-01"}, "R0301"),
    ]
    for picked, code in cases:
        with pytest.raises(RequestError, match=code):
            client.calculate_table(HOME, table, **picked)
    status = refusal(
        channel,
        [asked("x" * 257, on=Date(year=2023, month=2, day=30), readings={"r" * 257: ""}, steps=["s"] * 257)],
    )
    assert status.message.endswith("(and 3 more)")
    assert [problem.values["detail"].text.en for problem in problems_of(status)] == [
        "policy: a name has 257 characters; at most 256",
        "on: 2023-02-30 is not a day",
        "readings: a name has 257 characters; at most 256",
        "steps: 257 entries; at most 256",
    ]


@pytest.mark.parametrize(
    ("table", "asked_"),
    [
        (roster(2).rename_columns(["beneficary", "month", "hour", "price", "left_monthly"]), {}),
        (pa.Table.from_arrays(roster(2).columns, ["beneficiary", "month", "month", "hours", "price"]), {}),
        (roster(2), {"readings": {"fewer": "none"}}),
        (roster(2), {"steps": ["nothing"]}),
    ],
)
def test_the_error_is_that_of_the_library(client: Client, table: pa.Table, asked_: dict[str, Any]) -> None:
    """Columns that are no facts, readings and steps that there are not raise the library's own error, all problems."""
    with pytest.raises(SubsidyError) as here:
        subsidy.catalogue().policy(HOME).calculate_table(table, **asked_)
    with pytest.raises(SubsidyError) as remote:
        client.calculate_table(HOME, table, **asked_)
    assert type(here.value) is type(remote.value) and here.value.report() == remote.value.report()
    with pytest.raises(RequestError, match="R0101"):
        client.calculate_table("cn/nowhere/at-all", table)


def _cut_off() -> list[bytes]:
    return [asked(), arrow(stream(roster(9), rows=3)[:-8])]


def _again() -> list[bytes]:
    return [asked(), arrow(stream(roster(3))[:-8] + stream(roster(3)))]


def _deltas() -> list[bytes]:
    ids = pa.array(["a", "b", "c"])
    ones = [pa.DictionaryArray.from_arrays(pa.array([n]), ids[: n + 1]) for n in range(3)]
    rest = roster(3).drop_columns("beneficiary").to_batches()[0]
    batches = [
        pa.RecordBatch.from_arrays([one, *rest.slice(n, 1).columns], ["beneficiary", *rest.schema.names])
        for n, one in enumerate(ones)
    ]
    options = pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True)
    return [asked(), arrow(stream(pa.Table.from_batches(batches), options))]


def _with(name: str, column: Any, rows: int = 3) -> list[bytes]:
    table = roster(rows)
    content = stream(table.set_column(table.schema.get_field_index(name), name, column))
    return [asked(), *(arrow(content[at : at + 1_000_000]) for at in range(0, len(content), 1_000_000))]


ADVICE = "  → write it with a library of Arrow, in its streaming format"
SMALLER = "  → cut the table into smaller batches"
TYPES = "  → use texts, numbers, dates, booleans, or lists of records"
LONG = (
    pa.ipc.get_record_batch_size(roster(3).set_column(2, "hours", pa.array(["x" * 3_000_000] * 3)).to_batches()[0]) - 8
)  # less what a message begins with
REFUSED: list[tuple[str, Callable[[], list[bytes]], str]] = [
    ("nothing", list, (
        "R0301 bad-request  asked\n"
        "  the request is not well formed: asked: the first message says by which policy the table is calculated"
    )),
    ("no question", lambda: [arrow(stream(roster(1)))], (
        "R0301 bad-request  asked\n"
        "  the request is not well formed: asked: the first message says by which policy the table is calculated"
    )),
    ("asked twice", lambda: [asked(), arrow(stream(roster(1))[:40]), asked()], (
        "R0301 bad-request  asked\n  the request is not well formed: asked: it stands in the first message alone"
    )),
    ("an empty message", lambda: [asked(), b""], (
        "R0301 bad-request  arrow\n  the request is not well formed: arrow: a message has nothing of the table"
    )),
    ("no Arrow", lambda: [asked(), arrow(b"beneficiary,month\nB1,2023-08\n")], (
        "R0790 broken-table  schema\n  schema is no sound Arrow IPC stream: a message does not begin as one\n" + ADVICE
    )),
    ("no table", lambda: [asked()], (
        "R0791 table-cut-off  table\n"
        "  the table was cut off: its stream ends before its first batch, without its end mark\n"
        "  → close the writer of the stream before the sending is ended"
    )),
    ("cut off", _cut_off, (
        "R0791 table-cut-off  table\n"
        "  the table was cut off: its stream ends behind batch 3, without its end mark\n"
        "  → close the writer of the stream before the sending is ended"
    )),
    ("behind the end", lambda: [asked(), arrow(stream(roster(3))), arrow(b"\0")], (
        "R0790 broken-table  table\n  table is no sound Arrow IPC stream: bytes behind its end mark\n" + ADVICE
    )),
    ("another schema", _again, (
        "R0794 schema-again  batches[1]\n  batches[1] has other columns than the table began with\n"
        "  → all batches have the same columns, types and order; another table is another call"
    )),
    ("compressed", lambda: [asked(), arrow(stream(roster(3), pa.ipc.IpcWriteOptions(compression="zstd")))], (
        "R0793 table-not-taken  batches[0]\n  batches[0] is a compressed batch, which this service does not take\n"
        "  → write the stream without compression"
    )),
    ("deltas", _deltas, (
        "R0793 table-not-taken  batches[1]\n"
        "  batches[1] is a dictionary that adds to one before (delta), which this service does not take\n"
        "  → write the stream without deltas of dictionaries"
    )),
    ("many rows", lambda: _with("price", pa.nulls(65_537), 65_537), (
        "R0792 table-over-limit  batches[0]\n  batches[0] has 65,537 rows; at most 65,536\n" + SMALLER
    )),
    ("many bytes", lambda: _with("hours", pa.array(["x" * 3_000_000] * 3)), (
        f"R0792 table-over-limit  batches[0]\n  batches[0] has {LONG:,} bytes; at most 8,388,608\n" + SMALLER
    )),
    ("a long text in many places", lambda: _with("hours", pa.array(["x" * 3_000] * 30_000).dictionary_encode(), 30_000),
    (
        "R0792 table-over-limit  batches[0]\n"
        "  batches[0] has 90,000,000 bytes of text, with dictionaries written out; at most 67,108,864\n" + SMALLER
    )),
    ("many records", lambda: _with("hours", pa.array([[None] * 700_000] * 3, pa.list_(pa.null()))), (
        "R0792 table-over-limit  batches[0]\n  batches[0] has 2,100,000 values in a column; at most 1,048,576\n"
        + SMALLER
    )),
    ("odd types", lambda: _with("hours", pa.array([[("a", 1)]] * 3, pa.map_(pa.string(), pa.int8()))), (
        "R0793 table-not-taken  hours\n"
        "  hours is a column of Arrow's type map<string, int8>, which this service does not take\n" + TYPES
    )),
    ("many columns", lambda: [asked(), arrow(stream(pa.table({f"c{n}": [n] for n in range(513)})))], (
        "R0792 table-over-limit  schema\n  schema has 513 columns; at most 512\n  → send the columns of facts alone"
    )),
]  # fmt: skip


@pytest.mark.parametrize(("messages", "said"), [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED])
def test_what_is_no_table_is_refused(server: Server, messages: Callable[[], list[bytes]], said: str) -> None:
    """A call that is none, and a table that is broken, cut off or over a limit are INVALID_ARGUMENT, and say why."""
    from subsidy.client.errors import rebuilt

    with grpc.insecure_channel(server.address) as channel, pytest.raises(grpc.RpcError) as error:
        exchanged(channel, messages())
    raised: Any = error.value
    assert raised.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert rebuilt(raised, "").report("en") == said
    assert all(each.message("zh") != each.message("en") for each in rebuilt(raised, "").problems)


def test_answers_before_a_fault_stand(channel: grpc.Channel, catalogue: subsidy.Catalogue) -> None:
    """Of a table that is cut off behind its second batch, two are answered before the status."""
    table = roster(9)
    content = stream(table, rows=3)
    method: Any = channel.stream_stream(METHOD)
    call, found = method(iter([asked(), arrow(content[:-8])]), timeout=20), list[bytes]()
    with pytest.raises(grpc.RpcError, match="behind batch 3"):
        found.extend(call)
    _, answers = answered([*found, arrow(b"\xff\xff\xff\xff\0\0\0\0")])
    assert answers.equals(catalogue.policy(HOME).calculate_table(table))
