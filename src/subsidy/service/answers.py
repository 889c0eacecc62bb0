"""The answer to a calculation, as a message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ..calculation.basis import Adoption, Filling
from ..calculation.edition import Edition
from ..calculation.explanation import Formula
from ..calculation.outcomes import ConditionResult, InstalmentResult, MeasureResult, Money, StepResult, has_own
from ..calculation.renderings import text
from ..calculation.result import Result
from ..errors import Problem
from ..language import program as p
from ..language.intervals import Interval
from ..text import LANGUAGES, Language
from ..v1 import calculation_service_pb2 as v1
from ..v1 import values_pb2
from ..v1.explanation_pb2 import Explanation
from . import convert
from .errors import problem_message
from .kept import kept

_CONDITION_KINDS: Final = {
    "required": v1.CONDITION_KIND_REQUIRED,
    "advisory": v1.CONDITION_KIND_ADVISORY,
    "admissible": v1.CONDITION_KIND_ADMISSIBLE,
}


def calculate_response(result: Result, *, full: bool) -> v1.CalculateResponse:
    """A result as it is answered. Only a full view has what things are called, the steps, explanation and receipt."""
    response = v1.CalculateResponse()
    response.CopyFrom(_before(result.policy)[full])
    if result.policy.pays:
        total = result.total_in_fen()
        convert.set_amount(response.amount, total)
        if not total.is_point:
            response.left_open.CopyFrom(convert.text(result.total.why))
        if result.has_own:
            convert.set_amount(response.payable, _in_fen(result.payable))
    response.measures.extend(_measure(each, full) for each in result.measures)
    response.eligible = convert.verdict(result.eligible)
    for index, (message, (sum_, shares)) in enumerate(zip(response.parts, result.in_fen(), strict=True)):
        convert.set_amount(message.amount, sum_)
        if has_own(result.policy.program.parts[index].shares):
            convert.set_amount(message.payable, _in_fen(result.parts[index].payable))
        message.eligible = convert.verdict(result.is_eligible_for(index))
        for number, (share_message, share) in enumerate(zip(message.shares, shares, strict=True)):
            convert.set_amount(share_message.amount, share)
            _set_division(share_message, result, result.policy.program.parts[index].shares[number], full)
        if result.policy.program.parts[index].instalments:
            message.instalments.extend(_instalment(each, full) for each in result.parts[index].instalments)
    response.standing = v1.STANDING_SIMULATION if result.is_simulation else v1.STANDING_ADOPTED
    if full:
        _add_reasons(response, result)
    return response


@kept
def _before(policy: Edition) -> tuple[v1.CalculateResponse, v1.CalculateResponse]:
    """What every answer of a policy has in common, basic and full: all but the sums. Copied, never changed."""
    return _without_sums(policy, full=False), _without_sums(policy, full=True)


def _without_sums(policy: Edition, *, full: bool) -> v1.CalculateResponse:
    return v1.CalculateResponse(
        policy=policy.id,
        version=policy.version,
        revision=policy.revision,
        digest=policy.digest,
        parts=[_part(part, full) for part in policy.program.parts],
        adoption=_adoption(policy.basis.adoption) if policy.basis.adoption else None,
        fillings=[_filling(text) for text in policy.basis.texts if text.parameter not in policy.basis.set_aside],
    )


def _measure(each: MeasureResult, full: bool) -> v1.Measure:
    message = v1.Measure(
        name=each.name,
        unit=each.unit,
        sense=each.sense,
        value=[convert.figure(value, None) for value in each.value],
        required=[convert.figure(value, None) for value in each.required],
        shortfall=[convert.figure(value, None) for value in each.shortfall],
        met=convert.verdict(each.met),
        deadline=[convert.day(day) for day in each.deadline],
        before=each.is_before,
    )
    if full:
        message.label.CopyFrom(convert.text(each.label))
        message.clause, message.formula = each.clause, each.formula
    return message


def _instalment(each: InstalmentResult, full: bool) -> v1.Instalment:
    message = v1.Instalment(
        name=each.name,
        exists=convert.verdict(each.exists),
        due=[convert.day(day) for day in each.due],
        if_failed=each.if_failed,
        shares=[
            v1.Share(
                name=share.name.removeprefix(f"{each.name}."), payer=share.payer, own=share.own,
                division=share.division, label=convert.text(share.label) if full else None,
            )
            for share in each.shares
        ],
    )  # fmt: skip
    convert.set_amount(message.amount, _in_fen(each))
    if has_own(each.shares):
        convert.set_amount(message.payable, _in_fen(each.payable))
    for share_message, share in zip(message.shares, each.shares, strict=True):
        convert.set_amount(share_message.amount, _in_fen(share))
    if full:
        message.label.CopyFrom(convert.text(each.label))
        message.test, message.clause = each.test, each.clause
    return message


def _in_fen(money: Money) -> Interval:
    return Interval(int(money.low * 100), int(money.high * 100))


def _set_division(message: v1.Share, result: Result, share: p.Share, full: bool) -> None:
    """Which division pays, where that follows from a place."""
    if share.of:
        message.division = result.division(share)
        if full:
            message.label.CopyFrom(convert.text(result.payer(share)))


def _adoption(adoption: Adoption) -> v1.Adoption:
    return v1.Adoption(
        digest=adoption.digest,
        issuer=convert.text(adoption.issuer),
        document=adoption.document,
        dated=convert.day(adoption.dated),
        by=adoption.by,
        first_day=convert.day(adoption.first),
        last_day=convert.day(adoption.last) if adoption.last else None,
    )


def _filling(text: Filling) -> v1.Filling:
    return v1.Filling(
        parameter=text.parameter,
        id=text.id,
        version=text.version,
        revision=text.revision,
        digest=text.digest,
        title=convert.text(text.title),
        issuer=convert.text(text.issuer),
        number=text.number,
        clause=text.clause,
    )


def _part(part: p.Part, full: bool) -> v1.Part:
    shares = [
        v1.Share(name=share.name, payer=share.payer, own=share.own, label=convert.text(share.label) if full else None)
        for share in part.shares
    ]
    if not full:
        return v1.Part(name=part.name, counted=part.counted, shares=shares)
    return v1.Part(
        name=part.name,
        label=convert.text(part.label),
        counted=part.counted,
        payee=part.payee,
        form=part.form,
        clause=part.clause,
        shares=shares,
    )


def _add_reasons(response: v1.CalculateResponse, result: Result) -> None:
    explanation = result.explanation
    formulas: dict[str, list[Formula]] = {}
    for line in (line for section in explanation.sections for line in section.lines):
        if line.formula is not None:
            formulas.setdefault(line.name, []).append(line.formula)
    steps = zip(result.policy.program.steps, result.steps, strict=True)
    response.steps.extend(_step(step, found, formulas[step.name]) for step, found in steps)
    response.conditions.extend(_condition(test) for test in result.conditions)
    response.interpretations.extend(
        v1.InterpretationUsed(
            name=item.name,
            question=convert.text(item.question),
            clause=item.clause,
            reading=item.reading,
            label=convert.text(item.label),
            recommended=item.is_recommended,
            presumed=item.is_presumed,
        )
        for item in result.interpretations
    )
    response.warnings.extend(remark(problem) for problem in result.warnings)
    response.explanation.zh, response.explanation.en = text(explanation, "zh"), text(explanation, "en")
    response.explained.CopyFrom(Explanation(**explanation.to_dict()))  # its fields are those of the data
    response.receipt = result.receipt()


def _step(step: p.Step, found: StepResult, ways: list[Formula]) -> v1.Step:
    return v1.Step(
        name=found.name,
        label=convert.text(found.label),
        unit=found.unit,
        clause=found.clause,
        formula=found.formula,
        figures=_each(ways, lambda way, language: way.figures.in_(language) or way.words.in_(language)),
        values=[convert.figure(value, step.type) for value in found.possible],
        said=_each(ways, lambda way, language: way.value.in_(language) + way.rounding.in_(language)),
    )


def _each(ways: list[Formula], said: Callable[[Formula, Language], str]) -> values_pb2.Text:
    """What is said of each way in which a step is calculated, in one line."""
    zh, en = (dict.fromkeys(said(way, language) for way in ways) for language in LANGUAGES)
    return values_pb2.Text(zh="；".join(zh), en="; ".join(en))


def _condition(test: ConditionResult) -> v1.Condition:
    return v1.Condition(
        name=test.name,
        label=convert.text(test.label),
        kind=_CONDITION_KINDS[test.kind],
        clause=test.clause,
        formula=test.formula,
        figures=convert.text(test.figures),
        verdict=convert.verdict(test.holds),
        parts=test.parts,
    )


def remark(problem: Problem) -> v1.Remark:
    """A problem with its words in both languages."""
    message = values_pb2.Text(zh=problem.message("zh"), en=problem.message("en"))
    return v1.Remark(problem=problem_message(problem), message=message)
