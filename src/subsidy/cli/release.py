"""`subsidy release`: whether an instalment of a claim is paid now, with what is stated now."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..errors import Problem, RequestError
from . import facts
from .calculate import GivenReceipt
from .exits import Exit
from .explained import Capitals, Explain, Format, check_form, show_answer
from .options import Adoptions, AsJson, Folder, Lang, catalogue_of
from .output import reports

Instalment = Annotated[
    str, typer.Argument(metavar="INSTALMENT", show_default=False, help="分期的名称 · the name of the instalment")
]
GivenFacts = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FACT=VALUE", show_default=False, help="拨付时填报的事实 · facts that are asked at the release"
    ),
]
ReleasedOn = Annotated[
    str | None,
    typer.Option(
        "--on", metavar="DATE", help="拨付日，未到期的暂缓 · the day of the release; before it is due it waits"
    ),
]
FactsFile = Annotated[
    Path | None, typer.Option("--facts", metavar="FILE", help="事实的 JSON 文件 · facts in a JSON file")
]


@reports
def release(
    receipt: GivenReceipt,
    instalment: Instalment,
    given: GivenFacts = None,
    facts_file: FactsFile = None,
    on: ReleasedOn = None,
    capitals: Capitals = False,
    form: Format = None,
    explain: Explain = False,
    lang: Lang = None,
    as_json: AsJson = False,
    policies: Folder = None,
    adoptions: Adoptions = None,
) -> Exit:
    """分期拨付：拨付、作废或暂缓 · release an instalment: it is paid, lapses or waits.

    先按回执重算，不一致则不拨付。 The receipt is computed again first; nothing is released from one that differs.

    subsidy release receipt.json second still_employed=true --on 2027-03-01
    """
    from ..calculation.receipt import read_receipt

    check_form(form, as_json)
    catalogue = catalogue_of(policies, adoptions)
    award = read_receipt(sys.stdin.buffer.read() if str(receipt) == "-" else receipt.read_bytes())
    policy = catalogue.by_digest(award.policy.digest)
    if policy is None:
        raise RequestError(Problem("R0202", "policy.digest", {"given": award.policy.digest}))
    stated = facts.typed(facts.given(given or (), facts_file), policy)
    found = catalogue.release(award, instalment, stated, on=on)
    sums = {"amount": found}
    show_answer(found, lang, form, sums=sums, capitals=capitals, explain=explain, as_json=as_json)
    return Exit.FINE
