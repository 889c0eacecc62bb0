"""Replay of a release's receipt: the claim in it computed again, then the release, and what differs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from ..catalogue.digest import digest
from ..text import Text
from .receipt import RELEASE, Digest, Edge, Receipt, read_as
from .replay import Difference, Replay, compare

if TYPE_CHECKING:
    from .policy import Policy
    from .release import Release


class ReceiptClaim(Edge):
    """The claim whose instalment was released: its receipt, and the digest of that."""

    digest: Digest
    receipt: Receipt


class ReleaseReceipt(Edge):
    """A release's receipt as it is read back."""

    format: Literal["subsidy-release-1"]
    claim: ReceiptClaim
    instalment: str
    on: str | None
    facts: dict[str, Any]
    result: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReleaseReplay:
    """What a replay found, as `Replay`."""

    policy: Policy
    result: Release
    differences: tuple[Difference, ...]
    notes: tuple[Text, ...]

    @property
    def is_same(self) -> bool:
        return not self.differences


def read_release_receipt(content: bytes | str) -> ReleaseReceipt:
    """A release's receipt from its JSON.

    Raises:
        RequestError: it is none; every problem of its shape.
    """
    return read_as(ReleaseReceipt, RELEASE, content)


def replay_release(receipt: ReleaseReceipt, on: dt.date | None, replayed: Callable[[Receipt], Replay]) -> ReleaseReplay:
    """Compute a release again from the claim in its receipt.

    Args:
        replayed: the replay of the claim's own receipt.

    Raises:
        RequestError, FactsError: a text that it names is not here, or the claim has no such instalment or facts.
    """
    claim = replayed(receipt.claim.receipt)
    found = [replace(each, key=f"claim.receipt.{each.key}") for each in claim.differences]
    compare("claim.digest", receipt.claim.digest, digest(receipt.claim.receipt.model_dump(by_alias=True)), found)
    result = claim.policy.release(claim.result, receipt.instalment, receipt.facts, on=on)
    recorded, computed = receipt.model_dump(by_alias=True), result.to_dict()
    for key in ("facts", "result"):
        compare(key, recorded[key], computed[key], found)
    return ReleaseReplay(claim.policy, result, tuple(found), claim.notes)
