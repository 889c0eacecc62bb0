"""A result: what a calculation answers, with its explanation, its remarks and its receipt. Frozen.

The words are imported when somebody asks for them: most callers want the amount.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import Problem
from ..text import Language
from .basis import Adoption, Filling
from .findings import Findings

if TYPE_CHECKING:
    from .explanation import Explanation


class Result(Findings):
    """The answer of one calculation. Two results are equal if their receipts are."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Result) and self.receipt() == other.receipt()

    def __hash__(self) -> int:
        return hash(self.receipt())

    @property
    def adoption(self) -> Adoption | None:
        """The bureau's decision under which it was calculated; None where there is none on that day."""
        return self.policy.basis.adoption

    @property
    def texts(self) -> tuple[Filling, ...]:
        """The texts of lower levels that filled what the policy delegates."""
        from .adopted import used_texts

        return used_texts(self)

    @property
    def is_simulation(self) -> bool:
        """Whether nothing may be paid from it: it rests on no adoption, or the caller read the text otherwise."""
        from .adopted import is_simulation

        return is_simulation(self)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What a reader must know before relying on the answer: simulation, open readings, advice not met."""
        from .remarks import remarks

        return tuple(remarks(self))

    @property
    def explanation(self) -> Explanation:
        """The whole calculation with every reason for it, as data in both languages."""
        from .explain import explained

        return explained(self)

    def explain(self, language: Language = "zh", *, capitals: bool = False) -> str:
        """The whole calculation in words and figures, to be redone with a desk calculator.

        With `capitals` its sums stand in capital characters (大写金额), too.

        Raises:
            RequestError: the language is none of ours.
        """
        from .renderings import said

        return said(self, language, capitals=capitals)

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data: what the receipt holds and `subsidy replay` compares."""
        from .receipt import to_dict

        return to_dict(self)

    def receipt(self) -> bytes:
        """Canonical JSON of what was calculated: policy digest, facts, readings, result. It carries no seal."""
        from .forms import receipt

        return receipt(self).encode()
