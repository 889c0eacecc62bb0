"""All that is wrong with how a service is set up, before it is started. Nothing is written, made or taken."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import CatalogueError, Problems, SubsidyError
from ...extras import needs
from ..addresses import address_of
from ..security.roles import read_roles
from ..served import Served
from .folders import Folders
from .settings import Settings, tls_of

if TYPE_CHECKING:
    from ...ledger.stores import Store
    from ...policies import Catalogue

_OTHERS = 0o007  # whoever is neither the owner of a file nor of its group


def check(settings: Settings, problems: Problems) -> None:
    """Add every problem; none where the service would start now."""
    _check_ports(settings, problems)
    catalogue = None
    with _said(problems):
        catalogue = Folders(settings.policies, settings.adoptions).read()
        Served(catalogue)
    _check_tls(settings, catalogue, problems)
    if settings.ledger is not None and catalogue is not None:
        with _said(problems):
            _check_ledger(settings, settings.ledger, catalogue, problems)


@contextmanager
def _said(problems: Problems) -> Iterator[None]:
    """Whatever is raised is one problem more."""
    try:
        yield
    except SubsidyError as error:
        for problem in error.problems:
            problems.take(problem)


def _check_ports(settings: Settings, problems: Problems) -> None:
    with ExitStack() as taken:  # both at once, as the service has them
        _check_port(settings.listen, problems, taken, is_encrypted=settings.tls_cert is not None)
        if settings.metrics is not None:
            _check_port(settings.metrics, problems, taken)


def _check_port(listen: str, problems: Problems, taken: ExitStack, *, is_encrypted: bool = False) -> None:
    with _said(problems):
        host, port = address_of(listen, is_encrypted=is_encrypted)
        family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
        tried = taken.enter_context(socket.socket(family, socket.SOCK_STREAM))
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host.strip("[]"), port))
            tried.listen(1)
        except OSError:
            problems.add("S0102", listen, given=listen)


def _check_tls(settings: Settings, catalogue: Catalogue | None, problems: Problems) -> None:
    tls = tls_of(settings)
    if tls is None:
        return
    with _said(problems):
        tls.credentials()
    _check_private(tls.key, problems)
    if catalogue is None:
        return
    with _said(problems):
        try:
            divisions = catalogue.folder.vocabulary.divisions
        except CatalogueError:
            return  # which was said
        read_roles(tls.roles, divisions)


def _check_private(key: Path, problems: Problems) -> None:
    try:
        mode = key.stat().st_mode
    except OSError:
        return  # which is said where it is read
    if mode & _OTHERS:
        problems.add("S0109", str(key))


def _check_ledger(settings: Settings, url: str, catalogue: Catalogue, problems: Problems) -> None:
    with needs("ledger"):
        from ...ledger.opening import Interrupted, faults, read_key
        from ...ledger.stores import Store
    store = Store(url, read_only=True)
    key = settings.key or (Path(f"{store.path}.key") if store.path is not None else None)
    if key is None:
        problems.add("R0516", "key", detail="--key FILE")
    elif key.exists():
        _check_private(key, problems)
    if settings.scope is not None and settings.scope not in catalogue.folder.vocabulary.divisions:
        problems.add("R0517", "scope", given=settings.scope)
    if store.path is not None and store.path.exists() and not os.access(store.path, os.W_OK):
        problems.add("S0304", store.shown, detail=os.strerror(errno.EACCES))
    try:
        with faults(store):
            _check_content(store, url, settings.scope, catalogue, key, problems)
    except Interrupted:  # the start rolls it back; until then nothing of it can be read
        if key is not None:
            with _said(problems):
                read_key(key, "")
    if store.path is None or Path(f"{store.path}.lock").exists():
        with _said(problems), faults(store):
            store.hold()
    store.close()


def _check_content(
    store: Store, url: str, scope: str | None, catalogue: Catalogue, key: Path | None, problems: Problems
) -> None:
    """What there is: a ledger with its scope and its key, or the place where one will be made."""
    from ...ledger.opening import is_empty, is_key, read_key
    from ...ledger.reading import Reader

    if scope is not None and is_empty(store):
        if store.path is not None and not store.path.exists() and (detail := _unwritable(store.path.parent)):
            problems.add("S0304", store.shown, detail=detail)
        if key is not None and is_key(key):
            with _said(problems):
                read_key(key, "")
        elif key is not None and (detail := _unwritable(key.parent)):
            problems.add("R0516", str(key), detail=detail)
        return
    with Reader(url) as ledger:
        if scope not in (None, ledger.scope):
            problems.add("R0518", "scope", given=str(scope), wanted=ledger.scope)
        if ledger.scope not in catalogue.folder.vocabulary.divisions:
            problems.add("R0517", "scope", given=ledger.scope)
        if key is not None:
            with _said(problems):
                if read_key(key, ledger.origin).verifier != ledger.verifiers()[-1]:
                    problems.add("R0519", str(key))


def _unwritable(folder: Path) -> str:
    """Why no file can be made in a folder; empty where one can."""
    if os.access(folder, os.W_OK | os.X_OK):
        return ""
    return os.strerror(errno.EACCES if folder.is_dir() else errno.ENOENT)
