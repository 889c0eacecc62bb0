"""Checkpoints of a log as signed notes: C2SP signed-note and tlog-checkpoint, with Ed25519.

https://c2sp.org/signed-note, https://c2sp.org/tlog-checkpoint
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization as forms
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519: Final = b"\x01"
_DASH: Final = "— "


class BadNote(ValueError):
    """A text is no signed note, or no checkpoint, or nobody known signed it."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key under a name: ``name+id+key``, as auditors keep it."""

    name: str
    key: bytes

    @property
    def id(self) -> bytes:
        """The four bytes by which a signature names its key."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.key).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(_ED25519 + self.key).decode()}"

    @classmethod
    def read(cls, text: str) -> Verifier:
        """A verifier from its text.

        Raises:
            BadNote: it is none, or its id is not that of its key.
        """
        name, _, rest = text.partition("+")
        id_, _, encoded = rest.partition("+")
        key = _decoded(encoded)
        found = cls(name, key[1:])
        if not name or key[:1] != _ED25519 or len(key) != 33 or found.id.hex() != id_:
            raise BadNote(f"no key of a log: {text}")
        return found

    def has_signed(self, text: str, signature: bytes) -> bool:
        """Whether this key made a signature of a text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key under a name."""

    name: str
    key: Ed25519PrivateKey

    @classmethod
    def new(cls, name: str) -> Signer:
        """A new key."""
        return cls(name, Ed25519PrivateKey.generate())

    @classmethod
    def read(cls, name: str, content: bytes) -> Signer:
        """A key from PEM.

        Raises:
            BadNote: it is no Ed25519 key.
        """
        try:
            key = forms.load_pem_private_key(content, None)
        except (ValueError, TypeError, UnsupportedAlgorithm):  # the second where it has a password
            raise BadNote("no private key in PEM") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise BadNote("the private key is no Ed25519 key")
        return cls(name, key)

    def pem(self) -> bytes:
        """The private key as PEM, for a file that the operator alone can read."""
        return self.key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        raw = self.key.public_key().public_bytes(forms.Encoding.Raw, forms.PublicFormat.Raw)
        return Verifier(self.name, raw)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself at one size: its name, how many entries it has, and the root over all of them."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the text: the 32 bytes that an auditor keeps."""
        return "sha256:" + hashlib.sha256(self.text.encode()).hexdigest()

    def signed(self, signers: Iterable[Signer]) -> str:
        """The note: the text, a blank line, and a line for each signature."""
        lines = [
            f"{_DASH}{each.name} {base64.b64encode(each.verifier.id + each.key.sign(self.text.encode())).decode()}\n"
            for each in signers
        ]
        return f"{self.text}\n{''.join(lines)}"


def opened(note: str, verifiers: Sequence[Verifier]) -> Checkpoint:
    """The checkpoint of a note that at least one of the keys has signed, and none of them signed wrongly.

    Raises:
        BadNote: it is no note of a checkpoint, or none of the keys signed it.
    """
    text, blank, rest = note.rpartition("\n\n")
    lines = rest.split("\n")
    if not blank or lines[-1] != "" or len(lines) < 2:
        raise BadNote("no note: a text, a blank line and signatures are wanted")
    text += "\n"
    known = {(each.name, each.id): each for each in verifiers}
    signed = 0
    for line in lines[:-1]:
        name, _, encoded = line.removeprefix(_DASH).partition(" ")
        if not line.startswith(_DASH) or not name or not encoded:
            raise BadNote(f"no signature: {line}")
        content = _decoded(encoded)
        verifier = known.get((name, content[:4]))
        if verifier is not None:  # others, such as witnesses, may sign it too
            if not verifier.has_signed(text, content[4:]):
                raise BadNote(f"a signature of {name} is wrong")
            signed += 1
    if not signed:
        raise BadNote("none of the known keys signed it")
    return _checkpoint(text)


def read_checkpoint(note: str) -> Checkpoint:
    """The checkpoint of a note, whoever signed it.

    Raises:
        BadNote: it is no note of a checkpoint.
    """
    return _checkpoint(note.rpartition("\n\n")[0] + "\n")


def _checkpoint(text: str) -> Checkpoint:
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] != "" or not lines[0] or not lines[1].isascii() or not lines[1].isdigit():
        raise BadNote("no checkpoint: a name, a size and a root are wanted")
    if lines[1] != str(int(lines[1])):
        raise BadNote(f"no size: {lines[1]}")
    root = _decoded(lines[2])
    if len(root) != 32:
        raise BadNote("the root has not 32 bytes")
    return Checkpoint(lines[0], int(lines[1]), root)


def _decoded(text: str) -> bytes:
    """Bytes from their one spelling: bits that the last sign does not need are zero, so no other text says it."""
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadNote(f"no base64: {text}") from None
    if base64.b64encode(found).decode() != text:
        raise BadNote(f"no base64: {text}")
    return found
