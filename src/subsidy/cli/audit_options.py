"""What the commands of an audit share: their options, the bar that shows how far it is, and how it is stopped."""

from __future__ import annotations

import _thread
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ..text import Language, Text
from . import completion
from .output import pick, problem_data, say

if TYPE_CHECKING:
    from ..audit.filters import Filter
    from ..audit.findings import Finding, Findings

_SHOWN: Final = 50  # findings that are printed; the rest is counted, and in the JSON

Address = Annotated[
    str | None,
    typer.Option(
        "--ledger",
        metavar="URL",
        envvar="SUBSIDY_LEDGER",
        help="台账、其备份或导出件 · the ledger, or a file that is a copy or an export of it",
    ),
]
LedgerFile = Annotated[
    str | None,
    typer.Argument(
        metavar="[LEDGER]",
        show_default=False,
        help="台账，同 --ledger · the ledger, as --ledger names it; this counts where both do",
    ),
]
Against = Annotated[
    list[str] | None,
    typer.Option(
        "--against",
        metavar="KEPT",
        help="留存的指纹，或留存的文件：指纹清单、检查点、早先的备份或导出件；可多次 · what was kept: "
        "a fingerprint, or a file of fingerprints or of a checkpoint, or an earlier copy or export; may be repeated",
    ),
]
PublicKey = Annotated[
    str,
    typer.Option("--key", metavar="NAME+ID+KEY", help="留存的公钥 · a public key of the ledger that was kept"),
]
OfPolicies = Annotated[
    list[str] | None,
    typer.Option(
        "--policy",
        metavar="POLICY",
        autocompletion=completion.policies,
        help="只算该政策的，可多次 · only what was determined by this policy; may be repeated",
    ),
]
DatedFrom = Annotated[
    str | None, typer.Option("--from", metavar="DATE", help="只算所属日期不早于此的 · only those dated from then on")
]
DatedUntil = Annotated[
    str | None, typer.Option("--until", metavar="DATE", help="只算所属日期不晚于此的 · only those dated until then")
]
First = Annotated[int, typer.Option("--first", metavar="INDEX", min=0, help="从第几条起 · from which entry on")]
Last = Annotated[int | None, typer.Option("--last", metavar="INDEX", min=0, help="到第几条为止 · up to which entry")]
Resume = Annotated[
    Path | None,
    typer.Option(
        "--resume",
        metavar="FILE",
        help="进度文件：中止后用同一命令接着做，做完即删 · where it is kept what is done: "
        "stopped, the same command goes on; removed at the end",
    ),
]
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", metavar="N", min=1, help="几个进程，缺省按处理器 · how many processes; as there are cores"),
]


def filter_of(
    policies: list[str] | None, dated_from: str | None, dated_until: str | None, first: int, last: int | None
) -> Filter:
    """Which determinations are wanted.

    Raises:
        RequestError: a day is none, or it ends before it begins; all problems.
    """
    from ..audit.exporting import Part
    from ..audit.filters import Filter

    Part(None, dated_from, dated_until, first, last).check()
    return Filter(tuple(policies or ()), dated_from or "", dated_until or "", first, last)


class Interrupted(Exception):
    """An audit was stopped by Ctrl-C; what it had kept by then is in the file for `--resume`."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C stops this process alone, and is said once: those that work for it end when it does.

    A terminal sends the signal to all of them, and each would print where it was. What is blocked here is blocked in
    whatever is started from here, so one thread waits for it.

    Raises:
        Interrupted: it was stopped.
    """
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # begun later it would let the signal through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.is_set():
            if signal.sigtimedwait({signal.SIGINT}, 0.2) is not None:
                _thread.interrupt_main(signal.SIGINT)

    watcher = threading.Thread(target=watch, name="Ctrl-C", daemon=True)
    watcher.start()
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted from None
    finally:
        is_over.set()
        watcher.join()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def how_to_go_on(resume: Path | None) -> Text:
    """What is said of an audit that was stopped."""
    if resume is None:
        return Text(
            "已中止，没有留下进度。大的台账加 --resume FILE，中止后可以接着做",
            "Stopped, and nothing is kept. With --resume FILE a long audit can go on where it was stopped",
        )
    return Text(
        f"已中止。进度在 {resume}；同一命令连同 --resume {resume} 再运行一次即可接着做",
        f"Stopped. What is done is kept in {resume}: the same command with --resume {resume} goes on",
    )


def in_order(findings: Findings) -> list[Finding]:
    """What was found, the first bad entry first; what is of no entry comes last."""
    return sorted(findings.listed, key=lambda each: (each.position is None, each.position or 0))


def findings_data(findings: Findings) -> dict[str, Any]:
    """What was found, as plain data."""
    return {
        "findings": findings.count,
        "first": findings.first,
        "problems": [{"entry": each.position, **problem_data(each.problem)} for each in in_order(findings)],
    }


def say_findings(findings: Findings, lang: Language | None) -> None:
    """What was found, in words: it is what an audit is made for, so it stands beside the rest."""
    if not findings.count:
        say(pick(lang, "未发现问题。", "Nothing is wrong."))
        return
    first, count = findings.first, findings.count
    zh = f"发现 {count} 个问题" + (f"，最先在第 {first} 条：" if first is not None else "：")
    en = f"{count} finding{'s' * (count > 1)}" + (f", the first at entry {first}:" if first is not None else ":")
    say(pick(lang, zh, en))
    for each in in_order(findings)[:_SHOWN]:
        say(each.problem.report(lang or "zh"))
    rest = count - min(count, _SHOWN)
    if rest:
        say(pick(lang, f"另有 {rest} 个；--json 列出更多", f"{rest} more; --json lists more of them"))
