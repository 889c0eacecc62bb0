"""`subsidy audit verify` and `subsidy audit fingerprint`: is a ledger what was kept of it; what to keep next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..audit.names import kind
from ..extras import needs
from ..text import Language, Text
from . import recorded
from .audit_options import (
    Address,
    Against,
    Interrupted,
    Jobs,
    LedgerFile,
    PublicKey,
    Resume,
    findings_data,
    how_to_go_on,
    interruptible,
    say_findings,
)
from .exits import Exit
from .options import AsJson, Lang
from .output import pick, reports, say, show_json, show_problems, warn
from .watching import watching

if TYPE_CHECKING:
    from ..audit.copies import Compared
    from ..audit.sources import Exported, Stored
    from ..audit.verifying import Verified

List = Annotated[
    Path | None,
    typer.Option(
        "--append",
        metavar="FILE",
        help="另记入该清单，供 --against 使用 · add it to a list of fingerprints that is kept, for --against",
    ),
]


@reports
def verify(
    file: LedgerFile = None,
    ledger: Address = None,
    against: Against = None,
    key: PublicKey = "",
    resume: Resume = None,
    jobs: Jobs = None,
    lang: Lang = None,
    as_json: AsJson = False,
) -> Exit:
    """核验台账：由各条重建其余一切，并与留存的对照 · verify a ledger against what was kept of it.

    没有留存的东西，只能知道台账自身是否一致。 With nothing that was kept, it is known only that it agrees with itself.

    subsidy audit verify --ledger sqlite:///ledger.db --against fingerprints.txt
    """
    with needs("audit"):
        from ..audit.sources import opened_source
    source = opened_source(recorded.needed(file or ledger))
    try:
        verified, copies = run(source, against or [], key, resume, jobs, hidden=as_json)
    except Interrupted:
        return stopped(resume, lang)
    finally:
        source.close()
    if as_json:
        show_json(data(verified, copies))
    else:
        show(verified, copies, bool(against), lang)
        say_findings(verified.findings, lang)
    return Exit.FINE if verified.is_clean else Exit.FINDING


def run(
    source: Stored | Exported, against: Sequence[str], key: str, resume: Path | None, jobs: int | None, *, hidden: bool
) -> tuple[Verified, list[Compared]]:
    """Verify a ledger, and hold it against what was kept; what differs from a copy is a finding like the others.

    Raises:
        Interrupted: it was stopped.
        RequestError, ServiceError: something cannot be read, or the file for `--resume` is another audit's.
    """
    from ..audit.copies import compared, is_copy, opened_copies
    from ..audit.kept import kept
    from ..audit.resuming import kept_as_asked, resumed
    from ..audit.verifying import verify
    from ..audit.work import Work

    said = kept(texts_of(against))
    copies = opened_copies([each for each in against if is_copy(each)])
    try:
        with resumed(resume, "verify", source, kept_as_asked(said)) as path, interruptible():
            work = Work(path)
            try:
                with watching(Text("核验", "verifying"), hidden=hidden) as tick:
                    verified = verify(source, said, key=key, work=work, jobs=jobs, tick=tick)
            finally:
                work.close()
            beside = []
            for copy in copies:
                with watching(Text("与副本对照", "comparing with a copy"), hidden=hidden) as tick:
                    beside.append(compared(source, copy, tick))
    finally:
        for copy in copies:
            copy.close()
    for each in beside:
        verified.findings.add(*each.findings)
    return verified, beside


def texts_of(against: Sequence[str]) -> list[str]:
    """What was kept without its copies: fingerprints, lists of them, checkpoints."""
    from ..audit.copies import is_copy

    return [each for each in against if not is_copy(each)]


def stopped(resume: Path | None, lang: Language | None) -> Exit:
    """An audit was stopped: how to go on."""
    warn(how_to_go_on(resume).in_(lang or "zh"))
    return Exit.STOPPED


def data(verified: Verified, copies: Sequence[Compared]) -> dict[str, Any]:
    """What came of a verification, as plain data."""
    return {
        "ledger": verified.shown,
        "origin": verified.origin,
        "scope": verified.scope,
        "size": verified.size,
        "fingerprint": verified.fingerprint,
        "checkpoints": verified.checkpoints,
        "schema": verified.schema,
        "keys": list(verified.keys),
        "kinds": dict(verified.kinds),
        "met": dict(verified.met),
        "copies": [{"copy": each.shown, "size": each.size, "differ": each.differ} for each in copies],
        **findings_data(verified.findings),
    }


def show(verified: Verified, copies: Sequence[Compared], was_kept: bool, lang: Language | None) -> None:
    """What was verified, in a few lines; `was_kept` where something was to be met."""
    size, checkpoints = verified.size, verified.checkpoints
    zh = f"{verified.shown}：{size} 条，{checkpoints} 个检查点，均已重建"
    say(pick(lang, zh, f"{verified.shown}: {size} entries and {checkpoints} checkpoints, all made anew"))
    kinds = [f"{kind(name).in_(lang or 'zh')} {count}" for name, count in verified.kinds.items()]
    say("  " + (" · ".join(kinds)))
    for key in verified.keys:
        say(pick(lang, f"  公钥：{key}", f"  Key: {key}"))
    for fingerprint, met in verified.met.items():
        say(pick(lang, f"  留存的 {fingerprint}：{met} 条处相符", f"  Kept {fingerprint}: met at {met} entries"))
    for copy in (each for each in copies if not each.findings):
        zh = f"  副本 {copy.shown}：{copy.size} 条全部相符"
        say(pick(lang, zh, f"  Copy {copy.shown}: all its {copy.size} entries are there"))
    if not was_kept:
        zh = "  没有与留存的东西对照：只知台账自身是否一致"
        say(
            pick(
                lang, zh, "  Held against nothing that was kept: it is known only whether the ledger agrees with itself"
            )
        )
    say(fingerprint_line(verified, lang))


def fingerprint_line(verified: Verified, lang: Language | None) -> str:
    """What to keep of a ledger; of one with findings nothing."""
    if verified.is_clean:
        return pick(lang, f"请留存指纹：{verified.fingerprint}", f"Fingerprint to keep: {verified.fingerprint}")
    zh = f"所见各条的指纹：{verified.fingerprint}；有问题，不要留存"
    return pick(lang, zh, f"Fingerprint of what is there, not to be kept: {verified.fingerprint}")


@reports
def fingerprint(
    file: LedgerFile = None, ledger: Address = None, append: List = None, lang: Lang = None, as_json: AsJson = False
) -> Exit:
    """打印台账现在的指纹，一行，供每天留存 · print the fingerprint of a ledger, one line, to be kept each day.

    subsidy audit fingerprint --ledger sqlite:///ledger.db --append fingerprints.txt
    """
    with needs("audit"):
        from ..audit.latest import add_to, checked
        from ..audit.sources import opened_source
    source = opened_source(recorded.needed(file or ledger))
    try:
        checkpoint, problems = checked(source)
    finally:
        source.close()
    day = dt.datetime.now().astimezone().date().isoformat()
    if checkpoint is not None and append is not None:
        problems = add_to(append, checkpoint, day)
    if checkpoint is None or problems:
        show_problems(problems, lang, as_json=as_json)
        return Exit.FINDING
    if as_json:
        show_json({"fingerprint": checkpoint.fingerprint, "size": checkpoint.size, "day": day})
    else:
        say(f"{checkpoint.fingerprint} {checkpoint.size} {day}")
    return Exit.FINE
