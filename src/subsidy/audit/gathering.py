"""What the determinations of a ledger rest on: adoptions, readings, texts; and one of each policy explained in full."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec

from ..calculation.policy import Policy
from ..calculation.receipt import Receipt
from ..calculation.renderings import RENDERINGS
from ..catalogue.digest import canonical
from ..errors import SubsidyError
from ..ledger.earlier import DETERMINED
from ..ledger.explaining import explained
from ..reports.report import Sample
from ..text import Text, plain
from .filters import Filter
from .findings import Findings, Tick
from .sources import Row, Source
from .texts import Policies, Texts

_DIFFERS: Final = "V0153"
_TICK: Final = 1024
_OF_A_FOLDER: Final = "W0110"  # that the texts, as they are laid out, have no lock beside them
_Chosen = dict[str, tuple[tuple[bool, bool], Row]]


@dataclass(frozen=True, slots=True)
class Adopted:
    """Under which decision, and by which readings, something was determined."""

    policy: str
    version: str
    digest: str
    document: str
    issuer: Text
    dated: str
    readings: tuple[tuple[str, str], ...]

    @property
    def key(self) -> tuple[Any, ...]:
        """By which they are sorted."""
        return (self.policy, self.version, self.dated, self.document, self.digest, self.readings)


@dataclass(frozen=True, slots=True)
class HeldText:
    """A text that a ledger holds."""

    position: int
    role: str
    path: str
    digest: str


@dataclass
class Gathered:
    """What the determinations rest on.

    Attributes:
        counts: how many determinations there are of each policy.
        adoptions: how many were determined under each.
        labels: of payers and policies, as the texts have them.
        samples: of each policy one determination, explained; first one that differs, or has an amount.
    """

    counts: dict[str, int] = field(default_factory=dict)
    adoptions: dict[Adopted, int] = field(default_factory=dict)
    texts: list[HeldText] = field(default_factory=list)
    labels: dict[str, Text] = field(default_factory=dict)
    samples: tuple[Sample, ...] = ()


class _Adoption(msgspec.Struct):
    digest: str
    issuer: dict[str, str]
    document: str
    dated: str


class _Basis(msgspec.Struct):
    adoption: _Adoption | None


class _Policy(msgspec.Struct):
    version: str


class _Receipt(msgspec.Struct):
    policy: _Policy
    basis: _Basis
    readings: dict[str, str]


class _Body(msgspec.Struct):
    policy: str
    dated: str
    decision: str
    receipt: _Receipt


_decode: Final = msgspec.json.Decoder(_Body).decode


class _Held:
    """The texts of a ledger in the place of a folder of policies."""

    def __init__(self, texts: Texts) -> None:
        self._policies = Policies(texts)

    def policy_of(self, receipt: Receipt) -> Policy:
        """The policy as it stood for a receipt."""
        said = receipt.model_dump(mode="json", by_alias=True)
        return self._policies.of(canonical(said["policy"]), canonical(said["basis"]))


def gathered(source: Source, wanted: Filter, findings: Findings, tick: Tick = lambda _, __: None) -> Gathered:
    """Go through the entries once more; what cannot be read is passed over, as verifying and replaying say it.

    Args:
        findings: what came of computing again; what differs is what is explained.
    """
    found = Gathered()
    differs = {each.position for each in findings.listed if each.problem.code == _DIFFERS}
    chosen: _Chosen = {}
    with TemporaryDirectory(prefix="subsidy-audit-") as name:
        texts = Texts(Path(name))
        for done, row in enumerate(source.rows(), start=1):
            if done % _TICK == 0:
                tick(done, max(source.size, done))
            try:
                if row.kind == "text":
                    _text(found, texts, row)
                elif row.kind == "determination":
                    _determination(found, row, wanted, chosen, differs)
            except (msgspec.MsgspecError, ValueError, TypeError, LookupError, OSError):
                continue
        held = _Held(texts)
        found.samples = tuple(each for policy in sorted(chosen) for each in _sample(held, chosen[policy][1]))
    return found


def _text(found: Gathered, texts: Texts, row: Row) -> None:
    body = json.loads(row.content)
    texts.add(body)
    found.texts.append(HeldText(row.position, str(body["role"]), str(body["path"]), str(body["digest"])))
    said = tomllib.loads(body["content"])
    if body["role"] == "vocabulary":
        found.labels |= {name: _label(payer["label"]) for name, payer in said["payers"].items()}
    elif body["role"] == "policy":
        head = said["policy"]
        found.labels[head["id"]] = _named(_label(head["title"]), head["id"])


def _label(said: Mapping[str, Any]) -> Text:
    return Text(str(said["zh"]), str(said["en"]))


def _named(title: Text, id_: str) -> Text:
    return Text(f"{title.zh}（{id_}）", f"{title.en} ({id_})")


def _determination(found: Gathered, row: Row, wanted: Filter, chosen: _Chosen, differs: set[int | None]) -> None:
    body = _decode(row.content)
    if not wanted.takes(row.position, body.policy, body.dated):
        return
    found.counts[body.policy] = found.counts.get(body.policy, 0) + 1
    adopted = _adopted(body)
    if adopted is not None:
        found.adoptions[adopted] = found.adoptions.get(adopted, 0) + 1
    weight = (row.position in differs, body.decision == DETERMINED)
    if body.policy not in chosen or weight > chosen[body.policy][0]:
        chosen[body.policy] = weight, row


def _adopted(body: _Body) -> Adopted | None:
    adoption, readings = body.receipt.basis.adoption, tuple(sorted(body.receipt.readings.items()))
    if adoption is None:
        return None
    issuer = Text(adoption.issuer["zh"], adoption.issuer["en"])
    version = body.receipt.policy.version
    return Adopted(body.policy, version, adoption.digest, adoption.document, issuer, adoption.dated, readings)


def _sample(held: _Held, row: Row) -> Iterator[Sample]:
    """The explanation of a determination, as it is computed now from the texts in the ledger."""
    body: Mapping[str, Any] = json.loads(row.content)
    title = Text(f"第 {row.position} 条：{body['policy']}", f"Entry {row.position}: {body['policy']}")
    try:
        found = explained(held, row.position, body)
        sections = [
            replace(section, lines=tuple(line for line in section.lines if line.mark != _OF_A_FOLDER))
            for section in found.sections
        ]
        found = replace(found, sections=tuple(section for section in sections if section.lines))
    except (SubsidyError, ValueError, TypeError, LookupError, ArithmeticError) as error:
        yield Sample(title, (plain(f"{type(error).__name__}: {error}"),))
        return
    lines = (RENDERINGS["text"](found, language).rstrip("\n").split("\n") for language in ("zh", "en"))
    yield Sample(title, tuple(Text(zh, en) for zh, en in zip_longest(*lines, fillvalue="")))
