"""Replay of a programme's receipt: each member's receipt computed again, put together again, and what differs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from ..catalogue.programmes import ProgrammeEntry
from ..catalogue.vocabulary import Vocabulary
from ..errors import Problem, RequestError
from ..text import Text
from .combined import combine
from .programme import ProgrammeResult, programme_result
from .receipt import PROGRAMME, Digest, Edge, Receipt, read_as
from .replay import Difference, Replay, compare


class ReceiptProgramme(Edge):
    """Which programme was calculated."""

    id: str
    version: str
    revision: int
    digest: Digest


class ReceiptMember(Edge):
    """What counted of a member, why, and the receipt of its own calculation; None where it was not claimed."""

    counts: Any
    reasons: list[Any]
    receipt: Receipt | None


class ProgrammeReceipt(Edge):
    """A programme's receipt as it is read back."""

    format: Literal["subsidy-programme-1"]
    programme: ReceiptProgramme
    subject: str
    members: dict[str, ReceiptMember]
    result: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ProgrammeReplay:
    """What a replay found, as `Replay`."""

    entry: ProgrammeEntry
    result: ProgrammeResult
    differences: tuple[Difference, ...]
    notes: tuple[Text, ...]

    @property
    def is_same(self) -> bool:
        return not self.differences


def read_programme_receipt(content: bytes | str) -> ProgrammeReceipt:
    """A programme's receipt from its JSON.

    Raises:
        RequestError: it is none; every problem of its shape.
    """
    return read_as(ProgrammeReceipt, PROGRAMME, content)


def replay_programme(
    receipt: ProgrammeReceipt,
    entry: ProgrammeEntry,
    vocabulary: Vocabulary,
    titles: Mapping[str, Text],
    replayed: Callable[[Receipt], Replay],
) -> ProgrammeReplay:
    """Compute a programme's receipt again under the programme with its digest.

    Args:
        titles: what each member is called where it was not claimed.
        replayed: the replay of a member's own receipt.

    Raises:
        RequestError: a text that a member's receipt names is not here, or no member was claimed.
    """
    members = {member.name: member for member in entry.document.members}
    again = {
        name: replayed(each.receipt)
        for name, each in receipt.members.items()
        if name in members and each.receipt is not None
    }
    if not again:
        raise RequestError(Problem.of("R0402", entry.document.programme.id, members=", ".join(members)))
    results = {name: again[name].result for name in members if name in again}
    found = [
        replace(each, key=f"members.{name}.receipt.{each.key}")
        for name, replay in again.items()
        for each in replay.differences
    ]
    notes = dict.fromkeys(note for replay in again.values() for note in replay.notes)
    subjects = {name: str(result.facts.get(members[name].subject)) for name, result in results.items()}
    for name, subject in subjects.items():
        compare(f"members.{name}.receipt.facts.{members[name].subject}", subject, receipt.subject, found)
    combined = combine(entry.document, {name: result.total_in_fen() for name, result in results.items()})
    said = {**titles, **{name: result.policy.title for name, result in results.items()}}
    result = programme_result(entry, vocabulary, receipt.subject, said, results, combined)
    recorded, computed = receipt.model_dump(by_alias=True), result.to_dict()
    for data in (recorded, computed):
        for member in data["members"].values():
            if member["receipt"] is not None:  # replayed by itself
                member["receipt"] = "…"
    for key in ("programme", "members", "result"):
        compare(key, recorded[key], computed[key], found)
    return ProgrammeReplay(entry, result, tuple(found), tuple(notes))
