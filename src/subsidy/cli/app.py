"""The commands of `subsidy` put together."""

from __future__ import annotations

from typing import Annotated

import typer

from . import audit, calculate, code, demo, determine, health, ledger, pki, policy, programme, release, serve, tables
from .exits import Exit
from .output import say


def _exit_codes() -> str:
    """The exit codes as a paragraph of help."""
    lines = [f"{code.value}  {code.meaning.zh} · {code.meaning.en}" for code in Exit]
    return "退出码 · Exit codes:\n\n" + "\n\n".join(lines)


app = typer.Typer(
    name="subsidy",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    epilog=_exit_codes(),
    help="养老服务补贴测算：金额精确，理由齐全 · exact, explained calculation of elder-care subsidies",
)
app.add_typer(policy.group, name="policy")
app.add_typer(programme.group, name="programme")
app.add_typer(ledger.group, name="ledger")
app.add_typer(audit.group, name="audit")
app.add_typer(tables.group, name="table")
app.add_typer(pki.group, name="pki")
app.command()(calculate.calculate)
app.command()(calculate.replay)
app.command()(determine.determine)
app.command()(determine.reverse)
app.command()(release.release)
app.command()(code.code)
app.command()(serve.serve)
app.command()(health.health)
app.command()(demo.demo)


def _version(wanted: bool) -> None:
    if wanted:
        from .. import __version__

        say(__version__)
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="版本号 · the version of this package")
    ] = False,
) -> None:
    pass
