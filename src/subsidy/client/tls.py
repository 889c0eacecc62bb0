"""The certificates by which a client and a service know each other."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import grpc


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
            ServiceError: a file cannot be read, or is not what it should be; all problems.
        """
        from ..certificates import read_papers  # whose libraries nobody needs without certificates

        files = Path(self.certificate), Path(self.key), Path(self.authority)
        papers = read_papers(*files, dt.datetime.now(dt.UTC))
        return grpc.ssl_channel_credentials(papers.authority, papers.key, papers.certificate)
