"""`subsidy pki demo`, and a service started with what it makes."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

from subsidy.cli.app import app
from subsidy.cli.exits import Exit
from subsidy.client import Client, Tls
from subsidy.errors import ServiceError

FILES = ["auditor.key", "auditor.pem", "bureau.key", "bureau.pem", "ca.pem", "reader.key", "reader.pem", "roles.toml"]


def test_what_it_makes_is_taken_by_a_service(tmp_path: Path) -> None:
    """Its certificates and roles start a service on every address, in which each caller may do what its role says."""
    folder = tmp_path / "pki"
    made = CliRunner().invoke(app, ["pki", "demo", str(folder), "--json"])
    assert json.loads(made.stdout) == {"folder": str(folder), "files": [*FILES, "server.key", "server.pem"]}
    for each in folder.iterdir():
        assert stat.S_IMODE(each.stat().st_mode) == (0o600 if each.suffix == ".key" else 0o644)
    files = {"cert": "server.pem", "key": "server.key", "ca": "ca.pem"}
    options = [part for name, file in files.items() for part in (f"--tls-{name}", str(folder / file))]
    command = [sys.executable, "-m", "subsidy", "serve", "--listen", "0.0.0.0:0", "--lang", "en", *options]
    with subprocess.Popen(
        [*command, "--roles", str(folder / "roles.toml")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        port = server.stdout.readline().strip().rpartition(":")[2]
        outcomes = {name: asked(folder, name, port) for name in ("bureau", "auditor", "reader")}
        server.terminate()
        said = server.stderr.read()
    assert outcomes == {"bureau": ["", "S0203"], "auditor": ["S0401", "S0203"], "reader": ["", "S0401"]}
    refused = [line for line in said.splitlines() if "PERMISSION_DENIED" in line]
    assert len(refused) == 2
    assert "method=/subsidy.v1.PolicyService/GetPolicy" in refused[0]
    assert refused[0].endswith("caller=spiffe://demo.example/auditor")


def asked(folder: Path, name: str, port: str) -> list[str]:
    """How a caller fares with a policy and with a ledger that there is not."""
    tls, found = Tls(folder / "ca.pem", folder / f"{name}.pem", folder / f"{name}.key"), []
    with Client(f"127.0.0.1:{port}", tls=tls) as client:
        for call in (lambda: client.policy("cn/shanxi/yuncheng/bed-subsidy"), client.checkpoint):
            try:
                call()
            except ServiceError as error:
                found.append(error.problems[0].code)
            else:
                found.append("")
    return found


def test_nothing_is_written_over(tmp_path: Path) -> None:
    """A second time in the same folder is refused, and leaves the keys that are there."""
    folder = tmp_path / "pki"
    first = CliRunner().invoke(app, ["pki", "demo", str(folder), "--lang", "zh"])
    assert first.exit_code == Exit.FINE
    assert first.stdout.splitlines()[0] == f"已写入 {folder}。启动服务："
    before = {each.name: each.read_bytes() for each in folder.iterdir()}
    again = CliRunner().invoke(app, ["pki", "demo", str(folder)])
    assert again.exit_code == Exit.USAGE
    assert before == {each.name: each.read_bytes() for each in folder.iterdir()}


def test_a_division_that_there_is_not_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    """A mistyped code is said where it is given, and not by the service later."""
    found = CliRunner().invoke(app, ["pki", "demo", str(tmp_path / "pki"), "--division", "210199"])
    assert found.exit_code == Exit.USAGE
    assert "没有行政区划 210199 · there is no division 210199" in " ".join(found.output.replace("│", " ").split())
    assert not (tmp_path / "pki").exists()


def test_the_four_files_belong_together(tmp_path: Path) -> None:
    """Certificates without roles would let in everybody: what is missing is named, and nothing starts."""
    found = CliRunner().invoke(app, ["serve", "--tls-cert", str(tmp_path / "a"), "--tls-key", str(tmp_path / "b")])
    assert found.exit_code == Exit.USAGE
    words = " ".join(found.output.replace("│", " ").split())
    assert "S0503" in words and "tls_cert is given together with tls_ca, roles" in words
