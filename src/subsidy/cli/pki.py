"""`subsidy pki demo`: certificates and roles for trying the service out as it runs in a bureau."""

from __future__ import annotations

import datetime as dt
import os
import shlex
from pathlib import Path
from typing import Annotated, Final

import typer

from ..extras import needs
from ..policies import catalogue
from .exits import Exit
from .options import AsJson, Lang
from .output import pick, reports, say, show_json

group = typer.Typer(no_args_is_help=True, help="试用证书 · certificates for trying the service out")

DAYS: Final = 30
DOMAIN: Final = "spiffe://demo.example"
ROLES: Final = """\
# 谁可以做什么；没有写明的一律拒绝。修改后即时生效，不必重启服务。
# Who may do what; whatever is not written here is refused. A change holds at once, without a restart.

# 被停用的身份 · identities that are shut out
denied = []

[roles.bureau]  # 核定机关：本级及以下的台账 · who determines: ledgers of the division and of those below it
methods = ["PolicyService/*", "CalculationService/*", "LedgerService/*"]
divisions = ["{division}"]
policies = ["*"]

[roles.auditor]  # 审计：只读 · who audits: reading alone
methods = ["AuditService/*", "LedgerService/GetDetermination", "LedgerService/ListDeterminations", \
"LedgerService/GetCheckpoint", "LedgerService/GetConsistencyProof"]
divisions = ["{division}"]
policies = ["*"]

[roles.reader]  # 测算：不记账 · who calculates: nothing is recorded
methods = ["PolicyService/*", "CalculationService/*"]
policies = ["cn/*"]

[[callers]]
identity = "spiffe://demo.example/bureau"
roles = ["bureau"]

[[callers]]
identity = "spiffe://demo.example/auditor"
roles = ["auditor"]

[[callers]]
identity = "spiffe://demo.example/reader"
roles = ["reader"]
"""
CALLERS: Final = ("bureau", "auditor", "reader")


@group.callback()
def root() -> None:
    pass


@group.command()
@reports
def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="放在哪个目录 · where to put them")],
    division: Annotated[
        str, typer.Option("--division", metavar="CODE", help="台账的行政区划 · the division of the ledger")
    ] = "210100",
    lang: Lang = None,
    as_json: AsJson = False,
) -> Exit:
    """生成试用证书和角色文件 · make an authority, certificates of a server and of callers, and a roles file.

    有效期 30 天，仅供试用；正式使用应由单位自己的证书颁发机构（CA）签发。
    Valid for 30 days and for trying out alone: a bureau has its certificates signed by an authority of its own.
    """
    with needs("service"):
        from ..service.security.authority import Authority
    if division not in catalogue().folder.vocabulary.divisions:  # which the service would refuse
        raise typer.BadParameter(f"没有行政区划 {division} · there is no division {division}")
    begins = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)  # a caller's clock may be behind
    authority = Authority.new("subsidy demo", begins, DAYS)
    made = {"server": authority.server(begins, DAYS)}
    made |= {name: authority.caller([f"{DOMAIN}/{name}"], begins, DAYS) for name in CALLERS}
    files = {"ca.pem": authority.pem, "roles.toml": ROLES.format(division=division).encode()}
    for name, pair in made.items():
        files |= {f"{name}.pem": pair.certificate, f"{name}.key": pair.key}
    taken = [name for name in files if (folder / name).exists()]
    if taken:
        raise typer.BadParameter(f"{folder / taken[0]} 已经存在 · {folder / taken[0]} is there already")
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        _write(folder / name, content)
    if as_json:
        show_json({"folder": str(folder), "files": sorted(files)})
        return Exit.FINE
    named = " ".join(
        f"--{option} {shlex.quote(str(folder / name))}"
        for option, name in {
            "tls-cert": "server.pem",
            "tls-key": "server.key",
            "tls-ca": "ca.pem",
            "roles": "roles.toml",
        }.items()
    )
    say(pick(lang, f"已写入 {folder}。启动服务：", f"written to {folder}. Start the service:"))
    say(f"  subsidy serve {named}")
    return Exit.FINE


def _write(path: Path, content: bytes) -> None:
    """Write a new file; a private key for nobody else's eyes, from its first moment on."""
    mode = 0o600 if path.suffix == ".key" else 0o644
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
