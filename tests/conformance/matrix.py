"""The matrix of the conformance suite: topics by runners, how many cases pass, and what of the language they cover.

``python -m tests.conformance.matrix``, or ``make conformance``; behind it engines that are asked, too: ``duckdb``,
``postgres``, ``spark``. Exit status 1 where a case fails or nothing covers a construct.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from contextlib import ExitStack

from rich.console import Console
from rich.progress import track
from tests.engines.servers import ENGINES, asking
from tests.engines.support import runner

from subsidy import Policy, RequestError
from subsidy.calculation.runners import RUNNERS

from . import constructs
from .support import Case, all_cases, compiled


def covered(cases: tuple[Case, ...]) -> dict[str, set[str]]:
    """The constructs that the cases of each topic use; the formulas of a module are compiled together."""
    found: dict[str, set[str]] = {case.topic: set() for case in cases}
    formulas: dict[tuple[str, str], list[str]] = {}
    for case in cases:
        if any(code.startswith("P") for code in case.expected.get("refused", ())):
            continue  # of what does not compile
        if case.on:
            found[case.topic] |= constructs.used(case.policy())
        else:
            formulas.setdefault((case.topic, case.module), []).append(case.formula)
    for (topic, module), added in formulas.items():
        steps = [re.sub(r"\bit(_is)?\b", rf"it\1_{number}", text) for number, text in enumerate(added)]
        policy = compiled(module + "".join(steps))
        if isinstance(policy, Policy):  # otherwise one of its cases fails
            found[topic] |= constructs.used(policy)
    return found


def main() -> int:
    engines = sys.argv[1:]
    if not set(engines) <= set(ENGINES):
        sys.exit(f"engines: {', '.join(ENGINES)}")
    cases = all_cases()
    total, passed = Counter(case.topic for case in cases), Counter[tuple[str, str]]()
    refused, failed = dict[str, Counter[str]](), list[str]()
    unsaid = Counter[tuple[str, str]]()
    with ExitStack() as stack:
        runners = dict(RUNNERS)
        for name in engines:
            runners[name] = runner(name, stack.enter_context(asking(name)))
        for case in track(cases, "cases", console=Console(stderr=True), transient=True):
            for name, run in runners.items():
                try:
                    found = case.found(run)
                except Exception as error:  # noqa: BLE001 — a runner that breaks has failed the case, and the next one is tried
                    why = _why(error)
                    if why and name in engines:
                        unsaid[case.topic, name] += 1
                        refused.setdefault(name, Counter())[why] += 1
                        continue
                    found = {"raised": repr(error)}
                if found == case.expected:
                    passed[case.topic, name] += 1
                else:
                    failed.append(f"{name}: {case}\n    expected {dict(case.expected)}\n    found    {found}")
    by_topic = covered(cases)
    width = max(map(len, [*total, "in all"]))
    print("topic".ljust(width), *(f"{name:>15}" for name in runners), "  constructs")
    for topic, count in total.items():
        figures = (_figure(passed[topic, name], count, unsaid[topic, name]) for name in runners)
        print(topic.ljust(width), *figures, f"{len(by_topic[topic] & constructs.LANGUAGE):>12}")
    of_all = set[str]().union(*by_topic.values()) & constructs.LANGUAGE
    sums = (sum(passed[topic, name] for topic in total) for name in runners)
    every = (sum(unsaid[topic, name] for topic in total) for name in runners)
    figures = (_figure(one, len(cases), other) for one, other in zip(sums, every, strict=True))
    print("in all".ljust(width), *figures, f"{f'{len(of_all)}/{len(constructs.LANGUAGE)}':>12}")
    for name, whys in refused.items():
        listed = ", ".join(f"{why} {count:,}" for why, count in whys.most_common())
        print(f"({name}) refused by R0762, and never approximated: {listed}")
    missing = sorted(constructs.LANGUAGE - of_all)
    if missing:
        print("\nno case for:", ", ".join(missing))
    if failed:
        print("", *failed, sep="\n")
    return 1 if failed or missing else 0


def _figure(passed: int, of: int, unsaid: int) -> str:
    """How many cases pass; those that an engine refuses stand in brackets."""
    return f"{f'{passed}/{of}' + (f' ({unsaid})' if unsaid else ''):>15}"


def _why(error: Exception) -> str:
    """What an engine cannot say; empty of any other error."""
    if not isinstance(error, RequestError) or error.problems[0].code != "R0762":
        return ""
    what = error.problems[0].values["what"]
    return what if isinstance(what, str) else what.en


if __name__ == "__main__":
    sys.exit(main())
