"""Settings: the same from flags, the environment and a file, and all that is wrong with them at once."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from subsidy.cli.app import app
from subsidy.cli.exits import Exit
from subsidy.cli.serve import serve
from subsidy.errors import ServiceError
from subsidy.service.operation.settings import TLS, Settings, read_settings
from subsidy.settings import SETTINGS, flag, variable

VALUES: dict[str, Any] = {
    "listen": "127.0.0.1:7", "policies": "p", "adoptions": "a", "threads": 3, "most_calls": 9, "ledger": "sqlite:///l",
    "scope": "140800", "key": "k", "least_free": 5, "tls_cert": "c", "tls_key": "t", "tls_ca": "ca", "roles": "r",
    "metrics": "127.0.0.1:8", "log_format": "json", "log_level": "debug", "reload_seconds": 2.5, "drain": 0.5,
    "grace": 3.0,
}  # fmt: skip
PATHS = {"policies", "adoptions", "key", *TLS}
WRONG = """\
listn = "127.0.0.1:1"
log_format = "xml"

tls_cert = "a.pem"
"""
SAID = """\
S0502 bad-setting  SUBSIDY_THREADS
  many 不可用；可以是：1…64
  many cannot be used; allowed is: 1…64
S0502 bad-setting  {file}:2
  xml 不可用；可以是：text, json
  xml cannot be used; allowed is: text, json
S0502 bad-setting  --grace
  -1 不可用；可以是：0…3600
  -1 cannot be used; allowed is: 0…3600
S0501 unknown-setting  {file}:1
  没有设置 listn
  → 是否想写 listen？
  there is no setting listn
  → did you mean listen?
S0503 settings-belong-together  {file}:4
  tls_cert 须与 tls_key, tls_ca, roles 同时给出
  tls_cert is given together with tls_key, tls_ca, roles"""


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine that tests."""
    for name in SETTINGS:
        monkeypatch.delenv(variable(name), raising=False)


def toml(values: dict[str, Any]) -> str:
    """Settings as a file has them."""
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())


def test_words_flags_and_model_have_the_same_settings() -> None:
    """Each setting has its words, its flag and its place in the model, and nothing else has one."""
    assert list(SETTINGS) == list(Settings.model_fields) == list(VALUES)
    own = {"config", "check", "lang", "as_json"}
    assert [name for name in inspect.signature(serve).parameters if name not in own] == list(SETTINGS)
    shown = CliRunner().invoke(app, ["serve", "--help"], terminal_width=300).output
    assert [name for name in SETTINGS if flag(name) not in shown] == []


def test_a_setting_is_the_same_wherever_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every setting by flags, by the environment and by a file makes the same settings."""
    file = tmp_path / "subsidy.toml"
    file.write_text(toml(VALUES), "utf-8")
    by_flags, by_file = read_settings({name: str(value) for name, value in VALUES.items()}), read_settings({}, file)
    for name, value in VALUES.items():
        monkeypatch.setenv(variable(name), str(value))
    by_environment = read_settings({})
    expected = {name: Path(value) if name in PATHS else value for name, value in VALUES.items()}
    assert by_flags.model_dump() == by_file.model_dump() == by_environment.model_dump() == expected


def test_flags_come_before_the_environment_and_that_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is said nearer counts; what nobody says is as it is by default."""
    file = tmp_path / "subsidy.toml"
    file.write_text(toml({"threads": 1, "most_calls": 1, "drain": 1.5}), "utf-8")
    monkeypatch.setenv("SUBSIDY_THREADS", "2")
    monkeypatch.setenv("SUBSIDY_MOST_CALLS", "2")
    found = read_settings({"threads": "3"}, file)
    assert (found.threads, found.most_calls, found.drain, found.grace) == (3, 2, 1.5, 10.0)


def test_all_that_is_wrong_is_said_at_once_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flag, a variable and lines of a file: each problem names which it is, what it was and what it may be."""
    file = tmp_path / "subsidy.toml"
    file.write_text(WRONG, "utf-8")
    monkeypatch.setenv("SUBSIDY_THREADS", "many")
    with pytest.raises(ServiceError) as error:
        read_settings({"grace": "-1"}, file)
    assert error.value.report() == SAID.format(file=file)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("SUBSIDY_LEGDER", "SUBSIDY_LEDGER"),
        ("SUBSIDY_TLS_CRT", "SUBSIDY_TLS_CERT"),
        ("SUBSIDY_LOGLEVEL", "SUBSIDY_LOG_LEVEL"),
        ("SUBSIDY_ROLE", "SUBSIDY_ROLES"),
    ],
)
def test_a_mistyped_variable_ends_the_start(monkeypatch: pytest.MonkeyPatch, name: str, meant: str) -> None:
    """A service does not run without what its operator believes to have set; an empty variable says nothing."""
    monkeypatch.setenv(name, "")
    read_settings({})
    monkeypatch.setenv(name, "sqlite:///l.db")
    said = (
        f"S0501 unknown-setting  {name}\n  没有设置 {name}\n  → 是否想写 {meant}？\n"
        f"  there is no setting {name}\n  → did you mean {meant}?"
    )
    with pytest.raises(ServiceError) as error:
        read_settings({})
    assert error.value.report() == said
    assert CliRunner().invoke(app, ["serve", "--check", "--listen", "127.0.0.1:0"]).output == f"{said}\n"


def test_a_variable_of_somebody_else_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Kubernetes tells of Services of any such name, what other commands read, and what merely begins so."""
    services = ["SUBSIDY", *(variable(name) for name in SETTINGS)]
    ends = ["SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_GRPC", "PORT", "PORT_50051_TCP"]
    ends += [f"PORT_50051_TCP_{what}" for what in ("PROTO", "PORT", "ADDR")]
    ours = ["CONFIG", "LANG", "CACHE", "HEALTH_ADDRESS", "HEALTH_TLS_CA", "HEALTH_TLS_CERT", "HEALTH_TLS_KEY"]
    others = [f"SUBSIDY_{name}" for name in (*ours, "RELEASE", "IMAGE", "REPLICAS", "VERSION", "THRESHOLD")]
    for name in (*others, *(f"{service}_{end}" for service in services for end in ends)):
        monkeypatch.setenv(name, "tcp://10.0.0.1:50051")
    assert read_settings({}).model_dump() == Settings().model_dump()


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (None, "S0104", "cannot be read: No such file or directory"),
        (b"listen = \n", "S0504", "it is no TOML: Invalid value (at line 1, column 10)"),
        (b"\xff", "S0504", "不是 TOML：'utf-8' codec can't decode"),
    ],
)
def test_a_file_that_is_none_is_said(tmp_path: Path, content: bytes | None, code: str, words: str) -> None:
    """A file that is not there, or no TOML, ends the start with its reason, and is not taken for an empty one."""
    file = tmp_path / "subsidy.toml"
    if content is not None:
        file.write_bytes(content)
    found = CliRunner().invoke(app, ["serve", "--config", str(file)])
    assert found.exit_code == Exit.USAGE
    assert found.output.startswith(code)
    assert words in found.output
