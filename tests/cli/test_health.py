"""`subsidy health`: what it says, and with which code it leaves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.service.security.conftest import Town, serving, town

import subsidy
from subsidy.cli.exits import Exit
from subsidy.service import Server

__all__ = ["town"]
AUDIT = "subsidy.v1.AuditService"


def test_a_service_that_serves(run: Run, server: Server) -> None:
    """A running service is SERVING, in text and as JSON, and what it does not offer is unknown to it."""
    whole = run("health", server.address)
    one = run("health", server.address, "--service", "subsidy.v1.CalculationService", "--json")
    none = run("health", server.address, "--service", AUDIT, "--lang", "en")
    assert (whole.exit_code, whole.stdout) == (Exit.FINE, f"{server.address}：SERVING\n")
    assert one.exit_code == Exit.FINE
    assert json.loads(one.stdout) == {
        "address": server.address,
        "service": "subsidy.v1.CalculationService",
        "status": "SERVING",
    }
    assert (none.exit_code, none.stdout) == (Exit.FINDING, f"{server.address} {AUDIT}: SERVICE_UNKNOWN\n")


def test_a_service_that_stops(run: Run, catalogue: subsidy.Catalogue) -> None:
    """While it says goodbye a service is NOT_SERVING, and once it is gone there is no answer: both leave with 1."""
    running = Server(catalogue).start()
    running._health.stops()
    stopping = run("health", running.address, "--lang", "en")
    running.stop()
    gone = run("health", running.address, "--json")
    assert (stopping.exit_code, stopping.stdout) == (Exit.FINDING, f"{running.address}: NOT_SERVING\n")
    assert gone.exit_code == Exit.FINDING
    assert [each["code"] for each in json.loads(gone.stdout)["problems"]] == ["S0202"]


def test_a_service_with_certificates(
    run: Run, town: Town, catalogue: subsidy.Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers a caller that shows a certificate, given as options or by variables; others have no answer."""
    with serving(catalogue, town.tls()) as server:
        caller = town.caller("bureau")
        files = {"ca": caller.authority, "cert": caller.certificate, "key": caller.key}
        options = [word for name, file in files.items() for word in (f"--tls-{name}", str(file))]
        assert run("health", server.address, *options).exit_code == Exit.FINE
        assert run("health", server.address, *options, "--tls-name", "localhost").exit_code == Exit.FINE
        assert run("health", server.address, *options, "--tls-name", "other.example").exit_code == Exit.FINDING
        assert run("health", server.address).exit_code == Exit.FINDING
        for name, file in files.items():
            monkeypatch.setenv(f"SUBSIDY_HEALTH_TLS_{name.upper()}", str(file))
        assert run("health", server.address).exit_code == Exit.FINE


def test_what_is_wrong_with_the_command_is_no_finding(run: Run, tmp_path: Path) -> None:
    """Files that are missing or unreadable are said as what they are, and leave with 2."""
    some = run("health", "--tls-ca", "ca.pem")
    words = " ".join(some.output.replace("│", " ").split())
    assert some.exit_code == Exit.USAGE
    assert "these belong together; missing: --tls-cert, --tls-key" in words
    nowhere = [word for name in ("ca", "cert", "key") for word in (f"--tls-{name}", str(tmp_path / name))]
    none = run("health", *nowhere, "--json")
    assert none.exit_code == Exit.USAGE
    assert [each["code"] for each in json.loads(none.stdout)["problems"]] == ["S0104"] * 3
