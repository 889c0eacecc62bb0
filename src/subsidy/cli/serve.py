"""`subsidy serve`: the gRPC server, until it is told to stop."""

from __future__ import annotations

import logging
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..extras import needs
from . import recorded
from .exits import Exit
from .options import Adoptions, AsJson, Folder, Lang, catalogue_of
from .output import pick, reports, say, show_json

if TYPE_CHECKING:
    from ..ledger import Ledger
    from ..policies import Catalogue
    from ..service.security.tls import Tls

Listen = Annotated[
    str,
    typer.Option(
        "--listen",
        metavar="HOST:PORT",
        help="监听地址，没有证书时仅限本机；端口 0 为任取 · "
        "loopback only unless there are certificates; port 0 takes a free one",
    ),
]

LedgerUrl = Annotated[
    str | None,
    typer.Option(
        "--ledger",
        metavar="URL",
        envvar="SUBSIDY_LEDGER",
        help="台账：sqlite:///PATH 或 postgresql://…；给出 --scope 时没有则建立 · "
        "the ledger; with --scope, made where there is none",
    ),
]
Scope = Annotated[
    str | None,
    typer.Option(
        "--scope",
        metavar="DIVISION",
        envvar="SUBSIDY_SCOPE",
        help="核定机关的区划代码；缺省为台账自己的 · the division that determines; the ledger's own unless given",
    ),
]
Key = Annotated[
    Path | None,
    typer.Option(
        "--key",
        metavar="FILE",
        envvar="SUBSIDY_KEY",
        help="签名密钥文件，SQLite 缺省在台账旁 · the key that signs; beside the ledger of SQLite unless given",
    ),
]


_SECURITY = "安全 · Security"


def _file(name: str, text: str) -> Any:
    envvar = f"SUBSIDY_{name.removeprefix('--').replace('-', '_').upper()}"
    return typer.Option(name, metavar="FILE", envvar=envvar, help=text, rich_help_panel=_SECURITY)


Certificate = Annotated[Path | None, _file("--tls-cert", "服务器证书（PEM） · the server's certificate")]
PrivateKey = Annotated[Path | None, _file("--tls-key", "服务器私钥（PEM） · its private key")]
Authority = Annotated[
    Path | None, _file("--tls-ca", "签发调用方证书的机构（PEM） · who signs the callers' certificates")
]
RolesFile = Annotated[Path | None, _file("--roles", "角色文件：谁可以做什么 · the roles file: who may do what")]


@reports
def serve(
    listen: Listen = "127.0.0.1:50051",
    lang: Lang = None,
    as_json: AsJson = False,
    policies: Folder = None,
    adoptions: Adoptions = None,
    ledger: LedgerUrl = None,
    scope: Scope = None,
    key: Key = None,
    tls_cert: Certificate = None,
    tls_key: PrivateKey = None,
    tls_ca: Authority = None,
    roles: RolesFile = None,
) -> Exit:
    """启动 gRPC 服务，直到 SIGTERM 或 Ctrl-C · run the gRPC service until SIGTERM or Ctrl-C.

    带 --ledger 时还记录核定；同一台账只由一个进程打开。
    With --ledger it records determinations too; one process has a ledger open.
    """
    if ledger is None and (scope is not None or key is not None):
        raise typer.BadParameter("--scope、--key 属于 --ledger · --scope and --key belong to --ledger")
    files = {"--tls-cert": tls_cert, "--tls-key": tls_key, "--tls-ca": tls_ca, "--roles": roles}
    missing = [name for name, file in files.items() if file is None]
    if missing and len(missing) < len(files):
        names = ", ".join(missing)
        raise typer.BadParameter(f"四项须同时给出，还缺 {names} · all four belong together; missing: {names}")
    with needs("service"):
        from ..service.server import serve as run

    def ready(address: str) -> None:
        if as_json:
            show_json({"listening": address})
        else:
            say(pick(lang, f"正在监听 {address}", f"listening on {address}"))
        sys.stdout.flush()

    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING)
    catalogue = catalogue_of(policies, adoptions)
    with _opened(ledger, scope, catalogue, key) as found:
        run(catalogue, listen, ready=ready, ledger=found, tls=_tls(tls_cert, tls_key, tls_ca, roles))
    return Exit.FINE


def _tls(certificate: Path | None, key: Path | None, authority: Path | None, roles: Path | None) -> Tls | None:
    if certificate is None or key is None or authority is None or roles is None:
        return None
    from ..service.security.tls import Tls

    return Tls(certificate, key, authority, roles)


def _opened(
    url: str | None, scope: str | None, catalogue: Catalogue, key: Path | None
) -> AbstractContextManager[Ledger | None]:
    """The ledger, closed once the last call has ended; before the port is taken, so that a second server stops here."""
    if url is None:
        return nullcontext()
    if scope is None:  # of one that is there: a mistyped address makes none
        return recorded.opened(url, None, key, catalogue)
    with needs("ledger"):
        from ..ledger import Ledger

    return Ledger(url, scope, catalogue, key=key)
