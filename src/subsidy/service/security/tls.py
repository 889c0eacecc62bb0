"""The server's certificate and the authority of its callers, read again for new connections once the files change."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc

from ...certificates import read_papers
from .watched import Watched

if TYPE_CHECKING:
    from ..calls import Counted


@dataclass(frozen=True, slots=True)
class Tls:
    """The files by which a server and its callers know each other.

    Attributes:
        certificate: the server's own in PEM, with those between it and its authority behind it.
        key: its private key in PEM.
        authority: those in PEM who sign the certificates of callers.
        roles: who may do what; see `roles`.
    """

    certificate: Path
    key: Path
    authority: Path
    roles: Path

    def credentials(self, counted: Counted | None = None) -> tuple[grpc.ServerCredentials, Watched[Any]]:
        """What a port takes: both sides show a certificate, and whoever has none is not let in. And what it shows.

        Args:
            counted: whoever is told when the certificate that is shown ends, and how the files were when read again.

        Raises:
            ServiceError: a file cannot be read, or is not what it should be; all problems.
        """

        def told(is_good: bool) -> None:
            if counted is not None:
                counted.read_again("certificates", is_good)

        files = Watched((self.certificate, self.key, self.authority), lambda: self._read(counted), told)
        shown = files.now()

        def newer() -> Any:
            nonlocal shown
            found = files.look()
            if found is shown:
                return None  # which gRPC takes for: nothing changed
            shown = found
            return found

        return grpc.dynamic_ssl_server_credentials(shown, newer, require_client_authentication=True), files

    def _read(self, counted: Counted | None) -> Any:
        papers = read_papers(self.certificate, self.key, self.authority, dt.datetime.now(dt.UTC))
        if counted is not None:
            counted.expires(papers.ends)
        return grpc.ssl_server_certificate_configuration(
            [(papers.key, papers.certificate)], root_certificates=papers.authority
        )
