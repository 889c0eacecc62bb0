"""The same audit by another version of Python: what it needs is installed for that version, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from tests.ledger.support import Place

from .test_replaying import OTHER, filled, replayed

ROOT: Final = Path(__file__).parents[2]
NEEDED: Final = ("pydantic", "python-dateutil", "sqlalchemy", "cryptography", "msgspec")
VERSIONS: Final = ("3.11", "3.12", "3.13", "3.14")


def others() -> list[str]:
    """Pythons of other versions than this one, the newest first."""
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    folder = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = []
    for version in reversed([each for each in VERSIONS if each != own]):
        there = [str(each / "bin" / "python") for each in folder.glob(f"{version}.*")]
        found += [each for each in [*there, shutil.which(f"python{version}")] if each and Path(each).exists()]
    return found


@pytest.fixture(scope="session")
def packages(request: pytest.FixtureRequest) -> tuple[str, Path]:
    """Another Python, and the folder with what an audit needs of other packages; made once and kept."""
    pythons = others()
    if not pythons:
        pytest.skip("there is no other version of Python on this machine")
    version = subprocess.run([pythons[0], "-V"], capture_output=True, text=True, check=True).stdout.split()[1]
    folder = request.config.rootpath / "build" / "packages" / version
    if not folder.exists():
        new = folder.with_name(f"{version}.{os.getpid()}")
        words = [pythons[0], "-m", "pip", "install", "-q", "--target", str(new), *NEEDED]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"nothing can be installed for Python {version} on this machine: {done.stderr[-200:]}")
        if not folder.exists():
            new.rename(folder)
    return pythons[0], folder


def test_another_python_computes_the_same(sqlite_place: Place, packages: tuple[str, Path]) -> None:
    """The digest over everything that is computed again is the same under another version of Python."""
    python, folder = packages
    digest = replayed(filled(sqlite_place)).digest
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{folder}", "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PYTHONHOME", None)
    done = subprocess.run(
        [python, "-c", OTHER, sqlite_place.url], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == digest
