"""Why there is no answer: what gRPC and OpenSSL say of it, in words, and what to do about it."""

from __future__ import annotations

from typing import Final, NamedTuple

from ..text import Text


class Cause(NamedTuple):
    """Why, and what to do."""

    what: Text
    hint: Text


_CHECK: Final = Text(
    "核对地址和端口，查看服务是否在运行", "check the address and the port, and see whether the service runs"
)
RECORDED: Final = Text(
    "是否已经入账不得而知：用同一 request 再次提交，不会重复入账",
    "whether it is recorded is not known: ask again with the same request, which has no second effect",
)
_CLOSED: Final = "Socket closed", "Connection reset"
_AUTHORITY: Final = Cause(
    Text(
        "服务的证书不是 tls.authority 中的机构签发的",
        "nobody in tls.authority has signed the certificate of the service",
    ),
    Text(
        "核对地址；向运维人员索取签发服务证书的机构证书",
        "check the address; ask the operator for the authority that signs the certificate of the service",
    ),
)
_NOT_TAKEN: Final = Cause(
    Text("服务不接受本方的证书，或不是本服务", "the service does not take this certificate, or is another service"),
    Text(
        "核对证书是否由服务所信任的机构签发、是否用于调用方",
        "see whether the certificate is one for callers, signed by an authority that the service trusts",
    ),
)
_CLOSED_PLAIN: Final = Cause(
    Text("对方不接受没有加密的连接", "the other side takes no connection without encryption"),
    Text(
        "服务要求证书时给出 tls=Tls(…)；并核对端口",
        "give tls=Tls(…) where the service asks for certificates; check the port",
    ),
)

# What is said, each with its cause; the first that is found counts.
_CAUSES: Final[list[tuple[str, Cause]]] = [
    (
        "WRONG_VERSION_NUMBER",
        Cause(
            Text("对方不用 TLS", "the other side does not speak TLS"),
            Text(
                "服务没有证书时不给 tls；并核对端口",
                "leave tls out where the service has no certificates; check the port",
            ),
        ),
    ),
    (
        "certificate has expired",
        Cause(
            Text("服务的证书已过期", "the certificate of the service has expired"),
            Text("请运维人员更换；并核对本机的日期", "ask the operator to renew it; check the date of this machine"),
        ),
    ),
    (
        "certificate is not yet valid",
        Cause(
            Text("服务的证书尚未生效", "the certificate of the service is not valid yet"),
            Text("核对本机的日期，再请运维人员更换", "check the date of this machine, then ask the operator"),
        ),
    ),
    (
        "Hostname Verification",
        Cause(
            Text("服务的证书不是这个地址的", "the certificate of the service is not for this address"),
            Text("用证书中写明的名称或地址", "use a name or an address that stands in the certificate"),
        ),
    ),
    ("CERTIFICATE_VERIFY_FAILED", _AUTHORITY),
    ("certificate signature failure", _AUTHORITY),
    ("Connection refused", Cause(Text("该端口无人监听", "nobody listens there"), _CHECK)),
    ("errors resolving", Cause(Text("地址无法解析", "the address cannot be resolved"), _CHECK)),
    ("Failed parsing HTTP/2", Cause(Text("对方不是 gRPC 服务", "the other side is no gRPC service"), _CHECK)),
    (
        "DEADLINE_EXCEEDED",
        Cause(
            Text("期限内没有答复", "the deadline passed"),
            Text(
                "查看服务是否繁忙；期限由 timeout 给出",
                "see whether the service is busy; timeout gives more time",
            ),
        ),
    ),
    (
        "message larger than max",
        Cause(
            Text("一条消息超过限度", "a message is larger than allowed"),
            Text("分成几次，或用 calculate_table", "ask in parts, or use calculate_table"),
        ),
    ),
]


def cause_of(said: str, *, has_tls: bool) -> Cause | None:
    """Why there is no answer, if gRPC says something that is known; `has_tls` where the call went over TLS."""
    for sign, cause in _CAUSES:
        if sign in said:
            return cause
    if "failed to connect" in said and any(sign in said for sign in _CLOSED):
        return _NOT_TAKEN if has_tls else _CLOSED_PLAIN
    return None
