"""A fresh process with one answer, beside bare Python and Python with pydantic."""

from __future__ import annotations

import subprocess
import sys

from measuring import in_turn

ANSWER = """
import subsidy
print(subsidy.catalogue().calculate("cn/shanxi/yuncheng/operating-subsidy",
      centre="C1", assessed_on="2021-12-20", place="140802", rating="AA").amount)
"""


def process(code: str) -> object:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def main() -> None:
    works = {
        "bare Python": lambda: process("pass"),
        "import pydantic": lambda: process("from pydantic import BaseModel"),
        "import subsidy, one answer": lambda: process(ANSWER),
    }
    for name, timing in in_turn(works, rounds=15).items():
        print(f"{name:40} {timing.median / 1000:8.0f} ms  ({timing.least / 1000:.0f} – {timing.most / 1000:.0f})")


if __name__ == "__main__":
    main()
