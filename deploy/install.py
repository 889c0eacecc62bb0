"""Installs a bundle, which holds all that it needs, into a folder: `sh install.sh [FOLDER]`.

Each bundle gets a folder of its own within FOLDER, and `current` is turned to it last, in one step. So an installation
that fails or is interrupted leaves what ran before as it was, and `current` may be turned back to an earlier one.

Plain enough for Python 3.6, so that an old Python is told what is needed, and does not stumble.
"""

import hashlib
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
FOLDER = "/opt/subsidy"
KEPT = (
    "CHANGELOG.md",
    "LICENCES.md",
    "LICENSE",
    "SECURITY.md",
    "SECURITY.zh.md",
    "deploy",
    "docs",
    "examples",
    "protos",
    "tools",
)


class Stop(Exception):
    """Why nothing was installed: in Chinese, in English, and the lines that show it."""

    def __init__(self, zh, en, lines=()):
        super().__init__(f"错误：{zh}", f"error: {en}", *(f"  {line}" for line in lines))


def check_files():
    """Hold every file against SHA256SUMS, before anything of it is used; there must be none beside those listed."""
    lines = []
    if (HERE / "SHA256SUMS").is_file():
        lines = (HERE / "SHA256SUMS").read_text("utf-8").splitlines()
    sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    there = {str(path.relative_to(HERE)) for path in HERE.rglob("*") if not path.is_dir() or path.is_symlink()}
    wrong = [f"{name}: 没有 · missing" for name in {"SHA256SUMS", *sums} - there]
    wrong += [f"{name}: 多出 · not listed" for name in there - {"SHA256SUMS", *sums} if sums]
    for name in there & set(sums):
        if (HERE / name).is_symlink() or hashlib.sha256((HERE / name).read_bytes()).hexdigest() != sums[name]:
            wrong.append(f"{name}: 不符 · altered")
    if wrong:
        raise Stop(
            "安装包已损坏或被改动，什么也没有安装；请重新取得安装包",
            "the bundle is damaged or was altered; nothing was installed. Get it again",
            sorted(wrong),
        )


def check_machine(target):
    """Hold this machine and its Python against those that the bundle was made for."""
    system, machine = platform.system(), platform.machine()
    if (system, machine) != ("Linux", target["machine"]):
        raise Stop(
            f"本安装包用于 Linux {target['machine']}，本机是 {system} {machine}",
            f"this bundle is for Linux on {target['machine']}; this machine is {system} on {machine}",
        )
    name, python = platform.python_implementation(), platform.python_version()
    if name != "CPython" or python.rpartition(".")[0] != target["python"]:
        raise Stop(
            f"本安装包用于 CPython {target['python']}，{sys.executable} 是 {name} {python}；用 PYTHON=… 指定另一个，"
            "或取用于它的安装包",
            f"this bundle is for CPython {target['python']}; {sys.executable} is {name} {python}. Name another with "
            "PYTHON=…, or get the bundle for this one",
        )
    libc, version = platform.libc_ver()
    if libc != "glibc" or _numbers(version) < _numbers(target["glibc"]):
        raise Stop(
            f"需要 glibc {target['glibc']} 或更新，本机是 {libc} {version}",
            f"glibc {target['glibc']} or newer is needed; this machine has {libc} {version}",
        )


def _numbers(version):
    return [int(part) for part in version.split(".")]


def install(folder, target):
    """The bundle in a folder of its own, whole; `SHA256SUMS` is put into it last, as the sign that it is."""
    digest = hashlib.sha256((HERE / "SHA256SUMS").read_bytes()).hexdigest()
    new = folder / f"{target['version']}-{digest[:8]}"
    if (new / "SHA256SUMS").exists():
        return new
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if new.exists():  # an installation that was interrupted
            shutil.rmtree(str(new))
        venv.create(str(new), symlinks=True)  # without a pip: nothing is added to it later
        _fill(new, target)
        for name in KEPT:
            (shutil.copytree if (HERE / name).is_dir() else shutil.copy)(str(HERE / name), str(new / name))
        unit = new / "deploy" / "subsidy.service"
        unit.write_text(unit.read_text("utf-8").replace(FOLDER, str(folder)), "utf-8")
        shutil.copy(str(HERE / "SHA256SUMS"), str(new))
    except BaseException as error:
        shutil.rmtree(str(new), ignore_errors=True)
        if isinstance(error, OSError):
            what = f"{error.filename or folder}: {error.strerror}"
            raise Stop("不能写入，什么也没有安装", "cannot write; nothing was installed", [what]) from None
        raise
    return new


def _fill(new, target):
    """Put the wheels in, by the pip that the bundle brings; each is held against its hash again, and no other taken."""
    pip, python = next(HERE.glob("wheels/pip-*.whl")) / "pip", str(new / "bin" / "python")
    options = ["--isolated", "--disable-pip-version-check", "--no-input", "--no-cache-dir"]
    sources = [
        "--no-index",
        "--find-links",
        str(HERE / "wheels"),
        "--require-hashes",
        "-r",
        str(HERE / "requirements.txt"),
    ]
    imports = "import grpc, subsidy.client, subsidy.service; print(subsidy.__version__)"
    _run([python, "-I", str(pip), *options, "install", "--quiet", *sources])
    if _run([python, "-I", "-c", imports]).strip() != target["version"]:
        raise Stop("装好的不是所要的版本", "what was installed is not the version that was meant")


def _run(command):
    done = subprocess.run(
        command,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        env=dict(os.environ, PIP_CONFIG_FILE=os.devnull, PYTHONIOENCODING="utf-8"),
    )
    if done.returncode:
        raise Stop(
            "安装失败，什么也没有留下",
            "the installation failed, and nothing of it was left",
            done.stdout.splitlines()[-20:],
        )
    return done.stdout


def turn(folder, new):
    """Let `current` be the new one, in one step; what it was, if anything."""
    current, link = folder / "current", folder / "current.new"
    before = os.readlink(str(current)) if current.is_symlink() else None
    if link.is_symlink():
        link.unlink()
    link.symlink_to(new.name)
    os.replace(str(link), str(current))
    return before


def main(words):
    if len(words) > 1 or (words and words[0].startswith("-")):
        raise Stop("用法：sh install.sh [目录]", "usage: sh install.sh [FOLDER]")
    os.umask(0o022)  # the service runs as another user than the one who installs
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    check_files()
    target = dict(line.split("=", 1) for line in (HERE / "TARGET").read_text("utf-8").splitlines())
    check_machine(target)
    folder = Path(os.path.abspath(words[0] if words else FOLDER))
    if not re.fullmatch(r"[\w/.+@-]+", str(folder)):  # systemd would read something else in the unit
        raise Stop(
            f"安装目录只可用文字、数字和 / . _ + @ -，不可有空格等：{folder}",
            f"the folder may have letters, digits and / . _ + @ -, and no blank or other sign: {folder}",
        )
    new = install(folder, target)
    before = turn(folder, new)
    say(
        f"已安装 {target['version']}：{folder}/current（{new.name}）",
        f"installed {target['version']}: {folder}/current ({new.name})",
    )
    if before not in (None, new.name):
        check = f"runuser -u subsidy -- {folder}/current/bin/subsidy serve --config /etc/subsidy/subsidy.toml --check"
        back = f"ln -sfn {before} {folder}/current"
        say(
            "现在用新程序检查；服务正在运行时，只应报告 S0102 和 S0302，有其他问题的，立即指回旧版本：",
            "check with the new program now; beside the running service it may say S0102 and S0302, and nothing else, "
            "or turn back at once:",
            f"  {check}",
            f"  {back}",
        )
    if sys.base_prefix.startswith(("/home/", "/root/")):
        say(
            f"注意：Python 在 {sys.base_prefix}，由 systemd 运行的服务读不到主目录",
            f"note: this Python is in {sys.base_prefix}; a service that systemd runs does not see home directories",
        )


def say(*lines, to=sys.stdout):
    """Lines in UTF-8, whatever the locale."""
    to.buffer.write("".join(f"{line}\n" for line in lines).encode("utf-8"))
    to.flush()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Stop as stop:
        say(*stop.args, to=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
