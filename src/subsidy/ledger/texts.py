"""The texts that a determination rests on, recorded before it: the ledger alone answers which rule it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..calculation.result import Result
from ..policies import Catalogue
from .batch import Batch, Entry


def texts_of(batch: Batch, catalogue: Catalogue, result: Result) -> list[Entry]:
    """An entry for each text that the ledger lacks: the module, its words and divisions, what stands beside it."""
    found: list[Entry] = []
    seen: set[str] = set()
    for role, digest, content_of, path in _named(catalogue, result):
        if digest not in seen and not batch.has_text(digest):
            seen.add(digest)
            content = content_of(path).decode("utf-8")
            found.append(
                Entry(
                    kind="text",
                    body={"kind": "text", "role": role, "path": path, "digest": digest, "content": content},
                    text=digest,
                )
            )
    return found


def _named(catalogue: Catalogue, result: Result) -> Iterator[tuple[str, str, Callable[[str], bytes], str]]:
    policy, content = result.policy, catalogue.folder.content
    yield "vocabulary", policy.vocabulary.digest, content, "vocabulary.toml"
    yield "divisions", policy.vocabulary.divisions_digest, content, "divisions.toml"
    yield "policy", policy.digest, content, policy.path
    for text in policy.basis.texts:
        yield "fill", text.digest, content, text.path
    adoption, adoptions = policy.basis.adoption, catalogue.bases.adoptions
    if adoption is not None and adoptions is not None:
        yield "adoption", adoption.digest, adoptions.content, f"{adoption.policy_id}/{adoption.first.isoformat()}.toml"
