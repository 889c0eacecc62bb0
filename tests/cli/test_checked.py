"""`subsidy policy check` does not check again what it found sound before, and never takes one text for another."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest
from typer.testing import Result

import subsidy
from subsidy.cli import checked
from subsidy.cli.checked import CheckedBefore

Run = Callable[..., Result]

BED = "cn/shanxi/yuncheng/bed-subsidy/2021-03-29.toml"
COUNT = len(subsidy.catalogue().folder.files)
FINE = f"{COUNT} modules, no problems"


@pytest.fixture
def cache(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: ARG001 – it has one of its own
    """An empty cache folder, which the command uses."""
    monkeypatch.setenv("SUBSIDY_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def check(run: Run, folder: Path, cache: Path) -> Callable[..., str]:
    """Checks a copy of the shipped folder, with the words given besides; what is printed."""
    assert os.environ["SUBSIDY_CACHE"] == str(cache) and not cache.exists()
    return lambda *words: run("policy", "check", "--policies", str(folder), "--lang", "en", *words).output


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), "utf-8")


def unchanged(count: int) -> str:
    return f"{FINE} ({count} unchanged since the last check)\n"


def test_a_sound_module_is_checked_once(check: Callable[..., str], folder: Path) -> None:
    """The second check takes every module as sound, and says so; nothing is written beside the policies."""
    before = sorted(folder.rglob("*"))
    assert check() == FINE + "\n"
    assert check() == unchanged(COUNT)
    assert json.loads(check("--json"))["unchanged"] == COUNT
    assert sorted(folder.rglob("*")) == before


def test_all_is_checked_anew_when_asked(check: Callable[..., str]) -> None:
    """With `--anew`, what was found before does not count."""
    check()
    assert check("--anew") == FINE + "\n"


def test_what_changed_is_checked_again(check: Callable[..., str], folder: Path) -> None:
    """A module that says something else is compiled again and its mistake reported; a comment changes nothing."""
    check()
    change(folder / BED, "language = 1\n", "# the same, with a remark\nlanguage = 1\n")
    assert check() == unchanged(COUNT)
    change(folder / BED, 'semi_disabled = "200"', 'semi_disabled = "201"')
    found = check()
    assert "P0701 example-differs" in found
    assert f"({COUNT - 1} unchanged since the last check)" in found


def test_a_module_with_a_problem_is_reported_each_time(check: Callable[..., str], folder: Path) -> None:
    """What is not sound is never remembered as if it were."""
    change(folder / BED, 'semi_disabled = "200"', 'semi_disabled = "201"')
    first, second = (set(check().splitlines()) for _ in range(2))
    assert first - second == {f"{COUNT} modules, 4 problems"}
    assert second - first == {f"{COUNT} modules, 4 problems ({COUNT - 1} unchanged since the last check)"}


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("vocabulary.toml", 'zh = "平方米"', 'zh = "平米"'),
        ("divisions.toml", "Yuncheng City", "Yuncheng"),
    ],
)
def test_what_a_module_rests_on_counts(check: Callable[..., str], folder: Path, file: str, old: str, new: str) -> None:
    """Where the vocabulary or the divisions change, every module is compiled again."""
    check()
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), "utf-8")
    assert check() == FINE + "\n"


def test_another_program_checks_for_itself(
    check: Callable[..., str], cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that differs in one line finds all of it out again, and sweeps the old findings away."""
    check()
    (before,) = (cache / "checked").iterdir()
    shutil.copytree(checked.PACKAGE / "language", tmp_path / "package" / "language")
    monkeypatch.setattr(checked, "PACKAGE", tmp_path / "package")
    one = CheckedBefore().engine
    with (tmp_path / "package" / "language" / "bounds.py").open("a", encoding="utf-8") as file:
        file.write("# a change\n")
    assert CheckedBefore().engine != one
    assert check() == FINE + "\n"
    (after,) = (cache / "checked").iterdir()
    assert before.name != after.name


def test_a_cache_that_cannot_be_written_harms_nothing(
    check: Callable[..., str], monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    """Where the cache folder is a file, every check is a whole one."""
    monkeypatch.setenv("SUBSIDY_CACHE", str(folder / BED))
    assert check() == check() == FINE + "\n"


def test_nothing_is_locked_by_what_was_found_before(check: Callable[..., str], run: Run, folder: Path) -> None:
    """`policy lock` proves every module itself: a forged finding does not lock a module that is wrong."""
    change(folder / BED, 'semi_disabled = "200"', 'semi_disabled = "201"')
    found = CheckedBefore()
    catalogue = subsidy.Catalogue(folder)
    for entry in catalogue.folder.entries(BED.rpartition("/")[0]):
        found.keep(entry, catalogue.folder.vocabulary)
    assert "P0701" not in check()
    locked = run("policy", "lock", "--policies", str(folder), "--lang", "en")
    assert (locked.exit_code, "P0701 example-differs" in locked.output) == (4, True)
    assert not (folder / "catalogue.lock").exists()


def test_a_terminal_sees_a_bar(folder: Path, cache: Path) -> None:
    """Where somebody watches, a bar says how far the check is; the answer alone goes to the standard output."""
    watched, end = pty.openpty()
    command = [sys.executable, "-m", "subsidy", "policy", "check", "--policies", str(folder), "--lang", "en"]
    environment = os.environ | {"TERM": "xterm", "SUBSIDY_CACHE": str(cache)}
    parts = list[bytes]()

    def look() -> None:
        with suppress(OSError):  # which is how a terminal ends
            while part := os.read(watched, 65536):
                parts.append(part)

    looking = Thread(target=look)  # all the while: a terminal holds 4 KiB, and a slow machine draws more
    looking.start()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=end, text=True, check=True, env=environment)
    os.close(end)
    looking.join()
    os.close(watched)
    seen = b"".join(parts).decode()
    assert done.stdout == FINE + "\n"
    assert "━━━" in seen and "100%" in seen
