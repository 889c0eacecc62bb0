"""The certificates by which a client and a service know each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import grpc

from ..errors import Problem, ServiceError


@dataclass(frozen=True, slots=True)
class Tls:
    """Files in PEM.

    Attributes:
        authority: those who sign the certificate of the service.
        certificate: the caller's own, whose URI among the alternative names says who it is.
        key: the private key of that.
    """

    authority: str | Path
    certificate: str | Path
    key: str | Path

    def credentials(self) -> grpc.ChannelCredentials:
        """What a channel takes.

        Raises:
            ServiceError: a file cannot be read; all of them.
        """
        found, problems = list[bytes](), list[Problem]()
        for path in (self.authority, self.key, self.certificate):
            try:
                found.append(Path(path).read_bytes())
            except OSError as error:
                problems.append(Problem.of("S0104", str(path), detail=error.strerror or type(error).__name__))
        if problems:
            raise ServiceError(problems)
        return grpc.ssl_channel_credentials(*found)
