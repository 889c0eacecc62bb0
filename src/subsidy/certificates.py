"""The files by which both sides of a connection know each other, looked through before they are used."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from .errors import Problem, Problems, ServiceError

_CURVES: Final = ("secp256r1", "secp384r1", "secp521r1")  # a server with a key on another one would not listen


class Papers(NamedTuple):
    """What the files of one side have, in PEM.

    Attributes:
        certificate: its own, with those between it and its authority behind it.
        key: the private key of that.
        authority: those who sign the certificates of the other side.
        ends: when its own certificate does.
    """

    certificate: bytes
    key: bytes
    authority: bytes
    ends: dt.datetime


def read_papers(certificate: Path, key: Path, authority: Path, now: dt.datetime) -> Papers:
    """What the files have.

    Args:
        now: the time at which the certificate must be valid.

    Raises:
        ServiceError: a file cannot be read, or is not what it should be; all problems.
    """
    problems = Problems()
    papers = [_content(each, problems) for each in (certificate, key, authority)]
    own = _certificates(certificate, papers[0], problems)
    _certificates(authority, papers[2], problems)
    if own:
        _check_times(certificate, own[0], now, problems)
    _check_key(key, papers[1], own, problems)
    problems.raise_as(ServiceError)
    certificate_, key_, authority_ = (each or b"" for each in papers)
    return Papers(certificate_, key_, authority_, own[0].not_valid_after_utc)


def _content(path: Path, problems: Problems) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError as error:
        problems.add("S0104", str(path), detail=error.strerror or type(error).__name__)
        return None


def _certificates(path: Path, content: bytes | None, problems: Problems) -> list[x509.Certificate]:
    if content is None:
        return []
    try:
        found = x509.load_pem_x509_certificates(content)
        keys = [each.public_key() for each in found]
    except (ValueError, UnsupportedAlgorithm):  # none, or one of SM2
        problems.add("S0105", str(path))
        return []
    if any(isinstance(key, EllipticCurvePublicKey) and key.curve.name not in _CURVES for key in keys):
        problems.add("S0105", str(path))
        return []
    return found


def _check_times(path: Path, own: x509.Certificate, now: dt.datetime, problems: Problems) -> None:
    first, last = own.not_valid_before_utc, own.not_valid_after_utc
    if not first <= now <= last:
        problems.add("S0107", str(path), first=first.date().isoformat(), last=last.date().isoformat())


def _check_key(path: Path, content: bytes | None, own: list[x509.Certificate], problems: Problems) -> None:
    if content is None:
        return
    try:
        key = load_pem_private_key(content, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # a password is asked for, or it is none, or one of SM2
        problems.add("S0106", str(path))
        return
    form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    if own and key.public_key().public_bytes(*form) != own[0].public_key().public_bytes(*form):
        problems.take(Problem.of("S0108", str(path)))
