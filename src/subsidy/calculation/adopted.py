"""Whose a result is: a bureau's, under its adoption, or nobody's. Said in every output."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..errors import Problem
from ..text import Text
from .basis import Filling
from .edition import Edition
from .findings import Findings
from .wording import Wording


def is_simulation(result: Findings) -> bool:
    """Whether it rests on no adoption, or on readings that the caller put in the place of the adopted ones."""
    return is_simulated(result.policy, result.readings)


def is_simulated(policy: Edition, readings: Mapping[str, str]) -> bool:
    """The same of whatever a policy answers under readings."""
    return policy.basis.adoption is None or bool(_own_readings(policy, readings))


def used_texts(result: Findings) -> tuple[Filling, ...]:
    """The texts of lower levels whose figures were used."""
    basis = result.policy.basis
    return tuple(text for text in basis.texts if text.parameter not in basis.set_aside)


def remarks_on_basis(result: Findings) -> Iterator[Problem]:
    """Whether it is a simulation, and why; what else the reader must know of the texts beside the policy."""
    basis = result.policy.basis
    own = _own_readings(result.policy, result.readings)
    if basis.adoption is None:
        yield Problem("W0101")
    elif own:
        said = [result.policy.interpretations[name].question for name in own]
        names = Text("；".join(each.zh for each in said), "; ".join(each.en for each in said))
        yield Problem.of("W0201", "readings", document=basis.adoption.document, names=names)
    if basis.other is not None:
        other = basis.other
        yield Problem.of("W0202", "adoption", document=other.document, issuer=other.issuer, given=other.policy_digest)
    if (near := basis.near) is not None:
        day = str(result.facts[result.policy.program.dated_by])
        yield Problem.of("W0204", "adoption", document=near.document, issuer=near.issuer, span=near.span, day=day)
    for text in used_texts(result):
        if not text.is_released:
            yield Problem.of("W0203", text.path, given=text.path)


def basis_lines(result: Findings, say: Wording) -> Iterator[str]:
    """The lines at the head of an explanation: whose it is, and which texts fill what the policy delegates."""
    adoption = result.policy.basis.adoption
    colon = say.pick("：", ": ")
    if adoption is not None:
        whose = say.pick("采用", "Adopted by")
        by = say.pick(f"采用人 {adoption.by}", f"by the hand of {adoption.by}")
        span = say.pick("施行：", "in force ") + say.say(adoption.span)
        document = f"{adoption.document} · {adoption.dated.isoformat()}"
        yield f"{whose}{colon}{say.say(adoption.issuer)} · {document} · {span} · {by}"
        yield say.pick("采用摘要：", "Digest of the adoption: ") + adoption.digest
    for text in used_texts(result):
        label = say.say(result.policy.program.parameters[text.parameter].label)
        number = f"{text.number} " if text.number else ""
        place = result.policy.vocabulary.divisions[text.division].name
        yield (
            say.pick("下级文件：", "Filled by: ")
            + f"{label} ← {say.say(place)} · {number}{say.say(text.title)} · {say.say(text.issuer)}"
            + say.pick(f"〔{text.clause}〕", f" [{text.clause}]")
        )
        yield say.pick("下级文件摘要：", "Digest of that text: ") + f"{text.id} · {text.version} · {text.digest}"
    if adoption is not None:
        for name, clause in adoption.clauses.items():
            if name not in result.policy.basis.set_aside:
                label = say.say(result.policy.program.parameters[name].label)
                yield (
                    say.pick("采用文件确定：", "Fixed by the adoption: ")
                    + f"{label} ← {adoption.document}"
                    + say.pick(f"〔{clause}〕", f" [{clause}]")
                )


def _own_readings(policy: Edition, readings: Mapping[str, str]) -> list[str]:
    """The interpretations that the caller read otherwise than the adoption."""
    if policy.basis.adoption is None:
        return []
    return [
        name
        for name, item in policy.interpretations.items()
        if readings[name] != policy.defaults[name] or item.presumes in policy.basis.set_aside
    ]
