"""Why there is no answer, and what to do: the whole of what a caller reads, of real servers and certificates."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.service.security.conftest import DAY, DOMAIN, NOW, Town
from tests.service.wire import HOME

import subsidy
from subsidy.certificates import read_papers
from subsidy.client import Client, Tls, call_id
from subsidy.errors import ServiceError
from subsidy.service import Server
from subsidy.service.security.authority import Authority

ID = "0b9e1c52-7d1f-4c39-9f0e-3a4d3c1f2b6a"
SOON = 0.4  # seconds in which a server of this machine is there, if it is


def read(address: str, tls: Tls | None = None) -> str:
    """What a caller reads, with the words of gRPC and OpenSSL left out, and the address."""
    with call_id(ID), Client(address, timeout=SOON, tls=tls) as client, pytest.raises(ServiceError) as error:
        client.policy(HOME)
    assert error.value.call_id == ID
    said = re.sub(r"[(（][A-Z_]+: .*[)）]$", "(…)", error.value.report(), flags=re.MULTILINE)
    return said.replace(address, "ADDRESS").replace(f"\n  调用编号 · id of the call: {ID}", "\n  ID")


def words(zh: str, zh_help: str, en: str, en_help: str) -> str:
    """The report of an answer that did not come."""
    return (
        "S0202 no-answer  ADDRESS\n"
        f"  ADDRESS 没有应答：{zh}(…)\n  → {zh_help}\n"
        f"  no answer from ADDRESS: {en} (…)\n  → {en_help}\n"
        "  ID"
    )


CHECK = "核对地址和端口，查看服务是否在运行", "check the address and the port, and see whether the service runs"
AUTHORITY = words(
    "服务的证书不是 tls.authority 中的机构签发的",
    "核对地址；向运维人员索取签发服务证书的机构证书",
    "nobody in tls.authority has signed the certificate of the service",
    "check the address; ask the operator for the authority that signs the certificate of the service",
)
NOT_TAKEN = words(
    "服务不接受本方的证书，或不是本服务",
    "核对证书是否由服务所信任的机构签发、是否用于调用方",
    "the service does not take this certificate, or is another service",
    "see whether the certificate is one for callers, signed by an authority that the service trusts",
)


def test_nobody_is_there() -> None:
    """A wrong port, a name that there is not, and a program that is no gRPC service."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert read(f"127.0.0.1:{port}") == words("该端口无人监听", CHECK[0], "nobody listens there", CHECK[1])
    assert read("nowhere.invalid:50051") == words("地址无法解析", CHECK[0], "the address cannot be resolved", CHECK[1])


def test_a_service_that_is_mute_is_given_up() -> None:
    """Where somebody listens and never answers, the deadline ends it."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        assert read(f"127.0.0.1:{mute.getsockname()[1]}") == words(
            "期限内没有答复",
            "查看服务是否繁忙；期限由 timeout 给出",
            "the deadline passed",
            "see whether the service is busy; timeout gives more time",
        )


def test_one_side_without_tls(town: Town, server: Server) -> None:
    """Without certificates where they are asked for, and with them where the service has none."""
    with Server(subsidy.catalogue(), tls=town.tls()) as guarded:
        assert read(guarded.address) == words(
            "对方不接受没有加密的连接",
            "服务要求证书时给出 tls=Tls(…)；并核对端口",
            "the other side takes no connection without encryption",
            "give tls=Tls(…) where the service asks for certificates; check the port",
        )
    assert read(server.address, town.caller("bureau")) == words(
        "对方不用 TLS",
        "服务没有证书时不给 tls；并核对端口",
        "the other side does not speak TLS",
        "leave tls out where the service has no certificates; check the port",
    )


def test_certificates_that_do_not_fit(town: Town) -> None:
    """An authority that has not signed the service's; one's own that the service does not trust, or is for servers."""
    good = town.caller("bureau")
    with Server(subsidy.catalogue(), tls=town.tls()) as guarded:
        for name in ("test", "another"):
            path = town.folder / f"{name}.pem"
            path.write_bytes(Authority.new(name, NOW - DAY, 30).pem)
            assert read(guarded.address, dataclasses.replace(good, authority=path)) == AUTHORITY
        strange = Authority.new("strange", NOW - DAY, 30)
        foreign = town.put("foreign", strange.caller([f"{DOMAIN}/bureau"], NOW - DAY, 2))
        assert read(guarded.address, foreign) == NOT_TAKEN
        assert read(guarded.address, town.put("other", town.authority.server(NOW - DAY, 2))) == NOT_TAKEN


@contextmanager
def expired(town: Town, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server whose certificate was valid when it began."""
    then = NOW - 2 * DAY - DAY / 2
    tls = town.tls()
    town.put("server", town.authority.server(NOW - 3 * DAY, 1))
    monkeypatch.setattr(
        "subsidy.service.security.tls.read_papers", lambda *files: read_papers(files[0], files[1], files[2], then)
    )
    with Server(subsidy.catalogue(), tls=tls) as running:
        yield running


def test_the_service_has_a_certificate_that_is_over_or_of_another_name(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said whose certificate it is, what is wrong with it, and who changes it."""
    good = town.caller("bureau")
    with expired(town, monkeypatch) as running:
        assert read(running.address, good) == words(
            "服务的证书已过期",
            "请运维人员更换；并核对本机的日期",
            "the certificate of the service has expired",
            "ask the operator to renew it; check the date of this machine",
        )
    monkeypatch.undo()
    tls = town.tls()
    town.put("server", town.authority.server(NOW - DAY, 2, ["other.example"]))
    with Server(subsidy.catalogue(), tls=tls) as running:
        assert read(running.address, good) == words(
            "服务的证书不是这个地址的",
            "用证书中写明的名称或地址",
            "the certificate of the service is not for this address",
            "use a name or an address that stands in the certificate",
        )


def made(tls: Tls) -> str:
    """What is read where a client cannot be made."""
    with pytest.raises(ServiceError) as error:
        Client("127.0.0.1:1", tls=tls)
    return error.value.report()


def test_ones_own_certificate_is_looked_at_first(town: Town) -> None:
    """One that is over, is none, or whose key is another's, is said to be so before anything is connected."""

    def over(first: dt.datetime) -> Tls:
        return town.put("own", town.authority.caller([f"{DOMAIN}/bureau"], first, 1))

    town.tls()
    for first in (NOW - 3 * DAY, NOW + DAY):
        span = first.date(), (first + DAY).date()
        assert made(over(first)) == (
            f"S0107 certificate-not-valid  {town.folder}/own.pem\n"
            f"  证书 {town.folder}/own.pem 的有效期是 {span[0]} 至 {span[1]}\n  → 换上有效的证书\n"
            f"  the certificate {town.folder}/own.pem is valid from {span[0]} until {span[1]}\n"
            "  → put a valid one in its place"
        )
    good = town.caller("bureau")
    cases: list[tuple[Callable[[], Tls], str]] = [
        (lambda: dataclasses.replace(good, key=town.caller("other").key), "S0108"),
        (lambda: dataclasses.replace(good, key=good.certificate), "S0106"),
        (lambda: dataclasses.replace(good, authority=good.key), "S0105"),
        (lambda: dataclasses.replace(good, certificate=Path("/nowhere")), "S0104"),
    ]
    assert [made(make())[:5] for make, _ in cases] == [code for _, code in cases]
