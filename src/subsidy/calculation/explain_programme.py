"""The explanation of a programme: how its total is made of what the members give, and the members' own explanations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from ..catalogue.programmes import ProgrammeDocument
from ..exact import fen
from ..text import Text
from . import sums
from .combined import Combined
from .explain import REMARKS, remark_lines, sections, source_said
from .explanation import Explanation, Line
from .programme import MemberResult, ProgrammeResult

_COMBINED: Final = {
    "sum": Text("各项相加", "added up"),
    "highest": Text("就高，只付最高一项", "only the highest is paid"),
}


def explained_programme(result: ProgrammeResult) -> Explanation:
    """The explanation of a programme's result."""
    head = result.entry.document.programme
    return Explanation(
        kind="programme",
        policy=head.id,
        version=head.version,
        revision=head.revision,
        digest=result.entry.digest,
        status="",
        is_simulation=result.is_simulation,
        title=head.title,
        place=Text(result.vocabulary.path(head.division), result.vocabulary.divisions[head.division].name.en),
        source=source_said(result.entry.document.source),
        basis=(Text(f"{head.label.zh}：{result.subject}", f"{head.label.en}: {result.subject}"),),
        sections=sections(
            (
                ("members", Text("组成", "Members"), _members(result)),
                ("result", Text("合计", "Total"), _total(result)),
                ("remarks", REMARKS, remark_lines(result.warnings)),
            )
        ),
        parts=tuple(member.result.explanation for member in result.members if member.result is not None),
    )


def _members(result: ProgrammeResult) -> Iterator[Line]:
    """What each member gives by itself, and what counts of it."""
    titles = {member.name: member.title for member in result.members}
    for number, member in enumerate(result.members, start=1):
        alone = None if member.result is None else member.result.total
        why = Text(member.why(titles, "zh"), member.why(titles, "en"))
        counts = Line("counts", member.name, _counted(member), why, mark="→", values=sums.ends(member.counts))
        yield Line(
            kind="member",
            name=member.name,
            label=member.title,
            said=Text("–", "–") if alone is None else sums.said(alone),
            mark=f"{number}.",
            values=() if alone is None else sums.ends(alone),
            lines=(counts,),
        )


def _counted(member: MemberResult) -> Text:
    """What counts of a member; where that is less than it gives, by how much."""
    said, alone = sums.said(member.counts), None if member.result is None else member.result.total
    if alone is None or not (alone.is_determined and member.counts.is_determined) or alone.low == member.counts.low:
        return said
    less = f"{alone.low} − {alone.low - member.counts.low} = "
    return Text(less + said.zh, less + said.en)


def _total(result: ProgrammeResult) -> Iterator[Line]:
    document = result.entry.document
    head, cap = document.programme, document.cap
    yield Line("note", "combine", _COMBINED[head.combine], clause=head.clause)
    if cap is not None:
        most = Text(f"{cap.limit} 元", f"{cap.limit} CNY")
        yield Line("cap", "cap", Text("总额最高", "at most in all"), most, cap.clause, values=(cap.limit,))
    claimed = [member.name for member in result.members if member.result is not None]
    how = sums.of_both_ends("amount", lambda end: total_in_figures(document, result.combined, claimed, end))
    yield from sums.total("amount", sums.AMOUNT, Text("金额", "Amount"), result.total, how)
    if not result.is_determined:
        yield Line("note", "open", sums.LEFT_OPEN, result.total.why)


def total_in_figures(document: ProgrammeDocument, combined: Combined, claimed: Sequence[str], end: int) -> Text:
    """The least (0) or the most (1) of a total, from what the members give after exclusions."""
    paid = [fen(combined.paid[name][end]) for name in claimed]
    if document.programme.combine == "highest":
        said = _of("取大", "max", [Text(each, each) for each in map(str, paid)])
    else:
        said = Text(sums.added(paid), sums.added(paid))
    if document.cap is not None:
        cap = str(fen(int(Fraction(document.cap.limit) * 100)))
        said = _of("取小", "min", [said, Text(cap, cap)])
    back = "".join(f" − {fen(-sum_)}" for name in claimed if (sum_ := combined.taken_back[name][end]))
    return Text(said.zh + back, said.en + back)


def _of(zh: str, en: str, among: list[Text]) -> Text:
    """The greatest or the least of some figures."""
    if len(among) == 1:
        return among[0]
    return Text(f"{zh}({'，'.join(each.zh for each in among)})", f"{en}({', '.join(each.en for each in among)})")
