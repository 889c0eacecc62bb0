"""Where a ledger lies: a file of SQLite, the embedded default, or a database of PostgreSQL."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, inspect, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from sqlalchemy.pool import QueuePool

from ..errors import Problem, RequestError, ServiceError
from . import tables as t

FAULTS: Final = (DBAPIError, NoConnectionLeft)  # of a database, or of the way to it
_LOCK: Final = 0x5355425349  # "SUBSI", the advisory lock of the one writer in PostgreSQL
_IO_ERROR: Final = 10  # SQLITE_IOERR; a full disk or a lock is met before anything is committed
_SYNCED: Final = ("fsync", "full_page_writes", "synchronous_commit")  # without one, PostgreSQL may lose what it said
_PATIENCE: Final = {  # of libpq, with a server that is gone without a word, where its address says nothing else
    "connect_timeout": 10,
    "tcp_user_timeout": 15_000,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
_LOCKED: Final = "SELECT set_config('lock_timeout', '10s', false) WHERE current_setting('lock_timeout') = '0'"
_SECRETS: Final = re.compile(r"(password=)[^&]*()"), re.compile(r"(//[^/@:]*:).*(@)", re.DOTALL)  # no message shows it
_PASSWORDS: Final = ("password", "sslpassword")  # that libpq takes behind the address
_ALLOWED: Final = "sqlite:///PATH, postgresql://USER@HOST/DATABASE"


class Store:
    """An engine with what its database needs: how a transaction begins, and how a second writer is kept away.

    Args:
        url: ``sqlite:///path`` or ``postgresql://…``.
        is_new: whether an empty database is to become a ledger.

    Raises:
        RequestError: there is no such database, or the text names none.
    """

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        self.url = _parsed(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.read_only = read_only
        self.engine = self._sqlite() if self.is_sqlite else self._postgres()
        self._held: Any = None
        self._doubts = self._settled = 0  # commits after which what can be read may be gone once the power is lost
        self._counting = Lock()

    @property
    def path(self) -> Path | None:
        """The file, of SQLite."""
        return Path(self.url.database or "") if self.is_sqlite else None

    def _sqlite(self) -> Engine:
        path = Path(self.url.database or "")
        mode = "ro" if self.read_only else "rwc"
        engine = create_engine(
            f"sqlite:///file:{quote(quote(str(path)))}?mode={mode}&uri=true",
            connect_args={"check_same_thread": False, "timeout": 30, "isolation_level": None},
            poolclass=QueuePool,
        )
        event.listen(engine, "connect", self._prepare)
        event.listen(engine, "begin", self._begin)
        return engine

    def _prepare(self, connection: Any, _: Any) -> None:
        """Rollback journal, synced before a commit is answered; not WAL, which common versions can corrupt."""
        for pragma in ("trusted_schema=OFF", "busy_timeout=30000", "secure_delete=ON"):  # what is erased is overwritten
            connection.execute(f"PRAGMA {pragma}")
        if self.read_only:
            return
        mode = connection.execute("PRAGMA journal_mode=TRUNCATE").fetchone()[0]
        connection.execute("PRAGMA synchronous=FULL")
        synced = connection.execute("PRAGMA synchronous").fetchone()[0]
        if (mode, synced) != ("truncate", 2):
            raise ServiceError(Problem.of("S0301", str(self.path), detail=f"journal_mode={mode}, synchronous={synced}"))

    def _begin(self, connection: Connection) -> None:
        """A transaction that writes takes its lock at once: the driver would begin it only at the first change."""
        options = connection.get_execution_options()
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes") else "BEGIN")

    def _postgres(self) -> Engine:
        engine = create_engine(
            self.url.set(drivername="postgresql+psycopg"),
            connect_args={name: value for name, value in _PATIENCE.items() if name not in self.url.query},
            isolation_level="READ COMMITTED",
            pool_pre_ping=True,
        )
        event.listen(engine, "connect", self._bound)
        return engine

    def _bound(self, connection: Any, _: Any) -> None:
        """Wait for a lock for a while; the operator may have set for how long in many places."""
        connection.execute(_LOCKED)
        connection.commit()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that changes nothing, and sees one state of the ledger."""
        self._make_sure()
        options = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self.engine.connect() as connection, connection.execution_options(**options).begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes; committed at its end, rolled back where an error leaves it."""
        self._make_sure()
        with self._committing() as connection:
            yield connection

    @contextmanager
    def _committing(self) -> Iterator[Connection]:
        with self.engine.connect().execution_options(writes=True) as connection, connection.begin() as transaction:
            yield connection
            try:
                transaction.commit()
            except DBAPIError as error:
                if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF == _IO_ERROR:
                    with self._counting:
                        self._doubts += 1
                raise

    def _make_sure(self) -> None:
        """After a commit that failed, nothing is told from a file of SQLite before another one did not fail.

        Where it was the end of the journal that could not be synced, SQLite shows what was committed, and takes it back
        after a loss of power.
        """
        doubts = self._doubts  # of before that commit: one that comes meanwhile is not settled by it
        if doubts > self._settled:
            with self._committing() as connection:
                connection.exec_driver_sql("PRAGMA user_version=0")  # writes the first page, though nothing is changed
            self._settled = doubts

    def hold(self) -> None:
        """Become the one writer, until `close`.

        Raises:
            ServiceError: another one is, or the database does not sync what it commits.
        """
        if self.is_sqlite:
            self._hold_file()
        else:
            connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            if not connection.scalar(select(text(f"pg_try_advisory_lock({_LOCK})"))):
                connection.close()
                raise ServiceError(Problem.of("S0302", self.shown))
            self._held = connection
            off = [f"{name}=off" for name in _SYNCED if connection.scalar(text(f"SHOW {name}")) == "off"]
            if off:
                raise ServiceError(Problem.of("S0301", self.shown, detail=", ".join(off)))

    def _hold_file(self) -> None:
        import fcntl

        assert self.path is not None
        try:
            lock = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ServiceError(Problem.of("S0304", self.shown, detail=error.strerror or str(error))) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            raise ServiceError(Problem.of("S0302", self.shown)) from None
        self._held = lock

    def close(self, *, is_answering: bool = True) -> None:
        """Let go of the lock and of all connections; nothing is said to a database that does not answer."""
        if isinstance(self._held, int):
            os.close(self._held)
        elif self._held is not None:
            if is_answering:
                with suppress(SQLAlchemyError):  # said, as a busy server sees only later that its client has gone
                    self._held.execute(select(text(f"pg_advisory_unlock({_LOCK})")))
            else:
                self._held.invalidate()
            self._held.close()
        self._held = None
        self.engine.dispose()

    @property
    def shown(self) -> str:
        """The address without any password."""
        return self.url.difference_update_query(_PASSWORDS).render_as_string(hide_password=True)


def schema_of(connection: Connection) -> int | None:
    """The schema version that a database says it has; None where it is no ledger.

    Raises:
        ServiceError: it is of a version that is newer than this one.
    """
    if not inspect(connection).has_table(t.MEMORY.name):
        return None
    found = connection.scalar(select(t.MEMORY.c.value).where(t.MEMORY.c.name == "schema"))
    return int(found) if isinstance(found, str) and found.isdecimal() else None


def name_of(fault: BaseException) -> str:
    """Which fault it is, as its driver calls it; its words may have a path or a value in them."""
    return type(fault.orig if isinstance(fault, DBAPIError) else fault).__name__


def _parsed(url: str) -> URL:
    try:
        found = make_url(url)
    except ArgumentError:
        found = None
    if found is None or found.get_backend_name() not in ("sqlite", "postgresql") or not found.database:
        for secret in _SECRETS:
            url = secret.sub(r"\1***\2", url)
        raise RequestError(Problem.of("R0501", "ledger", given=url, allowed=_ALLOWED))
    return found
