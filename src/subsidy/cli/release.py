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
from .options import AsJson, Folder, Lang, catalogue_of
from .output import reports, say, show_canonical

Instalment = Annotated[
    str, typer.Argument(metavar="INSTALMENT", show_default=False, help="分期的名称 · the name of the instalment")
]
GivenFacts = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FACT=VALUE", show_default=False, help="拨付时填报的事实 · facts that are asked at the release"
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
    lang: Lang = None,
    as_json: AsJson = False,
    policies: Folder = None,
) -> Exit:
    """分期拨付：拨付、作废或暂缓 · release an instalment: it is paid, lapses or waits.

    先按回执重算，不一致则不拨付。 The receipt is computed again first; nothing is released from one that differs.

    subsidy release receipt.json second still_employed=true
    """
    from ..calculation.receipt import read_receipt

    catalogue = catalogue_of(policies)
    award = read_receipt(sys.stdin.buffer.read() if str(receipt) == "-" else receipt.read_bytes())
    policy = catalogue.by_digest(award.policy.digest)
    if policy is None:
        raise RequestError(Problem("R0202", "policy.digest", {"given": award.policy.digest}))
    found = policy.release(award, instalment, facts.typed(facts.given(given or (), facts_file), policy))
    if as_json:
        show_canonical(found.receipt())
    else:
        say(found.explain(lang or "zh").rstrip("\n"))
    return Exit.FINE
