"""The grammar of formulas, and the parser that Lark makes of it."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any, Final

from lark import Lark, Token, Transformer, Tree, UnexpectedCharacters, UnexpectedInput, UnexpectedToken, v_args
from lark.exceptions import VisitError

from ..exact import parse
from . import syntax as s

LENGTH_LIMIT: Final = 1_000
NESTING_LIMIT: Final = 24
KEYWORDS: Final = ("if", "then", "else", "and", "or", "not", "in", "for", "true", "false")

GRAMMAR: Final = rf"""
?start: expression

?expression: "if" expression "then" expression "else" expression  -> conditional
           | either
?either: both
       | both ("or" both)+                                        -> any_of
?both: test
     | test ("and" test)+                                         -> all_of
?test: "not" test                                                 -> negation
     | comparison
?comparison: sum
           | sum COMPARE sum                                      -> compare
           | sum "in" "(" expression ("," expression)* ")"        -> membership
?sum: product
    | sum PLUS product                                            -> arithmetic
    | sum MINUS product                                           -> arithmetic
?product: factor
        | product TIMES factor                                    -> arithmetic
        | product OVER factor                                     -> arithmetic
?factor: MINUS factor                                             -> minus
       | atom
?atom: QUANTITY                                                   -> number
     | DATE                                                       -> date
     | MONTH                                                      -> month
     | TRUE                                                       -> true
     | FALSE                                                      -> false
     | NAME                                                       -> name
     | NAME ":" NAME                                              -> qualified
     | NAME "." NAME                                              -> field
     | NAME "[" expression ("," expression)* "]"                  -> lookup
     | NAME "(" argument ("," expression)* ")"                    -> call
     | NAME "(" generator ")"                                     -> call
     | "(" expression ")"

?argument: expression
         | sum "in" NAME ["if" expression]                        -> row_test
generator: expression "for" NAME "in" NAME ["if" expression] ["," "else" expression]

COMPARE: "==" | "!=" | "<=" | ">=" | "<" | ">"
PLUS: "+"
MINUS: "-"
TIMES: "*"
OVER: "/"
TRUE: "true"
FALSE: "false"
DATE.3: /[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}/
MONTH.2: /[0-9]{{4}}-[0-9]{{2}}(?![0-9])/
QUANTITY.1: /[0-9]+(\.[0-9]+)?(%|\[[A-Za-z0-9_*\/() ]*\])?/
NAME: /(?!(?:{"|".join(KEYWORDS)})\b)[A-Za-z][A-Za-z0-9_]*/
%ignore " "
"""

_SYMBOLS: Final = {
    "COMPARE": "a comparison", "PLUS": "+", "MINUS": "-", "TIMES": "*", "OVER": "/", "NAME": "a name",
    "QUANTITY": "a number", "DATE": "a date", "MONTH": "a month", "LPAR": "(", "RPAR": ")", "LSQB": "[", "RSQB": "]",
    "COMMA": ",", "COLON": ":", "DOT": ".", "$END": "the end", "__ANON_0": "=",
}  # fmt: skip

_SIGN_HINTS: Final = {"=": "==", "×": "*", "÷": "/", "≤": "<=", "≥": ">=", "≠": "!=", "（": "(", "）": ")", "，": ","}


class FormulaError(Exception):
    """A formula that the grammar does not have. `code` is P0201, P0202 or P0203."""

    def __init__(self, code: str, start: int = 0, width: int = 1, **values: str) -> None:
        super().__init__(code)
        self.code, self.start, self.width, self.values = code, start, width, values


def parse_formula(text: str) -> s.Expression:
    """The syntax tree of a formula.

    Raises:
        FormulaError: too long, nested too deep, or not a formula; with the place and what was expected there.
    """
    if len(text) > LENGTH_LIMIT:
        raise FormulaError("P0202", size=str(len(text)), limit=str(LENGTH_LIMIT))
    try:
        tree = _parser().parse(text)
    except UnexpectedToken as error:
        start = len(text) if error.token.type == "$END" else (error.token.start_pos or 0)
        raise FormulaError("P0201", start, max(len(str(error.token)), 1), expected=_expected(error.accepts)) from None
    except UnexpectedCharacters as error:
        start = error.pos_in_stream
        raise FormulaError("P0205", start, given=text[start], hint=_SIGN_HINTS.get(text[start], "")) from None
    except UnexpectedInput as error:
        raise FormulaError("P0201", error.pos_in_stream or 0, expected="") from None
    if (deep := _depth(tree)) > NESTING_LIMIT:
        raise FormulaError("P0203", 0, len(text), depth=str(deep), limit=str(NESTING_LIMIT))
    try:
        expression = _Nodes().transform(tree)
    except VisitError as error:
        raise error.orig_exc from None
    assert isinstance(expression, s.Expression)
    return expression


def _depth(tree: Any) -> int:
    """How deep the tree nests, found without recursion, so that no input can exhaust the stack."""
    deepest, waiting = 0, [(tree, 1)]
    while waiting:
        node, level = waiting.pop()
        deepest = max(deepest, level)
        waiting.extend((child, level + 1) for child in node.children if isinstance(child, Tree))
    return deepest


def _expected(accepted: set[str]) -> str:
    names = {_SYMBOLS.get(name, name.lower()) for name in accepted}
    return ", ".join(sorted(names))


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", lexer="contextual", propagate_positions=True, maybe_placeholders=True)


@v_args(meta=True, inline=True)
class _Nodes(Transformer[Token, Any]):
    """Makes our nodes from Lark's tree, one rule of the grammar a method."""

    def conditional(self, meta: Any, test: Any, then: Any, otherwise: Any) -> s.Expression:
        return s.Conditional(_span(meta), test, then, otherwise)

    def any_of(self, meta: Any, *operands: Any) -> s.Expression:
        return s.Junction(_span(meta), "or", operands)

    def all_of(self, meta: Any, *operands: Any) -> s.Expression:
        return s.Junction(_span(meta), "and", operands)

    def negation(self, meta: Any, operand: Any) -> s.Expression:
        return s.Negation(_span(meta), operand)

    def compare(self, meta: Any, left: Any, operator: Token, right: Any) -> s.Expression:
        return s.Comparison(_span(meta), str(operator), left, right)

    def membership(self, meta: Any, element: Any, *members: Any) -> s.Expression:
        return s.Membership(_span(meta), element, members)

    def arithmetic(self, meta: Any, left: Any, operator: Token, right: Any) -> s.Expression:
        return s.Arithmetic(_span(meta), str(operator), left, right)

    def minus(self, meta: Any, _: Token, operand: Any) -> s.Expression:
        return s.Minus(_span(meta), operand)

    def number(self, meta: Any, token: Token) -> s.Expression:
        figure, bracket, unit = str(token).partition("[")
        percent = figure.endswith("%")
        value = parse(figure.removesuffix("%"))
        if value is None:
            raise FormulaError("P0204", meta.start_pos, len(token), given=figure)
        return s.NumberLiteral(_span(meta), value / 100 if percent else value, unit[:-1] if bracket else None)

    def date(self, meta: Any, token: Token) -> s.Expression:
        try:
            return s.DateLiteral(_span(meta), dt.date.fromisoformat(token))
        except ValueError:
            raise FormulaError("P0204", meta.start_pos, len(token), given=str(token)) from None

    def month(self, meta: Any, token: Token) -> s.Expression:
        year, month = int(token[:4]), int(token[5:])
        if not 1 <= month <= 12:
            raise FormulaError("P0204", meta.start_pos, len(token), given=str(token))
        return s.MonthLiteral(_span(meta), year, month)

    def true(self, meta: Any, _: Token) -> s.Expression:
        return s.FlagLiteral(_span(meta), True)

    def false(self, meta: Any, _: Token) -> s.Expression:
        return s.FlagLiteral(_span(meta), False)

    def name(self, meta: Any, token: Token) -> s.Expression:
        return s.Name(_span(meta), str(token))

    def qualified(self, meta: Any, choices: Token, value: Token) -> s.Expression:
        return s.QualifiedChoice(_span(meta), str(choices), str(value))

    def field(self, meta: Any, row: Token, field: Token) -> s.Expression:
        return s.FieldOf(_span(meta), str(row), str(field))

    def lookup(self, meta: Any, table: Token, *keys: Any) -> s.Expression:
        return s.TableLookup(_span(meta), str(table), keys)

    def call(self, meta: Any, function: Token, *arguments: Any) -> s.Expression:
        return s.FunctionCall(_span(meta), str(function), arguments)

    def row_test(self, meta: Any, row: Any, rows: Token, test: Any) -> s.Expression:
        return s.RowTest(_span(meta), row, str(rows), test)

    def generator(self, meta: Any, body: Any, row: Token, rows: Token, test: Any, otherwise: Any) -> s.Expression:
        return s.Generator(_span(meta), body, str(row), str(rows), test, otherwise)


def _span(meta: Any) -> s.Span:
    return (meta.start_pos, meta.end_pos)
