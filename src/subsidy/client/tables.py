"""What a client asks of whole tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from ..extras import needs
from ..v1.table_pb2 import TableAsked
from .days import wire_day
from .facts import encode_readings, sendable

if TYPE_CHECKING:
    import pyarrow as pa

    from .channel import Channel


_METHOD: Final = "/subsidy.v1.CalculationService/CalculateTable"


class Tables:
    """The calls of a client that take Arrow tables and give them. They need the extra ``[tables]``."""

    _channel: Channel

    def calculate_table(
        self,
        policy_id: str,
        table: Any,
        /,
        *,
        readings: Mapping[str, str] | None = None,
        steps: Iterable[str] = (),
        on: dt.date | str | None = None,
        known: dt.date | str | None = None,
        digest: str = "",
        timeout: float | None = None,
    ) -> pa.Table:
        """The amount of every row of a table, as `Policy.calculate_table` gives it.

        Args:
            table: an Arrow table, or what has the Arrow interface, such as a frame of pandas or Polars.
            readings, steps: as of `Policy.calculate_table`.
            on: the day that picks the version, for all rows; the latest unless given.
            known: only what was published by that day counts; without one, all of it.
            digest: the very module to use, in place of `on` and `known`.
            timeout: seconds after which it is given up; none unless given.

        Returns:
            As many rows. The metadata of its schema have the policy with its version, revision and digest.

        Raises:
            FactsError: a column is no fact, or a fact that every claim states has none; all problems at once.
            RequestError: there is no such version, reading or step, or the table goes over a limit of the service.
            ServiceError: the service has no tables, is busy, or gives no answer.
        """
        with needs("tables"):
            from .exchange import Exchange, reader_of
        asked = _asked(policy_id, readings, steps, on, known, digest)
        reader = reader_of(table)
        return Exchange(asked, reader.schema, reader).table(self._called, timeout)

    def calculate_batches(
        self,
        policy_id: str,
        batches: Iterable[pa.RecordBatch],
        /,
        *,
        readings: Mapping[str, str] | None = None,
        steps: Iterable[str] = (),
        on: dt.date | str | None = None,
        known: dt.date | str | None = None,
        digest: str = "",
        timeout: float | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """As `calculate_table`, a batch for each batch and as they come: for tables larger than memory.

        Whoever stops reading ends the call; whoever waits holds up the reading of `batches`.

        Args:
            batches: a `RecordBatchReader`, or any batches of the same columns. They are read by a thread of the
                channel, ahead of the answers as far as the channel takes them.

        Raises:
            FactsError, RequestError, ServiceError: as `calculate_table`; and whatever the reading of `batches` raises.
        """
        with needs("tables"):
            from .exchange import Exchange, begun
        asked = _asked(policy_id, readings, steps, on, known, digest)
        schema, every = begun(batches)
        return Exchange(asked, schema, every).answers(self._called, timeout)

    def _called(self, messages: Iterator[bytes], timeout: float | None) -> Iterator[bytes]:
        """A call over bytes, which are put into messages and taken out without needless copies."""
        return self._channel.parts(self._channel.opened.stream_stream(_METHOD), messages, timeout)


def _asked(
    policy_id: str,
    readings: Mapping[str, str] | None,
    steps: Iterable[str],
    on: dt.date | str | None,
    known: dt.date | str | None,
    digest: str,
) -> TableAsked:
    return TableAsked(
        policy=sendable(policy_id),
        on=wire_day(on),
        known=wire_day(known, "known"),
        digest=digest,
        readings=encode_readings(readings),
        steps=map(sendable, steps),
    )
