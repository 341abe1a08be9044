"""Databases for the stores: SQLite in a file, and a real PostgreSQL."""

from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest
from support.postgres import Cluster, cluster, needs_postgres

from callagent.store.calls import CallStore


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """One server for all tests of a process."""
    with cluster() as made:
        yield made


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=needs_postgres)])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database; tests that want one are run with each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'calls.db'}"
    server: Cluster = request.getfixturevalue("postgres")
    return await server.database()


@pytest.fixture
async def store(database: str) -> AsyncGenerator[CallStore, None]:
    """Open and empty."""
    made = CallStore(database)
    await made.open()
    yield made
    await made.aclose()
