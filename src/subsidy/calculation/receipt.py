"""Receipts: what was calculated, from which facts, under which text. Replay computes it again; nothing seals it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ..errors import Problem, RequestError
from ..text import Text
from .adopted import is_simulation
from .findings import Findings
from .json_limits import is_long, measured
from .outcomes import (
    InstalmentResult,
    MeasureResult,
    PartResult,
    ShareResult,
    StepResult,
    Value,
    has_own,
    shown_value,
)

FORMAT: Final = "subsidy-receipt-1"
RELEASE: Final = "subsidy-release-1"
PROGRAMME: Final = "subsidy-programme-1"
_FINDINGS_LIMIT: Final = 200  # more than anyone reads
Model = TypeVar("Model", bound=BaseModel)
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
            **({"amount": result.total.plain(), "currency": "CNY"} if policy.pays else {}),
            **({"payable": result.payable.plain()} if result.has_own else {}),
            "parts": {
                part.name: {
                    "amount": part.plain(),
                    "counted": part.counted,
                    "eligible": "undetermined" if part.eligible is None else part.eligible,
                    "shares": [share_data(part.name, share) for share in part.shares],
                    **_payable(part),
                    **({"instalments": {i.name: _instalment(i) for i in part.instalments}} if part.instalments else {}),
                }
                for part in result.parts
            },
            "steps": {step.name: _step(step) for step in result.steps},
            "conditions": {
                test.name: "undetermined" if holds is None else holds
                for test, holds in zip(policy.program.conditions, result.verdicts, strict=True)
            },
            **({"measures": {m.name: _measure(m) for m in result.measures}} if policy.program.measures else {}),
        },
    }


def _instalment(each: InstalmentResult) -> dict[str, Any]:
    days = [day.isoformat() for day in each.due]
    return {
        "exists": "undetermined" if each.exists is None else each.exists,
        "amount": each.plain(),
        "due": {"possible": days} if len(days) > 1 else days[0] if days else None,
        "shares": [share_data(each.name, share) for share in each.shares],
        **_payable(each),
    }


def _payable(of: PartResult | InstalmentResult) -> dict[str, Any]:
    """What is paid out of a sum, where that is not all of it."""
    return {"payable": of.payable.plain()} if has_own(of.shares) else {}


def share_data(of: str, share: ShareResult) -> dict[str, Any]:
    """A share; its name where that is not its payer's, its division where a place says which, `own` where it is."""
    found: dict[str, Any] = {"payer": share.payer, "amount": share.plain()}
    name = share.name.removeprefix(f"{of}.")
    return (
        found
        | ({"name": name} if name != share.payer else {})
        | ({"division": share.division} if share.division else {})
        | ({"own": True} if share.own else {})
    )


def _measure(each: MeasureResult) -> dict[str, Any]:
    found = {
        "value": _possible(each.value),
        "required": _possible(each.required),
        "sense": each.sense,
        "met": "undetermined" if each.met is None else each.met,
        "shortfall": _possible(each.shortfall),
    }
    return found | ({"before" if each.is_before else "by": _possible(each.deadline)} if each.deadline else {})


def _step(step: StepResult) -> Any:
    return _possible(step.possible)


def _possible(values: Sequence[Value]) -> Any:
    texts = [shown_value(value) for value in values]
    return texts[0] if len(texts) == 1 else {"possible": texts}


def read_receipt(content: bytes | str) -> Receipt:
    """A receipt from its JSON.

    Raises:
        RequestError: it is not a receipt; every problem of its shape.
    """
    return read_as(Receipt, FORMAT, content)


def read_as(model: type[Model], format_: str, content: bytes | str) -> Model:
    """A receipt of one format.

    Raises:
        RequestError: it is none of that format; every problem of its shape.
    """
    data = read_json(content)
    check_format(data, format_)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise RequestError(
            Problem("R0201", ".".join(str(part) for part in found["loc"]), {"detail": found["msg"]})
            for found in error.errors(include_url=False)[:_FINDINGS_LIMIT]
        ) from None


def check_format(data: Any, *formats: str) -> str:
    """The format that some JSON says it has.

    Raises:
        RequestError: it says none of `formats`.
    """
    given = data.get("format") if isinstance(data, dict) else None
    if isinstance(given, str) and given in formats:
        return given
    said = given if isinstance(given, str) and given else Text("（无）", "none")
    raise RequestError(Problem.of("R0206", "format", given=said, allowed=", ".join(formats)))


def read_json(content: Any) -> Any:
    """Plain data from JSON that holds no binary float and no key twice.

    Raises:
        RequestError: it does, is too large or too deep, or is no JSON.
    """
    if not isinstance(content, str | bytes | bytearray):
        kind = type(content).__name__
        detail = Text(f"给出的是 {kind}，应为 JSON 文字", f"given {kind}; wanted is JSON as text or bytes")
        raise RequestError(Problem("R0201", "", {"detail": detail}))
    try:
        text = measured(content, "receipt")
        return json.loads(
            text, parse_int=_whole, parse_float=_no_float, parse_constant=_no_float, object_pairs_hook=_no_twice
        )
    except (ValueError, RecursionError) as error:
        raise RequestError(Problem("R0201", "", {"detail": str(error)})) from None


def _whole(text: str) -> int:
    if is_long(text):
        raise ValueError(f"a number has {len(text)} digits")
    return int(text)


def _no_float(text: str) -> Any:
    raise ValueError(f"a receipt holds no binary floats, but {text}")


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        raise ValueError("a key stands twice")
    return data
