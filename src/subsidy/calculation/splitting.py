"""How a part of the outcome is computed and split, in words and in figures, in one language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from ..language import program as p
from ..language.lowering import constant
from ..language.types import Number
from ..language.units import RATIO
from .answers import Answer, Values, values
from .wording import Wording, percentage


def computed(say: Wording, nodes: Iterable[tuple[Answer, p.Node]]) -> list[str]:
    """How a figure is computed under each answer, in words, and in figures where it is known."""
    said = []
    for answer, node in nodes:
        at, words = values(answer), say.words(node)
        said.append(" = ".join(dict.fromkeys((words, say.figures(node, at) if at.knows(node) else words))))
    return list(dict.fromkeys(said))


def behind(say: Wording, nodes: Iterable[tuple[Answer, p.Node]]) -> list[str]:
    """The parameters that figures rest on without showing them, under each answer."""
    return list(dict.fromkeys(each for answer, node in nodes for each in say.behind(node, values(answer))))


class Splitting:
    """What stands beside the sums of one part: its formula, and by what its shares and instalments are found."""

    def __init__(self, say: Wording, answers: tuple[Answer, ...], index: int) -> None:
        self.say, self.answers, self.index = say, answers, index
        self.part = self._of(answers[0])

    def _of(self, answer: Answer) -> p.Part:
        return answer.runner.folded.parts[self.index]

    def sums(self) -> list[str]:
        """How the part is computed; of a ceiling, how that is."""
        nodes = [(answer, self._of(answer).value) for answer in self.answers]
        most = self.say.pick("最高 ", "at most ") if self.part.decided else ""
        return [*(f"{most}= {how}" for how in computed(self.say, nodes)), *behind(self.say, nodes)]

    def shares(self) -> list[str]:
        """By what each share is found, to stand behind its payer; one payer alone bears all."""
        columns = list(zip(*(self._of(answer).shares for answer in self.answers), strict=True))
        return [self._aside([each.percent or each.value for each in column]) for column in columns if len(columns) > 1]

    def instalments(self) -> list[str]:
        """By what each instalment is found, to stand behind its label."""
        columns = zip(*(self._of(answer).instalments for answer in self.answers), strict=True)
        return [self._aside([each.share or each.value for each in column]) for column in columns]

    def _aside(self, nodes: Sequence[p.Node | None]) -> str:
        """One part of a whole under each answer: a percentage or a sum, with its figures; or what others leave."""
        rest = self.say.pick("其余", "the rest")
        said = [
            rest if node is None else self._stated(values(answer), node)
            for answer, node in zip(self.answers, nodes, strict=True)
        ]
        text = self.say.pick("；", "; ").join(dict.fromkeys(said))
        return self.say.pick(f"（{text}）", f" ({text})")

    def _stated(self, at: Values, node: p.Node) -> str:
        number = constant(node)
        if number is None and not at.knows(node):
            return self.say.words(node)
        value = self._value(at.of(node) if number is None else number, node)
        if number is not None:
            return value
        figures = (
            value if isinstance(node, p.StepValue | p.FactValue | p.ParameterValue) else self.say.figures(node, at)
        )
        return " = ".join(dict.fromkeys((self.say.words(node), figures, value)))

    def _value(self, value: Fraction, node: p.Node) -> str:
        is_share = isinstance(node.type, Number) and node.type.unit in {None, RATIO}
        return percentage(value) if is_share else self.say.value(value, node.type)
