"""What an earlier version wrote, this one reads; what it had for programs to use, this one has."""

from __future__ import annotations

import json
import lzma
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest
from tests.contract.keeping import FILES, KEPT, LISTS, catalogue, listed
from tests.ledger.schemas import FIXTURES, restore

import subsidy
from subsidy.audit.exporting import export
from subsidy.audit.sources import Exported, Stored
from subsidy.calculation.explanation import SCHEMA
from subsidy.calculation.explanation_schema import explanation_schema
from subsidy.calculation.renderings import html

TOOL: Final = Path(__file__).resolve().parents[2] / "tools" / "verify.py"


@pytest.mark.parametrize("name", LISTS)
def test_a_list_only_grows(name: str) -> None:
    """Every name, member and parameter, every code with its slug, and what each example gives, is as it was kept."""
    kept = listed(name)
    assert len(kept) > 80
    assert sorted({*kept} - {*LISTS[name]()}) == []


def test_every_format_of_today_is_kept() -> None:
    """There is a file of each format that this version writes, so that a later one is held to it."""
    assert [name for name in FILES if not (KEPT / name).exists()] == []


REPLAYS: Final[dict[str, Callable[[subsidy.Catalogue, bytes], Any]]] = {
    "receipt": subsidy.Catalogue.replay,
    "release": subsidy.Catalogue.replay_release,
    "programme": subsidy.Catalogue.replay_programme,
}


@pytest.mark.parametrize("file", sorted(KEPT.glob("subsidy-*.json")), ids=lambda file: file.stem)
def test_a_receipt_of_each_format_is_computed_again(file: Path, tmp_path: Path) -> None:
    """A receipt, a release's and a programme's, of each format so far, replays to the same; a changed one does not."""
    here, replay = catalogue(tmp_path), REPLAYS[file.stem.split("-")[1]]
    content = file.read_bytes()
    assert replay(here, content).is_same
    assert not replay(here, content.replace(b'"eligible":true', b'"eligible":false', 1)).is_same


def test_an_explanation_is_read_as_it_was_kept() -> None:
    """An explanation of today's schema is read whole, fits the schema that is published, and can be printed."""
    file = KEPT / f"explanation-{SCHEMA}.json"
    data = json.loads(file.read_bytes())
    jsonschema.validate(data, explanation_schema())
    read = subsidy.Explanation.from_dict(data)
    assert read.to_dict() == data
    assert "75,000" in html(read, "en") or "75000" in html(read, "en")


def verified(file: Path) -> subprocess.CompletedProcess[str]:
    """What the tool says of an export."""
    return subprocess.run([sys.executable, TOOL, file, "--json"], check=False, capture_output=True, text=True)


@pytest.mark.parametrize("file", sorted(KEPT.glob("subsidy-ledger-export-*.xz")), ids=lambda file: file.stem)
def test_an_export_of_each_format_is_verified(file: Path, tmp_path: Path) -> None:
    """An export of each format so far is read, and is verified by the tool that needs no package of ours."""
    made = tmp_path / "export.jsonl"
    content = lzma.decompress(file.read_bytes())
    made.write_bytes(content)
    count = sum(1 for _ in Exported(made).rows())
    assert count >= 10
    found = verified(made)
    assert found.returncode == 0, found.stdout + found.stderr
    assert json.loads(found.stdout)["size"] == count
    made.write_bytes(content.replace(b"700.00", b"700.01", 1))
    assert verified(made).returncode == 1


@pytest.mark.parametrize("schema", sorted(FIXTURES.iterdir()), ids=lambda schema: schema.name)
def test_a_ledger_of_each_schema_is_exported_and_verified(schema: Path, tmp_path: Path) -> None:
    """A ledger of each schema so far, whose entries said less, is exported by this version and passes the tool."""
    with Stored(restore(schema, tmp_path)) as source:
        assert export(source, tmp_path / "export.jsonl").findings.listed == []
    found = verified(tmp_path / "export.jsonl")
    assert found.returncode == 0, found.stdout + found.stderr
