"""`subsidy serve`: the gRPC server, until it is told to stop."""

from __future__ import annotations

import logging
import sys
from typing import Annotated

import typer

from ..extras import needs
from .exits import Exit
from .options import Adoptions, AsJson, Folder, Lang, catalogue_of
from .output import pick, reports, say, show_json

Listen = Annotated[
    str,
    typer.Option(
        "--listen",
        metavar="HOST:PORT",
        help="监听地址，仅限本机；端口 0 为任取 · loopback only; port 0 takes a free one",
    ),
]


@reports
def serve(
    listen: Listen = "127.0.0.1:50051",
    lang: Lang = None,
    as_json: AsJson = False,
    policies: Folder = None,
    adoptions: Adoptions = None,
) -> Exit:
    """启动 gRPC 服务，直到 SIGTERM 或 Ctrl-C · run the gRPC service until SIGTERM or Ctrl-C."""
    with needs("service"):
        from ..service.server import serve as run

    def ready(address: str) -> None:
        if as_json:
            show_json({"listening": address})
        else:
            say(pick(lang, f"正在监听 {address}", f"listening on {address}"))
        sys.stdout.flush()

    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING)
    run(catalogue_of(policies, adoptions), listen, ready=ready)
    return Exit.FINE
