"""`subsidy health`: whether a service answers, for operators and for whatever watches it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import ServiceError
from ..extras import needs
from .exits import Exit
from .options import AsJson, Lang
from .output import pick, reports, say, show_json, show_problems

Address = Annotated[
    str,
    typer.Argument(metavar="HOST:PORT", envvar="SUBSIDY_HEALTH_ADDRESS", help="服务的地址 · where the service listens"),
]
Service = Annotated[
    str,
    typer.Option(
        "--service",
        metavar="NAME",
        help="只问一项服务，如 subsidy.v1.LedgerService · one service of it alone, such as subsidy.v1.LedgerService",
    ),
]
Timeout = Annotated[
    float,
    typer.Option("--timeout", metavar="SECONDS", min=0.1, max=600, help="最多等几秒 · how long to wait for an answer"),
]


def _tls(name: str, metavar: str, text: str) -> Any:
    """An option with a variable of its own: the service's certificate, in SUBSIDY_TLS_CERT, is not the caller's."""
    envvar = f"SUBSIDY_HEALTH_{name.removeprefix('--').replace('-', '_').upper()}"
    return typer.Option(name, metavar=metavar, envvar=envvar, help=text, rich_help_panel="安全 · Security")


Authority = Annotated[
    Path | None, _tls("--tls-ca", "FILE", "签发服务证书的机构（PEM） · who signs the service's certificate")
]
Certificate = Annotated[Path | None, _tls("--tls-cert", "FILE", "调用方证书（PEM） · the caller's own certificate")]
PrivateKey = Annotated[Path | None, _tls("--tls-key", "FILE", "调用方私钥（PEM） · its private key")]
Name = Annotated[
    str | None,
    _tls(
        "--tls-name", "HOST", "服务证书中的名称，缺省为地址 · the name in the service's certificate, if not the address"
    ),
]


@reports
def health(
    address: Address = "127.0.0.1:50051",
    service: Service = "",
    timeout: Timeout = 5.0,
    lang: Lang = None,
    as_json: AsJson = False,
    tls_ca: Authority = None,
    tls_cert: Certificate = None,
    tls_key: PrivateKey = None,
    tls_name: Name = None,
) -> Exit:
    """服务是否可用：可用为 0，否则为 1 · ask a service for its health: 0 if it serves, else 1.

    有证书的服务要求出示调用方证书；任何角色都可以问。
    A service with certificates asks for the caller's; whatever its role, it may ask this.
    """
    files = {"--tls-ca": tls_ca, "--tls-cert": tls_cert, "--tls-key": tls_key}
    missing = ", ".join(name for name, file in files.items() if file is None)
    if missing and (tls_name is not None or any(files.values())):
        raise typer.BadParameter(f"证书各项须同时给出，还缺 {missing} · these belong together; missing: {missing}")
    with needs("service"):
        from ..client.health import health as ask
        from ..client.tls import Tls
    tls = Tls(tls_ca, tls_cert, tls_key) if tls_ca and tls_cert and tls_key else None
    if tls is not None:
        tls.credentials()  # what is wrong with the files is an error of the command, and says nothing of the service
    try:
        status = ask(address, service, timeout=timeout, tls=tls, name=tls_name)
    except ServiceError as error:
        show_problems(error.problems, "zh" if lang == "zh" else "en" if lang == "en" else None, as_json)
        return Exit.FINDING
    if as_json:
        show_json({"address": address, "service": service, "status": status})
    else:
        of = f" {service}" if service else ""
        say(pick(lang, f"{address}{of}：{status}", f"{address}{of}: {status}"))
    return Exit.FINE if status == "SERVING" else Exit.FINDING
