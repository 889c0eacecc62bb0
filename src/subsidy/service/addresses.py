"""Where a server listens: a literal address and a port; without encryption on loopback alone."""

from __future__ import annotations

import re
from ipaddress import ip_address
from socket import gaierror, getaddrinfo
from typing import Any, Final

from ..errors import Problem, ServiceError

_PORT: Final = re.compile(r"[0-9]{1,5}", re.ASCII)


def address_of(listen: str, *, is_encrypted: bool = False) -> tuple[str, int]:
    """The host, as a literal address, and the port to listen on.

    Raises:
        ServiceError: it is no address, or no loopback address: without encryption, nothing else is listened on.
    """
    host, colon, port = listen.rpartition(":")
    if not colon or not host or not _PORT.fullmatch(port) or int(port) > 65535:
        raise ServiceError(Problem.of("S0103", listen, given=listen))
    found = _addresses(host.removeprefix("[").removesuffix("]"))
    if not found and is_encrypted:
        raise ServiceError(Problem.of("S0103", listen, given=listen))
    if not is_encrypted and not (found and all(address.is_loopback for address in found)):
        raise ServiceError(Problem.of("S0101", listen, given=listen))
    first = found[0]
    return (f"[{first}]" if first.version == 6 else str(first)), int(port)


def _addresses(host: str) -> list[Any]:
    """Every address of a host, IPv4 first; none where it has none."""
    try:
        return [ip_address(host)]
    except ValueError:
        pass
    try:
        found = {ip_address(str(info[4][0]).partition("%")[0]) for info in getaddrinfo(host, None)}
    except (gaierror, UnicodeError):
        return []
    return sorted(found, key=lambda address: (address.version, int(address)))
