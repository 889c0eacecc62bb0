"""The answer to a calculation, as a message."""

from __future__ import annotations

from typing import Final

from ..calculation.basis import Adoption, Filling
from ..calculation.edition import Edition
from ..calculation.outcomes import ConditionResult, StepResult
from ..calculation.reasons import step_texts
from ..calculation.result import Result
from ..errors import Problem
from ..language import program as p
from ..text import Text
from ..v1 import calculation_service_pb2 as v1
from ..v1 import values_pb2
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
    response, total = v1.CalculateResponse(), result.total_in_fen()
    response.CopyFrom(_before(result.policy)[full])
    convert.set_amount(response.amount, total)
    response.eligible = convert.verdict(result.eligible)
    for message, (sum_, shares) in zip(response.parts, result.in_fen(), strict=True):
        convert.set_amount(message.amount, sum_)
        for share_message, share in zip(message.shares, shares, strict=True):
            convert.set_amount(share_message.amount, share)
    response.standing = v1.STANDING_SIMULATION if result.is_simulation else v1.STANDING_ADOPTED
    if not total.is_point:
        response.left_open.CopyFrom(convert.text(result.total.why))
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
        v1.Share(payer=share.payer, own=share.own, label=convert.text(share.label) if full else None)
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
    program = result.policy.program
    texts = [step_texts(result.policy, result.answers, index) for index in range(len(program.steps))]
    steps = zip(program.steps, result.steps, texts, strict=True)
    response.steps.extend(_step(step, found, *said) for step, found, said in steps)
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
    response.warnings.extend(_remark(problem) for problem in result.warnings)
    response.explanation.zh = result.explain("zh")
    response.explanation.en = result.explain("en")
    response.receipt = result.receipt()


def _step(step: p.Step, found: StepResult, figures: Text, said: Text) -> v1.Step:
    return v1.Step(
        name=found.name,
        label=convert.text(found.label),
        unit=found.unit,
        clause=found.clause,
        formula=found.formula,
        figures=convert.text(figures),
        values=[convert.figure(value, step.type) for value in found.possible],
        said=convert.text(said),
    )


def _condition(test: ConditionResult) -> v1.Condition:
    return v1.Condition(
        name=test.name,
        label=convert.text(test.label),
        kind=_CONDITION_KINDS[test.kind],
        clause=test.clause,
        formula=test.formula,
        figures=convert.text(test.figures),
        verdict=convert.verdict(test.holds),
    )


def _remark(problem: Problem) -> v1.Remark:
    message = values_pb2.Text(zh=problem.message("zh"), en=problem.message("en"))
    return v1.Remark(problem=problem_message(problem), message=message)
