"""What the documents say is true: every command and snippet in them is run, every name in them exists."""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from subsidy.catalogue import adoptions, documents, fillings, head, programmes
from subsidy.catalogue.keys import Document
from subsidy.language.functions import NAMES
from subsidy.rounding import MODES

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(page for folder in (".", "docs", "benchmarks", "deploy") for page in (ROOT / folder).glob("*.md"))
LANGUAGE_PAGES = [
    [ROOT / "docs" / f"{name}{end}.md" for name in ("policy-language", "versions-and-adoption")] for end in ("", ".zh")
]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def name_of(page: Path) -> str:
    """The page's path in the project."""
    return page.relative_to(ROOT).as_posix()


def blocks(kind: str) -> list[object]:
    """Every fenced block of one kind, with the page and its number for a name."""
    return [
        pytest.param(text, id=f"{name_of(page)}-{number}")
        for page in PAGES
        for number, (found, text) in enumerate(_BLOCK.findall(page.read_text("utf-8")))
        if found == kind
    ]


@pytest.fixture
def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


WITH_CERTIFICATES = (
    "subsidy serve --listen 127.0.0.1:50051 --tls-cert pki/server.pem --tls-key pki/server.key --tls-ca pki/ca.pem "
    "--roles pki/roles.toml"
)


def environment() -> dict[str, str]:
    """The environment of a user who has activated the virtual environment."""
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONUTF8": "1"}


def serving(
    port: int, folder: Path, command: str = "subsidy serve --listen 127.0.0.1:50051"
) -> subprocess.Popen[bytes]:
    """A server started by its command, on this port, that answers."""
    words = shlex.split(command.replace("50051", str(port)))
    server = subprocess.Popen(words, env=environment(), cwd=folder)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return server
    server.kill()
    raise AssertionError("the server did not start")


@pytest.mark.parametrize("text", blocks("sh"))
def test_every_command_runs(text: str, tmp_path: Path, free_port: int) -> None:
    """Each shell block of a document runs to its end, in an empty folder, by a user with the package installed."""
    *before, last = text.replace("\\\n", " ").strip().splitlines()
    if last.startswith("subsidy serve"):
        for command in before:
            subprocess.run(shlex.split(command), check=True, cwd=tmp_path, env=environment())
        server = serving(free_port, tmp_path, last)
        server.terminate()
        assert server.wait(20) == 0
        return
    run = subprocess.run(
        ["bash", "-euc", text],
        check=False,
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("text", blocks("python"))
def test_every_snippet_runs(text: str, tmp_path: Path, free_port: int) -> None:
    """Each Python block of a document runs; one that talks to the service has one, with certificates if it asks."""
    server = None
    if "tls=" in text:
        subprocess.run(["subsidy", "pki", "demo", "pki"], check=True, cwd=tmp_path, env=environment())
        server = serving(free_port, tmp_path, WITH_CERTIFICATES)
    elif "subsidy.client" in text:
        server = serving(free_port, tmp_path)
    try:
        code = text.replace("50051", str(free_port))
        run = subprocess.run(
            [sys.executable, "-c", code],
            check=False,
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert run.returncode == 0, run.stderr
    finally:
        if server is not None:
            server.terminate()
            server.wait(20)


@pytest.mark.parametrize("text", blocks("toml"))
def test_every_piece_of_a_module_is_toml(text: str) -> None:
    """Each TOML block of a document parses."""
    assert tomllib.loads(text)


def anchors(page: Path) -> set[str]:
    """The places in a page that a link may lead to: its headings, but no comment in a fenced block."""
    prose = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", prose, re.MULTILINE)
    named = re.findall(r'<a id="([^"]+)">', prose)
    return {re.sub(r"[^\w -]", "", words).lower().replace(" ", "-") for words in headings} | {*named}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    """Each relative link in a document names a file that is there, and a heading in it if it names one."""
    links = re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", page.read_text("utf-8"))
    assert [file for file, _ in links if not (page.parent / file).exists()] == []
    assert [
        place for file, place in links if place and place not in anchors(page.parent / file if file else page)
    ] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_make_target_exists(page: Path) -> None:
    """Each `make` command in a document names a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:^ {4}|`)make ([a-z][a-z-]+)\b", page.read_text("utf-8"), re.MULTILINE))
    assert named <= targets


def keys(model: type[BaseModel]) -> Iterator[str]:
    """The keys that a document model has, as they are written."""
    for name, field in model.model_fields.items():
        yield field.alias or name


@pytest.mark.parametrize("pages", LANGUAGE_PAGES, ids=["en", "zh"])
def test_the_language_is_documented_whole(pages: list[Path]) -> None:
    """The guide to the language names every key of every kind of file, every function and every rounding mode."""
    text = "".join(page.read_text("utf-8") for page in pages)
    models = [
        model
        for module in (adoptions, documents, fillings, head, programmes)
        for model in vars(module).values()
        if isinstance(model, type) and issubclass(model, Document) and model is not Document
    ]
    wanted = {key for model in models for key in keys(model)} | set(NAMES) | set(MODES)
    assert sorted(name for name in wanted if not re.search(rf"\b{name}\b", text)) == []
