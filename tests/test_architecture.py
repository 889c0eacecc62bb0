"""The shape of the house: who imports whom, what the core never does, how large a module may be."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import subsidy
from subsidy.codes import CODES

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "subsidy"
MODULES = sorted(file for file in SOURCE.rglob("*.py") if "v1" not in file.relative_to(SOURCE).parts)
SHELLS = {"catalogue/adoptions.py", "catalogue/folder.py", "catalogue/lock.py"}
CORE = [
    file
    for file in MODULES
    if file.relative_to(SOURCE).parts[0] in {"language", "calculation", "catalogue"}
    and file.relative_to(SOURCE).as_posix() not in SHELLS
]
MACHINE = {
    "asyncio",
    "builtins",
    "ctypes",
    "importlib",
    "io",
    "logging",
    "marshal",
    "multiprocessing",
    "os",
    "pathlib",
    "pickle",
    "platform",
    "random",
    "secrets",
    "shelve",
    "shutil",
    "signal",
    "socket",
    "sqlite3",
    "subprocess",
    "sys",
    "tempfile",
    "threading",
    "time",
    "urllib",
}
NEVER = {"eval", "exec", "compile", "float", "open", "print", "input", "__import__", "globals", "locals", "vars"}


def name(file: Path) -> str:
    return file.relative_to(SOURCE).as_posix()


def parsed(file: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(file.read_text("utf-8")))


@pytest.mark.parametrize("file", CORE, ids=name)
def test_the_core_does_not_reach_the_machine(file: Path) -> None:
    """Files, sockets, clocks and the environment belong to the shells; nothing executes text."""
    for node in parsed(file):
        imported = (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom) and node.level == 0
            else []
        )
        assert not {module.partition(".")[0] for module in imported} & (MACHINE | {"ast", "builtins"})
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in NEVER
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"today", "now", "utcnow", "environ", "getenv"}


@pytest.mark.parametrize("file", MODULES, ids=name)
def test_nothing_executes_text(file: Path) -> None:
    """No module of the package, shells among them, evaluates text or unpacks objects from bytes."""
    called = {node.func.id for node in parsed(file) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert called.isdisjoint({"eval", "exec", "compile", "__import__"})
    names = {alias.name for node in parsed(file) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in parsed(file) if isinstance(node, ast.ImportFrom)}
    assert names.isdisjoint({"marshal", "pickle", "shelve", "dill", "runpy", "code", "codeop"})


@pytest.mark.parametrize("file", CORE, ids=name)
def test_the_core_has_no_binary_float(file: Path) -> None:
    """No literal of the core is a binary float; the type is named only where one is refused."""
    assert [
        node.value for node in parsed(file) if isinstance(node, ast.Constant) and isinstance(node.value, float)
    ] == []


@pytest.mark.parametrize("file", MODULES, ids=name)
def test_a_module_fits_a_few_screens(file: Path) -> None:
    """No module has more than 450 lines."""
    assert len(file.read_text("utf-8").splitlines()) <= 450


def test_every_code_is_used() -> None:
    """Each code of the registry is named somewhere else in the sources."""
    texts = "\n".join(file.read_text("utf-8") for file in MODULES if file.parent.name != "codes")
    assert sorted(CODES.keys() - set(re.findall(r"\b[A-Z]0\d{3}\b", texts))) == []


def test_every_code_has_its_own_slug_and_both_languages() -> None:
    """No two codes are called the same, and the words of each name the same values in both languages."""
    assert len(CODES) == len({code.slug for code in CODES.values()})
    for code in CODES.values():
        for text in (code.message, code.help):
            assert set(re.findall(r"\{(\w+)\}", text.zh)) == set(re.findall(r"\{(\w+)\}", text.en))
        assert code.message.zh and code.message.en


def test_importing_brings_no_heavy_library() -> None:
    """`import subsidy` and a calculation leave the libraries of the shells and of the tests alone."""
    program = (
        "import subsidy, sys; subsidy.catalogue().policy('cn/shanxi/yuncheng/bed-subsidy');"
        "heavy = {'grpc', 'google', 'typer', 'rich', 'hypothesis', 'numpy', 'pyarrow', 'sqlalchemy'};"
        "print(*sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=SOURCE.parent
    )
    assert done.stdout.strip() == ""


def test_public_names_are_there() -> None:
    """Everything that the package says it has, it has."""
    assert [public for public in subsidy.__all__ if not hasattr(subsidy, public)] == []


def test_imports_go_one_way() -> None:
    """The contracts of import-linter hold."""
    program = "from importlinter.cli import lint_imports; import sys; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={"PYTHONPATH": str(SOURCE.parent), "PATH": "", "PYTHONIOENCODING": "utf-8"},
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
