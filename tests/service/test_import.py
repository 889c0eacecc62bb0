"""What a program has that imports the service or its client without their libraries."""

from __future__ import annotations

import subprocess
import sys

import pytest

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
