"""Receipts: what was calculated, from which facts, under which text. Replay computes it again; nothing seals it."""

from __future__ import annotations

import json
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ..errors import Problem, RequestError
from .adopted import is_simulation
from .findings import Findings
from .outcomes import StepResult, shown_value

FORMAT: Final = "subsidy-receipt-1"
Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]


class Edge(BaseModel):
    """Frozen plain data, nothing converted in silence, and no key that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


class ReceiptPolicy(Edge):
    """Which text was calculated, and by which list of divisions and words."""

    id: str
    version: str
    revision: int
    digest: Digest
    vocabulary: Digest
    divisions: Digest


class ReceiptAdoption(Edge):
    """Under whose decision it was calculated; `policy` is the digest of the text that it adopts."""

    digest: Digest
    policy: Digest
    issuer: dict[str, str]
    document: str
    dated: str
    by: str
    from_: str = Field(alias="from")
    until: str | None


class ReceiptText(Edge):
    """A text of a lower level that fills a parameter."""

    parameter: str
    id: str
    version: str
    revision: int
    digest: Digest


class ReceiptBasis(Edge):
    """What stood beside the policy."""

    adoption: ReceiptAdoption | None
    texts: list[ReceiptText]
    set_aside: list[str]


class Receipt(Edge):
    """A receipt as it is read back. `result` is compared key by key, so its inside is plain data."""

    format: Literal["subsidy-receipt-1"]
    policy: ReceiptPolicy
    basis: ReceiptBasis
    facts: dict[str, Any]
    readings: dict[str, str]
    result: dict[str, Any]


def to_dict(result: Findings) -> dict[str, Any]:
    """The receipt of a result as plain data. Nothing in it depends on the machine, the clock or the engine."""
    policy = result.policy
    eligible = result.eligible
    return {
        "format": FORMAT,
        "policy": {
            "id": policy.id,
            "version": policy.version,
            "revision": policy.revision,
            "digest": policy.digest,
            "vocabulary": policy.vocabulary.digest,
            "divisions": policy.vocabulary.divisions_digest,
        },
        "basis": policy.basis.plain(),
        "facts": result.facts,
        "readings": dict(result.readings),
        "result": {
            "kind": "simulation" if is_simulation(result) else "adopted",
            "eligible": "undetermined" if eligible is None else eligible,
            "amount": result.total.plain(),
            "currency": "CNY",
            "parts": {
                part.name: {
                    "amount": part.plain(),
                    "counted": part.counted,
                    "shares": [{"payer": share.payer, "amount": share.plain()} for share in part.shares],
                }
                for part in result.parts
            },
            "steps": {step.name: _step(step) for step in result.steps},
            "conditions": {
                test.name: "undetermined" if test.holds is None else test.holds for test in result.conditions
            },
        },
    }


def _step(step: StepResult) -> Any:
    texts = [shown_value(value) for value in step.possible]
    return texts[0] if len(texts) == 1 else {"possible": texts}


def read_receipt(content: bytes | str) -> Receipt:
    """A receipt from its JSON.

    Raises:
        RequestError: it is not a receipt; every problem of its shape.
    """
    data = read_json(content)
    try:
        return Receipt.model_validate(data)
    except ValidationError as error:
        raise RequestError(
            Problem("R0201", ".".join(str(part) for part in found["loc"]), {"detail": found["msg"]})
            for found in error.errors()
        ) from None


def read_json(content: bytes | str) -> Any:
    """Plain data from JSON that holds no binary float and no key twice.

    Raises:
        RequestError: it does, or is no JSON.
    """
    try:
        return json.loads(content, parse_float=_no_float, parse_constant=_no_float, object_pairs_hook=_no_twice)
    except (ValueError, RecursionError) as error:
        raise RequestError(Problem("R0201", "", {"detail": str(error)})) from None


def _no_float(text: str) -> Any:
    raise ValueError(f"a receipt holds no binary floats, but {text}")


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        raise ValueError("a key stands twice")
    return data
