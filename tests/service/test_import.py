"""What a program has that imports the service or its client without their libraries."""

from __future__ import annotations

import subprocess
import sys

import pytest

import subsidy

MISSING = """\
subsidy.extras.MissingExtra: 此处需要安装项 service：  pip install 'subsidy[service]'
this needs the extra service:  pip install 'subsidy[service]'
"""


@pytest.mark.parametrize("package", ["subsidy.client", "subsidy.service"])
@pytest.mark.parametrize("library", ["grpc", "google", "grpc_status"])
def test_missing_extra_is_named(package: str, library: str) -> None:
    """Where a library of the service is not installed, the error says in both languages what to install."""
    code = f"import sys; sys.modules[{library!r}] = None\nimport {package}"
    run = subprocess.run([sys.executable, "-X", "utf8", "-c", code], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.endswith(MISSING)


def test_missing_extra_is_an_import_error() -> None:
    """A program that can do without the service catches the error as Python's own."""
    code = (
        "import sys; sys.modules['grpc'] = None\n"
        "try:\n    import subsidy.client\nexcept ImportError as error:\n    print(type(error).__name__)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "MissingExtra\n"


@pytest.mark.parametrize("library", ["sqlalchemy", "cryptography"])
def test_without_a_ledger_its_libraries_are_not_needed(library: str) -> None:
    """A server without a ledger and its client run where the extra of the ledger is not installed."""
    code = (
        f"import sys; sys.modules[{library!r}] = None\n"
        "import subsidy\nfrom subsidy.client import Client\nfrom subsidy.service import Server\n"
        "with Server(subsidy.catalogue()) as server, Client(server.address) as client:\n"
        "    print(len(list(client.policies())))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == f"{len(subsidy.catalogue().ids)}\n"


def test_a_ledger_names_the_extra_that_it_needs() -> None:
    """`serve --ledger` without the extra ends with what to install."""
    code = (
        "import sys; sys.modules['sqlalchemy'] = None\nfrom subsidy.cli import main\n"
        "sys.argv = ['subsidy', 'serve', '--ledger', 'sqlite:///l.db', '--scope', '210100']\nmain()"
    )
    run = subprocess.run([sys.executable, "-X", "utf8", "-c", code], capture_output=True, text=True, check=False)
    zh, en = "此处需要安装项 ledger：", "this needs the extra ledger:"
    said = "".join(f"{words}  pip install 'subsidy[ledger]'\n" for words in (zh, en))
    assert (run.returncode, run.stderr) == (2, said)
