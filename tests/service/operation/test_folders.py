"""How policies and adoptions are read again: whole, from memory, and once more where they were refused."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.ledger.support import HOME, NURSING, YUNCHENG

import subsidy
from subsidy.errors import CatalogueError
from subsidy.ledger import Ledger
from subsidy.service import Server
from subsidy.service.operation.folders import Folders
from subsidy.service.operation.keeper import Keeper
from subsidy.service.operation.metrics import Metrics
from subsidy.service.served import Served

from .conftest import Kept, soon

CLAIM = {"elder": "E1", "month": "2025-03", "cost": "10", "bill": "1"}


@pytest.fixture
def bureau(bureau_folder: Path, tmp_path: Path) -> Path:
    """A copy of the fictional bureau's folders that a test may change."""
    return Path(shutil.copytree(bureau_folder, tmp_path / "bureau"))


def folders_of(bureau: Path) -> Folders:
    return Folders(bureau / "policies", bureau / "adoptions")


def test_what_is_served_lies_in_memory(bureau: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With no room for temporary files, and with the folders gone, the first claim on a text still records it all."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    texts = {file.read_text("utf-8") for file in bureau.rglob("*.toml")}
    catalogue = folders_of(bureau).read()
    Served(catalogue)
    shutil.rmtree(bureau)
    with Ledger(f"sqlite:///{tmp_path}/l.db", YUNCHENG, catalogue) as ledger:
        ledger.determine(NURSING, CLAIM, request="a")
        recorded = [body for _, body in ledger.entries(0, 100, kinds=("text",))]
    assert {body["role"] for body in recorded} == {"vocabulary", "divisions", "policy", "adoption"}
    assert {body["content"] for body in recorded} <= texts
    assert set(catalogue.folder.files) - set(catalogue.folder.lock)  # of which each is looked through
    assert catalogue.by_digest("sha256:none") is None


def test_a_file_that_is_half_there_is_not_read(bureau: Path) -> None:
    """An adoption whose readings are still on their way is sound by itself; it is read once no more comes."""
    file = next((bureau / "adoptions" / HOME).glob("*.toml"))
    text = file.read_text("utf-8")
    half = "\n".join(line for line in text.splitlines() if not line.startswith("readings.")) + "\n"
    assert half != text
    folders, metrics = folders_of(bureau), Metrics()
    with Server(folders.read()) as server:
        keeper = Keeper(server, folders, metrics, ledger=None, every=0, least=0)

        def looked() -> tuple[float | None, bool]:
            keeper._look(is_told=True)
            adopted = server.catalogue.bases.adopted(HOME)[0]
            taken = {"what": "policies", "outcome": "taken"}
            return metrics.registry.get_sample_value("subsidy_reloads_total", taken), bool(adopted.readings)

        assert looked() == (0, True)
        file.write_text(half, "utf-8")
        assert looked() == (0, True)
        file.write_text(text + "\n", "utf-8")
        assert [looked(), looked()] == [(0, True), (1, True)]
        file.write_text(half, "utf-8")  # the control: what is left so is served so
        assert [looked(), looked()] == [(1, True), (2, False)]


def test_what_changes_while_it_is_read_is_not_served(bureau: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that are not of one moment make no catalogue; the next reading takes them."""
    folders, keep = folders_of(bureau), subsidy.Catalogue.keep

    def meanwhile(catalogue: subsidy.Catalogue) -> None:
        keep(catalogue)
        file = bureau / "adoptions" / HOME / "2023-08-01.toml"
        file.write_text(file.read_text("utf-8") + "\n", "utf-8")

    with monkeypatch.context() as patch:
        patch.setattr(subsidy.Catalogue, "keep", meanwhile)
        with pytest.raises(CatalogueError) as error:
            folders.read()
    (problem,) = error.value.problems
    assert problem.message("en") == f"{bureau}/policies cannot be read: files changed while they were read"
    assert problem.message("zh") == f"{bureau}/policies 不能读取：读取期间有文件改动"
    assert folders.read().ids


def going_round(bureau: Path) -> Path:
    file = bureau / "adoptions" / "round.toml"
    file.symlink_to(file)
    return file


def named_like_a_file(bureau: Path) -> Path:
    folder = bureau / "adoptions" / NURSING / "2027-01-01.toml"
    folder.mkdir()
    return folder


def closed(bureau: Path) -> Path:
    folder = bureau / "adoptions" / NURSING
    folder.chmod(0)
    return folder


UNREADABLE: list[Callable[[Path], Path]] = [going_round, named_like_a_file]
if os.geteuid() != 0:  # to whom every folder is open
    UNREADABLE.append(closed)


@pytest.mark.parametrize("spoil", UNREADABLE, ids=lambda each: each.__name__)
def test_what_cannot_be_read_is_named(bureau: Path, spoil: Callable[[Path], Path]) -> None:
    """A file or folder that cannot be read is a problem with its path, never one adoption less."""
    place = spoil(bureau)
    with pytest.raises(CatalogueError) as error:
        folders_of(bureau).read()
    assert [(each.code, each.where) for each in error.value.problems] == [("S0104", str(place))]


def test_what_was_refused_is_tried_again_and_told_once(kept: Kept, caplog: pytest.LogCaptureFixture) -> None:
    """Told to, the service reads again what it refused, though no file changed; the gauge holds until it is taken."""
    lock = kept.policies / "catalogue.lock"
    content = lock.read_bytes()
    lock.write_bytes(content + b"nonsense\n")

    def refused() -> tuple[int, float]:
        return kept.reads("refused"), kept.number("reload_refused", what="policies")

    assert refused() == (0, 0)
    for times in (1, 2):
        kept.keeper.look()
        assert soon(lambda: refused() == (times, 1)), refused()  # noqa: B023 – asked here
    told = [each.getMessage() for each in caplog.records if each.levelno == logging.ERROR]
    assert len(told) == 1 and told[0].startswith("what is new is not served: C0104"), told
    assert "policies and adoptions are as they were" not in caplog.messages
    lock.write_bytes(content)
    kept.keeper.look()
    assert soon(lambda: kept.reads("taken") == 1) and refused() == (2, 0)
    kept.keeper.look()
    assert soon(lambda: "policies and adoptions are as they were" in caplog.messages)
