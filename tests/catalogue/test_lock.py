"""The lock: a released module never changes."""

from __future__ import annotations

from pathlib import Path

import pytest

import subsidy
from subsidy.catalogue.lock import NAME, read_lock, write_lock
from subsidy.errors import CatalogueError

from .support import FIRST, ID, add, copy


def digests(folder: Path) -> dict[str, str]:
    return {entry.path: entry.digest for entry in subsidy.Catalogue(folder).folder.entries(ID)}


def test_a_lock_is_written_read_and_added_to(tmp_path: Path) -> None:
    """Writing says what was added, keeps what was there, and is the same bytes when nothing is new."""
    folder = copy(tmp_path)
    assert read_lock(folder) == {}
    assert write_lock(folder, digests(folder)) == [FIRST]
    assert read_lock(folder) == digests(folder)
    second = add(folder, "2022-01-01", "{ from = 2022-01-01 }")
    assert write_lock(folder, digests(folder)) == [second]
    before = (folder / NAME).read_bytes()
    assert write_lock(folder, digests(folder)) == []
    assert before == (folder / NAME).read_bytes()
    assert [policy.is_released for policy in subsidy.Catalogue(folder)] == [True, True]


def test_what_was_released_is_never_replaced(tmp_path: Path) -> None:
    """A module changed after its release is refused on reading and on writing, and the lock stays as it was."""
    folder = copy(tmp_path)
    write_lock(folder, digests(folder))
    before = (folder / NAME).read_bytes()
    with pytest.raises(CatalogueError, match="C0102"):
        write_lock(folder, {FIRST: "sha256:" + "1" * 64})
    with pytest.raises(CatalogueError, match="C0105"):
        write_lock(folder, {})
    assert before == (folder / NAME).read_bytes()
    file = folder / FIRST
    file.write_text(file.read_text("utf-8").replace('value = "300"', 'value = "301"'), "utf-8")
    with pytest.raises(CatalogueError, match="C0102"):
        subsidy.Catalogue(folder).policy(ID)


def test_how_a_released_file_is_written_may_change(tmp_path: Path) -> None:
    """A comment may be added to a released module, since it says nothing else than before."""
    folder = copy(tmp_path)
    write_lock(folder, digests(folder))
    file = folder / FIRST
    file.write_text("# checked\r\n" + file.read_text("utf-8").replace("\n", "\r\n"), "utf-8", newline="")
    assert subsidy.Catalogue(folder).policy(ID).is_released


@pytest.mark.parametrize(
    "line",
    [
        b"no digest",
        b"sha256:12  x.toml",
        b"sha256:" + b"0" * 64 + b" one-blank.toml",
        b"\xff\xfe",
        b"sha256:" + b"A" * 64 + b"  x",
    ],
)
def test_a_lock_that_cannot_be_read(tmp_path: Path, line: bytes) -> None:
    """Each line that is no digest and path is named, also where it is no text."""
    folder = copy(tmp_path)
    (folder / NAME).write_bytes(b"# head\n\n" + line + b"\n")
    with pytest.raises(CatalogueError) as caught:
        subsidy.Catalogue(folder)
    assert [("C0104", f"{NAME}:3")] == [(problem.code, problem.where) for problem in caught.value.problems]


def test_a_path_stands_once(tmp_path: Path) -> None:
    """A path with two digests is refused."""
    folder = copy(tmp_path)
    (folder / NAME).write_text(f"sha256:{'0' * 64}  a.toml\nsha256:{'1' * 64}  a.toml\n", "utf-8")
    with pytest.raises(CatalogueError, match="C0104"):
        read_lock(folder)


def test_a_module_is_found_by_its_digest(tmp_path: Path) -> None:
    """A digest finds its module, locked or not, and nothing where the folder does not have it."""
    folder = copy(tmp_path)
    catalogue = subsidy.Catalogue(folder)
    policy = catalogue.policy(ID)
    unlocked = catalogue.by_digest(policy.digest)
    assert unlocked is not None and unlocked.path == policy.path
    assert catalogue.by_digest("sha256:" + "0" * 64) is None
    write_lock(folder, digests(folder))
    found = subsidy.Catalogue(folder).by_digest(policy.digest)
    assert found is not None and found.is_released
