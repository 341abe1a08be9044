"""A real PostgreSQL on loopback, with a folder of its own, that a test may stop and start."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import asyncpg
import pytest
from support.peers.ports import free_ports

PACKAGE: Final = "postgresql"
OWNER: Final = "callagent"
ACCOUNT: Final = "postgres"
"""Who runs it where the tests are root's: it refuses to be."""
DURABLE_OFF: Final = ("fsync=off", "full_page_writes=off", "shared_buffers=64MB", "max_connections=40")


def folder_of_programs() -> Path | None:
    """Where its programs are; Debian's are on nobody's path."""
    on_path = shutil.which("initdb")
    newest_first = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    found = next(iter(newest_first), Path(on_path) if on_path else None)
    return None if found is None else found.parent


needs_postgres = pytest.mark.skipif(
    folder_of_programs() is None, reason=f"a database server is missing: apt install {PACKAGE}"
)


class Cluster:
    """It listens once it is made; `url` names a database of it."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.port = free_ports()
        self._folder = folder
        self._programs = programs
        self._count = 0
        options = ("--auth=trust", f"--username={OWNER}", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        self._run("initdb", "--pgdata", str(folder / "data"), *options)
        self.start()

    def start(self) -> None:
        """Until it answers."""
        settings = (*DURABLE_OFF, f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories=''")
        self._control("start", "-o", " ".join(f"-c {setting}" for setting in settings))

    def stop(self) -> None:
        """At once, whoever is connected."""
        self._control("stop", "-m", "immediate")

    async def database(self) -> str:
        """The URL of a new, empty one."""
        self._count += 1
        name = f"calls{self._count}"
        connection = await asyncpg.connect(self.url("postgres"))
        await connection.execute(f"CREATE DATABASE {name}")
        await connection.close()
        return self.url(name)

    def url(self, database: str) -> str:
        """Of a database, as people write it."""
        return f"postgresql://{OWNER}@127.0.0.1:{self.port}/{database}"

    def _control(self, *words: str) -> None:
        self._run("pg_ctl", "--pgdata", str(self._folder / "data"), "--log", str(self._folder / "log"), "-w", *words)

    def _run(self, program: str, *words: str) -> None:
        account = ACCOUNT if os.geteuid() == 0 else None
        done = subprocess.run(  # noqa: S603
            [self._programs / program, *words],
            user=account,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            # A server that is started keeps what it is given: with a pipe this would wait for its end.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            timeout=60,
        )
        if done.returncode:
            log = self._folder / "log"
            pytest.fail(f"{program} failed: {log.read_text()[-3000:] if log.exists() else 'it left no log'}")


@contextmanager
def cluster() -> Iterator[Cluster]:
    """One that ends with the test."""
    programs = folder_of_programs()
    assert programs, "to be skipped with needs_postgres"
    folder = Path(tempfile.mkdtemp(prefix="callagent-postgres-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, ACCOUNT)
        made = Cluster(folder, programs)
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
