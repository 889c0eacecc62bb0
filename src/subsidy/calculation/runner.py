"""A runner: one program under one choice of readings, lowered and made into closures once, then run many times."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from functools import cached_property
from typing import Any, Final

from ..language import program as p
from ..language.folding import Folded, used_steps
from ..language.lowering import Op, is_static, lower, over
from ..language.types import Number
from .scalar import HAND, Closure, Environment, Slots, closure

FEN: Final = 100


class Runner:
    """Computes steps, tests and parts from validated facts. Never fails on facts that validated."""

    def __init__(self, program: p.Program, folded: Folded) -> None:
        self.program, self.folded = program, folded
        self.slots = Slots(list(program.facts), [step.name for step in folded.steps], program.asked)
        self._facts = program.known
        self.ops: dict[str, Op] = {}
        steps: list[Closure] = []
        for step in folded.steps:
            self.ops[step.name] = self.lowered(step.value)
            steps.append(closure(self.ops[step.name], self.slots))
        self._steps = tuple(steps)
        self._tests = tuple(closure(self.lowered(test.test), self.slots) for test in folded.conditions)
        required = [i for i, test in enumerate(folded.conditions) if test.kind == "required"]
        self._required = tuple(i for i in required if not folded.conditions[i].parts)
        self._own = tuple(
            (place, i)
            for i in required
            for place, part in enumerate(folded.parts)
            if part.name in folded.conditions[i].parts
        )
        self._parts = tuple(closure(over(self.lowered(self._sum(part)), FEN), self.slots) for part in folded.parts)
        self.guards = tuple((guard, closure(self.lowered(guard.test), self.slots)) for guard in folded.guards)
        self._nothing = (0,) * len(folded.parts)
        self.decided = tuple(self.slots.facts[part.decided] for part in folded.parts if part.decided)
        self.may_be_open = bool(folded.open_parameters or self.decided)
        when = {name: node for name, node in folded.when.items() if node is not None}
        self.when = {name: closure(self.lowered(node), self.slots) for name, node in when.items()}
        self.when_uses = {
            name: [(each.name, self.slots.facts[each.name]) for each in p.walk(node) if isinstance(each, p.FactValue)]
            for name, node in when.items()
        }
        self.settled = _settled(folded)
        self._made: dict[int, tuple[p.Node, Op, Closure]] = {}
        self.columns: Any = None  # the same over columns, once a table asks for it

    @cached_property
    def used(self) -> frozenset[str]:
        """The steps that an answer rests on."""
        return frozenset(used_steps(self.program, self.folded))

    def _sum(self, part: p.Part) -> p.Node:
        """The formula of a part; of one up to a ceiling, what was decided."""
        if not part.decided:
            return part.value
        fact = self.program.facts[part.decided]
        return p.FactValue(fact.type, part.value.span, part.decided)

    def is_undecided(self, env: Environment) -> bool:
        """Whether a sum that somebody has to decide was not decided yet."""
        return any(env[place] is None for place in self.decided)

    def lowered(self, node: p.Node) -> Op:
        """The operations of any node within this program."""
        return _with_classes(lower(node, self._facts, self.folded.parameters, self.ops), self.program.class_of)

    def run(self, env: Environment) -> tuple[tuple[bool, ...], tuple[int, ...]]:
        """Adds the steps to `env`; returns the outcome of each test, and the parts in fen (0 if not eligible)."""
        append = env.append
        for step in self._steps:
            append(step(env))
        if not self._tests:
            return (), tuple([part(env) for part in self._parts])
        tests = tuple([test(env) for test in self._tests])
        for index in self._required:
            if not tests[index]:
                return tests, self._nothing
        parts = [part(env) for part in self._parts]
        for place, index in self._own:
            if not tests[index]:
                parts[place] = 0
        return tests, tuple(parts)

    def settle(self, name: str, env: Environment) -> None:
        """Adds one step to `env`, where nothing that it rests on is open; otherwise an empty place."""
        env.append(self._steps[self._place(name)](env) if name in self.settled else None)

    def _place(self, name: str) -> int:
        return self.slots.steps[name] - self.slots.row - len(HAND)

    def again(self, step: p.Step, env: Environment) -> Any:
        """A step computed once more, as it stands in `env`."""
        return self._steps[self._place(step.name)](env)

    def is_settled(self, node: p.Node) -> bool:
        """Whether a node rests on no open parameter."""
        return _is_settled(node, self.folded, self.settled)

    def value(self, node: p.Node, env: Environment) -> Any:
        """The value of any node within this program, exactly: what an explanation prints."""
        if isinstance(node, p.Operation) and node.operator == "/" and not is_static(node.right):
            return self.value(node.left, env) / self.value(node.right, env)  # a side of a comparison, which crosses it
        made = self._made.get(id(node))
        if made is None:
            op = self.lowered(node)
            made = self._made[id(node)] = (node, op, closure(op, self.slots))
        _, op, function = made
        found = function(env)
        return Fraction(found, op.denominator) if isinstance(node.type, Number) and found is not None else found

    def step(self, step: p.Step, env: Environment) -> Any:
        """The value of a step, exactly."""
        found = env[self.slots.steps[step.name]]
        return Fraction(found, self.ops[step.name].denominator) if isinstance(step.type, Number) else found


def _settled(folded: Folded) -> frozenset[str]:
    """The steps that rest on no open parameter."""
    found: set[str] = set()
    for step in folded.steps:
        if _is_settled(step.value, folded, found):
            found.add(step.name)
    return frozenset(found)


def _is_settled(node: p.Node, folded: Folded, steps: Collection[str]) -> bool:
    nodes = list(p.walk(node))
    is_open = any(isinstance(each, p.ParameterValue) and each.name in folded.open_parameters for each in nodes)
    return not is_open and all(each.name in steps for each in nodes if isinstance(each, p.StepValue))


def _with_classes(op: Op, class_of: dict[str, str]) -> Op:
    """``class`` as a table of the divisions, wherever it stands."""
    if op.kind == "call" and op.value == "class":
        return Op("call", op.args, class_of, op.denominator, op.content)
    if not op.args:
        return op
    return Op(op.kind, tuple(_with_classes(arg, class_of) for arg in op.args), op.value, op.denominator, op.content)
