"""One call: its id and how it ended, told to the log and to the metrics, without what it is about."""

from __future__ import annotations

import logging
import re
import time
import traceback
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Final, Protocol

import grpc

if TYPE_CHECKING:
    import datetime as dt

LOG: Final = logging.getLogger("subsidy.service")
ID: Final = "x-request-id"
FIELDS: Final = ("method", "code", "reason", "seconds", "id", "caller")  # of a line in the log
TRACE: Final = "trace"  # of an error that cannot happen
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_BEGIN: Final = str(uuid.uuid4())[:-12]  # of the ids made here, which are UUIDs, and are counted in their last part
_NUMBERS: Final = count(1)
_RECORDING: Final = ("/Determine", "/Reverse", "/Release")
_LEVELS: Final = {
    "INTERNAL": logging.ERROR,
    "UNKNOWN": logging.ERROR,
    "PERMISSION_DENIED": logging.WARNING,
    "UNAUTHENTICATED": logging.WARNING,
    "UNAVAILABLE": logging.WARNING,
    "RESOURCE_EXHAUSTED": logging.INFO,
}


def _every(_: str) -> bool:
    return True


@dataclass(slots=True)
class Call:
    """A call that runs.

    Attributes:
        id: a UUID of the caller, or one made here; nothing else, as it is written down.
        caller: who it is, once that is known.
        shows: whether a policy, by its id, is for the caller to see; every one is where nobody asks who calls.
    """

    method: str
    id: str
    began: float
    caller: str = ""
    shows: Callable[[str], bool] = _every


CALL: Final = ContextVar[Call]("CALL")  # of this thread; gRPC runs each call in a context of its own


class Counted(Protocol):
    """Whoever counts calls, and what is read again beside them."""

    def ended(self, method: str, code: str, seconds: float) -> None:
        """A call ended."""

    def read_again(self, what: str, is_good: bool) -> None:
        """Files were read again, and taken or refused."""

    def expires(self, when: dt.datetime) -> None:
        """The certificate that is shown from now on ends then."""


def begin(method: str, context: grpc.ServicerContext) -> Call:
    """A call that begins now, in this thread."""
    call = Call(method, "", time.perf_counter())
    for name, value in context.invocation_metadata() or ():
        if name == ID and isinstance(value, str) and _UUID.fullmatch(value):
            call.id = value
            break
    else:
        call.id = f"{_BEGIN}{next(_NUMBERS):012x}"
    CALL.set(call)
    return call


class Calls:
    """What is told of calls.

    Args:
        counted: whoever counts them, if anybody does.
    """

    def __init__(self, counted: Counted | None = None) -> None:
        self._counted = counted

    def ended(self, call: Call, code: str = "OK", reason: str = "", error: BaseException | None = None) -> None:
        """It ended with a status, or with an error that cannot happen."""
        seconds = time.perf_counter() - call.began
        if self._counted is not None:
            self._counted.ended(call.method, code, seconds)
        level = _LEVELS.get(code) or (logging.INFO if call.method.endswith(_RECORDING) else logging.DEBUG)
        if LOG.isEnabledFor(level):
            caller = call.caller.encode("unicode_escape").decode()  # a name makes no line of its own
            values = (call.method, code, reason, round(seconds, 6), call.id, caller)
            fields = {name: value for name, value in zip(FIELDS, values, strict=True) if value != ""}
            if error is None:
                LOG.log(level, "call", extra=fields)
            else:
                LOG.log(level, "internal error %s", call.id, extra=fields | {TRACE: told(error)})


def told(error: BaseException) -> str:
    """An exception without its words: what came of what, and where."""
    lines: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        frames = traceback.extract_tb(cause.__traceback__)
        lines += [f"{type(cause).__module__}.{type(cause).__qualname__}"]
        lines += [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "\n".join(lines)
