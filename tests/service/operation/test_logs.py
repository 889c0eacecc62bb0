"""The log: lines that a machine reads, with the id of each call, and without anything that a call is about."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from tests.ledger.support import NURSING
from tests.service.wire import GET

from subsidy.client import Client
from subsidy.errors import SubsidyError
from subsidy.service.operation.logs import set_up

SECRETS = ["210102194001011234", "张三", "REQUEST-77", "BILL-88", "because-of-99", "cn/secret-55/x", "reading-44"]


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """What the log printed; the loggers are afterwards as they were."""
    root, ours = logging.getLogger(), logging.getLogger("subsidy")
    monkeypatch.setattr(root, "handlers", list(root.handlers))
    monkeypatch.setattr(root, "level", root.level)
    monkeypatch.setattr(ours, "level", ours.level)
    return lambda: capsys.readouterr().err


def serve(bureau: Path, tmp_path: Path, *more: str) -> list[str]:
    """A command."""
    return [
        sys.executable, "-m", "subsidy", "serve", "--listen", "127.0.0.1:0", "--json", "--log-format", "json",
        "--policies", str(bureau / "policies"), "--adoptions", str(bureau / "adoptions"),
        "--ledger", f"sqlite:///{tmp_path}/l.db", "--scope", "140800", *more,
    ]  # fmt: skip


def test_a_line_for_each_call_and_nothing_of_a_person_in_any(bureau_folder: Path, tmp_path: Path) -> None:
    """At the lowest level, over calls that succeed and fail: each line is JSON, and no value of a request is in one."""
    command = serve(bureau_folder, tmp_path, "--log-level", "debug")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        address = json.loads("".join(process.stdout.readline() for _ in range(3)))["listening"]
        with Client(address) as client, grpc.insecure_channel(address) as channel:
            claim = {"elder": SECRETS[0], "month": "2024-03", "cost": "1", "bill": SECRETS[3]}
            client.determine(NURSING, claim, request=SECRETS[2])
            client.reverse(client.determinations().__next__().index or 0, why=SECRETS[4], request="b")
            for wrong in (
                lambda: client.determine(NURSING, {**claim, "cost": SECRETS[1]}, request="c"),
                lambda: client.determine(NURSING, {**claim, "cost": "2"}, request=SECRETS[2]),
                lambda: client.calculate(SECRETS[5]),
                lambda: client.calculate(NURSING, claim, readings={SECRETS[6]: SECRETS[1]}),
            ):
                with pytest.raises(SubsidyError):
                    wrong()
            given, metadata = str(uuid.uuid4()), "x-request-id"
            for value in (given, SECRETS[0]):
                get: Any = channel.unary_unary(GET)
                with pytest.raises(grpc.RpcError) as error:
                    get(b"", metadata=[(metadata, value)])
                failed: Any = error.value
                sent = dict(failed.trailing_metadata())[metadata]
                assert (sent == value) == (value == given)
                assert str(uuid.UUID(sent)) == sent
        process.terminate()
        lines = process.stderr.read().splitlines()
    told = [json.loads(line) for line in lines]
    assert [secret for secret in SECRETS if any(secret in line for line in lines)] == []
    calls = [each for each in told if each["event"] == "call"]
    assert {each["code"] for each in calls} >= {"OK", "INVALID_ARGUMENT", "ALREADY_EXISTS", "NOT_FOUND"}
    assert all({"time", "level", "method", "code", "seconds", "id"} <= each.keys() for each in calls)
    assert any(each["id"] == given for each in calls)
    levels = {(each["method"].rpartition("/")[2], each["level"]) for each in calls if each["code"] == "OK"}
    assert {("Determine", "INFO"), ("Reverse", "INFO"), ("GetPolicy", "DEBUG")} <= levels


def test_an_exception_is_told_by_types_and_places(printed: Callable[[], str]) -> None:
    """Whatever library logs it, in both forms: what raised what and where, and not a word of it."""
    for form in ("text", "json"):
        set_up(form, "info")
        try:
            try:
                raise KeyError(SECRETS[0])
            except KeyError as error:
                raise ValueError(SECRETS[1]) from error
        except ValueError:
            logging.getLogger("some.library").exception("it failed")
    said = printed()
    assert said.count("builtins.ValueError") == said.count("builtins.KeyError") == 2
    assert said.count("test_logs.py:") == 2 * 2
    assert not any(secret in said for secret in SECRETS)


def test_text_is_a_line_with_its_fields_behind(printed: Callable[[], str]) -> None:
    """For people: the time in UTC, the level, what happened, and the fields of a call."""
    set_up("text", "info")
    logging.getLogger("subsidy.service").info("call", extra={"method": "/a/b", "code": "OK", "seconds": 0.5})
    logging.getLogger("subsidy.service").debug("not told")
    logging.getLogger("other").info("nor this")
    (line,) = printed().splitlines()
    assert (line[19], line[20:]) == ("Z", " INFO call method=/a/b code=OK seconds=0.5")
