"""The proved maximum of an amount and of its parts, and whether anything that was calculated reaches it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from .along import Point, calculated
from .curve import Curve, Moves
from .policy import Policy


@dataclass(frozen=True, slots=True)
class Maximum:
    """The most that was proved of a part, or of the `amount`.

    `example` is the worked example that comes to it, or else `point` the place on the curve nearest to the example of
    the curve; neither where nothing does for certain. `found` is the most that was found in either, and `high` the most
    that it may be where something is left open.
    """

    name: str
    proved: Fraction
    found: Decimal
    high: Decimal
    example: str = ""
    point: Point | None = None


def maxima(policy: Policy, moves: Moves | None) -> tuple[Maximum, ...]:
    """Of each part, then of the amount; none for a policy that sets standards and pays nothing."""
    if not policy.pays:
        return ()
    found: dict[str, list[tuple[Decimal, Decimal, str]]] = {}
    for example in policy.document.examples:
        result = calculated(policy, example, {})
        if result is not None:
            for part in (*result.parts, result.total):
                found.setdefault(part.name, []).append((part.low, part.high, example.name))
    return tuple(_maximum(policy, name, found.get(name, []), moves) for name in _names(policy))


def _names(policy: Policy) -> Iterator[str]:
    yield from (part.name for part in policy.program.parts)
    yield "amount"


def _maximum(policy: Policy, name: str, paid: list[tuple[Decimal, Decimal, str]], moves: Moves | None) -> Maximum:
    proved = policy.program.ranges[name][1]
    over = moves.over if moves is not None and name == "amount" else None
    points = over.points if isinstance(over, Curve) else ()
    most = max([low for low, _, _ in paid] + [point.low for point in points], default=Decimal(0))
    high = max([high for _, high, _ in paid] + [point.high for point in points], default=Decimal(0))
    example = next((example for low, _, example in paid if low == proved), "")
    near = over.stated.at if isinstance(over, Curve) and over.stated is not None else Fraction(0)
    reaching = sorted((point for point in points if point.low == proved), key=lambda point: abs(point.at - near))
    point = reaching[0] if reaching and not example else None
    return Maximum(name, proved, most, high, example, point)
