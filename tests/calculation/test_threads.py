"""One policy, one result, many threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import product

import subsidy

BED = "cn/shanxi/yuncheng/bed-subsidy"
FACTS = {
    "centre": "C1",
    "resident": "R1",
    "month": "2021-07",
    "care_level": "disabled",
    "stays": [{"moved_in": "2021-06-20", "moved_out": "2021-07-10"}, {"moved_in": "2021-07-24"}],
}


def test_calculating_and_explaining_from_many_threads() -> None:
    """Threads that calculate under one policy, and explain one result, all say what a single thread says."""
    policy = subsidy.catalogue().policy(BED)
    shared = policy.calculate(FACTS)
    languages: tuple[subsidy.Language, ...] = ("zh", "en")
    expected = {language: shared.explain(language) for language in languages}

    def work(language: subsidy.Language, _: int) -> bool:
        again = policy.calculate(FACTS)
        same = shared.explain(language) == again.explain(language) == expected[language]
        return same and again.receipt() == shared.receipt()

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, *zip(*product(languages, range(40)), strict=True)))
