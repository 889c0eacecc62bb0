"""Files that are read again: what was refused is taken once it is right, whatever made it so."""

from __future__ import annotations

import datetime as dt
import logging
from functools import partial
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256K1
from tests.service.operation.conftest import soon

import subsidy
from subsidy.client import Client
from subsidy.client import Tls as Mine
from subsidy.errors import Problem, ServiceError
from subsidy.service import Server, rereading
from subsidy.service.operation.metrics import Metrics
from subsidy.service.security import authority
from subsidy.service.security.watched import Watched

from .conftest import DAY, NOW, Town, client

# What openssl makes of `-newkey ec -pkeyopt ec_paramgen_curve:SM2`.
SM2_KEY = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqBHM9VAYItBG0wawIBAQQgA/OuHrjyHqrNPN8p
8YSBllQU/Ce5lNfxFbW6ZSsF8XWhRANCAARBJxDCMNyryppzwx/5QGfVWdPRwvVf
szb7IAnBvSQdQqEjcESTcbubOZV8cUbjJxI79aMH7p/fiJEMXkXF9qxN
-----END PRIVATE KEY-----
"""
SM2 = """\
-----BEGIN CERTIFICATE-----
MIIBbTCCAROgAwIBAgIUKhqtMb/BUzsVNAkHpUMwbnGrLmAwCgYIKoEcz1UBg3Uw
DDEKMAgGA1UEAwwBeDAeFw0yNjExMjQwMzUyMDZaFw0yNjExMjcwMzUyMDZaMAwx
CjAIBgNVBAMMAXgwWTATBgcqhkjOPQIBBggqgRzPVQGCLQNCAARBJxDCMNyryppz
wx/5QGfVWdPRwvVfszb7IAnBvSQdQqEjcESTcbubOZV8cUbjJxI79aMH7p/fiJEM
XkXF9qxNo1MwUTAdBgNVHQ4EFgQUS0iMeSNhE6pmG4NYpNK2O00xqaUwHwYDVR0j
BBgwFoAUS0iMeSNhE6pmG4NYpNK2O00xqaUwDwYDVR0TAQH/BAUwAwEB/zAKBggq
gRzPVQGDdQNIADBFAiEAu4KW6sD4hrEvb4ytB2YEx9U/slKe6ECQVLDzO8Es6tsC
IFPCosxps2XfyBLyC2/C3wNbczdbX0wk054ajD23LeD5
-----END CERTIFICATE-----
"""


def read_as_the_service(file: Path) -> str:
    """What a file says to a user who is not its owner."""
    if not file.stat().st_mode & 0o040:
        raise ServiceError(Problem.of("S0104", str(file), detail="Permission denied"))
    return file.read_text("utf-8")


def test_a_file_whose_mode_is_mended_is_taken(tmp_path: Path) -> None:
    """What comes unreadable is refused, and taken as soon as its mode is another, though it was not written again."""
    file, told = tmp_path / "roles.toml", list[bool]()
    file.write_text("one", "utf-8")
    file.chmod(0o640)
    watched = Watched([file], lambda: read_as_the_service(file), told.append)
    file.chmod(0o600)
    file.write_text("two", "utf-8")
    assert (watched.look(), told) == ("one", [False])
    file.chmod(0o640)
    assert (watched.look(), watched.look(), told) == ("two", "two", [False, True])


@pytest.mark.parametrize("is_told", [False, True], ids=["by time", "told"])
def test_a_certificate_that_begins_in_a_moment_is_taken_then(
    town: Town, is_told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An authority whose clock is ahead: refused, told once, counted, and shown once it is valid, by itself."""
    monkeypatch.setattr(rereading, "AGAIN", 60.0 if is_told else 1.0)
    metrics, tls, mine = Metrics(), town.tls(), town.caller("bureau")

    def read(name: str, **labels: str) -> float | None:
        return metrics.registry.get_sample_value(f"subsidy_{name}", {"what": "certificates", **labels})

    with Server(subsidy.catalogue(), tls=tls, counted=metrics) as server, client(server, mine) as caller:
        begins = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
        town.put("server", town.authority.server(begins, 9))
        server.look(is_told=False)
        assert (read("reload_refused"), read("reloads_total", outcome="refused")) == (1, 1)
        server.look(is_told=False)  # it is not tried at every look
        assert read("reloads_total", outcome="refused") == 1

        def is_taken() -> bool:
            server.look(is_told=is_told)
            return read("reload_refused") == 0

        assert soon(is_taken)
        assert list(caller.policies())
        ends = metrics.registry.get_sample_value("subsidy_certificate_expires_timestamp_seconds")
        assert ends == int((begins + 9 * DAY).timestamp())


def test_whatever_a_reading_ends_in_what_was_read_stays(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """An error that nobody thought of is counted and told once, by its type and place and not its words."""
    file, told = tmp_path / "roles.toml", list[bool]()
    file.write_text("1", "utf-8")
    watched = Watched([file], lambda: int(file.read_text("utf-8")), told.append)
    file.write_text("S. Ecret", "utf-8")
    with caplog.at_level(logging.ERROR, "subsidy.service"):
        assert [watched.look(is_told=True) for _ in range(3)] == [1, 1, 1]
    assert told == [False] * 3
    (record,) = caplog.records
    assert record.__dict__["trace"].startswith("builtins.ValueError\n") and "Ecret" not in record.__dict__["trace"]
    file.write_text("22", "utf-8")
    assert (watched.look(), told[-1]) == (22, True)


def test_keys_that_tls_has_no_use_for_are_said_so_by_both_sides(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    """SM2 is no surprise: a running server keeps what it has, none starts with it, a caller hears the same words."""
    tls, mine = town.tls(), town.caller("bureau")
    with Server(subsidy.catalogue(), tls=tls) as server, client(server, mine) as caller:
        tls.certificate.write_text(SM2, "utf-8")
        tls.key.write_text(SM2_KEY, "utf-8")
        with client(server, mine) as later:
            assert list(later.policies()) and list(caller.policies())
    wrong = [
        f"{tls.certificate} is no certificate in PEM of an RSA or ECDSA key",
        f"{tls.key} is no RSA or ECDSA private key in PEM without a password",
    ]
    errors = [each.getMessage() for each in caplog.records if each.levelno == logging.ERROR]
    assert errors == [f"{text.split()[0]}; what was read before stays: {text}" for text in wrong]
    theirs = Mine(tls.authority, tls.certificate, tls.key)
    for make in (partial(Server, subsidy.catalogue(), tls=tls), partial(Client, "127.0.0.1:1", tls=theirs)):
        with pytest.raises(ServiceError) as error:
            make()
        assert [each.message("en") for each in error.value.problems] == wrong
        for each in error.value.problems:
            assert each.help("en") == "ECDSA is on the curve P-256 or P-384; SM2 is not supported"
            assert each.help("zh") == "ECDSA 用 P-256 或 P-384 曲线；国密 SM2 不受支持"


def test_a_key_on_a_curve_that_no_port_takes_is_said_so(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate by which the server could not listen is named, and not the port."""
    tls = town.tls()
    monkeypatch.setattr(authority, "SECP256R1", SECP256K1)
    town.put("server", town.authority.server(NOW - DAY, 2))
    with pytest.raises(ServiceError, match="S0105"):
        Server(subsidy.catalogue(), tls=tls)
