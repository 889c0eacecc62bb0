"""`subsidy serve`: the gRPC server, until it is told to stop; or a check of how it is set up."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from threading import Timer
from typing import Annotated, Any

import typer

from ..extras import needs
from ..settings import SETTINGS, flag, variable
from .exits import Exit
from .options import AsJson, Lang
from .output import pick, reports, say, show_json, show_problems


def _set(name: str) -> Any:
    """A setting as a flag. What it may be, and its default, is the business of the one model of all settings."""
    setting = SETTINGS[name]
    return typer.Option(
        flag(name),
        metavar=setting.metavar,
        help=f"{setting.said.zh} · {setting.said.en}",
        rich_help_panel=f"{setting.group.zh} · {setting.group.en}",
    )


Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        envvar=variable("config"),
        help="设置文件（TOML）；先看选项，再看环境变量 SUBSIDY_…，然后是它 · "
        "a file of settings in TOML; flags come first, then the environment (SUBSIDY_…), then the file",
    ),
]
Check = Annotated[
    bool,
    typer.Option("--check", help="只检查能否启动，一次说出全部问题 · only say all that is wrong before it starts"),
]


@reports
def serve(
    config: Config = None,
    check: Check = False,
    lang: Lang = None,
    as_json: AsJson = False,
    listen: Annotated[str | None, _set("listen")] = None,
    policies: Annotated[Path | None, _set("policies")] = None,
    adoptions: Annotated[Path | None, _set("adoptions")] = None,
    threads: Annotated[str | None, _set("threads")] = None,
    most_calls: Annotated[str | None, _set("most_calls")] = None,
    ledger: Annotated[str | None, _set("ledger")] = None,
    scope: Annotated[str | None, _set("scope")] = None,
    key: Annotated[Path | None, _set("key")] = None,
    least_free: Annotated[str | None, _set("least_free")] = None,
    tls_cert: Annotated[Path | None, _set("tls_cert")] = None,
    tls_key: Annotated[Path | None, _set("tls_key")] = None,
    tls_ca: Annotated[Path | None, _set("tls_ca")] = None,
    roles: Annotated[Path | None, _set("roles")] = None,
    metrics: Annotated[str | None, _set("metrics")] = None,
    log_format: Annotated[str | None, _set("log_format")] = None,
    log_level: Annotated[str | None, _set("log_level")] = None,
    reload_seconds: Annotated[str | None, _set("reload_seconds")] = None,
    drain: Annotated[str | None, _set("drain")] = None,
    grace: Annotated[str | None, _set("grace")] = None,
) -> Exit:
    """启动 gRPC 服务，直到 SIGTERM 或 Ctrl-C · run the gRPC service until SIGTERM or Ctrl-C.

    带 --ledger 时还记录核定；同一台账只由一个进程打开。SIGHUP 立即查看政策与采用文件。
    With --ledger it records determinations too; one process has a ledger open. SIGHUP looks at the policies at once.
    """
    given = locals()
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # or gRPC writes lines of its own wherever a stranger knocks
    flags = {name: given[name] for name in SETTINGS if given[name] is not None}
    with needs("service"):
        from ..service.operation.checking import check as checked
        from ..service.operation.logs import set_up
        from ..service.operation.running import run
        from ..service.operation.settings import read_settings, said
    if check:
        settings, problems = said(flags, config)
        checked(settings, problems)
        if as_json or problems.found:
            show_problems(problems.found, lang, as_json)
        else:
            say(pick(lang, "可以启动", "it can be started"))
        return Exit.FINDING if problems.found else Exit.FINE
    settings = read_settings(flags, config)

    def ready(address: str) -> None:
        if as_json:
            show_json({"listening": address})
        else:
            say(pick(lang, f"正在监听 {address}", f"listening on {address}"))
        sys.stdout.flush()

    set_up(settings.log_format, settings.log_level)
    run(settings, ready, _ended_within)
    return Exit.FINE


def _ended_within(seconds: float) -> None:
    """Let this process end after some seconds at the latest, whatever it waits for.

    A database that does not answer would keep its threads for ever. What was acknowledged is committed.
    """

    def end() -> None:
        logging.getLogger("subsidy.service").error("what still runs did not come to its end, and is given up")
        os._exit(Exit.USAGE)

    last = Timer(seconds, end)
    last.daemon = True
    last.start()
