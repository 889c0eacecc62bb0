"""The matrix of the conformance suite: topics by runners, how many cases pass, and what of the language they cover.

``python -m tests.conformance.matrix``, or ``make conformance``. Exit status 1 where a case fails or nothing covers a
construct.
"""

from __future__ import annotations

import re
import sys
from collections import Counter

from subsidy import Policy
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
    cases = all_cases()
    total, passed = Counter(case.topic for case in cases), Counter[tuple[str, str]]()
    failed = []
    for case in cases:
        for name, run in RUNNERS.items():
            try:
                found = case.found(run)
            except Exception as error:  # noqa: BLE001 — a runner that breaks has failed the case, and the next one is tried
                found = {"raised": repr(error)}
            if found == case.expected:
                passed[case.topic, name] += 1
            else:
                failed.append(f"{name}: {case}\n    expected {dict(case.expected)}\n    found    {found}")
    by_topic = covered(cases)
    width = max(map(len, [*total, "in all"]))
    print("topic".ljust(width), *(f"{name:>11}" for name in RUNNERS), "  constructs")
    for topic, count in total.items():
        figures = (f"{f'{passed[topic, name]}/{count}':>11}" for name in RUNNERS)
        print(topic.ljust(width), *figures, f"{len(by_topic[topic] & constructs.LANGUAGE):>12}")
    of_all = set[str]().union(*by_topic.values()) & constructs.LANGUAGE
    sums = [f"{sum(passed[topic, name] for topic in total)}/{len(cases)}" for name in RUNNERS]
    print(
        "in all".ljust(width), *(f"{each:>11}" for each in sums), f"{f'{len(of_all)}/{len(constructs.LANGUAGE)}':>12}"
    )
    missing = sorted(constructs.LANGUAGE - of_all)
    if missing:
        print("\nno case for:", ", ".join(missing))
    if failed:
        print("", *failed, sep="\n")
    return 1 if failed or missing else 0


if __name__ == "__main__":
    sys.exit(main())
