"""Memory that comes free and is soon asked for again stays with the process.

A table comes and goes in blocks of megabytes. glibc would give each back to the system as it comes free, and ask for it
again, page by page: a third of the time of a table. So the service tells it to keep some.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Final

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # malloc.h: M_TRIM_THRESHOLD, M_MMAP_THRESHOLD
_KEPT: Final = 64 * 1024 * 1024  # bytes of what is free, of each arena
_APART: Final = 32 * 1024 * 1024  # bytes from which on a block is mapped on its own; the most that glibc takes


def keep_what_comes_free() -> bool:
    """Keep what comes free for the next who asks; False where the system's library knows no such thing.

    It is for a process that is a service, not for a library within another's.
    """
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(mallopt(_MMAP_THRESHOLD, _APART) and mallopt(_TRIM_THRESHOLD, _KEPT))
