"""The page of the format of exports: its example is what it says, its commands run, and it names all that there is."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.audit.exports import TOOL, live, tool
from tests.ledger.conftest import adopted, sqlite_place
from tests.ledger.support import Place
from typer.testing import CliRunner

from subsidy.audit.sources import FORMAT, Exported
from subsidy.cli.app import app

__all__ = ["adopted", "sqlite_place"]
DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = [pytest.param(DOCS / f"export-format{end}.md", id=name) for name, end in (("en", ""), ("zh", ".zh"))]


def sha(content: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(content).digest()


@pytest.mark.parametrize("page", PAGES)
def test_the_example_can_be_redone(page: Path, tmp_path: Path) -> None:
    """From the seed of the key alone, what the page shows of its example follows; and the verifier passes it."""
    text = page.read_text("utf-8")
    (block,) = re.findall(r"^```jsonl\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    head, first, second, last = map(json.loads, block.splitlines())
    leaves = [sha(b"\x00" + each["entry"].encode()) for each in (first, second)]
    root, key = sha(b"\x01" + leaves[0] + leaves[1]), Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    public, origin = key.public_key().public_bytes_raw(), head["origin"]
    said = f"{origin}\n2\n{base64.b64encode(root).decode()}\n"
    id_ = sha(f"{origin}\n".encode() + b"\x01" + public)[:4]
    signature = base64.b64encode(id_ + key.sign(said.encode())).decode()

    assert head["checkpoint"] == last["checkpoint"] == f"{said}\n— {origin} {signature}\n"
    written = base64.b64encode(b"\x01" + public).decode()
    assert json.loads(second["entry"])["key"] == f"{origin}+{id_.hex()}+{written}"
    shown = [*(each.hex() for each in (*leaves, root, public, id_)), f"sha256:{sha(said.encode()).hex()}"]
    assert re.findall(r"^\| [^`]* \| `([^`]*)` \|$", text, re.MULTILINE) == shown
    (tmp_path / "example.jsonl").write_text(block, "utf-8")
    verification = tool().verify(str(tmp_path / "example.jsonl"), {shown[-1][7:]: b""}, None, False)
    assert (verification.findings, verification.size, verification.checkpoints) == ([], 2, 1)
    assert [row.position for row in Exported(tmp_path / "example.jsonl").rows()] == [0, 1]


@pytest.mark.parametrize("page", PAGES)
def test_the_format_is_documented_whole(page: Path) -> None:
    """The page names every kind of entry and every key of each, and of every line."""
    text = page.read_text("utf-8")
    assert f"`{FORMAT}`" in text
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", text, re.MULTILINE))
    assert {kind: {"kind", "recorded", *re.findall(r"`(\w+)`", said)} - {"null"} for kind, said in rows.items()} == {
        kind: set(keys.split()) for kind, keys in tool().KEYS.items()
    }
    lines = ["format", "origin", "scope", "size", "checkpoint", "part", "position", "kind", "entry", "proof", "base64"]
    assert [name for name in lines if f"`{name}`" not in text] == []


@pytest.mark.parametrize("page", PAGES)
def test_its_commands_run(page: Path, sqlite_place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command of the page runs over a ledger with every kind of entry, and finds nothing wrong."""
    ledger = live(sqlite_place)
    monkeypatch.chdir(sqlite_place.folder)
    Path("kept.txt").write_text(ledger.checkpoint(), "utf-8")
    lines = re.findall(r"^    ((?:subsidy|python) .*)$", page.read_text("utf-8"), re.MULTILINE)
    assert len(lines) == 4
    for line in lines:
        program, *words = shlex.split(line)
        if program == "subsidy":
            made = CliRunner().invoke(app, words)
            assert made.exit_code == 0, made.output
            continue
        assert words.pop(0) == "tools/verify.py"
        run = subprocess.run([sys.executable, TOOL, *words], check=False, capture_output=True, text=True)
        assert (run.returncode, run.stderr) == (0, ""), run.stdout
