"""One server of PostgreSQL for a run of tests, and a fresh ledger for each test on either store."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

import subsidy

from .postgres import Postgres
from .support import Place, bureau


@pytest.fixture(scope="session")
def adopted(tmp_path_factory: pytest.TempPathFactory) -> subsidy.Catalogue:
    """The catalogue of the fictional bureau."""
    return bureau(tmp_path_factory.mktemp("bureau"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running server; stopped whatever happens."""
    server = Postgres()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def sqlite_place(adopted: subsidy.Catalogue, tmp_path: Path) -> Iterator[Place]:
    """Where a ledger in a file can be made."""
    place = Place(f"sqlite:///{tmp_path}/ledger.db", tmp_path, adopted)
    yield place
    place.close()


@pytest.fixture
def other_place(adopted: subsidy.Catalogue, tmp_path: Path) -> Iterator[Place]:
    """Where another ledger can be made."""
    folder = tmp_path / "other"
    folder.mkdir()
    place = Place(f"sqlite:///{folder}/ledger.db", folder, adopted)
    yield place
    place.close()


@pytest.fixture
def postgres_place(adopted: subsidy.Catalogue, postgres: Postgres, tmp_path: Path) -> Iterator[Place]:
    """An empty database in which a ledger can be made."""
    name = f"t{uuid.uuid4().hex}"
    place = Place(postgres.fresh(name), tmp_path, adopted)
    yield place
    place.close()
    postgres.run(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest) -> Place:
    """Where a ledger can be made, on either store in turn."""
    found = request.getfixturevalue(f"{request.param}_place")
    assert isinstance(found, Place)
    return found
