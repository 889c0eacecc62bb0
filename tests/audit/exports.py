"""A ledger with every kind of entry, its export, and what somebody may do to that."""

from __future__ import annotations

import base64
import functools
import importlib.util
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from tests.ledger.support import NURSING, Place, bed, grant, nursing

from subsidy.audit.exporting import export
from subsidy.audit.sources import FORMAT, Stored
from subsidy.catalogue.digest import canonical
from subsidy.ledger import Ledger, Roster
from subsidy.ledger.determining import Claim
from subsidy.ledger.merkle import leaf_hash, node_hash, root_of
from subsidy.ledger.notes import Checkpoint, Signer

TOOL: Final = Path(__file__).resolve().parents[2] / "tools" / "verify.py"
PERSON: Final = "王小明-110101194001010011"
Bodies = list[dict[str, Any]]


@functools.cache
def tool() -> ModuleType:
    """The verifier as a module; what it finds of a text is kept, as the same ones come again and again."""
    spec = importlib.util.spec_from_file_location("verify", TOOL)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.digest_of = functools.cache(module.digest_of)  # type: ignore[attr-defined]
    return module


def live(place: Place, *, rotated: bool = True) -> Ledger:
    """A ledger with an entry of every kind: refused and nothing among them, released, reversed, a key changed."""
    ledger = place.ledger()
    first, second = nursing(ledger, "a", "700", who=PERSON), nursing(ledger, "b", "700", who=PERSON)
    nursing(ledger, "c", "700", who=PERSON)
    ledger.reverse(first.position, request="r", why="误报")
    paid = ledger.release(second.position, "first", request="f")
    ledger.reverse(paid.position, request="s", why="误付")
    ledger.release(second.position, "first", request="g")
    grant(ledger, "d", project="P1")
    grant(ledger, "e", project="P1")
    claims = [
        Claim(NURSING, {"elder": f"E{n}", "month": "2024-05", "cost": "9", "bill": f"b{n}"}, {}) for n in range(5)
    ]
    roster = Roster("2024-05", ledger.catalogue.policy(NURSING), claims)
    list(ledger.determine_roster(roster, claims))
    bed(ledger, "h", centre="C1", who="Z1", month="2022-01")
    ledger.erase("Z1", ground="PIPL-47", retention="档-1", on="2026-01-01", request="z")
    if rotated:
        ledger.rotate_key(place.folder / "second.pem")
    nursing(ledger, "i", "5", who="E9", month="2024-06")
    return ledger


def exported(place: Place, name: str = "whole.jsonl", **wanted: Any) -> list[str]:
    """The lines of an export."""
    with Stored(place.url) as source:
        made = export(source, place.folder / name, **wanted)
    assert made.findings.listed == []
    return made.path.read_text("utf-8").splitlines(keepends=True) if name.endswith(".jsonl") else []


def entries_of(lines: Iterable[str]) -> list[dict[str, Any]]:
    """The lines of an export that are entries."""
    return [data for data in map(json.loads, lines) if "entry" in data]


def note_of(texts: list[bytes], origin: str, signer: Signer) -> str:
    """A checkpoint of some entries."""

    def node(height: int, place: int) -> bytes:
        if height == 0:
            return leaf_hash(texts[place])
        return node_hash(node(height - 1, 2 * place), node(height - 1, 2 * place + 1))

    return Checkpoint(origin, len(texts), root_of(0, len(texts), node)).signed([signer])


def forged(lines: list[str], change: Callable[[Bodies], None], signer: Signer) -> list[str]:
    """What one who has the key could hand over: other entries, each with a checkpoint that is signed anew."""
    head = json.loads(lines[0])
    bodies = [json.loads(each["entry"]) for each in entries_of(lines)]
    change(bodies)
    texts = [canonical(body) for body in bodies]
    found: list[dict[str, Any]] = []
    for at, (body, text) in enumerate(zip(bodies, texts, strict=True)):
        size = max(2, at + 1)
        found.append({"position": at, "kind": body["kind"], "size": size, "entry": text.decode()})
        if at:
            found.append({"checkpoint": note_of(texts[:size], head["origin"], signer)})
    head |= {"size": len(texts), "checkpoint": found[-1]["checkpoint"]}
    assert head["format"] == FORMAT
    return [json.dumps(each, ensure_ascii=False, separators=(",", ":")) + "\n" for each in (head, *found)]


def with_bit_changed(text: str) -> str:
    """A signature, or any base64, with one bit changed."""
    content = bytearray(base64.b64decode(text))
    content[-1] ^= 1
    return base64.b64encode(content).decode()
