"""The method over tables: batches come in, and go out answered, one after the other.

gRPC takes the next message of the caller when it is asked for, and gives back control once an answer is on its way. One
batch is read and computed while the answers of the one before are sent, and no other: so it is the caller who says how
fast it goes, and little is held of one that does not read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import grpc

from ..calculation.policy import Policy
from ..errors import Problem, Problems, RequestError, ServiceError
from ..extras import MissingExtra, needs
from ..policies import Catalogue
from ..v1 import table_pb2 as v1
from . import convert
from .requests import by_digest, decode, readings_of, version
from .served import Served

if TYPE_CHECKING:
    import pyarrow as pa

METHOD: Final = "CalculateTable"
AT_ONCE: Final = 8  # tables
_MOST_STEPS: Final = 256
_LONGEST: Final = 200  # characters of what Arrow says
Exchange = Callable[[Iterator[bytes], grpc.ServicerContext], Iterator[bytes]]


def table_handler(served: Served) -> Exchange:
    """The method. What it needs is imported with its first call: a service that has none starts without."""

    def calculate_table(contents: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        try:
            with needs("tables"):
                import numpy  # noqa: F401
                import pyarrow  # noqa: F401 — whether they are there
        except MissingExtra:
            raise ServiceError(Problem.of("S0205", METHOD)) from None
        policy, asked = _asked(served.now.catalogue, contents)
        return _exchange(policy, asked, _pieces(contents), context)

    return calculate_table


def _asked(catalogue: Catalogue, contents: Iterator[bytes]) -> tuple[Policy, v1.TableAsked]:
    """What the first message asks, and the version that it picks.

    Raises:
        RequestError: there is none, or it is not well formed, with all problems; or there is no such version.
    """
    request = decode(v1.CalculateTableRequest, next(contents, b""))
    if request.WhichOneof("part") != "asked":
        zh, en = "第一条消息须说明按哪个政策测算", "the first message says by which policy the table is calculated"
        raise convert.bad_request("asked", zh, en)
    asked: v1.TableAsked = request.asked
    problems = Problems()
    checks: tuple[Callable[[], object], ...] = (
        partial(convert.check_name, "policy", asked.policy),
        partial(convert.decode_day, asked, "on"),
        partial(convert.decode_day, asked, "known"),
        partial(readings_of, asked.readings),
        partial(_check_steps, asked.steps),
    )
    for check in checks:
        try:
            check()
        except RequestError as error:
            for problem in error.problems:
                problems.take(problem)
    problems.raise_as(RequestError)
    if asked.digest:
        return by_digest(catalogue, asked), asked
    return version(catalogue, asked.policy, *(convert.decode_day(asked, day) for day in ("on", "known"))), asked


def _check_steps(steps: Any) -> None:
    if len(steps) > _MOST_STEPS:
        zh, en = f"{len(steps)} 项，上限 {_MOST_STEPS}", f"{len(steps)} entries; at most {_MOST_STEPS}"
        raise convert.bad_request("steps", zh, en)
    for place, name in enumerate(steps):
        convert.check_name(f"steps[{place}]", name)


def _pieces(contents: Iterator[bytes]) -> Iterator[bytes | memoryview]:
    """The bytes of the table, of every message behind the first."""
    from ..tables.messages import arrow_of

    for content in contents:
        if (arrow := arrow_of(content)) is not None:
            yield arrow
            continue
        request = decode(v1.CalculateTableRequest, content)
        match request.WhichOneof("part"):
            case "arrow":
                yield request.arrow
            case "asked":
                raise convert.bad_request("asked", "只能在第一条消息里", "it stands in the first message alone")
            case _:
                raise convert.bad_request("arrow", "这条消息里没有表格", "a message has nothing of the table")


def _exchange(
    policy: Policy, asked: v1.TableAsked, pieces: Iterator[bytes | memoryview], context: grpc.ServicerContext
) -> Iterator[bytes]:
    """The answers of a table, as its batches come."""
    import pyarrow as pa

    from ..calculation.columnar.table import Through
    from ..tables.messages import Writer
    from .arriving import Frames
    from .columns import Texts, check_schema

    frames = Frames(pieces)
    with _reading("schema"):
        reader = pa.ipc.open_stream(frames)
        check_schema(reader.schema)
    texts = Texts(reader.schema)
    through = Through(policy, reader.schema, readings=readings_of(asked.readings), steps=tuple(asked.steps))

    def made() -> Iterator[Iterable[bytes]]:
        """The messages of each answer, made as they are asked for."""
        writer = Writer(through.schema)
        while True:
            where = f"batches[{frames.batches}]"
            with _reading(where):
                try:
                    batch = reader.read_next_batch()
                except StopIteration:
                    break
                _check(batch)
            texts.check(batch, where)
            answer = through.answer(batch, context.is_active)
            if not context.is_active():
                return
            yield list(writer.messages(answer))
        frames.finish()
        yield writer.end()

    called = v1.TableCalculated(
        policy=policy.id, version=policy.version, revision=policy.revision, digest=policy.digest
    )
    yield v1.CalculateTableResponse(calculated=called).SerializeToString()
    yield from _one_ahead(made())


def _one_ahead(made: Iterator[Iterable[bytes]]) -> Iterator[bytes]:
    """Messages, a batch of them made by a thread while the one before is sent."""
    with ThreadPoolExecutor(1, thread_name_prefix="subsidy-table") as crew:
        waiting = crew.submit(next, made, None)
        while (messages := waiting.result()) is not None:
            waiting = crew.submit(next, made, None)
            yield from messages


def _check(batch: pa.RecordBatch) -> None:
    """Look into all that a batch says of itself: at once where its values have one width, else at each.

    Raises:
        ArrowInvalid: it does not hold together.
    """
    import pyarrow as pa

    batch.validate()
    for column in batch.columns:
        if not pa.types.is_primitive(column.type) and not pa.types.is_decimal(column.type):
            column.validate(full=True)


@contextmanager
def _reading(where: str) -> Iterator[None]:
    """Whatever Arrow cannot read is the caller's."""
    import pyarrow as pa

    from .arriving import broken

    try:
        yield
    except (pa.ArrowException, OSError, UnicodeError) as error:
        detail = " ".join(str(error).split())
        raise broken(detail[:_LONGEST], where) from None
