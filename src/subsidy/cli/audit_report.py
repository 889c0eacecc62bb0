"""`subsidy audit report`: a ledger verified and computed again, and all that came of it in one file to be read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..extras import needs
from ..text import Text
from . import audit_replay, audit_verify, recorded
from .audit_options import (
    Address,
    Against,
    DatedFrom,
    DatedUntil,
    First,
    Interrupted,
    Jobs,
    Last,
    OfPolicies,
    PublicKey,
    filter_of,
    interruptible,
)
from .exits import Exit
from .options import AsJson, Lang
from .output import pick, reports, say, show_json
from .watching import watching

Target = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        show_default=False,
        help="报告，以 .html 或 .xlsx 结尾 · of the report; it ends in .html or .xlsx",
    ),
]


@reports
def report(
    target: Target,
    ledger: Address = None,
    against: Against = None,
    key: PublicKey = "",
    policy: OfPolicies = None,
    dated_from: DatedFrom = None,
    dated_until: DatedUntil = None,
    first: First = 0,
    last: Last = None,
    jobs: Jobs = None,
    lang: Lang = None,
    as_json: AsJson = False,
) -> Exit:
    """核验并重算，写成一份报告 · verify a ledger and compute it again, and write one report of both.

    所选范围只限重算；核验总是全部。 What is asked for limits what is computed again; all of it is verified.

    subsidy audit report audit.html --ledger sqlite:///ledger.db --against fingerprints.txt
    """
    with needs("audit"):
        from ..audit.gathering import gathered
        from ..audit.kept import kept
        from ..audit.reporting import report_of_replay
        from ..audit.sources import opened_source
        from ..reports.writing import write, writer
    writer(target)
    wanted = filter_of(policy, dated_from, dated_until, first, last)
    source = opened_source(recorded.needed(ledger))
    try:
        verified, copies = audit_verify.run(source, against or [], key, None, jobs, hidden=as_json)
        replayed = audit_replay.run(source, wanted, None, jobs, hidden=as_json)
        bar = watching(Text("汇总", "gathering"), hidden=as_json)
        with interruptible(), bar as tick:
            found = gathered(source, wanted, replayed.findings, tick)
    except Interrupted:
        return audit_verify.stopped(None, lang)
    finally:
        source.close()
    said = kept(audit_verify.texts_of(against or []))
    made = report_of_replay(replayed, verified, found, kept=said, copies=copies, wanted=wanted)
    write(made, lang or "zh", target)
    count = verified.findings.count + replayed.findings.count
    if as_json:
        show_json(
            {
                "file": str(target),
                "verified": audit_verify.data(verified, copies),
                "replayed": audit_replay.data(replayed),
            }
        )
    else:
        say(pick(lang, f"{target}：{made.verdict.zh}", f"{target}: {made.verdict.en}"))
        say(audit_verify.fingerprint_line(verified, lang))
    return Exit.FINDING if count else Exit.FINE
