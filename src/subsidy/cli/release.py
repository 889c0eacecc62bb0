"""`subsidy release`: whether an instalment of a claim is paid now, with what is stated now."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import Problem, RequestError
from ..policies import Catalogue
from . import facts, recorded
from .exits import Exit
from .explained import Capitals, Explain, Format, check_form, show_answer
from .options import Adoptions, AsJson, Folder, Lang, catalogue_of
from .output import reports
from .recorded import KeyFile, LedgerUrl, RequestId, Scope

if TYPE_CHECKING:
    from ..calculation.policy import Policy
    from ..calculation.receipt import Receipt
    from ..ledger import Ledger

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


Award = Annotated[
    str,
    typer.Argument(
        metavar="FILE|INDEX",
        show_default=False,
        help="回执，- 为标准输入；或台账中的第几条 · a receipt, - for the standard input; or the entry in the ledger",
    ),
]


@reports
def release(
    ctx: typer.Context,
    award: Award,
    instalment: Instalment,
    given: GivenFacts = None,
    facts_file: FactsFile = None,
    on: ReleasedOn = None,
    ledger: LedgerUrl = None,
    scope: Scope = None,
    request: RequestId = None,
    key: KeyFile = None,
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

    台账中的核定，写第几条，另加 --ledger 和 --request；拨付记入台账，每期一次。

    A determination in a ledger is named by its entry, with --ledger and --request; its release is recorded, once each.

    subsidy release receipt.json second still_employed=true --on 2027-03-01

    subsidy release 6 second still_employed=true --on 2027-03-01 --ledger sqlite:///ledger.db --request 2027/6/second
    """
    check_form(form, as_json)
    catalogue = catalogue_of(policies, adoptions)
    raw = facts.given(given or (), facts_file)
    if award.isascii() and award.isdigit():
        if capitals or explain or form is not None:
            raise typer.BadParameter(
                "台账中的拨付不带 --capitals、--explain、--format · "
                "a release in a ledger takes no --capitals, --explain or --format"
            )
        name = recorded.named(request)
        with recorded.opened(ledger, scope, key, catalogue) as opened:
            stated = facts.typed(raw, _policy(catalogue, _receipt(opened, int(award))))
            answer = opened.release(int(award), instalment, stated, request=name, on=on)
            recorded.show(opened, answer, lang, as_json)
        return Exit.FINE
    source = ctx.get_parameter_source("ledger")  # in the environment it may stand for other commands
    if request is not None or (source is not None and source.name == "COMMANDLINE"):
        raise typer.BadParameter(
            f"{award} 是回执；台账中的核定写第几条，如 6 · {award} is a receipt; an entry of a ledger is written as 6"
        )
    from ..calculation.receipt import read_receipt

    read = read_receipt(sys.stdin.buffer.read() if award == "-" else Path(award).read_bytes())
    found = catalogue.release(read, instalment, facts.typed(raw, _policy(catalogue, read)), on=on)
    sums = {"amount": found}
    show_answer(found, lang, form, sums=sums, capitals=capitals, explain=explain, as_json=as_json)
    return Exit.FINE


def _receipt(opened: Ledger, position: int) -> Receipt:
    """The receipt of a determination.

    Raises:
        RequestError: there is none at that entry.
    """
    from ..calculation.receipt import Receipt

    body = opened.answer(position).body
    if "receipt" not in body:
        raise RequestError(Problem.of("R0507", "entry", given=str(position), allowed="determination"))
    return Receipt.model_validate(body["receipt"])


def _policy(catalogue: Catalogue, award: Receipt) -> Policy:
    policy = catalogue.by_digest(award.policy.digest)
    if policy is None:
        raise RequestError(Problem("R0202", "policy.digest", {"given": award.policy.digest}))
    return policy
