"""The command as a process: entry points, encodings, exit codes and what is imported."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from subsidy.cli.exits import Exit

BED = "cn/shanxi/yuncheng/bed-subsidy"
FACTS = [
    "centre=C1",
    "resident=R1",
    "month=2021-06",
    "care_level=semi_disabled",
    'stays=[{"moved_in": "2021-06-05", "moved_out": "2021-06-18"}]',
    "--reading",
    "part_month=by_days",
]


def subsidy(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """`python -m subsidy`, as another process."""
    return subprocess.run(
        [sys.executable, "-m", "subsidy", *words],
        capture_output=True,
        encoding="utf-8",
        env=os.environ | env,
        check=False,
    )


def test_a_calculation_in_a_plain_terminal_of_any_locale() -> None:
    """Chinese comes out in UTF-8 and without colours where the locale is C, and the exit code is 0."""
    found = subsidy("calculate", BED, *FACTS, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", NO_COLOR="1")

    assert (found.returncode, found.stderr) == (0, "")
    assert "金额合计：93.33 元\n" in found.stdout
    assert "\x1b" not in found.stdout


def test_a_receipt_made_by_one_process_replays_in_another(tmp_path: Path) -> None:
    """A receipt written by one process is the same to another, and different once it was tampered with."""
    file = tmp_path / "receipt.json"
    made = subsidy("calculate", BED, *FACTS, "--receipt", str(file))
    same = subsidy("replay", str(file), "--json")
    file.write_bytes(file.read_bytes().replace(b"93.33", b"93.34", 1))
    different = subsidy("replay", str(file), "--json")

    assert (made.returncode, same.returncode, different.returncode) == (0, 0, 1)
    assert json.loads(same.stdout)["same"] is True
    assert [each["key"] for each in json.loads(different.stdout)["differences"]] == ["result.amount"]


def test_help_documents_the_exit_codes() -> None:
    """`--help` has every exit code."""
    shown = subsidy("--help", COLUMNS="200").stdout

    assert [code for code in Exit if f"{code.value}  {code.meaning.zh} · {code.meaning.en}" not in shown] == []


def test_version() -> None:
    """`--version` prints the version and nothing else."""
    import subsidy as package

    assert subsidy("--version").stdout == f"{package.__version__}\n"


def test_a_calculation_imports_no_service() -> None:
    """A calculation on the command line starts without the libraries of the service."""
    code = (
        "import sys; from subsidy.cli import main\n"
        f"sys.argv = ['subsidy', 'calculate', {BED!r}, *{FACTS!r}]\n"
        "try: main()\n"
        "except SystemExit as left: assert left.code == 0\n"
        "print([name for name in ('grpc', 'google', 'rich.table', 'hypothesis') if name in sys.modules])"
    )

    assert subprocess.check_output([sys.executable, "-c", code], text=True).splitlines()[-1] == "[]"


def test_a_missing_extra_is_named() -> None:
    """Where the libraries of a command are not installed, the line that installs them is printed."""
    command_line = "import sys; sys.modules['typer'] = None\nfrom subsidy.cli import main; main()"
    service = (
        "import sys; sys.modules['grpc'] = None; sys.argv = ['subsidy', 'demo']\nfrom subsidy.cli import main; main()"
    )

    found = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        for code in (command_line, service)
    ]

    assert [(each.returncode, each.stdout) for each in found] == [(2, "")] * 2
    assert found[0].stderr.endswith("this needs the extra cli:  pip install 'subsidy[cli]'\n")
    assert found[1].stderr.endswith("this needs the extra service:  pip install 'subsidy[service]'\n")


def test_an_internal_error_has_its_own_exit_code(tmp_path: Path) -> None:
    """What goes wrong in this package is said with a number and classed apart; the same fault has the same number."""
    code = (
        "import subsidy.policies as policies, sys\n"
        "def broken(*_, **__): raise ZeroDivisionError\n"
        "policies.Catalogue.policy = broken\n"
        f"sys.argv = ['subsidy', 'policy', 'show', {BED!r}, '--json']\n"
        "from subsidy.cli import main; main()"
    )

    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
        for _ in range(2)
    ]

    assert [each.returncode for each in runs] == [70, 70]
    assert [problem["code"] for problem in json.loads(runs[0].stdout)["problems"]] == ["I0101"]
    assert runs[0].stdout == runs[1].stdout
    assert "ZeroDivisionError" in runs[0].stderr


def test_serve_says_where_it_listens_and_stops_when_told() -> None:
    """The service prints its address, refuses one off loopback, and ends with 0 on SIGTERM."""
    refused = subsidy("serve", "--listen", "0.0.0.0:0", "--lang", "en")
    words = [sys.executable, "-m", "subsidy", "serve", "--listen", "127.0.0.1:0", "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            lines = "".join(server.stdout.readline() for _ in range(3))
        finally:
            server.send_signal(signal.SIGTERM)
        left = server.wait(timeout=20)

    assert (refused.returncode, refused.stderr.splitlines()[0]) == (2, "S0101 not-loopback  0.0.0.0:0")
    assert json.loads(lines)["listening"].startswith("127.0.0.1:")
    assert left == 0
