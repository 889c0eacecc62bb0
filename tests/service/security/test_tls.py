"""Certificates: who is let in, and how they are replaced while the server runs."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from tests.service.wire import LIST, call

import subsidy
from subsidy.client import Client
from subsidy.client import Tls as Mine
from subsidy.client.errors import rebuilt
from subsidy.errors import ServiceError
from subsidy.service import Server
from subsidy.service.security.authority import Authority
from subsidy.service.security.tls import Tls

from .conftest import DAY, DOMAIN, NOW, ROLES, Town, client, serving

LOOK = 0.25  # seconds within which a file that changed is read again


def good(town: Town) -> Mine:
    return town.caller("bureau")


def expired(town: Town) -> Mine:
    return town.put("expired", town.authority.caller([f"{DOMAIN}/bureau"], NOW - 3 * DAY, 1))


def future(town: Town) -> Mine:
    return town.put("future", town.authority.caller([f"{DOMAIN}/bureau"], NOW + DAY, 1))


def foreign(town: Town) -> Mine:
    return town.put("foreign", Authority.new("test", NOW - DAY, 30).caller([f"{DOMAIN}/bureau"], NOW - DAY, 2))


def self_signed(town: Town) -> Mine:
    alone = Authority.new("caller", NOW - DAY, 30)
    return town.put("alone", alone.caller([f"{DOMAIN}/bureau"], NOW - DAY, 2)._replace(certificate=alone.pem))


def of_a_server(town: Town) -> Mine:
    return town.put("other", town.authority.server(NOW - DAY, 2))


def unknown(town: Town) -> Mine:
    return town.caller("bureau2")


def nameless(town: Town) -> Mine:
    return town.put("nameless", town.authority.caller([], NOW - DAY, 2))


def of_two(town: Town) -> Mine:
    both = [f"{DOMAIN}/bureau", f"{DOMAIN}/other"]
    return town.put("two", town.authority.caller(both, NOW - DAY, 2))


def denied(town: Town) -> Mine:
    return town.caller("gone")


NO_HANDSHAKE = "S0202"
MATRIX: dict[Callable[[Town], Mine], str | None] = {
    good: None,
    expired: NO_HANDSHAKE,
    future: NO_HANDSHAKE,
    foreign: NO_HANDSHAKE,
    self_signed: NO_HANDSHAKE,
    of_a_server: NO_HANDSHAKE,
    unknown: "S0401",
    nameless: "S0402",
    of_two: "S0402",
    denied: "S0401",
}


def found(client: Client) -> str | None:
    """The code with which a call is refused; none where it is answered."""
    try:
        assert list(client.policies())
    except ServiceError as error:
        return error.problems[0].code
    return None


def at_the_door(server: Server, credentials: grpc.ChannelCredentials | None) -> str | None:
    """The code with which a call is refused that comes with any certificate, or without TLS; none if answered."""
    with (
        grpc.insecure_channel(server.address)
        if credentials is None
        else grpc.secure_channel(server.address, credentials) as channel
    ):
        try:
            assert call(channel, LIST, b"", timeout=5)
        except grpc.RpcError as error:
            return rebuilt(error, server.address).problems[0].code
    return None


def test_the_good_one_alone_passes(town: Town, record_property: Callable[[str, object], None]) -> None:
    """Of ten certificates that differ in one thing each, and of callers with none at all, one is answered."""
    tls = town.tls()
    with serving(subsidy.catalogue(), tls) as server:
        outcomes = {make.__name__: (at_the_door(server, shown(make(town))), want) for make, want in MATRIX.items()}
        outcomes["without TLS"] = at_the_door(server, None), NO_HANDSHAKE
        roots = grpc.ssl_channel_credentials(town.authority.pem)
        outcomes["no certificate"] = at_the_door(server, roots), NO_HANDSHAKE
    said = ", ".join(f"{name} {code or 'passes'}" for name, (code, _) in outcomes.items())
    record_property("figure certificates", said)
    assert {name: code for name, (code, _) in outcomes.items()} == {name: w for name, (_, w) in outcomes.items()}
    assert [name for name, (code, _) in outcomes.items() if code is None] == ["good"]


def shown(mine: Mine) -> grpc.ChannelCredentials:
    """A certificate as a caller shows it who does not look at it first."""
    authority, key, certificate = (Path(each).read_bytes() for each in (mine.authority, mine.key, mine.certificate))
    return grpc.ssl_channel_credentials(authority, key, certificate)


def test_a_certificate_without_one_name_is_told_so(town: Town) -> None:
    """Whoever was let in and is nobody, or two, is told what the certificate lacks."""
    with serving(subsidy.catalogue(), town.tls()) as server:
        for make in (nameless, of_two):
            with client(server, make(town)) as caller, pytest.raises(ServiceError) as error:
                list(caller.policies())
            (problem,) = error.value.problems
            assert problem.message("en") == (
                "the certificate must have one URI among its alternative names, and no other"
            )
            assert problem.message("zh") == "证书须有且只有一个 URI 形式的主体别名"


def test_a_server_of_another_name_or_authority_is_not_believed(town: Town) -> None:
    """A caller talks to nobody whom its authority has not signed, or who is somebody else."""
    tls = town.tls()
    mine = town.caller("bureau")
    other = Authority.new("test", NOW - DAY, 30)
    (town.folder / "other.pem").write_bytes(other.pem)
    misled = Mine(town.folder / "other.pem", mine.certificate, mine.key)
    with serving(subsidy.catalogue(), tls) as server:
        assert at_the_door(server, shown(misled)) == NO_HANDSHAKE
    town.put("server", town.authority.server(NOW - DAY, 2, ["other.example"]))
    with serving(subsidy.catalogue(), tls) as server:
        assert at_the_door(server, shown(mine)) == NO_HANDSHAKE


def test_certificates_are_replaced_while_it_runs(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    """New connections get the new certificates, open ones go on; what is no good is told, and changes nothing."""
    tls = town.tls()
    mine = town.caller("bureau")
    with serving(subsidy.catalogue(), tls) as server, client(server, mine) as open_one:
        assert found(open_one) is None
        anew = Authority.new("test 2", NOW - DAY, 30)
        later = Town(town.folder, anew)
        (town.folder / "ca.pem").write_bytes(anew.pem)
        town.put("server", anew.server(NOW - DAY, 2))
        assert at_the_door(server, shown(mine)) == NO_HANDSHAKE
        with client(server, later.caller("bureau")) as known:
            assert found(known) is None
        assert found(open_one) is None
        with caplog.at_level(logging.ERROR, "subsidy.service"):
            (town.folder / "half").write_bytes(b"half a fi")
            (town.folder / "half").rename(town.folder / "server.key")
            with client(server, later.caller("bureau")) as known:
                assert found(known) is None
        key = f"{town.folder}/server.key"
        (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
        assert record.getMessage() == (
            f"{key}; what was read before stays: {key} is no RSA or ECDSA private key in PEM without a password"
        )


def test_an_authority_and_its_successor_of_the_same_name_are_trusted_side_by_side(town: Town) -> None:
    """While callers change over, both authorities stand in one file, and callers of both are let in."""
    tls = town.tls()
    mine, anew = town.caller("bureau"), Authority.new("test", NOW - DAY, 30)
    (town.folder / "ca.pem").write_bytes(town.authority.pem + anew.pem)
    later = town.put("later", anew.caller([f"{DOMAIN}/bureau"], NOW - DAY, 2))
    with serving(subsidy.catalogue(), tls) as server:
        for each in (mine, later):
            with client(server, each) as caller:
                assert found(caller) is None


def test_whoever_is_shut_out_is_so_within_a_moment(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    """A name on the list of the denied ends what an open connection may; a file that is no good changes nothing."""
    tls = town.tls()
    with serving(subsidy.catalogue(), tls) as server, client(server, town.caller("bureau")) as caller:
        assert found(caller) is None
        with caplog.at_level(logging.ERROR, "subsidy.service"):
            tls.roles.write_text("denied = [", "utf-8")
            time.sleep(LOOK)
            assert found(caller) is None
        assert [each.levelno for each in caplog.records].count(logging.ERROR) == 1
        tls.roles.write_text(ROLES.replace("example/gone", "example/bureau", 1), "utf-8")
        time.sleep(LOOK)
        assert found(caller) == "S0401"
        assert found(caller) == "S0401"
        tls.roles.write_text(ROLES, "utf-8")
        time.sleep(LOOK)
        assert found(caller) is None


def test_health_is_for_every_certificate_and_what_is_served_for_those_with_a_role(town: Town) -> None:
    """A balancer with a certificate and no role may ask for health alone; who is denied, for nothing."""
    tls = town.tls()
    with serving(subsidy.catalogue(), tls) as server:
        outcomes = {}
        for name in ("bureau", "balancer", "gone"):
            with grpc.secure_channel(server.address, town.caller(name).credentials()) as channel:
                outcomes[name] = [code_of(ask, channel) for ask in (health, listing)]
    assert outcomes == {
        "bureau": ["OK", "OK"],
        "balancer": ["OK", "PERMISSION_DENIED"],
        "gone": ["PERMISSION_DENIED", "PERMISSION_DENIED"],
    }


def health(channel: grpc.Channel) -> object:
    return health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=5)


def listing(channel: grpc.Channel) -> object:
    asked = reflection_pb2.ServerReflectionRequest(list_services="")
    return list(reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(iter([asked]), timeout=5))


def code_of(ask: Callable[[grpc.Channel], object], channel: grpc.Channel) -> str:
    try:
        ask(channel)
    except grpc.RpcError as error:
        raised: grpc.Call = error  # type: ignore[assignment]
        return str(raised.code().name)
    return "OK"


def test_what_is_wrong_with_the_files_is_said_before_it_starts(town: Town) -> None:
    """Every file at once, in both languages."""
    tls = town.tls()
    other = town.authority.server(NOW - 3 * DAY, 1)
    tls.certificate.write_bytes(other.certificate)
    tls.authority.write_text("-----BEGIN", "utf-8")
    assert said(tls) == [
        f"{tls.authority} is no certificate in PEM of an RSA or ECDSA key",
        f"the certificate {tls.certificate} is valid from {(NOW - 3 * DAY).date()} until {(NOW - 2 * DAY).date()}",
        f"the private key {tls.key} is not that of the certificate",
    ]
    assert said(tls, "zh") == [
        f"{tls.authority} 不是 PEM 格式、使用 RSA 或 ECDSA 密钥的证书",
        f"证书 {tls.certificate} 的有效期是 {(NOW - 3 * DAY).date()} 至 {(NOW - 2 * DAY).date()}",
        f"私钥 {tls.key} 不是该证书的",
    ]
    tls.key.write_text("no key", "utf-8")
    tls.authority.write_bytes(b"")
    tls.certificate.unlink()
    assert said(tls) == [
        f"{tls.certificate} cannot be read: No such file or directory",
        f"{tls.authority} is no certificate in PEM of an RSA or ECDSA key",
        f"{tls.key} is no RSA or ECDSA private key in PEM without a password",
    ]


def said(tls: Tls, language: str = "en") -> list[str]:
    with pytest.raises(ServiceError) as error:
        Server(subsidy.catalogue(), tls=tls)
    return [each.message("zh" if language == "zh" else "en") for each in error.value.problems]


def test_a_clients_files_are_read_at_once(town: Town) -> None:
    """All that cannot be read of a caller's own files is said together."""
    with pytest.raises(ServiceError) as error:
        Client("127.0.0.1:1", tls=Mine(town.folder / "a.pem", town.folder / "b.pem", town.folder / "c.key"))
    assert [each.where.rsplit("/", 1)[1] for each in error.value.problems] == ["b.pem", "c.key", "a.pem"]


def test_without_certificates_it_listens_on_loopback_alone(town: Town) -> None:
    """With certificates any address will do; without, none but this machine's own."""
    with pytest.raises(ServiceError) as error:
        Server(subsidy.catalogue(), "0.0.0.0:0")
    assert error.value.problems[0].code == "S0101"
    with Server(subsidy.catalogue(), "0.0.0.0:0", tls=town.tls()) as server:
        assert server.address.startswith("0.0.0.0:")
