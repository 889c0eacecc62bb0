"""An answer of the service, with sums as Decimal."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Final

from google.type.money_pb2 import Money

from ..calculation.explanation import Explanation
from ..calculation.outcomes import Money as Sum
from ..calculation.renderings import check_language
from ..errors import Problem, RequestError, UndeterminedError
from ..text import Language, Text
from ..v1 import calculation_service_pb2 as v1
from ..v1 import values_pb2

_EXACT: Final = Context(prec=40)
_VERDICTS: Final = {values_pb2.VERDICT_HOLDS: True, values_pb2.VERDICT_FAILS: False}


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of one calculation; `message` has all of it, the steps and reasons only where they were asked for."""

    message: v1.CalculateResponse

    @property
    def amount(self) -> Decimal:
        """What is paid in all, in CNY with two places.

        Raises:
            UndeterminedError: the text leaves it open between `low` and `high`.
            RequestError: the policy sets standards and pays nothing.
        """
        self._pays()
        if not self.is_determined:
            name, low, high = Text("金额", "the amount"), str(self.low), str(self.high)
            raise UndeterminedError(Problem.of("U0101", "amount", name=name, low=low, high=high, why=self._why))
        return self.low

    @property
    def low(self) -> Decimal:
        """The least that the amount can be."""
        self._pays()
        return bounds(self.message.amount)[0]

    @property
    def high(self) -> Decimal:
        """The most that the amount can be."""
        self._pays()
        return bounds(self.message.amount)[1]

    @property
    def payable(self) -> Sum:
        """What is paid out in all: the amount without the shares that payers bear themselves.

        Raises:
            RequestError: the policy sets standards and pays nothing.
        """
        self._pays()
        low, high = bounds(self.message.payable if self.message.HasField("payable") else self.message.amount)
        return Sum("payable", Text("应付", "payable"), low, high, self._why)

    @property
    def _why(self) -> Text:
        return Text(self.message.left_open.zh or "–", self.message.left_open.en or "–")

    def _pays(self) -> None:
        if not self.message.HasField("amount"):
            raise RequestError(Problem.of("R0115", "amount", given=self.message.policy))

    @property
    def is_determined(self) -> bool:
        """Whether the amount is one figure."""
        return self.message.amount.HasField("determined")

    @property
    def eligible(self) -> bool | None:
        """Whether every required condition holds; None where that is undetermined."""
        return _VERDICTS.get(self.message.eligible)

    @property
    def digest(self) -> str:
        """The digest of the policy that was calculated."""
        return self.message.digest

    @property
    def is_simulation(self) -> bool:
        """Whether nothing may be paid from it: no adoption stands behind it, or not with these readings."""
        return self.message.standing != v1.STANDING_ADOPTED

    @property
    def adoption(self) -> v1.Adoption | None:
        """The bureau's decision under which it was calculated; None where there is none on that day."""
        return self.message.adoption if self.message.HasField("adoption") else None

    @property
    def texts(self) -> tuple[v1.Filling, ...]:
        """The texts of lower levels that filled what the policy delegates."""
        return tuple(self.message.fillings)

    @property
    def explanation(self) -> Explanation | None:
        """The explanation as data, equal to the library's own; None unless the full answer was asked for.

        Raises:
            RequestError: the service gives it in another shape than this version reads.
        """
        if not self.message.HasField("explained"):
            return None
        from google.protobuf.json_format import MessageToDict  # not every client asks for it

        return Explanation.from_dict(MessageToDict(self.message.explained, preserving_proto_field_name=True))

    def receipt(self) -> bytes:
        """Canonical JSON of what was calculated; empty unless the full answer was asked for."""
        return self.message.receipt

    def explain(self, language: Language = "zh") -> str:
        """The whole calculation in words and figures; empty unless the full answer was asked for.

        Raises:
            RequestError: the language is none of ours.
        """
        check_language(language)
        return self.message.explanation.zh if language == "zh" else self.message.explanation.en


def bounds(amount: values_pb2.Amount) -> tuple[Decimal, Decimal]:
    """The least and the most that a sum can be, in CNY with two places."""
    if amount.HasField("determined"):
        return yuan(amount.determined), yuan(amount.determined)
    return yuan(amount.bounds.low), yuan(amount.bounds.high)


def yuan(money: Money) -> Decimal:
    """A sum in CNY with two places."""
    return Decimal(money.units * 100 + money.nanos // 10_000_000).scaleb(-2, _EXACT)
