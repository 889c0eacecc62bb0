"""The service within what the unit lets it do: the kernel's own filters, without systemd.

What cannot be had here without systemd (its namespaces and its user) takes nothing from a program but paths, and of
those `/proc` is mounted here as the unit has it.
"""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
from ctypes.util import find_library
from pathlib import Path

import pyarrow as pa
import pytest

from subsidy.client import Client, Verified

UNIT = (Path(__file__).resolve().parents[2] / "deploy/subsidy.service").read_text("utf-8")
HOME = "cn/liaoning/shenyang/home-service"
FACTS = {"beneficiary": "B1", "month": "2023-08", "hours": "20.25", "price": "30.50", "left_monthly": "1350"}
# In a process that then becomes the service: no new privileges, no memory that is both written and run, and of system
# calls those that are named; any other fails with EPERM, as under the unit.
CONFINE = """
import ctypes, os, sys
libc, seccomp = ctypes.CDLL(None, use_errno=True), ctypes.CDLL("libseccomp.so.2")
seccomp.seccomp_init.restype = ctypes.c_void_p
context = ctypes.c_void_p(seccomp.seccomp_init(0x00050001))
for name in sys.argv[1].split():
    number = seccomp.seccomp_syscall_resolve_name(name.encode())
    if number >= 0:
        assert seccomp.seccomp_rule_add(context, 0x7FFF0000, number, 0) == 0, name
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(65, 1, 0, 0, 0) == 0
assert seccomp.seccomp_load(context) == 0
os.execv(sys.argv[2], sys.argv[2:])
"""


def calls(of: str) -> set[str]:
    """The system calls in a set of systemd's, with those of the sets in it."""
    shown = subprocess.check_output(["systemd-analyze", "syscall-filter", "--no-pager", of], text=True)
    words = {line.strip() for line in shown.splitlines()[1:] if line.startswith("    ") and "#" not in line}
    return {word for word in words if not word.startswith("@")}.union(*(calls(w) for w in words if w.startswith("@")))


def allowed() -> set[str]:
    """Those that the unit allows."""
    left = calls("@default")
    for line in re.findall(r"^SystemCallFilter=(.*)$", UNIT, re.MULTILINE):
        named = set[str]().union(*map(calls, line.removeprefix("~").split()))
        left = left - named if line.startswith("~") else left | named
    return left


@pytest.fixture
def confined(tmp_path: Path) -> list[str]:
    """How a command is begun that may do what the unit allows, and no more."""
    if shutil.which("systemd-analyze") is None or find_library("seccomp") is None:
        pytest.skip("systemd-analyze and libseccomp are not installed: apt-get install systemd libseccomp2")
    if tuple(map(int, re.findall(r"\d+", platform.release())[:2])) < (6, 3):
        pytest.skip("before 6.3 Linux itself does not keep memory from being both written and run")
    file = tmp_path / "confine.py"
    file.write_text(CONFINE, "utf-8")
    return [sys.executable, str(file), " ".join(sorted(allowed())), sys.executable]


def test_what_the_unit_forbids_fails(confined: list[str]) -> None:
    """Memory that is written and run, a processor of one's own and another user are refused: the filter is there."""
    tried = (
        "import mmap, os\n"
        "def fails(call):\n"
        "    try: call()\n"
        "    except (OSError, ValueError): return True\n"
        "    return False\n"
        "print(fails(lambda: mmap.mmap(-1, 4096, prot=7)), fails(lambda: os.sched_setaffinity(0, {0})),"
        " fails(lambda: os.setuid(os.getuid())))"
    )
    done = subprocess.run([*confined, "-c", tried], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("True True True\n", "")


def test_the_service_needs_no_more_than_the_unit_allows(confined: list[str], tmp_path: Path) -> None:
    """With all its libraries the service makes a ledger, calculates, answers a table, audits, and stops by itself."""
    words = ["-m", "subsidy", "serve", "--listen", "127.0.0.1:0", "--lang", "en", "--scope", "210100"]
    command = [*confined, *words, "--ledger", f"sqlite:///{tmp_path}/ledger.db"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as service:
        try:
            assert service.stdout is not None
            said = service.stdout.readline().split()
            with Client(said[-1]) as client:
                amount = client.calculate(HOME, FACTS, full=True).amount
                table = pa.table({name: [value] for name, value in FACTS.items()})
                answered = client.calculate_table(HOME, table, on="2023-08-01")["amount"].to_pylist()
                *_, verified = client.verify(checkpoints=[client.checkpoint().note])
        finally:
            service.terminate()
    assert [amount, *answered] == [amount] * 2
    assert str(amount) == "617.63"
    assert isinstance(verified, Verified)
    assert verified.is_clean
    assert service.returncode == 0


PROC = {"ProcSubset": "subset", "ProtectProc": "hidepid"}  # what the unit says of /proc, and as the kernel calls it
TOLD = """
from prometheus_client import generate_latest
from subsidy.service.operation.metrics import Metrics
print(generate_latest(Metrics().registry).decode())
"""


def told(options: str) -> set[str]:
    """The numbers of its process that the service tells, within a `/proc` of its own that is mounted with options."""
    mounted = 'mount -t proc -o "$1" proc /proc && exec "$2" -c "$3"'
    words = ["unshare", "--map-root-user", "--mount", "--pid", "--fork", "sh", "-c", mounted, "sh", options]
    done = subprocess.run([*words, sys.executable, TOLD], capture_output=True, text=True, check=False)
    if done.returncode == 127 or "mount: " in done.stderr or "unshare: " in done.stderr:
        pytest.skip(f"no /proc can be mounted here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    return set(re.findall(r"^process_\w+", done.stdout, re.MULTILINE))


def test_the_unit_leaves_what_the_alarms_of_the_process_are_made_of() -> None:
    """With the `/proc` of the unit, Prometheus is told every number of the process that an alarm asks for; with one
    that has processes alone it would be told none."""
    alarms = (Path(__file__).resolve().parents[2] / "deploy/alerts.yml").read_text("utf-8")
    said = re.findall(r"^(ProcSubset|ProtectProc)=(\w+)$", UNIT, re.MULTILINE)
    assert set(re.findall(r"\bprocess_\w+", alarms)) <= told(",".join(f"{PROC[name]}={value}" for name, value in said))
    assert told("subset=pid") == set()
