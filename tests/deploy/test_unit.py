"""The systemd unit and the example of the settings: what systemd says of them, and that they name what there is."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from subsidy.cli.app import app
from subsidy.service import server, serving

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
UNIT = (DEPLOY / "subsidy.service").read_text("utf-8")
EXPOSURE = 1.5  # of 10, as systemd counts; what is left is that it uses a network, which systemd counts with 1.2
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed: apt-get install systemd"
)


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit as it is installed, for the command of this environment."""
    file = tmp_path / "subsidy.service"
    file.write_text(UNIT.replace("/opt/subsidy/current/bin/subsidy", f"{Path(sys.executable).parent}/subsidy"), "utf-8")
    return file


@needs_systemd
def test_systemd_understands_the_unit(unit: Path) -> None:
    """systemd knows every word of the unit, and has nothing to say of it."""
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@needs_systemd
def test_the_unit_leaves_little_open(unit: Path) -> None:
    """systemd's own review of the unit stays below a stated figure."""
    words = ["systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={EXPOSURE * 10:.0f}"]
    done = subprocess.run([*words, unit], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_unit_waits_for_calls_to_end() -> None:
    """systemd kills the service later than it would end by itself, with what the example says and with the defaults."""
    found = re.search(r"^TimeoutStopSec=(\d+)$", UNIT, re.MULTILINE)
    assert found is not None
    example = tomllib.loads((DEPLOY / "subsidy.toml").read_text("utf-8"))
    for drain, grace in ((serving.DRAIN, server.GRACE), (example["drain"], example["grace"])):
        assert int(found[1]) > drain + grace + 5 + 5


def options() -> set[str]:
    """The options of `subsidy serve`, by its help."""
    shown = CliRunner().invoke(app, ["serve", "--help"], env={"COLUMNS": "200"})
    return set(re.findall(r"--([a-z][a-z-]+)", shown.stdout))


def test_what_unit_and_example_name_is_there() -> None:
    """Every option that the unit and the image give, and every setting of the example, also those commented out, is one
    of `subsidy serve`."""
    image = (DEPLOY / "Dockerfile").read_text("utf-8")
    given = re.findall(r"--([a-z][a-z-]+)", " ".join(re.findall(r"^ExecStart.*$", UNIT, re.MULTILINE)))
    given += re.findall(r'"--([a-z-]+)"', image)
    example = re.sub(r"^# (?=\w+ = )", "", (DEPLOY / "subsidy.toml").read_text("utf-8"), flags=re.MULTILINE)
    named = set(given) | {name.replace("_", "-") for name in tomllib.loads(example)}
    assert {"ledger", "tls-cert", "roles", "config"} <= named
    assert named <= options()
