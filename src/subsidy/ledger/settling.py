"""What follows a determination: it is reversed, an instalment of it is released, an identifier is erased."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from .. import __version__
from ..calculation.receipt import Receipt
from ..errors import Problem, RequestError
from ..policies import Catalogue
from .batch import Batch, Entry, Key, Raised
from .earlier import DETERMINED
from .requests import Request

REVERSIBLE: Final = ("determination", "release")


def entry_at(batch: Batch, position: int, scope: str, *kinds: str) -> dict[str, Any]:
    """An entry of some kind and of this scope.

    Raises:
        RequestError: there is none there.
    """
    body = batch.body(position) if position >= 0 else None
    if body is None or body["kind"] not in kinds or body["scope"] != scope:
        raise RequestError(Problem.of("R0507", "entry", given=str(position), allowed=", ".join(kinds)))
    return body


def reverse(batch: Batch, scope: str, position: int, why: str, request: Request) -> list[Entry]:
    """The entry that cancels another: what it used of caps is free again.

    Raises:
        RequestError: there is nothing to reverse, it was reversed already, or an instalment of it was paid.
    """
    body = entry_at(batch, position, scope, *REVERSIBLE)
    earlier = batch.reversed_by(position)
    if earlier is not None:
        raise RequestError(Problem.of("R0508", "entry", given=str(position), by=str(earlier)))
    if not why.strip() or any("\ud800" <= sign <= "\udfff" for sign in why):  # half a character can be no JSON
        raise RequestError(Problem.of("R0514", "why"))
    released = batch.releases(position)
    if released:
        raise RequestError(Problem.of("R0509", "entry", given=str(position), by=", ".join(map(str, released))))
    touched, raised = list[dict[str, Any]](), list[Raised]()
    used = body.get("caps", ()) if body.get("decision") == DETERMINED else ()
    for each in (each for each in used if each["after"] != each["before"]):
        key = Key(body["policy"], each["cap"], bytes.fromhex(each["key"]))
        bucket = batch.bucket(key)
        before = bucket.used if bucket else 0
        after = max(0, before - (each["after"] - each["before"]))
        most = bucket.most if bucket else each["most"]
        raised.append(Raised(key, after, max(most, after)))
        touched.append({"cap": each["cap"], "key": each["key"], "before": before, "after": after, "most": most})
    entry = Entry(
        kind="reversal",
        body={
            "kind": "reversal",
            "scope": scope,
            "request": request.asked.id,
            "reverses": position,
            "amount": str(-Decimal(body["amount"]) + 0),
            "why": why,
            "caps": touched,
        },
        request=request,
        raised=tuple(raised),
        reverses=position,
    )
    return [entry]


def release(
    batch: Batch,
    catalogue: Catalogue,
    scope: str,
    position: int,
    instalment: str,
    facts: Mapping[str, Any],
    on: dt.date | None,
    request: Request,
) -> list[Entry]:
    """The entry of an instalment that is paid or lapses, or that has to wait.

    Raises:
        FactsError: the facts do not fit; all problems.
        RequestError: there is no such award or instalment, it is settled already, or its outcome is open.
    """
    body = entry_at(batch, position, scope, "determination")
    by = batch.reversed_by(position)
    if by is not None:
        raise RequestError(Problem.of("R0508", "entry", given=str(position), by=str(by)))
    if body["decision"] != DETERMINED:
        raise RequestError(Problem.of("R0510", "entry", given=str(position)))
    settled = (
        batch.settled_by(position, instalment) if instalment.isprintable() else None
    )  # no name: PostgreSQL refuses it
    if settled is not None:
        raise RequestError(Problem.of("R0511", "instalment", given=instalment, by=str(settled)))
    award = Receipt.model_validate(body["receipt"])
    found = catalogue.release(award, instalment, facts, on=on)
    if found.outcome == "undetermined":
        raise RequestError(Problem.of("R0505", instalment, why=found.why))
    if found.instalment.due and on is None:
        raise RequestError(Problem.of("R0515", "on", instalment=found.label))
    data = found.to_dict()
    del data["claim"]
    entry = Entry(
        kind="release",
        body={
            "kind": "release",
            "engine": __version__,
            "scope": scope,
            "request": request.asked.id,
            "award": position,
            "decision": found.outcome,
            "amount": str(found.low),
            "release": data,
        },
        request=request,
        settles=(position, instalment) if found.outcome in ("paid", "lapses") else None,
    )
    return [entry]
