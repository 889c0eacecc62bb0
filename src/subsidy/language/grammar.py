"""The grammar of formulas, and its parser: one method a rule, the rule in its docstring.

Written by hand, so that reading a policy costs milliseconds and every error points at its span. Depth is limited
while parsing, so that no input can exhaust the stack.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import Final, NoReturn

from ..exact import parse
from ..text import Text, plain
from . import syntax as s
from .advice import NO_CHAIN, NOT_IN, Token, meant, no_such_day, shown, slip, stranger, write

LENGTH_LIMIT: Final = 1_000
NESTING_LIMIT: Final = 24
KEYWORDS: Final = ("if", "then", "else", "and", "or", "not", "in", "for", "true", "false")
COMPARISONS: Final = ("==", "!=", "<=", ">=", "<", ">")

_TOKEN: Final = re.compile(
    r"""(?P<blank>[ ]+)
      | (?P<slip>[0-9]{1,3}(?:,[0-9]{3})*,0[0-9]{2}(?:,[0-9]{3})*(?![0-9])
          | (?![0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9]))[0-9]{4}(?P<point>[-.])[0-9]{1,2}(?P=point)[0-9]{1,2}(?![0-9])
          | [0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]+)
      | (?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9]))
      | (?P<month>[0-9]{4}-[0-9]{2}(?![0-9]))
      | (?P<number>[0-9]+(?:\.[0-9]+)?(?:%|\[[A-Za-z0-9_*/() ]*\])?)
      | (?P<name>[A-Za-z][A-Za-z0-9_]*)
      | (?P<sign>==|!=|<=|>=|[<>+\-*/()\[\],:.])""",
    re.VERBOSE | re.ASCII,
)
_VALUES: Final = frozenset({"number", "date", "month", "true", "false", "name"})
_OPERATORS: Final = frozenset({*COMPARISONS, "+", "-", "*", "/"})
_WANTED: Final = {
    "end": Text("公式结束", "the end"),
    "name": Text("名称", "a name"),
    "operator": Text("运算符", "an operator"),
    "value": Text("数或名称", "a value"),
}


class FormulaError(Exception):
    """A formula that the grammar does not have. `code` is one of P0201 to P0205; `start` and `width` are the span."""

    def __init__(self, code: str, start: int = 0, width: int = 1, **values: str | Text) -> None:
        super().__init__(code)
        self.code, self.start, self.width, self.values = code, start, width, values


def parse_formula(text: str) -> s.Expression:
    """The syntax tree of a formula.

    Raises:
        FormulaError: too long, nested too deep, or not a formula; with the place and what was expected there.
    """
    if len(text) > LENGTH_LIMIT:
        raise FormulaError("P0202", LENGTH_LIMIT, size=str(len(text)), limit=str(LENGTH_LIMIT))
    _check_brackets(text)
    parser = _Parser(text)
    expression = parser.expression()
    parser.take("end")
    if s.depth(expression) > NESTING_LIMIT:
        raise FormulaError("P0203", 0, len(text), limit=str(NESTING_LIMIT))
    return expression


def _check_brackets(text: str) -> None:
    """No deeper than the limit, before anything of the formula is read; what nests without brackets is counted later.

    Raises:
        FormulaError: at the bracket that is one too many.
    """
    depth = 0
    for place, sign in enumerate(text):
        if sign in "([":
            depth += 1
        elif sign in ")]":
            depth -= 1
        if depth > NESTING_LIMIT:
            raise FormulaError("P0203", place, limit=str(NESTING_LIMIT))


def tokens(text: str) -> Iterator[Token]:
    """The words of a formula, with one of kind ``end`` behind them.

    Raises:
        FormulaError: a sign that no formula has.
    """
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            sign, advice = stranger(text, position)
            raise FormulaError("P0205", position, len(sign), given=shown(sign), hint=advice)
        word, kind = found[0], str(found.lastgroup)
        if kind == "slip":
            raise FormulaError("P0204", position, len(word), given=word, hint=slip(word))
        if kind == "sign" or word in KEYWORDS:
            kind = word
        if kind != "blank":
            yield Token(kind, word, position)
        position = found.end()
    yield Token("end", "", len(text))


class _Parser:
    """Recursive descent over the words of one formula."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words = list(tokens(text))
        self.place = self.level = 0
        self.wanted: list[str] = []
        self.advice: dict[int, Text] = {}  # for words that stand where none like them can, by their place

    # — words —

    @property
    def next(self) -> Token:
        return self.words[self.place]

    def sees(self, *kinds: str) -> bool:
        """Whether the next word is one of `kinds`; what was looked for here is remembered for the message."""
        self.wanted.extend(kinds)
        return self.next.kind in kinds

    def advance(self) -> Token:
        token = self.next
        self.place += 1
        self.wanted.clear()
        return token

    def take(self, kind: str) -> Token:
        return self.advance() if self.sees(kind) else self.fail()

    def fail(self) -> NoReturn:
        wanted = set(self.wanted)
        if wanted >= _VALUES:
            wanted = wanted - _VALUES - {"-", "(", "if", "not"} | {"value"}
        if _OPERATORS & wanted:
            wanted = wanted - _OPERATORS - {":", ".", "[", "("} | {"operator"}
        words = [_WANTED.get(kind, plain(kind)) for kind in sorted(wanted)]
        expected = Text("  ".join(word.zh for word in words), "  ".join(word.en for word in words))
        raise FormulaError(
            "P0201",
            self.next.start,
            max(len(self.next.text), 1),
            expected=expected,
            hint=self.advice.get(self.place) or meant(self.text, self.words, self.place, {*self.wanted}),
        )

    def span(self, start: int) -> s.Span:
        return s.Span(start, self.words[self.place - 1].end)

    def deeper(self, rule: Callable[[], s.Expression]) -> s.Expression:
        """One level down, and no deeper than the limit."""
        self.level += 1
        if self.level > NESTING_LIMIT:
            raise FormulaError("P0203", self.next.start, limit=str(NESTING_LIMIT))
        found = rule()
        self.level -= 1
        return found

    # — rules —

    def expression(self) -> s.Expression:
        """``if`` expression ``then`` expression ``else`` expression, or either"""
        return self.deeper(self._expression)

    def _expression(self) -> s.Expression:
        start = self.next.start
        if not self.sees("if"):
            return self.either()
        self.advance()
        test = self.expression()
        self.take("then")
        then = self.expression()
        self.take("else")
        otherwise = self.expression()
        return s.Conditional(self.span(start), test, then, otherwise)

    def either(self) -> s.Expression:
        """both (``or`` both)…"""
        return self.joined("or", self.both)

    def both(self) -> s.Expression:
        """test (``and`` test)…"""
        return self.joined("and", self.test)

    def joined(self, word: str, rule: Callable[[], s.Expression]) -> s.Expression:
        start = self.next.start
        operands = [rule()]
        while self.sees(word):
            self.advance()
            operands.append(rule())
        return operands[0] if len(operands) == 1 else s.Junction(self.span(start), word, tuple(operands))

    def test(self) -> s.Expression:
        """``not`` test, or comparison"""
        start = self.next.start
        if not self.sees("not"):
            return self.comparison()
        self.advance()
        operand = self.deeper(self.test)
        return s.Negation(self.span(start), operand)

    def comparison(self) -> s.Expression:
        """sum (``== != < <= > >=``) sum, or sum ``in`` (expression, …), or sum; there are no chains"""
        start = self.next.start
        left = self.sum()
        if self.sees(*COMPARISONS):
            operator = self.advance().text
            right = self.sum()
            if self.next.kind in COMPARISONS:
                self.advice[self.place] = NO_CHAIN
            return s.Comparison(self.span(start), operator, left, right)
        if self.sees("in") and self.words[self.place + 1].kind == "(":
            self.advance()
            self.take("(")
            members = self.listed(")")
            return s.Membership(self.span(start), left, members)
        if self.next.kind == "not" and self.words[self.place + 1].kind == "in":
            self.advice[self.place] = NOT_IN
        return left

    def sum(self) -> s.Expression:
        """product (``+ -`` product)…"""
        return self.chained(("+", "-"), self.product)

    def product(self) -> s.Expression:
        """factor (``* /`` factor)…"""
        return self.chained(("*", "/"), self.factor)

    def chained(self, operators: tuple[str, str], rule: Callable[[], s.Expression]) -> s.Expression:
        start = self.next.start
        left = rule()
        while self.sees(*operators):
            operator = self.advance().text
            right = rule()
            left = s.Arithmetic(self.span(start), operator, left, right)
        return left

    def factor(self) -> s.Expression:
        """``-`` factor, or atom"""
        start = self.next.start
        if not self.sees("-"):
            return self.atom()
        self.advance()
        operand = self.deeper(self.factor)
        return s.Minus(self.span(start), operand)

    def atom(self) -> s.Expression:
        """number, date, month, ``true``, ``false``, (expression), or what begins with a name"""
        if self.sees("("):
            self.advance()
            inner = self.expression()
            self.take(")")
            return inner
        if self.sees("number", "date", "month", "true", "false"):
            return _literal(self.advance())
        return self.named(self.take("name"))

    def named(self, name: Token) -> s.Expression:
        """name, list:value, row.field, table[key, …], function(argument, …)"""
        if self.sees(":"):
            self.advance()
            value = self.take("name")
            return s.QualifiedChoice(self.span(name.start), name.text, value.text)
        if self.sees("."):
            self.advance()
            field = self.take("name")
            return s.FieldOf(self.span(name.start), name.text, field.text)
        if self.sees("["):
            self.advance()
            keys = self.listed("]")
            return s.TableLookup(self.span(name.start), name.text, keys)
        if self.sees("("):
            self.advance()
            arguments = self.arguments()
            return s.FunctionCall(self.span(name.start), name.text, arguments)
        return s.Name(self.span(name.start), name.text)

    def listed(self, closing: str) -> tuple[s.Expression, ...]:
        """expression (, expression)… and the closing bracket"""
        items = [self.expression()]
        while self.sees(","):
            self.advance()
            items.append(self.expression())
        self.take(closing)
        return tuple(items)

    def arguments(self) -> tuple[s.Expression, ...]:
        """listed; or row ``in`` rows condition; or expression ``for`` row ``in`` rows condition [, ``else`` …]"""
        start = self.next.start
        first = self.expression()
        if self.sees("in"):
            self.advance()
            rows, months = self.gone_through()
            test = self.condition()
            found: s.Expression = s.RowTest(self.span(start), first, rows, test, months)
        elif self.sees("for"):
            self.advance()
            row = self.take("name").text
            self.take("in")
            rows, months = self.gone_through()
            test = self.condition()
            otherwise = None
            if self.sees(","):
                self.advance()
                self.take("else")
                otherwise = self.expression()
            found = s.Generator(self.span(start), first, row, rows, test, otherwise, months)
        elif self.sees(","):
            self.advance()
            return (first, *self.listed(")"))
        else:
            self.take(")")
            return (first,)
        self.take(")")
        return (found,)

    def gone_through(self) -> tuple[str, tuple[s.Expression, ...]]:
        """rows, or ``months`` (first, last)"""
        rows = self.take("name").text
        if rows != "months" or not self.sees("("):
            return rows, ()
        self.advance()
        return "", self.listed(")")

    def condition(self) -> s.Expression | None:
        """[``if`` expression]"""
        if not self.sees("if"):
            return None
        self.advance()
        return self.expression()


def _literal(token: Token) -> s.Expression:
    """A number with its unit or percent sign, a date, a month, a flag."""
    span = s.Span(token.start, token.end)
    match token.kind:
        case "true" | "false":
            return s.FlagLiteral(span, token.kind == "true")
        case "date":
            try:
                return s.DateLiteral(span, dt.date.fromisoformat(token.text))
            except ValueError:
                pass
        case "month":
            year, month = int(token.text[:4]), int(token.text[5:])
            if 1 <= month <= 12:
                return s.MonthLiteral(span, year, month)
        case _:
            figure, bracket, unit = token.text.partition("[")
            value = parse(figure.removesuffix("%"))
            if value is not None:
                scaled = value / 100 if figure.endswith("%") else value
                return s.NumberLiteral(span, scaled, unit[:-1] if bracket else None, figure.endswith("%"))
    apart = " - ".join(token.text.split("-")) if token.kind == "month" else ""
    advice = no_such_day(token.text) if token.kind == "date" else write(apart)
    raise FormulaError("P0204", token.start, len(token.text), given=token.text, hint=advice)
