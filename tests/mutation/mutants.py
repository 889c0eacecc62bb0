"""The mutants of a module: its text with one small fault put in, as cosmic-ray makes them, and two kinds of our own.

Which faults: a comparison for another, a number one more or one less, a condition turned round, `and` for `or`, True
for False, a sign dropped or added, a loop that never runs, a decorator gone; an arithmetic operator for its neighbour
(all others for it are coarser: on bytes and sets they raise); a statement left out, and a value that is not returned.
A fault within an annotation, which nothing runs, is no mutant; nor is a text that another fault gave already.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

_NEIGHBOURS: Final = {
    "Add_Sub", "Sub_Add", "Mul_FloorDiv", "Div_Mul", "Div_FloorDiv", "FloorDiv_Div", "FloorDiv_Mul", "Mod_FloorDiv",
    "LShift_RShift", "RShift_LShift", "BitAnd_BitOr", "BitAnd_BitXor", "BitOr_BitAnd",
}  # fmt: skip
_BINARY: Final = "core/ReplaceBinaryOperator_"
_OTHERS: Final = (
    "core/AddNot",
    "core/NumberReplacer",
    "core/RemoveDecorator",
    "core/Replace",
    "core/ZeroIterationForLoop",
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with one fault.

    Attributes:
        within: the function or class, by its name in the module; empty at the top.
        line: the lines that the fault changes, without what surrounds them.
        becomes: what stands there instead.
    """

    module: str
    operator: str
    within: str
    number: int
    line: str
    becomes: str
    source: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        """By what a kept explanation finds it again when other lines of the module have moved."""
        return self.module, self.within, self.line, self.becomes


class _Deletion:
    """An operator of cosmic-ray: each simple statement left out."""

    def mutation_positions(self, node: Any) -> Iterator[Any]:
        if node.type == "simple_stmt" and node.children[0].type not in ("string", "import_from", "import_name"):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, _: int) -> Any:
        from parso.python.tree import Keyword

        first = node.get_first_leaf()
        node.children[0] = Keyword("pass", first.start_pos, first.prefix)
        return node


class _NoValue:
    """An operator of cosmic-ray: `return` in the place of `return value`."""

    def mutation_positions(self, node: Any) -> Iterator[Any]:
        if node.type == "return_stmt":
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, _: int) -> Any:
        node.children = node.children[:1]
        return node


def mutants(module: str, source: str) -> Iterator[Mutant]:
    """Every mutant of a module, each text once."""
    from cosmic_ray.mutating import mutate_code

    seen = {_run(source)}
    for name, operator in _operators():
        occurrence = 0
        while (text := mutate_code(source, operator, occurrence)) is not None:
            occurrence += 1
            try:
                run = _run(text)
            except SyntaxError:
                continue
            if run not in seen:
                seen.add(run)
                yield _mutant(module, name, source, text)


def _operators() -> Iterator[tuple[str, Any]]:
    from cosmic_ray.plugins import get_operator, operator_names

    for name in sorted(operator_names()):
        if name.startswith(_BINARY):
            is_meant = name.removeprefix(_BINARY) in _NEIGHBOURS
        else:  # `is` for `==` is no fault of its own: on the values here both are the same, or it is a syntax warning
            is_meant = name.startswith(_OTHERS) and (not name.endswith(("_Is", "_IsNot")) or "Operator_Is" in name)
        if is_meant:
            yield name.removeprefix("core/"), get_operator(name)()
    yield "Deletion", _Deletion()
    yield "NoValue", _NoValue()


def _run(text: str) -> str:
    """What of a text is run: its syntax tree without annotations."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.Name("_")
    return ast.dump(tree)


def _mutant(module: str, operator: str, source: str, text: str) -> Mutant:
    old, new = source.split("\n"), text.split("\n")
    changes = [each for each in difflib.SequenceMatcher(None, old, new, False).get_opcodes() if each[0] != "equal"]
    begin, end, new_begin, new_end = changes[0][1], changes[-1][2], changes[0][3], changes[-1][4]
    return Mutant(
        module,
        operator,
        _within(source, begin + 1),
        begin + 1,
        shown(old[begin:end]),
        shown(new[new_begin:new_end]),
        text,
    )


def shown(lines: list[str]) -> str:
    """Lines of code as one, with single blanks."""
    return " ".join(" ".join(lines).split())


def _within(source: str, number: int) -> str:
    """The names of the classes and functions around a line, outermost first."""
    names = [
        (node.lineno, node.name)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and min([node.lineno, *(each.lineno for each in node.decorator_list)]) <= number <= (node.end_lineno or 0)
    ]
    return ".".join(name for _, name in sorted(names))
