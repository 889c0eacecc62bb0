"""The log: a line an event, as text or JSON, with what the operator needs, and nothing of what a call was about.

An exception is told by its types and places alone: its words may have a fact in them.
"""

from __future__ import annotations

import logging
import time
from types import TracebackType
from typing import Final

from pythonjsonlogger.json import JsonFormatter

from ..calls import FIELDS, TRACE, told

_Info = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
_NAMES: Final = {"asctime": "time", "levelname": "level", "name": "logger", "message": "event"}
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"


class Discreet(logging.Formatter):
    """Text, with exceptions told by `told`."""

    def formatException(self, ei: _Info) -> str:
        return told(ei[1]) if ei[1] is not None else ""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The message, and the fields of a call behind it."""
        more = "".join(f" {name}={value}" for name in FIELDS if (value := getattr(record, name, None)) is not None)
        trace = getattr(record, TRACE, "")
        return super().formatMessage(record) + more + (f"\n{trace}" if trace else "")


class _Json(JsonFormatter):
    """JSON, with exceptions told by `told`."""

    def formatException(self, ei: _Info) -> str:
        return told(ei[1]) if ei[1] is not None else ""


def set_up(form: str, level: str) -> None:
    """Write the log of this process to its standard error.

    Args:
        form: text, json.
        level: debug, info, warning, error.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(
        _Json("%(asctime)s%(levelname)s%(name)s%(message)s", _TIME, rename_fields=_NAMES, json_ensure_ascii=False)
        if form == "json"
        else Discreet("%(asctime)s %(levelname)s %(message)s", _TIME)
    )
    assert handler.formatter is not None
    handler.formatter.converter = time.gmtime  # the log of a server has one time zone
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)  # of libraries
    logging.getLogger("subsidy").setLevel(level.upper())
