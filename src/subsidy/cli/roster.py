"""`subsidy determine --table`: every row of a roster validated first, then determined; begun again, it goes on."""

from __future__ import annotations

import csv
import io
import os
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import Problem, RequestError, ServiceError, SubsidyError
from ..text import Language, Text
from . import recorded
from . import table as tables
from .exits import Exit
from .output import pick, say, show_json, show_problems
from .watching import watching

if TYPE_CHECKING:
    from types import FrameType

    from ..ledger import Ledger, Outcome, Roster

T = TypeVar("T")
_HEADS = Text("核定结果,金额,台账条目,理由", "decision,amount,entry,reasons")
_DECISIONS = {
    "determined": Text("核定", "determined"),
    "nothing": Text("核定为 0", "nothing"),
    "refused": Text("不予核定", "refused"),
}


@dataclass
class Done:
    """What came of the rows so far, by their index; `earlier` were determined before this run."""

    rows: int
    earlier: int
    answers: dict[int, Outcome] = field(default_factory=dict)
    errors: dict[int, SubsidyError] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        return len(self.answers) == self.rows

    def count(self, decision: str) -> int:
        return sum(answer.decision == decision for answer in self.answers.values())

    @property
    def amount(self) -> Decimal:
        return sum((Decimal(answer.amount) for answer in self.answers.values()), Decimal("0.00"))


def run(
    ledger: Ledger,
    policy_id: str,
    file: Path,
    encoding: tables.Encoding,
    batch: str,
    readings: Mapping[str, str],
    on: str | None,
    *,
    ignored: Sequence[str],
    output: Path | None,
    validate_only: bool,
    lang: Language | None,
    as_json: bool,
) -> Exit:
    """Determine a roster.

    Raises:
        RequestError, FactsError: a row does not fit; all problems of all rows, and nothing is recorded.
    """
    from ..ledger import Roster
    from ..ledger.determining import Claim

    policy = ledger.catalogue.policy(policy_id)
    table = tables.read(file, encoding, policy, ignored)
    claims = [Claim(policy_id, facts, readings, on) for facts in table.claims(policy)]
    roster = Roster(batch, policy, claims)
    earlier = _validated(ledger, roster, table, as_json)
    if validate_only:
        _say_validated(len(claims), earlier, lang, as_json)
        return Exit.FINE
    done = Done(len(claims), earlier)
    with _atomic(output) as written:
        _determine(ledger, roster, done, as_json)
        if written is not None:
            _write(written, table, done, ledger, lang or "zh")
    if as_json:
        show_json(_data(batch, done))
    else:
        _say(batch, done, lang)
    return _exit(done)


def _validated(ledger: Ledger, roster: Roster, table: tables.Table, hidden: bool) -> int:
    """How many rows were determined before.

    Raises:
        RequestError: two rows are one claim, or one cannot be determined; all problems of all rows.
    """
    labels = [roster.policy.program.facts[name].label for name in roster.key]
    names = Text("、".join(each.zh for each in labels), ", ".join(each.en for each in labels))
    problems = tables.one_claim_twice([roster.values(claim) for claim in roster.claims], table, names)
    found: list[tuple[int, Problem]] = []
    earlier = 0
    checks = _watched(ledger.check_roster(roster), len(roster.claims), Text("核对", "validating"), hidden)
    for index, outcome in enumerate(checks):
        if isinstance(outcome, SubsidyError):
            found += [(index, problem) for problem in outcome.problems]
        elif outcome is not None:
            earlier += 1
    problems += tables.together(found, table)
    if problems:
        raise RequestError(problems)
    return earlier


def _determine(ledger: Ledger, roster: Roster, done: Done, hidden: bool) -> None:
    """Determine the rows in order, until told to stop; what was begun by then is waited for."""
    with _interruptible() as stop:

        def until_stopped() -> Iterator[Any]:
            for claim in roster.claims:
                if stop:
                    return
                yield claim

        answers = ledger.determine_roster(roster, until_stopped())
        for index, answer in enumerate(_watched(answers, done.rows, Text("核定", "determining"), hidden)):
            if isinstance(answer, SubsidyError):
                done.errors[index] = answer
                if isinstance(answer, ServiceError):
                    stop.append(True)
            else:
                done.answers[index] = answer


@contextmanager
def _interruptible() -> Iterator[list[bool]]:
    """A list that is no longer empty once Ctrl-C or SIGTERM came; the second one stops at once, which loses nothing."""
    stop: list[bool] = []

    def noted(number: int, _: FrameType | None) -> None:
        stop.append(True)
        signal.signal(number, signal.default_int_handler)

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, noted) for number in numbers]
    try:
        yield stop
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _watched(items: Iterable[T], total: int, what: Text, hidden: bool) -> Iterator[T]:
    """The items one by one, with a bar, the rate and the time left on a terminal."""
    with watching(what, hidden=hidden) as tick:
        for done, item in enumerate(items, start=1):
            yield item
            tick(done, total)


@contextmanager
def _atomic(target: Path | None) -> Iterator[io.StringIO | None]:
    """Text that has its file's name only once it is whole and on disk; that it can be written is known at once."""
    if target is None:
        yield None
        return
    new = target.with_name(f".{target.name}.new")
    with new.open("w", encoding="utf-8-sig", newline="") as file:  # with the mark by which Excel knows UTF-8
        try:
            text = io.StringIO(newline="")
            yield text
            file.write(text.getvalue())
            file.flush()
            os.fsync(file.fileno())
            new.replace(target)
        finally:
            new.unlink(missing_ok=True)


def _write(written: io.StringIO, table: tables.Table, done: Done, ledger: Ledger, language: Language) -> None:
    """The table with what came of each row; nothing behind a row that was not determined."""
    rows = csv.writer(written)
    rows.writerow([*table.header, *_HEADS.in_(language).split(",")])
    for index, cells in enumerate(table.cells):
        rows.writerow([*cells, *_outcome(index, done, ledger, language)])


def _outcome(index: int, done: Done, ledger: Ledger, language: Language) -> tuple[str, str, str, str]:
    if index in done.errors:
        return "", "", "", _reasons(done.errors[index].problems, language)
    if index not in done.answers:
        return "", "", "", ""
    answer = done.answers[index]
    decision = _DECISIONS[answer.decision].in_(language)
    return decision, answer.amount, str(answer.position), _why(answer, ledger, language)


def _why(outcome: Outcome, ledger: Ledger, language: Language) -> str:
    """Why a row is refused or comes to nothing."""
    if outcome.decision != "nothing":
        return _reasons(outcome.why, language)
    from ..ledger.explaining import explained

    body = ledger.answer(outcome.position).body
    try:
        explanation = explained(ledger.catalogue, outcome.position, body)
    except RequestError:
        return ""  # determined before, under a text that the folder has no more
    said = (*recorded.missed(explanation), *recorded.used_up(explanation, body))
    return _joined((each.in_(language) for each in said), language)


def _reasons(problems: Sequence[Problem], language: Language) -> str:
    return _joined((f"{each.code} {each.message(language)}" for each in problems), language)


def _joined(said: Iterable[str], language: Language) -> str:
    return ("；" if language == "zh" else "; ").join(said)


def _say_validated(rows: int, earlier: int, lang: Language | None, as_json: bool) -> None:
    if as_json:
        show_json({"rows": rows, "earlier": earlier})
    else:
        zh = f"{rows} 行都可以核定，其中 {earlier} 行已经核定；没有记录"
        en = f"all {rows} rows can be determined; {earlier} of them were before; nothing is recorded"
        say(pick(lang, zh, en))


def _data(batch: str, done: Done) -> dict[str, Any]:
    return {
        "batch": batch,
        "rows": done.rows,
        "earlier": done.earlier,
        **{decision: done.count(decision) for decision in _DECISIONS},
        "open": done.rows - len(done.answers),
        "amount": str(done.amount),
        "results": [
            {
                "row": tables.row_of(index),
                "decision": answer.decision,
                "amount": answer.amount,
                "entry": answer.position,
                "why": [each.code for each in answer.why],
            }
            for index, answer in done.answers.items()
        ],
        "errors": [
            {"row": tables.row_of(index), "codes": [each.code for each in error.problems]}
            for index, error in done.errors.items()
        ],
    }


def _say(batch: str, done: Done, lang: Language | None) -> None:
    paid, nothing, refused = (done.count(decision) for decision in _DECISIONS)
    sum_ = done.amount
    zh = f"{batch}：{done.rows} 行，核定 {paid} 行、{sum_} 元，核定为 0 的 {nothing} 行，不予核定 {refused} 行"
    en = f"{batch}: {done.rows} rows, {paid} determined, {sum_} CNY, {nothing} at nothing, {refused} refused"
    say(pick(lang, zh, en))
    if done.earlier:
        say(pick(lang, f"其中 {done.earlier} 行此前已经核定", f"{done.earlier} of them were determined before"))
    faults = [error for error in done.errors.values() if isinstance(error, ServiceError)]
    show_problems((problem for error in faults[:1] for problem in error.problems), lang, as_json=False)
    for index, error in done.errors.items():
        for problem in () if isinstance(error, ServiceError) else error.problems:
            said = problem.message(lang or "zh")
            row = tables.row_of(index)
            print(pick(lang, f"第 {row} 行：", f"row {row}: ") + f"{problem.code} {said}", file=sys.stderr)
    if not done.is_whole:
        rest = done.rows - len(done.answers)
        zh = f"还有 {rest} 行没有核定；同一命令再运行一次即可继续，已核定的不会重复"
        en = f"{rest} rows are not determined; the same command goes on, and determines none twice"
        print(pick(lang, zh, en), file=sys.stderr)


def _exit(done: Done) -> Exit:
    if any(isinstance(error, ServiceError) for error in done.errors.values()):
        return Exit.USAGE
    return Exit.FINE if done.count("determined") == done.rows else Exit.FINDING
