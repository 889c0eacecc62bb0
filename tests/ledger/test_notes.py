"""Signed notes: what a reader of a checkpoint believes, and what it does not."""

from __future__ import annotations

import base64
from dataclasses import FrozenInstanceError

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from subsidy.ledger.notes import BadNote, Checkpoint, Signer, Verifier, opened, read_checkpoint

from .support import Place, is_proved, nursing

# The worked example of https://pkg.go.dev/golang.org/x/mod/sumdb/note, which C2SP signed-note took over.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_TEXT = """\
If you think cryptography is the answer to your problem,
then you don't know what your problem is.
"""
PETERS_SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="

SIGNER = Signer("log/1", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
OTHER = Signer("log/1", Ed25519PrivateKey.from_private_bytes(bytes(32)))
THERE = Checkpoint("log/1", 7, bytes(range(32)))
NOTE = THERE.signed([SIGNER])


def test_the_example_of_the_format() -> None:
    """The verifier and the signature of the published example are read and hold; with one word changed they do not."""
    verifier = Verifier.read(PETER)
    signature = base64.b64decode(PETERS_SIGNATURE)
    assert str(verifier) == PETER
    assert signature[:4] == verifier.id
    assert verifier.has_signed(PETERS_TEXT, signature[4:])
    assert verifier.has_signed(PETERS_TEXT.replace("is the", "is an"), signature[4:]) is False


def test_a_checkpoint_byte_for_byte() -> None:
    """A fixed key signs a fixed checkpoint with these bytes, and its fingerprint is that of the text alone."""
    signature = "6mACJT/fBLNa5H36i71Kc+DTORkLvEUOj19jWGl7fIKC4XgFYyVuIEgvrCUdLla8su1qyl1/eL4cvSzOjTTU8T89pQc="
    assert f"log/1\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n— log/1 {signature}\n" == NOTE
    assert opened(NOTE, [SIGNER.verifier]) == THERE
    assert THERE.fingerprint == "sha256:164436e32188c6bc660a8af03e8a8fa59a7c8cdcd96a29ceda9d677ab1a394a8"


def test_signatures_of_others_are_no_matter() -> None:
    """What unknown keys signed beside a known one, rightly or not, is not looked at; without a known one it is void."""
    line = f"— witness {base64.b64encode(b'abcd' + bytes(64)).decode()}\n"
    assert opened(NOTE + line, [SIGNER.verifier]) == THERE
    assert opened(THERE.signed([OTHER, SIGNER]), [SIGNER.verifier]) == THERE
    assert refused(NOTE, [OTHER.verifier]) == "none of the known keys signed it"
    assert refused(NOTE, []) == "none of the known keys signed it"


def refused(note: str, keys: list[Verifier]) -> str:
    """What is said of a note that is not believed."""
    with pytest.raises(BadNote) as error:
        opened(note, keys)
    return str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("\n7\n", "\n8\n", "a signature of log/1 is wrong"),
        ("\n7\n", "\n07\n", "a signature of log/1 is wrong"),
        ("AAEC", "AAED", "a signature of log/1 is wrong"),
        ("log/1\n7", "log/2\n7", "a signature of log/1 is wrong"),
        ("— log/1", "— log/2", "none of the known keys signed it"),
        ("— log/1 ", "- log/1 ", "no signature: - log/1 "),
        ("— log/1 ", "— log/1 *", "no base64: *"),
        ("\n\n", "\n", "no note: a text, a blank line and signatures are wanted"),
    ],
)
def test_a_note_that_was_changed(old: str, new: str, said: str) -> None:
    """A changed size, root, name or form is refused, and it is said why."""
    assert refused(NOTE.replace(old, new), [SIGNER.verifier]).startswith(said)


def test_a_signature_that_was_changed() -> None:
    """A changed signature of a known key is refused, even where another known key signed rightly."""
    head, _, encoded = NOTE.rpartition(" ")
    content = bytearray(base64.b64decode(encoded))
    content[10] ^= 1
    forged = f"{head} {base64.b64encode(content).decode()}\n"
    assert refused(forged, [SIGNER.verifier]) == "a signature of log/1 is wrong"
    both = THERE.signed([OTHER]) + forged.partition("\n\n")[2]
    assert refused(both, [OTHER.verifier, SIGNER.verifier]) == "a signature of log/1 is wrong"
    for cut in (NOTE.removesuffix("\n"), NOTE + "— witness AAAA"):
        assert refused(cut, [SIGNER.verifier]) == "no note: a text, a blank line and signatures are wanted"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("log/1\n07\nAAAA\n", "no size: 07"),
        ("log/1\nx\nAAAA\n", "no checkpoint: a name, a size and a root are wanted"),
        ("log/1\n٧\nAAAA\n", "no checkpoint: a name, a size and a root are wanted"),
        ("log/1\n-7\nAAAA\n", "no checkpoint: a name, a size and a root are wanted"),
        ("log/1\n7\n", "no checkpoint: a name, a size and a root are wanted"),
        ("\n7\nAAAA\n", "no checkpoint: a name, a size and a root are wanted"),
        ("log/1\n7\nAAAA\n", "the root has not 32 bytes"),
        ("log/1\n00\nAAAA\n", "no size: 00"),
        (f"log/1\n7\n{44 * 'A'}\n", "the root has not 32 bytes"),
        ("log/1\n7\nAA!A\n", "no base64: AA!A"),
    ],
)
def test_a_signed_text_that_is_no_checkpoint(text: str, said: str) -> None:
    """A rightly signed text that is no checkpoint is none."""
    signature = base64.b64encode(SIGNER.verifier.id + SIGNER.key.sign(text.encode())).decode()
    assert refused(f"{text}\n— log/1 {signature}\n", [SIGNER.verifier]) == said


@pytest.mark.parametrize(
    "text",
    [
        "",
        "log/1",
        PETER.replace("c74f20a3", "c74f20a4"),
        PETER.replace("c74f20a3", "c74f20a2"),
        PETER.replace("PeterNeumann", "Peter"),
        PETER.removesuffix("W"),
        PETER[:-4],
        "+" + PETER.partition("+")[2],
    ],
)
def test_a_key_that_is_none(text: str) -> None:
    """A key whose name, id or bytes do not fit together is refused with its text."""
    with pytest.raises(BadNote) as error:
        Verifier.read(text)
    assert str(error.value) in (f"no key of a log: {text}", f"no base64: {text.rpartition('+')[2]}")


@pytest.mark.parametrize("wrong", [b"\x00", b"\x02", b""])
def test_a_key_of_another_kind_or_length(wrong: bytes) -> None:
    """A key of another kind, or with a byte more or less, is none, though its id is that of its bytes."""
    key = base64.b64decode(PETER.rpartition("+")[2])[1:]
    with pytest.raises(BadNote):
        Verifier.read(f"+{Verifier('', key).id.hex()}+{PETER.rpartition('+')[2]}")
    for raw in (wrong + key, b"\x01" + key + wrong) if wrong else (b"\x01" + key[:-1], b"\x01", b""):
        text = f"log/1+{Verifier('log/1', raw[1:]).id.hex()}+{base64.b64encode(raw).decode()}"
        with pytest.raises(BadNote) as error:
            Verifier.read(text)
        assert str(error.value) == f"no key of a log: {text}"


def test_a_private_key_that_is_none() -> None:
    """A file that is no PEM, or has a key of another kind, is refused; a right one is read as it was written."""
    with pytest.raises(BadNote, match=r"^no private key in PEM$"):
        Signer.read("log/1", b"nothing")
    other = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(BadNote, match=r"^the private key is no Ed25519 key$"):
        Signer.read("log/1", other)
    assert Signer.read("log/1", SIGNER.pem()).verifier == SIGNER.verifier


def test_a_key_is_changed(place: Place) -> None:
    """Checkpoints before and after a change of key verify with the key of their time alone, that between with both.

    The ledger opens again with the new key only, and old answers are the same bytes as before.
    """
    ledger = place.ledger()
    before = nursing(ledger, "a", "10")
    new = ledger.rotate_key(place.folder / "second.pem")
    between = ledger.checkpoint()
    after = nursing(ledger, "b", "10")
    old, second = ledger.verifiers()
    assert second == new
    assert opened(before.checkpoint, [old]).size == before.position + 1
    assert refused(before.checkpoint, [second]) == "none of the known keys signed it"
    assert opened(between, [old]) == opened(between, [second])
    assert opened(after.checkpoint, [second]).size == after.position + 1
    assert refused(after.checkpoint, [old]) == "none of the known keys signed it"
    ((position, entry),) = ledger.entries(before.position + 1, 1)
    assert (position, entry.pop("recorded")[:2]) == (before.position + 1, "20")
    assert entry == {"kind": "key", "key": str(second), "replaces": str(old)}
    ledger.close()
    (place.folder / "key.pem").write_bytes((place.folder / "second.pem").read_bytes())
    again = place.ledger()
    assert nursing(again, "a", "10").to_bytes() == before.to_bytes()
    assert nursing(again, "b", "10").to_bytes() == after.to_bytes()
    assert all(is_proved(again, each) for each in (before, after))


@pytest.mark.parametrize(("value", "name"), [(SIGNER, "name"), (SIGNER.verifier, "key"), (THERE, "root")])
def test_what_was_signed_or_signs_is_not_changed(value: object, name: str) -> None:
    """A key and a checkpoint are values: nothing of them changes, and nothing is added."""
    with pytest.raises(FrozenInstanceError):
        setattr(value, name, b"")
    assert not hasattr(value, "__dict__")


@pytest.mark.parametrize("line", ["— log/1\n", "—  AAAA\n", "— log/1 \n", "log/1 AAAA\n", "— \n", "\n"])
def test_a_line_that_is_no_signature(line: str) -> None:
    """A line without the dash, the name or the signature spoils a note, whoever else signed it."""
    said = refused(NOTE + line, [SIGNER.verifier])
    assert said == (
        f"no signature: {line[:-1]}" if line != "\n" else "no note: a text, a blank line and signatures are wanted"
    )


def test_a_note_has_one_spelling() -> None:
    """Bits that the last sign of a base64 text does not need are zero, so that no other text is signed beside it."""
    encoded = NOTE.removesuffix("\n").rpartition(" ")[2]
    other = encoded[:-2] + "d="
    assert base64.b64decode(other) == base64.b64decode(encoded) and other != encoded
    assert refused(NOTE.replace(encoded, other), [SIGNER.verifier]) == f"no base64: {other}"
    assert base64.b64decode("A0==") == base64.b64decode("Aw==")
    assert refused(NOTE + "— log/1 A0==\n", [SIGNER.verifier]) == "no base64: A0=="


def test_a_checkpoint_may_say_more() -> None:
    """Lines behind the root are for extensions: they are signed with the rest, and not looked at."""
    text = f"{THERE.text}an extension\n"
    signature = base64.b64encode(SIGNER.verifier.id + SIGNER.key.sign(text.encode())).decode()
    assert opened(f"{text}\n— log/1 {signature}\n", [SIGNER.verifier]) == THERE


def test_a_checkpoint_whoever_signed_it() -> None:
    """The checkpoint of a note can be read without any key; a note without signatures is believed by nobody."""
    assert read_checkpoint(NOTE) == THERE
    assert refused(f"{THERE.text}\n", []) == "no note: a text, a blank line and signatures are wanted"
