"""A table over a channel is answered as the library does, and as its rows one by one; broken bytes are only refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subsidy import Policy
from subsidy.client import Client
from subsidy.errors import RequestError
from subsidy.service import Server
from subsidy.service.served import Served
from subsidy.service.tables import table_handler
from subsidy.testing import facts, invalid_facts
from subsidy.v1.table_pb2 import CalculateTableRequest, TableAsked

from .support import CATALOGUE, POLICIES, a_reading
from .test_columns import holds, of_columns, one_by_one, schema_of


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A client of a server with all policies of these tests."""
    with Server(CATALOGUE) as server, Client(server.address) as opened:
        yield opened


def laid_out(data: st.DataObject, whole: pa.Table) -> list[pa.RecordBatch]:
    """The same rows in batches of any sizes, some columns with dictionaries, slices of larger ones."""
    encoded = data.draw(st.sets(st.sampled_from(whole.column_names)), label="dictionaries")
    columns = [
        column.combine_chunks().dictionary_encode() if name in encoded and pa.types.is_string(column.type) else column
        for name, column in zip(whole.column_names, whole.columns, strict=True)
    ]
    table = pa.table(dict(zip(whole.column_names, columns, strict=True)))
    places = st.lists(st.integers(0, len(table)), max_size=5)
    cuts = [0, *sorted(data.draw(places, label="cuts")), len(table)]
    parts = [(begin, end - begin) for begin, end in pairwise(cuts)]
    (one,) = table.combine_chunks().to_batches() or [pa.RecordBatch.from_pylist([], table.schema)]
    return [one.slice(begin, size) for begin, size in parts]


@settings(suppress_health_check=list(HealthCheck), max_examples=120)  # where few facts fit each other, few lists do
@given(policy=st.sampled_from(POLICIES), data=st.data())
def test_a_table_over_a_channel_is_its_rows(client: Client, policy: Policy, data: st.DataObject) -> None:
    """In any layout, with right and wrong rows: the batches that come back are the library's, and the rows' own."""
    chosen = a_reading(policy, data)
    schema = schema_of(policy)
    rows = data.draw(st.lists(st.one_of(facts(policy, chosen), invalid_facts(policy, chosen)), max_size=5))
    rows = [row for row in rows if holds(schema, row)]
    batches = laid_out(data, pa.Table.from_pylist(rows, schema))
    names = [*policy.steps, *(test.name for test in policy.program.conditions)]
    asked: dict[str, Any] = {"readings": chosen, "steps": names}
    digest = policy.digest
    found = list(client.calculate_batches(policy.id, batches, digest=digest, **asked))
    assert [len(each) for each in found] == [len(each) for each in batches]
    here = CATALOGUE.by_digest(digest)
    assert here is not None
    whole = pa.Table.from_batches(batches)
    mine = here.calculate_table(whole, **asked)
    assert pa.Table.from_batches(found, mine.schema).equals(mine)
    assert client.calculate_table(policy.id, whole, digest=digest, **asked).equals(mine)
    answers = [row for each in found for row in each.to_pylist()]
    assert [one_by_one(here, row, chosen) for row in rows] == [of_columns(row) for row in answers]


KINDS = ("changed", "cut", "doubled", "a number")
NUMBERS = (-1, 0, 1, 2**31 - 1, 2**40, 2**63 - 1, -(2**63))
EDITS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 1 << 20), st.integers(0, 255)), min_size=1, max_size=4
)


def damaged(content: bytes, edits: list[tuple[str, int, int]]) -> bytes:
    """The bytes of a stream with some of them changed, left out or doubled."""
    found = bytearray(content)
    for kind, place, what in edits:
        at = place % (len(found) + 1)
        match kind:
            case "changed":
                found[at : at + 1] = [what]
            case "cut":
                del found[at : at + what]
            case "doubled":
                found[at:at] = found[at : at + what]
            case _:
                at -= at % 8
                found[at : at + 8] = NUMBERS[what % len(NUMBERS)].to_bytes(8, "little", signed=True)
    return bytes(found)


def _streams() -> list[tuple[str, bytes]]:
    """Examples of some policies, as Arrow writes them, with records, dictionaries and views among the columns."""
    made = []
    for policy in POLICIES[:: max(1, len(POLICIES) // 8)]:
        rows = [policy.calculate(each.facts, readings=each.under).facts for each in policy.document.examples]
        table = pa.Table.from_pylist(rows, schema_of(policy))
        first, *others = (name for name in table.column_names if pa.types.is_string(table.schema.field(name).type))
        at = table.schema.get_field_index(first)
        table = table.set_column(at, first, table[first].combine_chunks().dictionary_encode())
        for name in others[:1]:
            at = table.schema.get_field_index(name)
            table = table.set_column(at, name, table[name].cast(pa.string_view()))
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table, 2)
        made.append((policy.id, sink.getvalue().to_pybytes()))
    return made


STREAMS = _streams()
HANDLER = table_handler(Served(CATALOGUE))


def through_it(policy: str, content: bytes) -> int:
    """How many messages the service answers a stream with."""
    asked = CalculateTableRequest(asked=TableAsked(policy=policy)).SerializeToString()
    messages = [asked, CalculateTableRequest(arrow=content).SerializeToString()]
    alone: Any = SimpleNamespace(is_active=lambda: True)  # a call that nobody cancels
    return sum(1 for _ in HANDLER(iter(messages), alone))


@settings(suppress_health_check=list(HealthCheck), max_examples=600)
@given(place=st.integers(0, len(STREAMS) - 1), edits=EDITS)
def test_broken_bytes_are_refused_or_read(place: int, edits: list[tuple[str, int, int]]) -> None:
    """Whatever is done to the bytes of a stream, it is answered or refused as the caller's, and is no fault of ours."""
    policy, content = STREAMS[place]
    with suppress(RequestError):
        through_it(policy, damaged(content, edits))


def test_what_was_not_broken_is_answered() -> None:
    """The streams that are broken here are answered as they are."""
    assert len(STREAMS) >= 8
    assert all(through_it(policy, content) >= 3 for policy, content in STREAMS)
