"""A policy, as a message."""

from __future__ import annotations

import json
from math import ceil, floor
from typing import Final

from ..calculation.policy import Policy
from ..calculation.readers import expected
from ..catalogue.entry import Entry
from ..catalogue.head import Source
from ..catalogue.versions import Span
from ..exact import show
from ..language import program as p
from ..language.types import Choice, Date, Division, Flag, Id, Month, Number, Records, Type
from ..v1 import policy_service_pb2 as v1
from ..v1 import values_pb2
from . import convert

_STATUS: Final = {
    "issued": v1.POLICY_STATUS_ISSUED,
    "reported": v1.POLICY_STATUS_REPORTED,
    "draft": v1.POLICY_STATUS_DRAFT,
}
_KINDS: Final[dict[type[Type], v1.FactKind]] = {
    Number: v1.FACT_KIND_DECIMAL,
    Flag: v1.FACT_KIND_FLAG,
    Choice: v1.FACT_KIND_CHOICE,
    Id: v1.FACT_KIND_ID,
    Division: v1.FACT_KIND_DIVISION,
    Date: v1.FACT_KIND_DATE,
    Month: v1.FACT_KIND_MONTH,
    Records: v1.FACT_KIND_RECORDS,
}
_BEYOND: Final = {"cut": v1.Cap.BEYOND_CUT, "refuse": v1.Cap.BEYOND_REFUSE}


def summary_message(policy: Policy, repeal: Span[Entry] | None = None) -> v1.PolicySummary:
    """Which policy this is, and when and where it applies; `repeal` is the text that abolished it, if any did."""
    head = policy.document.policy
    place = policy.vocabulary.divisions[head.division]
    return v1.PolicySummary(
        id=policy.id,
        version=policy.version,
        revision=policy.revision,
        digest=policy.digest,
        title=convert.text(policy.title),
        status=_STATUS[policy.status],
        division=v1.Place(code=place.code, name=convert.text(place.name), path=policy.division_path),
        first_day=convert.day(policy.first_day),
        last_day=convert.day(policy.last_day) if policy.last_day else None,
        validity_stated=head.valid.stated,
        published=convert.day(head.published),
        released=policy.is_released,
        abolished=_abolished(repeal) if repeal is not None else None,
    )


def _abolished(repeal: Span[Entry]) -> v1.Abolished:
    entry = repeal.entry
    return v1.Abolished(
        first_day=convert.day(repeal.first),
        published=convert.day(entry.head.published),
        source=_source(entry.document.source),
        digest=entry.digest,
    )


def _source(source: Source) -> v1.Source:
    return v1.Source(
        title=convert.text(source.title),
        number=source.number or "",
        issued=convert.day(source.issued),
        issuer=convert.text(source.issuer),
        note=convert.text(source.note) if source.note else None,
    )


def policy_message(policy: Policy, text: bytes) -> v1.Policy:
    """A policy whole; `text` is the module's file."""
    program, document = policy.program, policy.document
    low, high = program.ranges["amount"]
    return v1.Policy(
        summary=summary_message(policy),
        source=_source(document.source),
        claim_unit=str(program.claim),
        dated_by=program.dated_by,
        facts=[_fact(fact, policy) for fact in program.facts.values()],
        interpretations=[_interpretation(item) for item in program.interpretations.values()],
        caps=[_cap(cap) for cap in program.caps],
        gaps=[v1.Gap(clause=gap.clause, text=convert.text(gap.text), about=gap.about or "") for gap in policy.gaps],
        amount_range=values_pb2.Bounds(low=convert.money(floor(low * 100)), high=convert.money(ceil(high * 100))),
        facts_json_schema=json.dumps(policy.schema(), ensure_ascii=False),
        text=text,
        vocabulary_digest=policy.vocabulary.digest,
        divisions_digest=policy.vocabulary.divisions_digest,
        asked=[_fact(fact, policy) for fact in program.asked.values()],
    )


def _fact(fact: p.Fact, policy: Policy) -> v1.Fact:
    declared = policy.document.facts.get(fact.name)
    found = v1.Fact(
        name=fact.name,
        kind=_KINDS[type(fact.type)],
        label=convert.text(fact.label),
        clause=fact.clause,
        optional=fact.optional,
        when=(declared.when or "") if declared and fact.when is not None else "",
        allowed=convert.text(expected(fact)),
        left_of=fact.left_of,
    )
    match fact.type:
        case Number(unit=unit):
            low, high, step = show(fact.low), show(fact.high), show(fact.resolution)
            found.number.CopyFrom(
                v1.NumberBounds(
                    unit=fact.stated_unit if fact.scale != 1 else str(unit), minimum=low, maximum=high, resolution=step
                )
            )
        case Choice(values=values, labels=labels):
            found.choices.extend(v1.Option(name=value, label=convert.text(labels[value])) for value in values)
        case Division(domain=domain):
            found.divisions.extend(domain)
        case Records():
            fields = [_fact(field, policy) for field in fact.fields]
            found.records.CopyFrom(v1.RecordsShape(fields=fields, rows_least=fact.rows[0], rows_most=fact.rows[1]))
    return found


def _interpretation(item: p.Interpretation) -> v1.Interpretation:
    return v1.Interpretation(
        name=item.name,
        question=convert.text(item.question),
        clause=item.clause,
        readings=[v1.Option(name=name, label=convert.text(label)) for name, label in item.readings.items()],
        recommended=item.recommended,
        because=convert.text(item.because) if item.because else None,
        presumes=item.presumes,
    )


def _cap(cap: p.Cap) -> v1.Cap:
    return v1.Cap(
        name=cap.name,
        label=convert.text(cap.label),
        of=cap.of,
        over=cap.over,
        limit=cap.limit,
        times=cap.times,
        beyond=_BEYOND[cap.beyond],
        clause=cap.clause,
    )
