"""`subsidy demo`, as a stranger runs it first."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time

import pytest


@pytest.fixture(scope="module")
def shown() -> str:
    """What one run prints."""
    words = [sys.executable, "-m", "subsidy", "demo"]
    env = os.environ | {"LC_ALL": "C", "NO_COLOR": "1"}
    return subprocess.run(words, capture_output=True, encoding="utf-8", env=env, check=True).stdout


def test_prints_the_amounts_of_the_texts(shown: str) -> None:
    """Every amount that the texts give comes out, in Chinese and in English."""
    amounts = [
        "558120.00", "600000.00", "450000.00", "90000.00", "2150000.00", "50000.00–100000.00", "75000.00",
        "93.33", "0.00", "200.00", "1350.00", "90.00",
    ]  # fmt: skip

    results = re.findall(r"  ([0-9.–]+) (元|CNY)(?:，未定|, undetermined)? ←", shown)

    assert [amount for amount in amounts if (amount, "元") not in results] == []
    assert [amount for amount in amounts if (amount, "CNY") not in results] == []


def test_every_case_comes_out_and_every_receipt_replays(shown: str) -> None:
    """The last lines say that all cases are as written, and that all receipts replay to the same."""
    assert shown.splitlines()[-3:] == [
        "14/14 与算例一致 · as the worked cases say",
        "14/14 份回执重算一致 · receipts replayed, same",
        "5/5 次核定与限额相符，存证有效 · determinations within the cap, proofs valid",
    ]
    assert "✗" not in shown


def test_explains_one_case_in_full_in_both_languages(shown: str) -> None:
    """One case is explained in full with its clauses, in Chinese and then in English."""
    assert "= 取小(200 元/(人·月)，200 元/(人·月) × 14 天 ÷ 30 天)\n" in shown
    assert "= min(200 CNY/(person·month), 200 CNY/(person·month) × 14 d ÷ 30 d)\n" in shown
    assert "≈ 93.33 CNY/(person·month) (rounded half up to 0.01)\n" in shown


def test_every_case_says_that_it_is_a_simulation(shown: str) -> None:
    """No adoption is shipped, so each case says in both languages that nothing may be paid from it."""
    assert shown.count("  测算，不作支付依据\n") == 14
    assert shown.count("  a simulation: nothing may be paid from it\n") == 14


def test_the_ledger_holds_the_cap_over_claims(shown: str) -> None:
    """A third claim of a month is cut to what is left, a fourth has nothing; the adoption is said to be fictional."""
    assert "台账，经 gRPC 服务（采用文件是虚构的，仅供演示）：每人每月至多 1350 元，不论分几次申报\n" in shown
    assert (
        "The ledger over gRPC (under a fictional adoption, for demonstration): "
        "1350 CNY a month per person over all claims"
    ) in shown
    assert (
        "✓ demo-3  第三次申报：只余 150 元 · a third claim: 150 CNY are left\n"
        "    第 8 条：核定，应付 150.00 元\n"
        "      每人每月最高补助〔二(一)〕：已用 1200.00 元 + 本次 150.00 元 = 1350.00 元；"
        "1350.00 元 − 1350.00 元 = 尚余 0.00 元\n"
        "    Entry 8: determined, 150.00 CNY are payable\n"
        "      monthly cap per person [二(一)]: 1200.00 CNY used + 150.00 CNY now = 1350.00 CNY; "
        "1350.00 CNY − 1350.00 CNY = 0.00 CNY left\n"
    ) in shown
    assert "    第 9 条：核定为 0，应付 0.00 元\n" in shown


def test_leaves_nothing_behind(shown: str) -> None:
    """Once the command has ended, nothing answers on the address that it used."""
    host, port = re.findall(r"^gRPC ([0-9.]+):([0-9]+) ", shown)[0]

    with socket.socket() as probe:
        assert probe.connect_ex((host, int(port))) != 0


def test_runs_without_a_terminal_and_soon_again() -> None:
    """A run without any standard input or terminal ends with 0 within seconds, its JSON whole, no process left."""
    began = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-m", "subsidy", "demo", "--json"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        encoding="utf-8",
    ) as demo:
        printed, said = demo.communicate(timeout=60)

    assert (demo.returncode, said) == (0, "")
    data = json.loads(printed)
    assert [case["comes_out"] for case in data["cases"]] == [True] * 14
    assert [(step["request"], step["entry"], step["amount"], step["comes_out"]) for step in data["ledger"]] == [
        ("demo-1", 6, "600.00", True),
        ("demo-2", 7, "600.00", True),
        ("demo-1", 6, "600.00", True),
        ("demo-3", 8, "150.00", True),
        ("demo-4", 9, "0.00", True),
    ]
    with pytest.raises(ProcessLookupError):
        os.killpg(demo.pid, 0)
    assert time.monotonic() - began < 20
