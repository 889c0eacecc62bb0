"""`subsidy serve`: the gRPC server, until it is told to stop."""

from __future__ import annotations

import logging
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..extras import needs
from . import recorded
from .exits import Exit
from .options import Adoptions, AsJson, Folder, Lang, catalogue_of
from .output import pick, reports, say, show_json

if TYPE_CHECKING:
    from ..ledger import Ledger
    from ..policies import Catalogue

Listen = Annotated[
    str,
    typer.Option(
        "--listen",
        metavar="HOST:PORT",
        help="监听地址，仅限本机；端口 0 为任取 · loopback only; port 0 takes a free one",
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
) -> Exit:
    """启动 gRPC 服务，直到 SIGTERM 或 Ctrl-C · run the gRPC service until SIGTERM or Ctrl-C.

    带 --ledger 时还记录核定；同一台账只由一个进程打开。
    With --ledger it records determinations too; one process has a ledger open.
    """
    if ledger is None and (scope is not None or key is not None):
        raise typer.BadParameter("--scope、--key 属于 --ledger · --scope and --key belong to --ledger")
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
        run(catalogue, listen, ready=ready, ledger=found)
    return Exit.FINE


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
