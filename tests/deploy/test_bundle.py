"""The bundle: made, refused where it was altered, installed without a network, and run from there."""

from __future__ import annotations

import ast
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from zipfile import ZipFile

import pytest
from tools import bundle as made

import subsidy
from subsidy.client import Client

WHOLE = os.environ.get("SUBSIDY_BUNDLE")  # the folder of a bundle that `make bundle` made, to try that one
# No registry, no proxy that answers, and a configuration of pip that would lead elsewhere.
OFFLINE = {
    **os.environ,
    "PIP_NO_INDEX": "1",
    "PIP_FIND_LINKS": "/nowhere",
    "http_proxy": "http://127.0.0.1:9",
    "https_proxy": "http://127.0.0.1:9",
    "PYTHON": sys.executable,
}
DAMAGED = (
    "错误：安装包已损坏或被改动，什么也没有安装；请重新取得安装包\n"
    "error: the bundle is damaged or was altered; nothing was installed. Get it again\n"
)


def install(bundle: Path, folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """`install.sh` of a bundle."""
    return subprocess.run(
        ["sh", bundle / "install.sh", folder],
        capture_output=True,
        encoding="utf-8",
        env=OFFLINE | env,
        check=False,
        cwd="/",
    )


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle as `make bundle` makes it; in the suite with the extras alone that a service cannot be without."""
    if WHOLE:
        return Path(WHOLE).resolve()
    folder = tmp_path_factory.mktemp("dist") / "bundle"
    (folder / "wheels").mkdir(parents=True)
    made.fill(folder, "service,cli", platform.machine())
    return folder


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A bundle with all but the wheels of others, of which nothing is used before every file was checked."""
    folder = tmp_path / "small"
    (folder / "wheels").mkdir(parents=True)
    for name in ("install.py", "install.sh", "README.md"):
        shutil.copy(made.DEPLOY / name, folder)
    (folder / "wheels" / "some-1-py3-none-any.whl").write_bytes(b"a wheel")
    target(folder)
    return folder


def target(folder: Path, **other: str) -> None:
    """Let a bundle be for this machine, but for some of what it asks for."""
    asked = {"version": "1", "python": "{}.{}".format(*sys.version_info), "machine": platform.machine(), "glibc": "2.5"}
    (folder / "TARGET").write_text("".join(f"{name}={value}\n" for name, value in (asked | other).items()), "utf-8")
    made.seal(folder)


def test_it_is_installed_without_a_network_and_serves(bundle: Path, tmp_path: Path) -> None:
    """What was installed answers a calculation and its health, has its pages and no pip, and says how to turn back to
    what was there before; an installation that then fails, or is stopped, is taken back and leaves it in its place."""
    folder = tmp_path / "一opt"
    folder.mkdir()
    (folder / "current").symlink_to("0.0.1-before")
    done = install(bundle, folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"installed {subsidy.__version__}: {folder}/current (" in done.stdout
    assert f"\n  ln -sfn 0.0.1-before {folder}/current\n" in done.stdout
    assert lost(folder / "current", "docs/operating.md", "docs/operating.zh.md", "deploy/README.md") == []
    command, before = folder / "current" / "bin" / "subsidy", (folder / "current").readlink()
    assert not (folder / "current" / "bin" / "pip").exists()
    assert f"ExecStart={folder}/current/bin/subsidy" in (folder / "current/deploy/subsidy.service").read_text("utf-8")
    with subprocess.Popen(
        [command, "serve", "--listen", "127.0.0.1:0", "--lang", "en"], stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().split()[-1]
            with Client(address) as client:
                facts = {
                    "beneficiary": "B1",
                    "month": "2023-08",
                    "hours": "20.25",
                    "price": "30.50",
                    "left_monthly": "1350",
                }
                amount = client.calculate("cn/liaoning/shenyang/home-service", facts).amount
            health = subprocess.run([command, "health", address], capture_output=True, text=True, check=False)
        finally:
            server.terminate()
    assert str(amount) == "617.63"
    assert (health.returncode, health.stdout) == (0, f"{address}：SERVING\n")
    listed = (bundle / "LICENCES.md").read_text("utf-8").count("\n| ") - 2
    assert listed == len(list((bundle / "wheels").iterdir()))

    other = tmp_path / "other"
    shutil.copytree(bundle, other)
    pins = (other / "requirements.txt").read_text("utf-8").splitlines()
    (other / "requirements.txt").write_text("\n".join([pins[0][:-4] + "0000", *pins[1:]]), "utf-8")
    made.seal(other)
    failed = install(other, folder)
    assert failed.returncode == 1
    assert failed.stderr.startswith(
        "错误：安装失败，什么也没有留下\nerror: the installation failed, and nothing of it was left\n"
    )
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in failed.stderr

    (other / "requirements.txt").write_text("\n".join(pins), "utf-8")
    made.seal(other)
    with subprocess.Popen(["sh", other / "install.sh", folder], env=OFFLINE, stderr=subprocess.DEVNULL) as stopped:
        end = time.monotonic() + 60
        while len(list(folder.iterdir())) < 3 and time.monotonic() < end:
            time.sleep(0.02)
        stopped.send_signal(signal.SIGTERM)
    assert stopped.returncode == 1
    assert {each.name for each in folder.iterdir()} == {"current", str(before)}
    assert (folder / "current").readlink() == before


def lost(folder: Path, *pages: str) -> list[str]:
    """The relative links of some pages below a folder that lead to nothing there."""
    return [
        f"{page}: {link}"
        for page in pages
        for link in re.findall(r"\]\((?!https?:)([^)#]+)#?[^)]*\)", (folder / page).read_text("utf-8"))
        if not (folder / page).parent.joinpath(link).exists()
    ]


def test_who_has_a_bundle_has_every_page(tmp_path: Path) -> None:
    """Every link of its pages leads somewhere within it, but to the tests and the clone of those who write policies."""
    made.take(tmp_path)
    pages = [page.relative_to(tmp_path).as_posix() for page in tmp_path.rglob("*.md")]
    assert {"README.md", "SECURITY.zh.md", "docs/operating.md", "docs/clients.zh.md", "docs/reliability.md"} <= {*pages}
    assert [each for each in lost(tmp_path, *pages) if not re.search(r": \.\./(tests/|README\.zh)", each)] == []
    assert (tmp_path / "examples/clients/java/../../../protos/subsidy/v1/values.proto").exists()


def test_a_folder_that_a_unit_cannot_name_is_refused(small: Path, tmp_path: Path) -> None:
    """A blank in the folder would end the command of the unit there, so nothing is installed."""
    done = install(small, tmp_path / "our opt")
    assert done.returncode == 1
    assert f"and no blank or other sign: {tmp_path}/our opt\n" in done.stderr
    assert not (tmp_path / "our opt").exists()


def test_the_same_bundle_is_the_same_bytes(small: Path, tmp_path: Path) -> None:
    """Our wheel built twice, and a bundle packed twice at other times and under another umask, are the same bytes."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one, two = (made.own_wheel(tmp_path / name) for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    copy = tmp_path / "copy" / small.name
    shutil.copytree(small, copy, copy_function=shutil.copyfile)
    for each in copy.rglob("*"):
        each.chmod(each.stat().st_mode & 0o700)
        os.utime(each, (1, 1))
    for folder, name in ((small, "one.tar.gz"), (copy, "two.tar.gz")):
        made.archive(folder, tmp_path / name)
    assert (tmp_path / "one.tar.gz").read_bytes() == (tmp_path / "two.tar.gz").read_bytes()
    sums = subprocess.run(["sha256sum", "--check", "--quiet", "one.tar.gz.sha256"], cwd=tmp_path, check=False)
    assert sums.returncode == 0


def test_a_bundle_that_was_altered_is_refused_whole(small: Path, tmp_path: Path) -> None:
    """Every file that is altered, missing, added, or a link in a file's place is named, and nothing is installed."""
    (small / "wheels" / "some-1-py3-none-any.whl").write_bytes(b"another")
    (small / "README.md").rename(tmp_path / "README.md")
    (small / "wheels" / "pydantic-99-py3-none-any.whl").write_bytes(b"of somebody else")
    (small / "install.sh").rename(tmp_path / "install.sh")
    (small / "install.sh").symlink_to(tmp_path / "install.sh")
    done = subprocess.run(
        ["sh", small / "install.sh", tmp_path / "opt"], capture_output=True, encoding="utf-8", env=OFFLINE, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == DAMAGED + (
        "  README.md: 没有 · missing\n"
        "  install.sh: 不符 · altered\n"
        "  wheels/pydantic-99-py3-none-any.whl: 多出 · not listed\n"
        "  wheels/some-1-py3-none-any.whl: 不符 · altered\n"
    )
    assert not (tmp_path / "opt").exists()


def test_without_its_sums_it_is_refused(small: Path, tmp_path: Path) -> None:
    """A bundle without SHA256SUMS is damaged, in whatever locale it is said."""
    (small / "SHA256SUMS").unlink()
    done = install(small, tmp_path / "opt", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert (done.returncode, done.stderr) == (1, DAMAGED + "  SHA256SUMS: 没有 · missing\n")


def test_another_python_is_refused_in_words(small: Path, tmp_path: Path) -> None:
    """A Python that the bundle is not for is told so, with what to do."""
    target(small, python="3.99")
    done = install(small, tmp_path / "opt")
    this = f"{sys.executable} "
    assert done.returncode == 1
    assert done.stderr == (
        f"错误：本安装包用于 CPython 3.99，{this}是 CPython {platform.python_version()}；用 PYTHON=… 指定另一个，"
        "或取用于它的安装包\n"
        f"error: this bundle is for CPython 3.99; {this}is CPython {platform.python_version()}. Name another with "
        "PYTHON=…, or get the bundle for this one\n"
    )
    assert not (tmp_path / "opt").exists()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"machine": "loongarch64"}, "this bundle is for Linux on loongarch64; this machine is Linux on "),
        ({"glibc": "9.9"}, "glibc 9.9 or newer is needed; this machine has glibc "),
    ],
)
def test_another_machine_is_refused_in_words(small: Path, tmp_path: Path, asked: dict[str, str], said: str) -> None:
    """A machine of another kind, or with too old a glibc, is told so before pip stumbles over it."""
    target(small, **asked)
    done = install(small, tmp_path / "opt")
    assert done.returncode == 1
    assert f"error: {said}" in done.stderr


def test_no_python_is_said_in_words(small: Path, tmp_path: Path) -> None:
    """Where there is no Python at all, it is the shell that says so."""
    done = install(small, tmp_path / "opt", PYTHON="no-such-python")
    assert done.returncode == 1
    assert done.stderr == (
        "错误：没有可用的 Python：no-such-python。请先安装，或用 PYTHON=… 指定\n"
        "error: there is no Python that runs: no-such-python. Install one, or name it with PYTHON=…\n"
    )


def test_an_old_python_can_read_the_installer() -> None:
    """The installer is plain enough for Python 3.6, which would otherwise answer with a syntax error."""
    ast.parse((made.DEPLOY / "install.py").read_text("utf-8"), feature_version=(3, 6))


def wheel(folder: Path, name: str, *headers: str) -> Path:
    """A wheel that declares its licence by some headers."""
    file = folder / f"{name}-1-py3-none-any.whl"
    with ZipFile(file, "w") as packed:
        about = "\n".join(["Metadata-Version: 2.4", f"Name: {name}", "Version: 1", *headers, "", "Über alles"])
        packed.writestr(f"{name}-1.dist-info/METADATA", about)
    return file


def test_licences_are_listed_as_they_are_declared(tmp_path: Path) -> None:
    """An expression goes before classifiers, these before free text; the Lesser GPL is let through."""
    wheels = [
        wheel(tmp_path, "b", "License-Expression: LGPL-3.0-only", "Classifier: License :: OSI Approved :: MIT License"),
        wheel(tmp_path, "a", "License: Dual", "Classifier: License :: OSI Approved :: Apache Software License"),
        wheel(tmp_path, "C", "License: MIT", "Classifier: Topic :: Office/Business"),
        wheel(tmp_path, "d", "Classifier: License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)"),
    ]
    assert made.licences(wheels).endswith(
        "| --- | --- | --- |\n"
        "| a | 1 | Apache Software License |\n| b | 1 | LGPL-3.0-only |\n| C | 1 | MIT |\n"
        "| d | 1 | GNU Lesser General Public License v3 (LGPLv3) |\n"
    )


def test_a_licence_that_would_reach_our_code_is_refused(tmp_path: Path) -> None:
    """With GPL or AGPL in it, or something that declares nothing, no bundle is made, and all of them are named."""
    wheels = [
        wheel(tmp_path, "a", "License-Expression: MIT AND GPL-2.0-only"),
        wheel(tmp_path, "b", "License-Expression: AGPL-3.0-or-later"),
        wheel(tmp_path, "c", "Classifier: License :: OSI Approved :: GNU General Public License v3 (GPLv3)"),
        wheel(tmp_path, "d", "License: GNU Affero General Public License"),
        wheel(tmp_path, "e"),
        wheel(tmp_path, "f", "License-Expression: MIT"),
    ]
    with pytest.raises(SystemExit) as refused:
        made.licences(wheels)
    assert str(refused.value) == (
        "refused for their licence:\na 1: MIT AND GPL-2.0-only\nb 1: AGPL-3.0-or-later\n"
        "c 1: GNU General Public License v3 (GPLv3)\nd 1: GNU Affero General Public License\ne 1: no licence declared"
    )


def test_the_glibc_that_a_bundle_needs_is_that_of_its_wheels(tmp_path: Path) -> None:
    """Each wheel needs the oldest glibc that its name has, a bundle the newest of these, and never less than stated."""
    names = ["a-1-py3-none-any", "b-1-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64"]
    newer = "c-1-cp311-abi3-manylinux_2_34_x86_64.manylinux_2_36_x86_64"
    assert made.glibc([tmp_path / f"{name}.whl" for name in names]) == made.GLIBC
    assert made.glibc([tmp_path / f"{name}.whl" for name in (*names, newer)]) == (2, 34)
