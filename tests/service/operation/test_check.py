"""`subsidy serve --check`: all by which a start would stop, at once, and nothing made on the way."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization as forms
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.ledger.support import YUNCHENG
from tests.service.security.conftest import Town, town  # noqa: F401 — a fixture
from tests.service.test_ledger_process import serving, stop
from typer.testing import CliRunner, Result

import subsidy
from subsidy.cli.app import app
from subsidy.cli.exits import Exit
from subsidy.ledger import Ledger


def checked(*words: str) -> Result:
    """The command."""
    return CliRunner().invoke(app, ["serve", "--check", *words])


def codes(*words: str) -> list[str]:
    """The problems it finds."""
    found = checked("--json", *words)
    problems = [problem["code"] for problem in json.loads(found.stdout)["problems"]]
    assert found.exit_code == (Exit.FINDING if problems else Exit.FINE)
    return problems


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file below a folder."""
    return {
        str(each): (each.stat().st_mtime_ns, each.read_bytes()) for each in sorted(folder.rglob("*")) if each.is_file()
    }


@pytest.fixture
def taken() -> Iterator[str]:
    """An address on which somebody listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def test_what_can_be_started_is_said_to_be_and_nothing_is_made(
    bureau_folder: Path,
    bureau_catalogue: subsidy.Catalogue,
    tmp_path: Path,
    town: Town,  # noqa: F811
) -> None:
    """A sound setting passes, whether its ledger is there or is to be made; no file is written, and none touched."""
    tls = town.tls()
    tls.key.chmod(0o640)
    with Ledger(f"sqlite:///{tmp_path}/there.db", YUNCHENG, bureau_catalogue):
        pass
    words = [
        "--listen", "0.0.0.0:0", "--metrics", "127.0.0.1:0",
        "--policies", str(bureau_folder / "policies"), "--adoptions", str(bureau_folder / "adoptions"),
        "--tls-cert", str(tls.certificate), "--tls-key", str(tls.key), "--tls-ca", str(tls.authority),
        "--roles", str(tls.roles),
    ]  # fmt: skip
    before = tree(tmp_path)
    for more in (["there.db"], ["there.db", "--scope", YUNCHENG], ["new.db", "--scope", YUNCHENG]):
        found = checked(*words, "--ledger", f"sqlite:///{tmp_path}/{more[0]}", *more[1:], "--lang", "en")
        assert (found.exit_code, found.output) == (Exit.FINE, "it can be started\n")
    assert tree(tmp_path) == before


def test_all_that_is_wrong_is_found_at_once(tmp_path: Path, taken: str, town: Town) -> None:  # noqa: F811
    """Ports, certificates, keys, roles, policies, scope and a wrong number: one run names them all."""
    tls = town.tls("[roles.x]\nmethods = ['Nothing/*']\n")
    other = town.authority.server
    town.put("other", other(*_times()))
    (town.folder / "other.key").chmod(0o644)
    (tmp_path / "policies").mkdir()
    assert codes(
        "--threads", "0", "--listen", taken, "--metrics", "10.0.0.1:1", "--policies", str(tmp_path / "none"),
        "--tls-cert", str(tls.certificate), "--tls-key", str(town.folder / "other.key"),
        "--tls-ca", str(tls.roles), "--roles", str(tls.roles),
    ) == ["S0502", "S0102", "S0101", "C0101", "S0105", "S0108", "S0109"]  # fmt: skip
    assert codes(
        "--tls-cert", str(tls.certificate), "--tls-key", str(tls.key), "--tls-ca", str(tls.authority),
        "--roles", str(tls.roles), "--ledger", f"sqlite:///{tmp_path}/none/l.db", "--scope", "999999",
    )[-4:] == ["S0411", "R0517", "S0304", "R0516"]  # fmt: skip


def test_a_key_that_everybody_can_read_is_said(town: Town) -> None:  # noqa: F811
    """The check names the file and what to do; whoever may read it is not only the service."""
    tls = town.tls()
    tls.key.chmod(0o644)
    found = checked("--tls-cert", str(tls.certificate), "--tls-key", str(tls.key), "--tls-ca", str(tls.authority),
                    "--roles", str(tls.roles))  # fmt: skip
    assert found.output == (
        f"S0109 key-not-private  {tls.key}\n"
        f"  本机任何人都能读私钥 {tls.key}\n"
        f"  → chmod 640 {tls.key}\n"
        f"  anybody on this machine can read the private key {tls.key}\n"
        f"  → chmod 640 {tls.key}\n"
    )


def _times() -> Any:
    from tests.service.security.conftest import DAY, NOW

    return NOW - DAY, 2


def test_beside_a_server_that_runs_both_are_taken(bureau_folder: Path, tmp_path: Path) -> None:
    """The same settings a second time: the port and the ledger are another's, which goes on undisturbed."""
    with serving(bureau_folder, tmp_path / "l.db") as (process, address):
        ledger = ["--ledger", f"sqlite:///{tmp_path}/l.db"]
        assert codes("--listen", address, *ledger) == ["S0102", "S0302"]
        second = subprocess.run(
            [sys.executable, "-m", "subsidy", "serve", "--listen", address, "--json"],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert (second.returncode, json.loads(second.stdout)["problems"][0]["code"]) == (2, "S0102")
        stop(process)
    assert codes("--listen", address, *ledger) == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--ledger", "sqlite:///{}/none.db"], "S0306"),
        (["--ledger", "sqlite:///{}/empty.db"], "S0306"),
        (["--ledger", "sqlite:///{}/other.db.key", "--scope", YUNCHENG], "S0306"),
        (["--ledger", "sqlite:///{}/none/new.db", "--scope", YUNCHENG, "--key", "{}/other.db.key"], "S0304"),
        (["--ledger", "sqlite:///{}/new.db", "--scope", YUNCHENG, "--key", "{}/none/key"], "R0516"),
        (["--ledger", "sqlite:///{}/new.db", "--scope", YUNCHENG, "--key", "{}/empty.db/key"], "R0516"),
        (["--ledger", "sqlite:///{}/new.db", "--scope", YUNCHENG, "--key", "{}/there.db"], "R0516"),
        (["--ledger", "sqlite:///{}/new.db", "--scope", YUNCHENG, "--key", "{}"], "R0516"),
        (["--ledger", "sqlite:///{}/new.db", "--scope", YUNCHENG, "--key", "{}/password.key"], "R0516"),
        (["--ledger", "sqlite:///{}/there.db", "--scope", "210100"], "R0518"),
        (["--ledger", "sqlite:///{}/there.db", "--key", "{}/none.key"], "R0516"),
        (["--ledger", "sqlite:///{}/there.db", "--key", "{}/other.db.key"], "R0519"),
        (["--ledger", "postgresql://me:hidden@127.0.0.1:1/x", "--key", "{}/there.db.key"], "S0304"),
        (["--ledger", "postgresql://me:hidden@127.0.0.1:1", "--key", "{}/there.db.key"], "R0501"),
        (["--ledger", "postgresql://me@127.0.0.1:1/x?password=hidden", "--key", "{}/there.db.key"], "S0304"),
        (["--ledger", "postgresql://me@127.0.0.1:1?sslpassword=hidden@x", "--key", "{}/there.db.key"], "R0501"),
        (["--adoptions", "{}/none"], "A0101"),
        (["--listen", "127.0.0.1:{port}", "--metrics", "127.0.0.1:{port}"], "S0102"),
        (["--listen", "nowhere"], "S0103"),
    ],
)
def test_what_the_check_finds_is_what_stops_the_start(
    bureau_catalogue: subsidy.Catalogue, bureau_folder: Path, tmp_path: Path, words: list[str], code: str
) -> None:
    """For each fault alone, the check and the start say the same; no word has the password of a database in it."""
    for name in ("there", "other"):
        with Ledger(f"sqlite:///{tmp_path}/{name}.db", YUNCHENG, bureau_catalogue):
            pass
    (tmp_path / "empty.db").touch()
    with_password = forms.BestAvailableEncryption(b"x")
    (tmp_path / "password.key").write_bytes(
        Ed25519PrivateKey.generate().private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, with_password)
    )
    (tmp_path / "password.key").chmod(0o600)
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    (tmp_path / "policies").mkdir()  # without any, so that they are soon read
    for name in ("divisions.toml", "vocabulary.toml"):
        shutil.copy(bureau_folder / "policies" / name, tmp_path / "policies")
    given = ["--policies", f"{tmp_path}/policies", *(word.format(tmp_path, port=port) for word in words)]
    started = CliRunner().invoke(app, ["serve", "--json", "--listen", "127.0.0.1:0", *given])
    assert [problem["code"] for problem in json.loads(started.stdout)["problems"]] == [code] == codes(*given)
    assert "hidden" not in started.output + checked(*given).output
    assert not (tmp_path / "new.db").exists()


def test_once_the_key_is_mended_the_ledger_is_made(bureau_folder: Path, tmp_path: Path) -> None:
    """A start that had no key left nothing that stands in the way of the next one, and the check says so."""
    new = ["--ledger", f"sqlite:///{tmp_path}/l.db", "--scope", YUNCHENG, "--key", f"{tmp_path}/l.db.key"]
    (tmp_path / "l.db.key").write_text("none")
    (tmp_path / "l.db.key").chmod(0o600)
    started = CliRunner().invoke(app, ["serve", "--json", "--listen", "127.0.0.1:0", *new])
    assert [problem["code"] for problem in json.loads(started.stdout)["problems"]] == ["R0516"] == codes(*new)
    (tmp_path / "l.db.key").unlink()
    assert codes("--listen", "127.0.0.1:0", *new) == []
    with serving(bureau_folder, tmp_path / "l.db") as (process, _):
        stop(process)
    assert (tmp_path / "l.db").stat().st_mode & 0o777 == 0o600
