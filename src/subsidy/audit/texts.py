"""The texts that a ledger holds, laid out as folders: what a determination rested on, and nothing else.

So nothing that was published later, and nothing on the auditor's own machine, can change what is computed again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, Final

from ..calculation.policy import Policy
from ..calculation.receipt import Receipt
from ..errors import Problem, RequestError, SubsidyError
from ..policies import Catalogue

_KEPT: Final = 512  # combinations of texts that stay compiled


class Texts:
    """The texts of a ledger by their digests, in a folder that several processes read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, body: Mapping[str, Any]) -> None:
        """A text, by the entry that has it."""
        target = self._file(str(body["digest"]))
        new = target.with_suffix(".new")
        new.write_text(json.dumps({name: body[name] for name in ("role", "path", "content")}), "utf-8")
        new.replace(target)

    def text(self, digest: str) -> tuple[str, str]:
        """Where the text with a digest stood, and its content.

        Raises:
            RequestError: the ledger has no such text.
        """
        try:
            found = json.loads(self._file(digest).read_text("utf-8"))
        except FileNotFoundError:
            raise RequestError(Problem.of("V0151", "receipt", given=digest)) from None
        path = PurePosixPath(found["path"])
        if path.is_absolute() or ".." in path.parts:
            raise RequestError(Problem.of("V0151", "receipt", given=f"{digest} {path}"))
        return str(path), str(found["content"])

    def _file(self, digest: str) -> Path:
        return self.folder / f"{''.join(each for each in digest if each.isalnum())}.json"


class Policies:
    """The policies of receipts, each compiled once from the texts that its receipt names."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts
        self._found: dict[tuple[bytes, bytes], Policy | SubsidyError] = {}

    def of(self, policy: bytes, basis: bytes) -> Policy:
        """The policy as it stood for receipts that name these texts.

        Args:
            policy, basis: those parts of a receipt, as they are written.

        Raises:
            RequestError: the ledger lacks one of the texts.
            CatalogueError, PolicyError: one of them is not sound.
        """
        found = self._found.get((policy, basis))
        if found is None:
            if len(self._found) >= _KEPT:
                self._found.clear()
            try:
                found = self._made(policy, basis)
            except SubsidyError as error:
                found = error
            self._found[policy, basis] = found
        if isinstance(found, SubsidyError):
            raise found
        return found

    def _made(self, policy: bytes, basis: bytes) -> Policy:
        said = {"policy": json.loads(policy), "basis": json.loads(basis), "facts": {}, "readings": {}, "result": {}}
        receipt = Receipt.model_validate({"format": "subsidy-receipt-1", **said})
        with TemporaryDirectory(prefix="subsidy-audit-") as name:
            folder, adoptions = Path(name) / "policies", Path(name) / "adoptions"
            adoptions.mkdir()
            for below, digest in _named(receipt):
                path, content = self.texts.text(digest)
                target = (folder if below == "policies" else adoptions) / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(content, "utf-8", newline="")
            return Catalogue(folder, adoptions).policy_of(receipt)


def _named(receipt: Receipt) -> Iterator[tuple[str, str]]:
    """The texts that a receipt names, by the folder that they stand in."""
    policy, basis = receipt.policy, receipt.basis
    yield from (("policies", each) for each in (policy.vocabulary, policy.divisions, policy.digest))
    yield from (("policies", each.digest) for each in basis.texts)
    if basis.adoption is not None:
        yield "adoptions", basis.adoption.digest
