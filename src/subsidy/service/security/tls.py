"""The server's certificate and the authority of its callers, read again for new connections once the files change."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from ...errors import Problem, Problems, ServiceError
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

    def ends(self) -> dt.datetime:
        """When the server's certificate ends, by the file as it is now.

        Raises:
            OSError, ValueError: it cannot be read.
        """
        return x509.load_pem_x509_certificate(self.certificate.read_bytes()).not_valid_after_utc

    def _read(self, now: dt.datetime | None) -> Any:
        problems = Problems()
        chain, key, roots = (_content(each, problems) for each in (self.certificate, self.key, self.authority))
        own = _certificates(self.certificate, chain, problems)
        _certificates(self.authority, roots, problems)
        if own:
            _check_times(self.certificate, own[0], now or dt.datetime.now(dt.UTC), problems)
        _check_key(self.key, key, own, problems)
        problems.raise_as(ServiceError)
        return grpc.ssl_server_certificate_configuration([(key, chain)], root_certificates=roots)


def _content(path: Path, problems: Problems) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        problems.add("S0104", str(path), detail=error.strerror or type(error).__name__)
        return b""


def _certificates(path: Path, content: bytes, problems: Problems) -> list[x509.Certificate]:
    if not content:
        return []
    try:
        return x509.load_pem_x509_certificates(content)
    except ValueError:
        problems.add("S0105", str(path))
        return []


def _check_times(path: Path, own: x509.Certificate, now: dt.datetime, problems: Problems) -> None:
    first, last = own.not_valid_before_utc, own.not_valid_after_utc
    if not first <= now <= last:
        problems.add("S0107", str(path), first=first.date().isoformat(), last=last.date().isoformat())


def _check_key(path: Path, content: bytes, own: list[x509.Certificate], problems: Problems) -> None:
    if not content:
        return
    try:
        key = load_pem_private_key(content, None)
    except (ValueError, TypeError):  # a password is asked for, or it is none
        problems.add("S0106", str(path))
        return
    form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    if own and key.public_key().public_bytes(*form) != own[0].public_key().public_bytes(*form):
        problems.take(Problem.of("S0108", str(path)))
