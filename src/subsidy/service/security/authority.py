"""An authority that signs certificates for trying the service out; a bureau has one of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, NamedTuple, Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_HERE: Final = ("localhost", "127.0.0.1", "::1")


class Pair(NamedTuple):
    """A certificate and its private key in PEM."""

    certificate: bytes
    key: bytes


@dataclass(frozen=True, slots=True)
class Authority:
    """One that signs for some days from `begins` on."""

    key: EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def new(cls, name: str, begins: dt.datetime, days: int) -> Self:
        """An authority with a key of its own."""
        key, subject = generate_private_key(SECP256R1()), _name(name)
        made = (
            _begun(subject, subject, key, key, begins, days)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs=True), critical=True)
            .sign(key, SHA256())
        )
        return cls(key, made)

    @property
    def pem(self) -> bytes:
        """Its certificate."""
        return self.certificate.public_bytes(Encoding.PEM)

    def server(self, begins: dt.datetime, days: int, hosts: Sequence[str] = _HERE) -> Pair:
        """A certificate for a server at some hosts."""
        return self._issued("subsidy", [_host(each) for each in hosts], ExtendedKeyUsageOID.SERVER_AUTH, begins, days)

    def caller(self, identities: Sequence[str], begins: dt.datetime, days: int) -> Pair:
        """A certificate for a caller who is known by a URI."""
        names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(each) for each in identities]
        return self._issued("caller", names, ExtendedKeyUsageOID.CLIENT_AUTH, begins, days)

    def _issued(
        self,
        name: str,
        names: Sequence[x509.GeneralName],
        purpose: x509.ObjectIdentifier,
        begins: dt.datetime,
        days: int,
    ) -> Pair:
        key = generate_private_key(SECP256R1())
        made = _begun(_name(name), self.certificate.subject, self.key, key, begins, days)
        if names:
            made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
        made = made.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        made = made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        signed = made.add_extension(_usage(signs=False), critical=True).sign(self.key, SHA256())
        return Pair(
            signed.public_bytes(Encoding.PEM),
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _begun(
    subject: x509.Name,
    issuer: x509.Name,
    signs: EllipticCurvePrivateKey,
    key: EllipticCurvePrivateKey,
    begins: dt.datetime,
    days: int,
) -> x509.CertificateBuilder:
    """A certificate for a key. It names its key and the one that signs: an authority's successor may have its name."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + dt.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signs.public_key()), critical=False)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    """What its key is for: signing certificates, or shaking hands."""
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _host(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)
