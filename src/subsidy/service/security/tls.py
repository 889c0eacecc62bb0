"""The server's certificate and the authority of its callers, read again for new connections once the files change."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from ...certificates import read_papers
from .watched import Watched


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

    def credentials(self, now: dt.datetime | None = None) -> grpc.ServerCredentials:
        """What a port takes: both sides show a certificate, and whoever has none is not let in.

        Raises:
            ServiceError: a file cannot be read, or is not what it should be; all problems.
        """
        files = Watched((self.certificate, self.key, self.authority), lambda: self._read(now))
        found: grpc.ServerCredentials = grpc.dynamic_ssl_server_credentials(
            files.now(),
            files.changed,  # type: ignore[arg-type] # None is what gRPC takes for: nothing changed
            require_client_authentication=True,
        )
        return found

    def _read(self, now: dt.datetime | None) -> Any:
        papers = read_papers(self.certificate, self.key, self.authority, now or dt.datetime.now(dt.UTC))
        return grpc.ssl_server_certificate_configuration(
            [(papers.key, papers.certificate)], root_certificates=papers.authority
        )
