"""CEL in Rust: `common-expression-language`."""

from __future__ import annotations

import cel

from .cel_rules import Evaluated, way
from .protocol import answer


def compiled(text: str) -> Evaluated:
    return cel.compile(text).execute


if __name__ == "__main__":
    answer({"expressions": lambda: way(compiled)}, ["common-expression-language"])
