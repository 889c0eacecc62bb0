"""Compile protos/subsidy/v1/*.proto into src/subsidy/v1 (ignored by git) before hatchling collects the files.

A wheel also receives policies/ as subsidy/_policies; an editable install reads policies/ where it stands, and an sdist
carries the .proto files only. After editing a .proto: `make proto`.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def generate(root: Path) -> None:
    """Bring src/subsidy/v1 up to date with protos/; do nothing if it is."""
    protos, out = root / "protos", root / "src"
    target = out / "subsidy/v1"
    sources = sorted((protos / "subsidy/v1").glob("*.proto"))
    if not sources:
        return
    digest = hashlib.sha256(installed("grpcio-tools").encode())
    for source in sources:
        digest.update(b"\0" + source.name.encode() + b"\0" + source.read_bytes())
    header = f'"""Generated from protos/subsidy/v1; do not edit. {digest.hexdigest()}"""\n'
    init = target / "__init__.py"
    if init.exists() and init.read_text(encoding="utf-8") == header:
        return

    from grpc_tools import protoc

    target.mkdir(parents=True, exist_ok=True)
    init.unlink(missing_ok=True)
    for old in target.glob("*_pb2*"):
        old.unlink()
    includes = [f"-I{folder}" for folder in (protos, *others())]
    outputs = [f"--{kind}_out={out}" for kind in ("python", "pyi", "grpc_python")]
    if code := protoc.main(["protoc", *includes, *outputs, *map(str, sources)]):
        raise SystemExit(f"protoc failed with {code}; its messages are above")
    init.write_text(header, encoding="utf-8")  # last, so that an interrupted run is done again


def others() -> list[Path]:
    """Where the .proto files of Google lie that ours import; two packages bring them, so that nothing is fetched."""
    import google.rpc
    import grpc_tools

    googleapis = Path(next(iter(google.rpc.__path__))).parents[1]  # google/api, google/rpc and google/type
    return [googleapis, Path(grpc_tools.__file__).parent / "_proto"]  # and google/protobuf


class ProtoBuildHook(BuildHookInterface[Any]):
    """What hatchling calls before it collects the files of a wheel or of an editable install."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        generate(root)
        build_data["artifacts"].append("src/subsidy/v1/*.py*")  # ignored by git, wanted in the wheel
        if version != "editable":
            build_data["force_include"][str(root / "policies")] = "subsidy/_policies"


if __name__ == "__main__":
    generate(Path(__file__).resolve().parent)
