"""The second verifier, of plain Python: what is untouched passes, and whatever is done to an export is found."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.ledger.support import HOME, NURSING, Place

from subsidy.audit.exporting import Part
from subsidy.ledger.merkle import inclusion_proof, leaf_hash, node_hash, root_of
from subsidy.ledger.notes import Signer, read_checkpoint

from .exports import PERSON, TOOL, Bodies, entries_of, exported, forged, live, tool, with_bit_changed

PYTHONS: Final = [pytest.param(version, id=version) for version in ("3.9", "3.11", "3.13")]
# RFC 8032, 7.1: public key, message, signature
VECTORS: Final = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
]


def found(folder: Path, lines: list[str], **given: Any) -> Any:
    """What is found of an export; None where it is none."""
    file = folder / "given.jsonl"
    file.write_text("".join(lines), "utf-8", newline="")
    return tool().verify(str(file), given.get("kept", {}), given.get("key"), given.get("quick", False))


def said(verification: Any) -> list[tuple[int | None, str]]:
    """Where something is wrong, and what."""
    return [(each["position"], each["en"]) for each in verification.findings]


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_the_vectors_of_the_rfc_hold(key: str, message: str, signature: str) -> None:
    """Each signature of RFC 8032 is one, and is none for another message, or with any one byte changed."""
    has_signed = tool().has_signed
    parts = bytes.fromhex(key), bytes.fromhex(message), bytes.fromhex(signature)
    assert has_signed(*parts)
    assert not has_signed(parts[0], parts[1] + b"x", parts[2])
    assert not has_signed(parts[0], parts[1], parts[2] + b"\0")
    for at in range(64):
        changed = bytearray(parts[2])
        changed[at] ^= 1
        assert not has_signed(parts[0], parts[1], bytes(changed))


def test_another_library_signs_the_same() -> None:
    """What `cryptography` signs is signed here, too; a scalar above the order of the group is refused, as it says."""
    dice = random.Random(8032)  # noqa: S311 — the same keys with every run
    order = 2**252 + 27742317777372353535851937790883648493
    for length in range(40):
        key, message = Ed25519PrivateKey.from_private_bytes(dice.randbytes(32)), dice.randbytes(length)
        public, signature = key.public_key().public_bytes_raw(), key.sign(message)
        assert tool().has_signed(public, message, signature)
        assert not tool().has_signed(public, message + b"!", signature)
        above = (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
        assert not tool().has_signed(public, message, signature[:32] + above)
    assert not tool().has_signed(b"\xff" * 32, b"", bytes(64))  # no point of the curve


def test_the_tree_is_that_of_the_ledger() -> None:
    """Roots and proofs of trees of 0 to 40 leaves are what the ledger has; no other leaf is proved by them."""
    texts = [str(number).encode() for number in range(41)]

    def node(height: int, place: int) -> bytes:
        if height == 0:
            return leaf_hash(texts[place])
        return node_hash(node(height - 1, 2 * place), node(height - 1, 2 * place + 1))

    tree = tool().Tree()
    for size in range(41):
        root = root_of(0, size, node)
        assert tree.root() == root
        for at in range(size):
            proof = inclusion_proof(at, size, node)
            assert tool().root_by_proof(at, size, texts[at], proof) == root
            assert tool().root_by_proof(at, size, b"other", proof) != root
            assert tool().root_by_proof(at, size, texts[at], [*proof, bytes(32)]) is None
        tree.add(texts[size])


def test_an_untouched_export_passes(place: Place) -> None:
    """What a ledger exports, from either store, plain or gzipped, with proofs or as a part, has nothing wrong in it."""
    ledger = live(place)
    size, note = ledger.size, read_checkpoint(ledger.checkpoint())
    first, second = map(str, ledger.verifiers())
    kept = {note.fingerprint.removeprefix("sha256:"): b""}
    exported(place, "whole.jsonl.gz")
    whole = exported(place)
    for lines in (whole, exported(place, "proofs.jsonl", with_proofs=True)):
        verification = found(place.folder, lines, kept=dict(kept), key=first)
        assert (said(verification), verification.size, verification.next) == ([], size, size)
    for part in (Part(policy=NURSING), Part(first=10, last=14), Part(dated_from="2024-05"), Part(policy=HOME)):
        lines = exported(place, f"{hash(part)}.jsonl", part=part)
        assert said(found(place.folder, lines, kept=dict(kept), key=second)) == []
    packed = tool().verify(str(place.folder / "whole.jsonl.gz"), {note.size: note.root}, second, True)
    assert said(packed) == []


@pytest.fixture
def whole(sqlite_place: Place) -> list[str]:
    """The lines of the export of a ledger with every kind of entry."""
    live(sqlite_place).close()
    return exported(sqlite_place)


def prefixes(lines: list[str]) -> list[list[str]]:
    """The export as it was after each commit."""
    head, made = json.loads(lines[0]), []
    for at, line in enumerate(lines):
        note = json.loads(line).get("checkpoint")
        if at and note:
            first = {**head, "size": read_checkpoint(note).size, "checkpoint": note}
            made.append([json.dumps(first, ensure_ascii=False, separators=(",", ":")) + "\n", *lines[1 : at + 1]])
    return made


def test_every_size_passes_and_no_line_may_be_touched(
    whole: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every size the export passes as it is; edited, deleted, doubled, swapped or cut off at any line it does not.

    The first bad entry that is named is never behind the line, nor before the last checkpoint that is sound.
    """
    tried = 0
    monkeypatch.setattr(tool(), "has_signed", cache(tool().has_signed))  # of the same texts a thousand times over
    for lines in prefixes(whole):
        assert said(found(tmp_path, lines)) == []
    assert {json.loads(line).get("kind", "") for line in whole[1:]} - {""} == set(tool().KEYS)
    positions, sound, at, good = [0], [0], 0, 0
    for line in whole[1:]:
        data = json.loads(line)
        at, good = data.get("position", at), read_checkpoint(data["checkpoint"]).size if "checkpoint" in data else good
        positions.append(at)
        sound.append(good if "position" in data else min(good, sound[-1]))
    for number, line in enumerate(whole):
        before, after = whole[:number], whole[number + 1 :]
        touched = {
            "deleted": before + after,
            "doubled": [*before, line, line, *after],
            "cut": before,
            "half": [*before, line[: len(line) // 2]],
            "garbled": [*before, "{}\n", *after],
            "edited": [*before, line.replace("0", "1", 1) if "0" in line else line.replace("1", "2", 1), *after],
            "blank": [*before, line.replace(":", ": ", 1), *after],
        }
        if after:
            touched["swapped"] = [*before, after[0], line, *after[1:]]
        for what, lines in touched.items():
            verification = found(tmp_path, lines)
            if number == 0:
                assert verification is None or verification.count, what
                continue
            assert verification.count, (number, what)
            first = min(
                (each["position"] for each in verification.findings if each["position"] is not None), default=-1
            )
            assert sound[number] <= first <= positions[number] + 1, (number, what, said(verification))
            tried += 1
    assert tried > 8 * len(entries_of(whole))


def test_one_entry_in_the_place_of_another_is_named(whole: list[str], tmp_path: Path) -> None:
    """An entry with another amount is found by the next root; with proofs, by its own."""
    (number,) = (n for n, line in enumerate(whole) if '\\"request\\":\\"b\\"' in line)
    data = json.loads(whole[number])
    lines = list(whole)
    lines[number] = whole[number].replace('\\"month\\":\\"2024-03\\"', '\\"month\\":\\"2024-02\\"')
    assert lines != whole
    at = data["position"]
    assert said(found(tmp_path, lines)) == [(at, f"entries {at} to {at} are not what their checkpoint was signed for")]


@pytest.mark.parametrize("at", [0, 3, -1])
def test_a_signature_that_is_changed(whole: list[str], tmp_path: Path, at: int) -> None:
    """One bit of one signature is found, of any checkpoint."""
    numbers = [number for number, line in enumerate(whole) if '{"checkpoint"' in line]
    number = numbers[at]
    note = json.loads(whole[number])["checkpoint"]
    encoded = note.split(" ")[-1].strip()
    lines = list(whole)
    lines[number] = whole[number].replace(encoded, with_bit_changed(encoded))
    size = read_checkpoint(note).size
    key = base64.b64decode(encoded)[:4].hex()
    wrong: list[tuple[int | None, str]] = [
        (size - 1, f"the checkpoint of {size} entries lacks a valid signature of the key {key}")
    ]
    if at == -1:
        wrong.append((None, "the last checkpoint is not that of the first line"))
    assert said(found(tmp_path, lines)) == wrong


def test_who_has_the_key_rewrites_all_but_what_was_kept(sqlite_place: Place) -> None:
    """A ledger that is rewritten and signed anew passes by itself; from the kept fingerprint or note alone it fails."""
    ledger = live(sqlite_place, rotated=False)
    note = read_checkpoint(ledger.checkpoint())
    lines = exported(sqlite_place)
    signer = Signer.read(ledger.origin, (sqlite_place.folder / "key.pem").read_bytes())

    def change(bodies: Bodies) -> None:
        bodies[-1]["recorded"] = "2020-01-01T00:00:00Z"

    folder, rewritten = sqlite_place.folder, forged(lines, change, signer)
    assert said(found(folder, rewritten, key=str(signer.verifier))) == []
    fingerprint = note.fingerprint.removeprefix("sha256:")
    assert said(found(folder, rewritten, kept={fingerprint: b""})) == [
        (None, f"no checkpoint has the fingerprint {fingerprint} that was kept")
    ]
    early = read_checkpoint(json.loads(next(line for line in lines[1:] if "checkpoint" in line))["checkpoint"])
    assert said(found(folder, rewritten, kept={early.size: early.root, note.size: note.root})) == [
        (early.size, f"it is not the ledger of the checkpoint of {note.size} entries that was kept")
    ]
    other = Signer.new(ledger.origin)
    assert said(found(folder, lines, key=str(other.verifier))) == [
        (None, "the key that was given is none of this ledger")
    ]
    stranger = forged(lines, change, other)
    assert said(found(folder, stranger))[0] == (
        1,
        "the checkpoint of 2 entries has other signatures than those of its keys",
    )


def of(bodies: Bodies, request: str) -> dict[str, Any]:
    """The entry of a request."""
    return next(body for body in bodies if body.get("request") == request)


def _before(bodies: Bodies) -> None:
    of(bodies, "b")["caps"][0]["before"] -= 100


def _over(bodies: Bodies) -> None:
    of(bodies, "i")["caps"][0]["after"] = 100001


def _twice(bodies: Bodies) -> None:
    of(bodies, "e")["request"] = "d"


def _reversed_twice(bodies: Bodies) -> None:
    bodies.append({**of(bodies, "r"), "request": "r2", "caps": []})


def _opposite(bodies: Bodies) -> None:
    of(bodies, "r")["amount"] = "-1.00"


def _digest(bodies: Bodies) -> None:
    bodies[4]["content"] += "\n[more]\nx = 1\n"


def _text(bodies: Bodies) -> None:
    of(bodies, "i")["receipt"]["policy"]["digest"] = "sha256:0"


def _amount(bodies: Bodies) -> None:
    of(bodies, "e")["amount"] = "1.00"


def _settled(bodies: Bodies) -> None:
    bodies.append({**of(bodies, "g"), "request": "g2"})


def _award(bodies: Bodies) -> None:
    of(bodies, "g")["award"] = 0


def _released(bodies: Bodies) -> None:
    second = of(bodies, "b")
    caps = [{**each, "before": each["after"] - each["before"], "after": 0} for each in second["caps"]]
    bodies.append(
        {**of(bodies, "r"), "request": "r2", "reverses": bodies.index(second), "amount": "-300.00", "caps": caps}
    )


def _none(bodies: Bodies) -> None:
    of(bodies, "r")["reverses"] = 4


def _clear(bodies: Bodies) -> None:
    next(body for body in bodies if body["kind"] == "erasure")["subject"] = PERSON


def _key(bodies: Bodies) -> None:
    bodies[1]["replaces"] = bodies[1]["key"]


def _opened(bodies: Bodies) -> None:
    bodies[0]["scope"] = "110000"


def _type(bodies: Bodies) -> None:
    of(bodies, "i")["caps"] = 7


# What the operator, who has the key, may do: the place by request id or index, and what is said.
FORGED: Final[list[tuple[Callable[[Bodies], None], str | int, str]]] = [
    (_before, "b", "of the cap monthly is used 70000, and it says 69900"),
    (_over, "i", "the cap monthly is exceeded: 100001 of 100000"),
    (_twice, -1, "the request id d occurs twice"),
    (_reversed_twice, "r2", "entry 6 was reversed before"),
    (_opposite, "r", "it is not the opposite of entry 6"),
    (_digest, 4, "the text cn/test/nursing/2024-01-01.toml has another digest"),
    (_text, "i", "the text sha256:0 does not stand before it"),
    (_amount, "e", "refused does not go with the amount 1.00"),
    (_settled, "g2", "first of entry 7 is settled twice"),
    (_award, "g", "entry 0 has nothing to be released"),
    (_released, "r2", "an instalment of entry 7 was released, so it cannot be reversed"),
    (_none, "r", "entry 4 cannot be reversed"),
    (_clear, "z", "something in its content has a wrong type"),
    (_key, 1, "it does not follow the key before it"),
    (_opened, 0, "its origin or scope is not that of the first line"),
    (_type, "i", "something in its content has a wrong type"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "where", "what"), FORGED, ids=[each[0].__name__ for each in FORGED])
def test_entries_that_contradict_each_other(
    sqlite_place: Place, change: Callable[[Bodies], None], where: str | int, what: str
) -> None:
    """Entries that no sound ledger can have are found, although their roots and signatures are sound."""
    ledger = live(sqlite_place, rotated=False)
    signer = Signer.read(ledger.origin, (sqlite_place.folder / "key.pem").read_bytes())
    lines = forged(exported(sqlite_place), change, signer)
    bodies = [json.loads(each["entry"]) for each in entries_of(lines)]
    if where == -1:
        where = max(at for at, body in enumerate(bodies) if body.get("request") == "d")
    at = where if isinstance(where, int) else next(n for n, body in enumerate(bodies) if body.get("request") == where)
    assert said(found(sqlite_place.folder, lines))[0] == (at, what)


def test_a_part_is_held_by_its_proofs(sqlite_place: Place) -> None:
    """In a part, an entry that is altered, moved, or left without its proof is named; so is one that is doubled."""
    live(sqlite_place).close()
    lines, folder = exported(sqlite_place, "part.jsonl", part=Part(policy=NURSING)), sqlite_place.folder
    data = json.loads(lines[-1])
    at = data["position"]

    def last(**changed: Any) -> list[tuple[int | None, str]]:
        line = json.dumps({**data, **changed}, ensure_ascii=False, separators=(",", ":")) + "\n"
        return said(found(folder, [*lines[:-1], line]))

    proof = (at, "it is not the entry that was signed: its proof fails")
    assert last() == []
    assert last(entry=data["entry"].replace("2024-06", "2024-07")) == [proof]
    assert last(proof=data["proof"][:-1]) == [proof]
    assert last(proof=None) == [proof]
    assert last(position=at + 1)[0] == (at + 1, f"its checkpoint is not the one of {at + 1} entries")
    assert said(found(folder, [*lines, lines[-1]]))[0] == (at, f"entry {at + 1} is wanted, and entry {at} stands there")
    assert said(found(folder, lines, kept={2: bytes(32)})) == [
        (None, "it is not the ledger of the checkpoint of 2 entries that was kept")
    ]


def python(version: str) -> str | None:
    """A Python of a version on this machine."""
    folder = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    names = sorted(folder.glob(f"{version}.*/bin/python")) if folder.is_dir() else []
    if f"{sys.version_info.major}.{sys.version_info.minor}" == version:
        return sys.executable
    return str(names[-1]) if names else None


@pytest.mark.parametrize("version", PYTHONS)
def test_it_runs_on_other_pythons(sqlite_place: Place, version: str) -> None:
    """The one file runs alone, isolated from any package, and says the same on each Python; older ones say what not."""
    program = python(version)
    if program is None:
        pytest.skip(f"Python {version} is not installed here")
    ledger = live(sqlite_place)
    exported(sqlite_place)
    note = sqlite_place.folder / "kept.txt"
    note.write_text(ledger.checkpoint(), "utf-8")

    def run(*words: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [program, "-I", str(TOOL), *words],
            check=False, capture_output=True, text=True, encoding="utf-8", cwd=sqlite_place.folder,
            env={"PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1"},
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    checkpoints = sum(
        '{"checkpoint"' in line for line in (sqlite_place.folder / "whole.jsonl").read_text().splitlines()
    )
    old = "note: digests of texts are not checked: that needs Python 3.11 or newer\n" if version == "3.9" else ""
    fine = f"nothing is wrong: {ledger.size} entries, {checkpoints} checkpoints\n"
    assert run("whole.jsonl", "--against", "kept.txt", "--lang", "en") == (0, old + fine, "")
    key = str(ledger.verifiers()[0])
    found_ = json.loads(run("whole.jsonl", "--key", key, "--json")[1])
    assert (found_["size"], found_["count"], found_["first"], found_["part"]) == (ledger.size, 0, None, None)
    other = hashlib.sha256(b"").hexdigest()
    code, out, _ = run("whole.jsonl", "--against", other)
    last = len((sqlite_place.folder / "whole.jsonl").read_text("utf-8").splitlines())
    assert code == 1
    assert out.replace("注意：文本的摘要没有核对：需要 Python 3.11 或更新\n", "") == (
        f"（第 {last} 行）：没有一个检查点有所保存的指纹 {other}\n1 处有误\n"
    )
    assert run("kept.txt") == (2, "", "kept.txt: 不是台账的导出件 (subsidy-ledger-export-1)\n")
    assert run("nowhere.jsonl")[0] == 2
    assert run("whole.jsonl", "--key", "x+y+z")[0] == 2


def test_what_was_kept_is_a_list_of_fingerprints(tmp_path: Path) -> None:
    """The list that an auditor keeps is taken line by line; a file that is neither list nor checkpoint is said."""
    kept, first, last = tmp_path / "kept.txt", "0" * 64, "f" * 64
    kept.write_text(f"# each morning\nsha256:{first} 3 2026-01-05\n\n{last}\n", "utf-8")
    assert tool().kept_of(str(kept)) == [(first, b""), (last, b"")]
    kept.write_text("yesterday's\n", "utf-8")
    with pytest.raises(
        ValueError, match=r"kept\.txt: neither fingerprints nor a checkpoint · 既没有指纹，也没有检查点"
    ):
        tool().kept_of(str(kept))
