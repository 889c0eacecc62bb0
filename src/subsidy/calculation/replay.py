"""Replay: a receipt computed again under the text that it names, and what differs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..errors import Problem, RequestError
from ..text import Text, visible
from .policy import Policy
from .receipt import Receipt, to_dict
from .result import Result

_ABSENT: Final = object()  # not None, which a receipt can hold


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a replay differs: the key within the result, what was recorded and what is computed now."""

    key: str
    recorded: str
    computed: str


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay found. `is_same` only if nothing differs; `notes` are remarks that change no figure."""

    policy: Policy
    result: Result
    differences: tuple[Difference, ...]
    notes: tuple[Text, ...]

    @property
    def is_same(self) -> bool:
        return not self.differences


def replay(
    receipt: Receipt, by_digest: Callable[[str], Policy | None], of_receipt: Callable[[Policy, Receipt], Policy]
) -> Replay:
    """Compute a receipt again under the digests it names, and say what differs.

    Args:
        of_receipt: the policy with the adoption and the texts of lower levels that the receipt names.

    Raises:
        RequestError: no policy has that digest, or no adoption or text.
    """
    policy = by_digest(receipt.policy.digest)
    if policy is None:
        raise RequestError(Problem("R0202", "policy.digest", {"given": receipt.policy.digest}))
    notes = [
        Text(f"{zh}与出具回执时不同", f"{key}.toml is not the one of the receipt")
        for key, zh, now in (
            ("vocabulary", "词汇表", policy.vocabulary.digest),
            ("divisions", "行政区划表", policy.vocabulary.divisions_digest),
        )
        if getattr(receipt.policy, key) != now
    ]
    policy = of_receipt(policy, receipt)
    result = policy.calculate_again(receipt.facts, receipt.readings)
    computed = to_dict(result)
    recorded = receipt.model_dump(by_alias=True)
    differences: list[Difference] = []
    for key in ("policy", "basis", "facts", "readings", "result"):
        one, two = dict(recorded[key]), dict(computed[key])
        if key == "policy":
            for name in ("vocabulary", "divisions"):
                one.pop(name), two.pop(name)
        compare(key, one, two, differences)
    return Replay(policy, result, tuple(differences), tuple(notes))


def compare(key: str, recorded: Any, computed: Any, found: list[Difference]) -> None:
    """Add every place at which two pieces of plain data differ."""
    if isinstance(recorded, Mapping) and isinstance(computed, Mapping):
        for name in [*computed, *(name for name in recorded if name not in computed)]:
            compare(f"{key}.{name}", recorded.get(name, _ABSENT), computed.get(name, _ABSENT), found)
    elif recorded != computed or type(recorded) is not type(computed):
        found.append(Difference(visible(key), _said(recorded), _said(computed)))


def _said(value: Any) -> str:
    if value is _ABSENT:
        return "–"
    return visible(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True))
