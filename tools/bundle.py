"""Make a bundle: our wheel, every wheel that it needs, and what installs and runs the service, in one archive.

    python tools/bundle.py                      for this Python, on machines like this one: dist/subsidy-….tar.gz
    python tools/bundle.py --machine aarch64    the same for another machine
    python tools/bundle.py --extras service,cli with no more than these extras

The versions are those of the environment that runs this, which are those that the tests ran with. The same environment
and the same sources make the same bytes: the order of files, their times, owners and modes are fixed.
"""

from __future__ import annotations

import argparse
import email
import gzip
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
from importlib.metadata import distributions, version
from pathlib import Path
from typing import Final
from zipfile import Path as ZipPath

ROOT: Final = Path(__file__).resolve().parents[1]
DEPLOY: Final = ROOT / "deploy"
EXTRAS: Final = "service,cli,tables,ledger,postgres,audit,plots"
# What a bureau has in hand without a network, each where it lies in the repository, so that links lead on.
TAKEN: Final = (
    "CHANGELOG.md",
    "LICENSE",
    "SECURITY.md",
    "SECURITY.zh.md",
    "deploy/README.md",
    "deploy/alerts.yml",
    "deploy/subsidy.service",
    "deploy/subsidy.sysusers",
    "deploy/subsidy.toml",
    "docs",
    "examples/clients",
    "protos",
    "tools/verify.py",
)
GLIBC: Final = (2, 28)  # of Kylin V10, openEuler 20.03, UOS 20 and all that is newer
EPOCH: Final = 1_580_601_600  # the time of every file: hatchling's own, of wheels that are built twice alike
OLD_NAMES: Final = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}
# A copyleft that would reach our code; the Lesser one of psycopg does not: it is a module of its own, and replaceable.
REFUSED: Final = re.compile(r"(?<![L\w])A?GPL|Affero|(?<!Lesser )General Public", re.IGNORECASE)


def own_wheel(folder: Path) -> Path:
    """Our own wheel, built without a network."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH)}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return next(folder.glob("subsidy-*.whl"))


def others(folder: Path, own: Path, extras: str, machine: str) -> None:
    """Every wheel that ours needs, in the version installed here, for the oldest glibc that is supported; and pip."""
    pinned = folder.parent / "constraints.txt"
    here = {each.metadata["Name"]: each.version for each in distributions()}
    pinned.write_text("".join(f"{name}=={here[name]}\n" for name in here if name != "subsidy"), "utf-8")
    minors = [f"manylinux_2_{minor}" for minor in range(GLIBC[1], 4, -1)]
    platforms = [part for name in (*minors, *OLD_NAMES) for part in ("--platform", f"{name}_{machine}")]
    wanted = f"subsidy[{extras}] @ {own.as_uri()}"
    command = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--only-binary=:all:"]
    subprocess.run([*command, *platforms, "-c", str(pinned), "-d", str(folder), wanted, "pip"], check=True)
    pinned.unlink()


def glibc(wheels: list[Path]) -> tuple[int, int]:
    """The glibc that the most demanding of some wheels needs; each says it in its name, for the least first."""
    needed = [GLIBC]
    for wheel in wheels:
        tags = wheel.stem.rpartition("-")[2].split(".")
        found = [OLD_NAMES.get(tag.partition("_")[0]) or _numbers(tag) for tag in tags if tag != "any"]
        if found:
            needed.append(min(found))
    return max(needed)


def _numbers(tag: str) -> tuple[int, int]:
    major, minor = re.findall(r"\d+", tag)[:2]
    return int(major), int(minor)


def licence(wheel: Path) -> tuple[str, str, str]:
    """The name, the version and the licence of a wheel, as it declares them."""
    info = next(path for path in ZipPath(wheel).iterdir() if path.name.endswith(".dist-info"))
    about = email.message_from_string((info / "METADATA").read_text("utf-8"))
    classified = [
        each.rpartition(" :: ")[2] for each in about.get_all("Classifier", []) if each.startswith("License ::")
    ]
    written = about.get("License", "").strip().partition("\n")[0]
    return about["Name"], about["Version"], about.get("License-Expression") or " / ".join(classified) or written


def licences(wheels: list[Path]) -> str:
    """The list of licences.

    Raises:
        SystemExit: one of them is not declared, or must not be in a bundle.
    """
    found = sorted(map(licence, wheels), key=lambda each: each[0].lower())
    refused = [
        f"{name} {version}: {words or 'no licence declared'}"
        for name, version, words in found
        if not words or REFUSED.search(words)
    ]
    if refused:
        raise SystemExit("\n".join(["refused for their licence:", *refused]))
    rows = "".join(f"| {name} | {version} | {words} |\n" for name, version, words in found)
    return (DEPLOY / "licences.md").read_text("utf-8") + rows


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def fill(folder: Path, extras: str, machine: str) -> None:
    """All that a bundle has, in a folder."""
    own = own_wheel(folder / "wheels")
    others(folder / "wheels", own, extras, machine)
    wheels = sorted((folder / "wheels").iterdir())
    (folder / "LICENCES.md").write_text(licences(wheels), "utf-8")
    pins = (
        "{}=={} --hash=sha256:{}\n".format(*wheel.name.split("-")[:2], digest(wheel))
        for wheel in wheels
        if not wheel.name.startswith("pip-")
    )
    (folder / "requirements.txt").write_text("".join(pins), "utf-8")
    target = {
        "version": version("subsidy"),
        "python": "{}.{}".format(*sys.version_info),
        "machine": machine,
        "glibc": "{}.{}".format(*glibc(wheels)),
    }
    (folder / "TARGET").write_text("".join(f"{name}={value}\n" for name, value in target.items()), "utf-8")
    for name in ("Dockerfile", "install.py", "install.sh"):
        shutil.copyfile(DEPLOY / name, folder / name)
    take(folder)
    seal(folder)


def take(folder: Path) -> None:
    """The pages and what they speak of; the page on installing stands on top as well, with links from there."""
    for name in TAKEN:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, folder / name)
    page = (DEPLOY / "README.md").read_text("utf-8").replace("](../", "](")
    (folder / "README.md").write_text(page, "utf-8")


def seal(folder: Path) -> None:
    """SHA256SUMS over every other file, as sha256sum writes and checks it."""
    sums = folder / "SHA256SUMS"
    sums.unlink(missing_ok=True)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sums.write_text("".join(f"{digest(path)}  {path.relative_to(folder).as_posix()}\n" for path in files), "utf-8")


def archive(folder: Path, file: Path) -> None:
    """A folder as one archive, whose bytes say nothing of when, where and by whom it was made."""

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.mtime, member.uid, member.gid, member.uname, member.gname = EPOCH, 0, 0, "", ""
        member.mode = 0o755 if member.isdir() or member.name.endswith(".sh") else 0o644
        return member

    with (
        file.open("wb") as raw,
        gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=1, mtime=EPOCH) as packed,  # wheels are packed
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        tar.add(folder, folder.name, filter=plain)  # in the order of names
    file.with_name(f"{file.name}.sha256").write_text(f"{digest(file)}  {file.name}\n", "utf-8")


def main() -> None:
    words = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    words.add_argument("--machine", default=platform.machine(), help="as `uname -m` says it there")
    words.add_argument("--extras", default=EXTRAS)
    words.add_argument("--out", type=Path, default=ROOT / "dist")
    given = words.parse_args()
    name = "subsidy-{}-linux_{}-cp{}{}".format(version("subsidy"), given.machine, *sys.version_info)
    folder = given.out / name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "wheels").mkdir(parents=True)
    fill(folder, given.extras, given.machine)
    file = given.out / f"{name}.tar.gz"
    archive(folder, file)
    print(f"{file} ({file.stat().st_size / 1e6:.0f} MB)")


if __name__ == "__main__":
    main()
