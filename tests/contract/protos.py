"""The contract held to its form and to its last release by buf, over images that protoc makes without a network."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from grpc_tools import protoc
from hatch_build import others

ROOT: Final = Path(__file__).resolve().parents[2]
PROTOS: Final = ROOT / "protos"
RELEASED: Final = Path(__file__).parent / "released"  # the contract as it was last released, as texts
RULES: Final = PROTOS / "buf.yaml"
_BUF: Final = Path(sys.executable).parent / "buf"
_FOUND: Final = 100  # buf's exit code where something is found


def texts(folder: Path) -> dict[str, str]:
    """Every file of a contract by its path, which is how others import it."""
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in sorted(folder.rglob("*.proto"))}


def findings(*command: str) -> list[str]:
    """What a command of buf finds, a line each."""
    run = subprocess.run([_BUF, *command, "--config", RULES], check=False, capture_output=True, text=True)
    if run.returncode not in (0, _FOUND):
        raise RuntimeError(run.stderr)
    return run.stdout.splitlines()


def image(contract: dict[str, str], folder: Path) -> str:
    """The descriptors of a contract with all that it imports, in a file of a folder."""
    for name, text in contract.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    made = folder / "image.binpb"
    includes = [f"-I{each}" for each in (folder, *others())]
    asked = ["--include_imports", "--include_source_info", f"--descriptor_set_out={made}"]
    if protoc.main(["protoc", *includes, *asked, *(str(folder / name) for name in contract)]):
        raise ValueError("protoc does not take it; its messages are above")
    return str(made)


def lint(contract: dict[str, str]) -> list[str]:
    """What is wrong with the form of a contract."""
    with tempfile.TemporaryDirectory() as name:
        return findings("lint", image(contract, Path(name)))


def breaking(contract: dict[str, str], before: dict[str, str]) -> list[str]:
    """What of an earlier contract is no more, or is otherwise."""
    with tempfile.TemporaryDirectory() as new, tempfile.TemporaryDirectory() as old:
        return findings("breaking", image(contract, Path(new)), "--against", image(before, Path(old)))


def release() -> None:
    """The contract of today is what has been promised from now on."""
    contract = texts(PROTOS)
    if broken := breaking(contract, texts(RELEASED)):
        raise SystemExit("\n".join([*broken, "so this is no release of v1"]))
    shutil.rmtree(RELEASED)
    shutil.copytree(PROTOS / "subsidy", RELEASED / "subsidy")


def check() -> None:
    """What `make check` says of it."""
    contract, before = texts(PROTOS), texts(RELEASED)
    found = [*lint(contract), *breaking(contract, before)]
    print(*found, sep="\n", end="\n" if found else "")
    if found:
        raise SystemExit(f"protos/: {len(found)} findings")
    print(f"protos/: {len(contract)} files in order, and nothing of the {len(before)} released is broken")


if __name__ == "__main__":
    release() if sys.argv[1:] == ["release"] else check()
