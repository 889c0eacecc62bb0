"""How commands write an answer with its explanation: on paper for people, beside the receipt for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from ..calculation.renderings import RENDERINGS, Form
from ..text import Language
from .output import say, show_canonical, show_json

if TYPE_CHECKING:
    from ..calculation.explanation import Explanation
    from ..calculation.outcomes import Money

Capitals = Annotated[
    bool, typer.Option("--capitals", help="另写大写金额 · write the sums in capital characters as well")
]
Format = Annotated[
    Form | None, typer.Option("--format", help="说明的形式，缺省 text · the form of the explanation; text unless given")
]
Explain = Annotated[
    bool, typer.Option("--explain", help="JSON 中另附说明 · the explanation as data, too, beside the receipt in JSON")
]


class Answered(Protocol):
    """What has an explanation and a receipt."""

    @property
    def explanation(self) -> Explanation: ...

    def to_dict(self) -> dict[str, Any]: ...

    def receipt(self) -> bytes: ...


def check_form(form: Form | None, as_json: bool) -> None:
    """Refuse a form of the explanation beside ``--json``.

    Raises:
        typer.BadParameter: both are asked for.
    """
    if form is not None and as_json:
        raise typer.BadParameter("--format 不能与 --json 同用 · --format does not go with --json")


def in_capitals(sums: Mapping[str, Money]) -> dict[str, Any]:
    """Sums by name in capital characters, as they stand beside a receipt."""
    return {f"{name}_in_capitals": each.plain_in_capitals() for name, each in sums.items()}


def show_answer(
    found: Answered,
    lang: Language | None,
    form: Form | None,
    *,
    sums: Mapping[str, Money],
    capitals: bool,
    explain: bool,
    as_json: bool,
) -> None:
    """The explanation in the form that was chosen; with ``--json`` the receipt, and beside it what was asked for."""
    if not as_json:
        say(RENDERINGS[form or "text"](found.explanation, lang or "zh", capitals=capitals).rstrip("\n"))
        return
    more = in_capitals(sums) if capitals else {}
    if explain:
        more["explanation"] = found.explanation.to_dict()
    if more:  # beside the receipt: with one key more it would be none
        show_json({"receipt": found.to_dict(), **more})
    else:
        show_canonical(found.receipt())
