"""What can be set of the service, in words: for the flags of `subsidy serve`, and for `docs/operating.md`.

What each setting may be, and where it is read from, stands in `subsidy.service.operation.settings`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from .text import Text

PREFIX: Final = "SUBSIDY_"


class Setting(NamedTuple):
    """A setting: which group it belongs to, what stands for its value, and what it is for."""

    group: Text
    metavar: str
    said: Text


_SERVICE, _LEDGER = Text("服务", "Service"), Text("台账", "Ledger")
_SECURITY, _OPERATION = Text("安全", "Security"), Text("运行", "Operation")


# fmt: off
SETTINGS: Final[dict[str, Setting]] = {
    "listen": Setting(_SERVICE, "HOST:PORT", Text(
        "监听地址，没有证书时仅限本机；端口 0 为任取",
        "where to listen; loopback only unless there are certificates; port 0 takes a free one")),
    "policies": Setting(_SERVICE, "DIR", Text(
        "政策目录，缺省为自带的", "the folder of policies; the shipped one unless given")),
    "adoptions": Setting(_SERVICE, "DIR", Text("采用文件目录", "the folder of the bureau's adoptions")),
    "threads": Setting(_SERVICE, "N", Text("计算所用的线程数", "threads that calculate")),
    "most_calls": Setting(_SERVICE, "N", Text(
        "同时受理的调用数，超出的请其稍后重试", "calls at a time; those above are told to try again")),
    "ledger": Setting(_LEDGER, "URL", Text(
        "台账：sqlite:///PATH 或 postgresql://…；给出 scope 时没有则建立",
        "the ledger: sqlite:///PATH or postgresql://…; with a scope, made where there is none")),
    "scope": Setting(_LEDGER, "DIVISION", Text(
        "核定机关的区划代码；缺省为台账自己的", "the division that determines; the ledger's own unless given")),
    "key": Setting(_LEDGER, "FILE", Text(
        "签名密钥文件，SQLite 缺省在台账旁，PostgreSQL 须给出",
        "the key that signs; beside the ledger of SQLite unless given, and needed on PostgreSQL")),
    "least_free": Setting(_LEDGER, "MIB", Text(
        "SQLite 台账所在磁盘至少留有的 MiB，少于此即报告不可用；PostgreSQL 的磁盘须自行监测",
        "MiB that the disk of a ledger of SQLite must have free, below which it is reported as not healthy; that of "
        "PostgreSQL is yours to watch")),
    "tls_cert": Setting(_SECURITY, "FILE", Text("服务器证书（PEM）", "the server's certificate in PEM")),
    "tls_key": Setting(_SECURITY, "FILE", Text("服务器私钥（PEM）", "its private key in PEM")),
    "tls_ca": Setting(_SECURITY, "FILE", Text(
        "签发调用方证书的机构（PEM）", "who signs the callers' certificates, in PEM")),
    "roles": Setting(_SECURITY, "FILE", Text("角色文件：谁可以做什么", "the roles file: who may do what")),
    "metrics": Setting(_OPERATION, "HOST:PORT", Text(
        "Prometheus 指标的监听地址，仅限本机", "where Prometheus asks for metrics; loopback only")),
    "log_format": Setting(_OPERATION, "text|json", Text("日志格式，一行一条", "how the log is written, a line each")),
    "log_level": Setting(_OPERATION, "LEVEL", Text(
        "日志从哪一级起：debug 为每次调用，info 为写台账的与被拒绝的调用，warning、error",
        "from where on the log tells: debug is every call, info those that record or are refused, warning, error")),
    "reload_seconds": Setting(_OPERATION, "SECONDS", Text(
        "每隔多久查看政策与采用文件有无变化；0 为只在收到 SIGHUP 时",
        "how often policies and adoptions are looked at for changes; 0 is at SIGHUP alone")),
    "drain": Setting(_OPERATION, "SECONDS", Text(
        "停止时，宣布不再服务以后还受理多久", "at a stop, how long calls are still taken after “not serving” is said")),
    "grace": Setting(_OPERATION, "SECONDS", Text(
        "停止时，正在进行的调用有多久可以完成", "at a stop, how long running calls may take to finish")),
}
# fmt: on


def flag(name: str) -> str:
    """A setting as a flag."""
    return f"--{name.replace('_', '-')}"


def variable(name: str) -> str:
    """A setting as a variable of the environment."""
    return f"{PREFIX}{name.upper()}"
