"""What the service has to do with the system that it runs on."""

from __future__ import annotations

import os
import resource
import socket
from contextlib import suppress
from typing import Final

_DESCRIPTORS: Final = 8192  # for the connections that a server takes, and its files


def allow_connections() -> None:
    """Ask for as many descriptors as connections need; a system gives 1024 to whoever does not ask."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(_DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def tell_systemd(state: str) -> None:
    """Say how far the service is, where systemd asked to be told (sd_notify(3)).

    https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):  # of the abstract namespace
        address = "\0" + address[1:]
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as told:
        told.sendto(state.encode(), address)
