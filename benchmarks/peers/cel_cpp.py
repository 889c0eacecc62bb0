"""CEL in C++: `cel-expr-python`."""

from __future__ import annotations

from cel_expr_python import cel

from .cel_rules import Evaluated, way
from .protocol import answer

NUMBERS = ("area", "cost", "grant", "hours", "rate", "granted")


def compiled(text: str) -> Evaluated:
    variables = {**dict.fromkeys(NUMBERS, cel.Type.INT), "district": cel.Type.STRING}
    expression = cel.NewEnv(variables=variables).compile(text)
    return lambda given: expression.eval(data=given).value()


if __name__ == "__main__":
    answer({"expressions": lambda: way(compiled)}, ["cel-expr-python"])
