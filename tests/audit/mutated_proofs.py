"""Proofs that were tampered with: python -m tests.audit.mutated_proofs [--count N] [--seed S].

Proofs that an entry is in a tree, that a tree grew, the text of the former (tlog-proof), and signed checkpoints; of all
trees of 1 to 130 leaves and some larger ones. Each is accepted as it is, and no mutated one may be.

A bare proof is not bound to the size of its tree, only to the way it takes: of a tree of another size in which that way
is the same, the same proof holds by RFC 9162. Such are counted apart; where the size is signed, as it is in every
checkpoint, no other size is accepted. A line of a signature repeated says the same twice, and is no mutation here.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.ledger.test_merkle import nodes

from subsidy.ledger.answers import Answer
from subsidy.ledger.merkle import (
    SIZE,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from subsidy.ledger.notes import BadNote, Checkpoint, Signer, opened, read_checkpoint

EVIDENCE: Final = Path(__file__).parents[2] / "build" / "evidence" / "mutated_proofs.json"
SIZES: Final = (*range(1, 131), 255, 256, 257, 1_000, 4_096, 65_535, 65_537)
SIGNER: Final = Signer("log/1", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
KEYS: Final = [SIGNER.verifier]
CONTENTS: Final = [b"entry %d" % number for number in range(SIZES[-1])]
LEAVES: Final = [leaf_hash(each) for each in CONTENTS]
NODE: Final = nodes(LEAVES)
Claim = tuple[Any, ...]  # the arguments of a verifier
root: Final = cache(lambda size: root_of(0, size, NODE))


def included(rng: Random) -> Claim:
    """A leaf of a tree: its index, the size, the leaf, the proof, the root."""
    size = rng.choice(SIZES)
    index = rng.randrange(size)
    return index, size, LEAVES[index], inclusion_proof(index, size, NODE), root(size)


def grown(rng: Random) -> Claim:
    """A tree and its beginning: the sizes, the roots, the proof."""
    new = rng.choice(SIZES[1:])
    old = rng.randrange(1, new)
    return old, new, root(old), root(new), consistency_proof(old, new, NODE)


@cache
def note(size: int) -> str:
    """The signed checkpoint of a tree."""
    return Checkpoint("log/1", size, root(size)).signed([SIGNER])


def noted(rng: Random) -> Claim:
    """A signed checkpoint."""
    return (note(rng.choice(SIZES)),)


def told(rng: Random) -> Claim:
    """An entry and the text of its proof."""
    index, size, _, proof, _ = included(rng)
    return CONTENTS[index], Answer(index, CONTENTS[index], note(size), tuple(proof)).tlog_proof


def holds(content: bytes, text: str, read: Callable[[str], Checkpoint] = lambda note: opened(note, KEYS)) -> bool:
    """Whether a tlog-proof, in its one spelling, proves an entry under our key."""
    head, _, checkpoint = text.partition("\n\n")
    first, *hashes = head.split("\n")[1:] or [""]
    try:
        index = int(first.removeprefix("index "))
        proof = tuple(base64.b64decode(each, validate=True) for each in hashes)
        there = read(checkpoint)
    except ValueError:  # a BadNote too
        return False
    if Answer(index, content, checkpoint, proof).tlog_proof != text:
        return False
    return verify_inclusion(index, there.size, leaf_hash(content), proof, there.root)


def is_note(text: str) -> bool:
    """Whether a checkpoint is signed by our key."""
    try:
        opened(text, KEYS)
    except BadNote:
        return False
    return True


# — verifiers that are broken, so that a mutation which nothing could accept is not taken for a proof of anything —


def forgets_the_rest(index: int, size: int, leaf: bytes, proof: Sequence[bytes], top: bytes) -> bool:
    """Takes the first hashes that lead to the root, and does not look whether more stand behind them."""
    return any(verify_inclusion(index, size, leaf, proof[:count], top) for count in range(len(proof) + 1))


def forgets_the_old_root(old: int, new: int, _: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Believes the old root."""
    return 0 < old < new and verify_consistency(old, new, root(old), new_root, proof)


def forgets_the_signature(content: bytes, text: str) -> bool:
    """Reads the checkpoint, whoever signed it."""
    return holds(content, text, read_checkpoint)


def forgets_to_verify(text: str) -> bool:
    """Looks whether there is a checkpoint, not who signed it."""
    try:
        read_checkpoint(text)
    except BadNote:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of proof: how one is made and verified, and a broken way to do it."""

    name: str
    make: Callable[[Random], Claim]
    verify: Callable[..., bool]
    broken: Callable[..., bool]


KINDS: Final = (
    Kind("inclusion", included, verify_inclusion, forgets_the_rest),
    Kind("consistency", grown, verify_consistency, forgets_the_old_root),
    Kind("tlog-proof", told, holds, forgets_the_signature),
    Kind("note", noted, is_note, forgets_to_verify),
)


def mutated(rng: Random, claim: Claim) -> tuple[str, Claim]:
    """One argument of a claim changed: what was done, and the claim as it is then."""
    at = rng.randrange(len(claim))
    changes: dict[type, Callable[[Random, Any], tuple[str, Any]]] = {
        int: _number, bytes: _hash, list: _hashes, str: _text,
    }  # fmt: skip
    done, value = changes[type(claim[at])](rng, claim[at])
    return done, (*claim[:at], value, *claim[at + 1 :])


def _number(rng: Random, value: int) -> tuple[str, int]:
    return "number changed", rng.choice(
        [value + 1, value - 1, value ^ (1 << rng.randrange(18)), -value, rng.randrange(70_000)]
    )


def _hash(rng: Random, value: bytes) -> tuple[str, bytes]:
    done = rng.choice(["bit flipped", "hash of another", "bytes cut", "bytes added"])
    if done == "bit flipped":
        at = rng.randrange(8 * len(value))
        return done, value[: at // 8] + bytes([value[at // 8] ^ (1 << at % 8)]) + value[at // 8 + 1 :]
    if done == "hash of another":
        return done, rng.choice([rng.choice(LEAVES), root(rng.choice(SIZES)), rng.randbytes(SIZE)])
    return done, value[: -rng.randrange(1, len(value) + 1)] if done == "bytes cut" else value + rng.randbytes(1)


def _hashes(rng: Random, value: list[bytes]) -> tuple[str, list[bytes]]:
    found = list(value)
    done = rng.choice(
        ["flip", "drop", "repeat", "swap", "insert", "truncate", "extend", "combine"] if value else ["extend"]
    )
    at = rng.randrange(len(value)) if value else 0
    if done == "flip":
        found[at] = _hash(rng, found[at])[1]
    elif done == "drop":
        del found[at]
    elif done == "repeat":
        found.insert(at, found[at])
    elif done == "swap":
        other = rng.randrange(len(value))
        found[at], found[other] = found[other], found[at]
    elif done == "insert":
        found.insert(at, rng.choice([rng.choice(LEAVES), rng.randbytes(SIZE), b""]))
    elif done == "truncate":
        found = found[:at]
    elif done == "extend":
        found += [rng.choice([rng.choice(LEAVES), rng.randbytes(SIZE)]) for _ in range(rng.randrange(1, 4))]
    else:  # two hashes become the one above them
        found[at : at + 2] = [node_hash(*found[at : at + 2])] if at + 1 < len(found) else []
    return f"hashes: {done}", found


def _text(rng: Random, value: str) -> tuple[str, str]:
    lines = value.split("\n")
    done = rng.choice(
        ["sign changed", "sign dropped", "sign inserted", "line dropped", "line repeated", "lines swapped", "cut"]
    )
    at = rng.randrange(len(value))
    if done.startswith("sign"):
        other = chr(ord(value[at]) ^ (1 << rng.randrange(7))) if done == "sign changed" else value[at]
        return done, value[:at] + {"sign changed": other, "sign dropped": "", "sign inserted": 2 * other}[done] + value[
            at + 1 :
        ]
    if done == "cut":
        return done, value[:at]
    at, other_at = rng.randrange(len(lines)), rng.randrange(len(lines))
    if done == "lines swapped":
        lines[at], lines[other_at] = lines[other_at], lines[at]
    elif done == "line dropped":
        del lines[at]
    elif not lines[at].startswith("— "):
        lines.insert(at, lines[at])
    return done, "\n".join(lines)


def way(kind: str, one: int, size: int) -> list[str] | None:
    """The way that a proof takes by RFC 6962: on which side each hash stands; None where there is no such proof."""
    if not (0 <= one < size if kind == "inclusion" else 0 < one < size):
        return None
    found, begin, end, is_known = list[str](), 0, size, True
    while end - begin > 1 and not (kind == "consistency" and begin + one == end):
        half = 1 << ((end - begin - 1).bit_length() - 1)
        goes_left = one < half if kind == "inclusion" else one <= half
        found.append("right" if goes_left else "left")
        begin, end = (begin, begin + half) if goes_left else (begin + half, end)
        one, is_known = (one, is_known) if goes_left else (one - half, False)
    return [*found, "known" if is_known else "given"] if kind == "consistency" else found


@dataclass
class Tally:
    """What a run met."""

    seed: int
    tried: Counter[str] = field(default_factory=Counter)
    changes: Counter[str] = field(default_factory=Counter)
    identities: Counter[str] = field(default_factory=Counter)
    same_way: Counter[str] = field(default_factory=Counter)
    refused_unchanged: Counter[str] = field(default_factory=Counter)
    broken_accepted: Counter[str] = field(default_factory=Counter)
    accepted: list[str] = field(default_factory=list)


def run(count: int, seed: int) -> Tally:
    """Try mutated proofs, of each kind in turn, until there are so many that differ from what they came from."""
    tally, number = Tally(seed), 0
    while tally.tried.total() < count:
        kind, rng = KINDS[number % len(KINDS)], Random(f"{seed}/{number}")  # noqa: S311 — to be repeated
        number += 1
        claim = kind.make(rng)
        tally.refused_unchanged[kind.name] += not kind.verify(*claim)
        done, other = mutated(rng, claim)
        if other == claim:
            tally.identities[kind.name] += 1
            continue
        if other[1:2] != claim[1:2] or other[0] != claim[0]:
            is_bare = kind.name in ("inclusion", "consistency")
            if is_bare and way(kind.name, *other[:2]) == way(kind.name, *claim[:2]):
                tally.same_way[kind.name] += 1
                continue
        tally.tried[kind.name] += 1
        tally.changes[f"{kind.name}: {done}"] += 1
        tally.broken_accepted[kind.name] += kind.broken(*other)
        if kind.verify(*other):
            tally.accepted.append(f"{seed}/{number - 1} {kind.name}: {done}: {claim!r} → {other!r}")
    return tally


def main() -> int:
    """Try many, print the figures and write them down; 1 where one was accepted, or a right one was not."""
    parser = argparse.ArgumentParser(prog="python -m tests.audit.mutated_proofs", description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=6962)
    args = parser.parse_args()
    begun = time.perf_counter()
    tally = run(args.count, args.seed)
    for kind in KINDS:
        print(
            f"{kind.name}: {tally.tried[kind.name]} mutated, "
            f"{sum(f' {kind.name}: ' in each for each in tally.accepted)} accepted, "
            f"{tally.refused_unchanged[kind.name]} right ones refused; a broken verifier that "
            f"{kind.broken.__name__.replace('_', ' ')} accepts {tally.broken_accepted[kind.name]}"
        )
    print(*tally.accepted[:20], sep="\n", end="\n" if tally.accepted else "")
    figures = {key: dict(value) if isinstance(value, Counter) else value for key, value in vars(tally).items()}
    figures |= {"count": tally.tried.total(), "seconds": round(time.perf_counter() - begun, 1)}
    EVIDENCE.parent.mkdir(parents=True, exist_ok=True)
    EVIDENCE.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return 1 if tally.accepted or tally.refused_unchanged.total() else 0


if __name__ == "__main__":
    sys.exit(main())
