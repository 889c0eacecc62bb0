"""A formula in words held against the same in figures: each figure is what its name says, or the parameter's."""

from __future__ import annotations

from . import nodes as n
from .amounts import Number, Value, Word, agree, number
from .reckoning import DENIED, Known, Row, Unknown, _operation, _rounded


class Wrong(Exception):
    """A line that does not follow."""


def matched(known: Known, words: n.Node, figures: n.Node, row: Row | None = None) -> Value:
    """The value of a formula whose figures are printed.

    Raises:
        Wrong: a figure is not that of its name.
        Unknown: the print does not say what it needs.
    """
    match words, figures:
        case n.Operation(), n.Operation() if words.sign == figures.sign:
            return _operation(
                words.sign,
                _number(matched(known, words.left, figures.left, row)),
                _number(matched(known, words.right, figures.right, row)),
            )
        case n.Minus(), n.Minus():
            one = _number(matched(known, words.of, figures.of, row))
            return Number(-one.high, -one.low, one.unit)
        case n.Extreme(), n.Extreme() if words.which == figures.which and len(words.of) == len(figures.of):
            pairs = zip(words.of, figures.of, strict=True)
            return known.extreme(words.which, [matched(known, a, b, row) for a, b in pairs])
        case n.Round(), n.Round() if (words.mode, words.quantum) == (figures.mode, figures.quantum):
            return _rounded(_number(matched(known, words.of, figures.of, row)), words.mode, words.quantum)
        case n.If(), _:
            return _branch(known, words, figures, row)
        case n.Compare() | n.Logic() | n.Not() | n.In(), _:
            return holds(known, words, figures, row)
        case n.Named(keys=keys), n.Named(keys=found) if keys and len(keys) == len(found):
            for key, said in zip(keys, found, strict=True):
                matched(known, key, said, row)
            return known.value(words, row)
        case n.Call(), n.Call() if words.function == figures.function:
            for a, b in zip(words.of, figures.of, strict=True):
                matched(known, a, b, row)
            return known.value(words, row)
        case n.Over(which="sum"), _:
            return _terms(known, words, figures, row)
        case _, n.Leaf() | n.Named(keys=()):
            return _figure(known, words, figures, row)
        case _:
            raise Wrong("figures of another formula")


def _number(value: Value) -> Number:
    if not isinstance(value, Number):
        raise Wrong("no number")
    return value


def _printed(figures: n.Node) -> Value:
    return (
        figures.value
        if isinstance(figures, n.Leaf)
        else Word(figures.said)
        if isinstance(figures, n.Named)
        else Word("")
    )


def _figure(known: Known, words: n.Node, figures: n.Node, row: Row | None) -> Value:
    """One figure: that of a name, of a turn of speech, of a parameter."""
    printed = _printed(figures)
    try:
        found = known.word(words, row) if not isinstance(words, n.Named) else known.value(words, row)
    except Unknown:
        if isinstance(words, n.Named | n.Kind):
            if words == figures:
                return Word(words.said) if isinstance(words, n.Named) else printed
            if isinstance(printed, Number) and printed.places is not None:
                raise Wrong(f"{figures.said} comes from nowhere") from None  # type: ignore[union-attr]
            known.bind(known.key(words, row), printed)
            return printed
        raise
    if isinstance(words, n.Over) and words.which == "count" and isinstance(printed, Number):
        found = Number(found.low, found.high, printed.unit) if isinstance(found, Number) else found
    if not agree(printed, found) and isinstance(words, n.Name):
        found = next((each for each in known.also.get(words.said, ()) if agree(printed, each)), found)
    if (
        isinstance(words, n.Name)
        and isinstance(found, Word)
        and not isinstance(printed, Word)
        and words.said in known.rows
    ):
        known.bind((words.said, ()), printed)  # a parameter that is called as a fact is
        return printed
    if not agree(printed, found):
        raise Wrong(f"{getattr(figures, 'said', figures)} is not what it is above")
    return found


def _branch(known: Known, words: n.If, figures: n.Node, row: Row | None) -> Value:
    found = known.test(words.test, row)
    if found is None:
        raise Unknown("an open test")
    return matched(known, words.then if found else words.otherwise, figures, row)


def _terms(known: Known, words: n.Over, figures: n.Node, row: Row | None) -> Value:
    """A sum over rows, by its terms."""
    assert words.body is not None
    values = [known.number(words.body, each) for each in known.counted(words, row)]
    terms = list(_added(figures)) if len(values) > 1 else [figures]
    printed = [_printed(each) for each in terms]
    if not values:
        if printed[0] != number(0, _number(printed[0]).unit):
            raise Wrong("a sum of nothing is 0")
        return printed[0]
    if len(printed) != len(values) or not all(map(agree, printed, values)):
        raise Wrong("not the terms of the sum")
    total = values[0]
    for each in values[1:]:
        total = _operation("+", total, each)
    return total


def _added(figures: n.Node) -> list[n.Node]:
    if isinstance(figures, n.Operation) and figures.sign == "+":
        return [*_added(figures.left), figures.right]
    return [figures]


# — tests —


def holds(known: Known, words: n.Node, figures: n.Node, row: Row | None = None) -> bool:
    """Whether a test holds whose figures are printed: all of it, or that part of it which decides."""
    if (
        isinstance(figures, n.Leaf)
        and isinstance(figures.value, bool)
        and isinstance(words, n.Logic | n.Compare | n.In)
    ):
        return _settled(known, words, figures, row)
    match words, figures:
        case n.Logic(which=which, of=of), _:
            if isinstance(figures, n.Logic) and figures.which == which and len(figures.of) == len(of):
                try:
                    found = [holds(known, a, b, row) for a, b in zip(of, figures.of, strict=True)]
                    return any(found) if which == "or" else all(found)
                except (Wrong, Unknown):
                    pass
            return _deciding(known, words, figures, row)
        case n.Not(of=of), n.Not(of=said):
            return not holds(known, of, said, row)
        case n.Compare(sign=sign), n.Compare() if sign == figures.sign:
            return _compared(known, words, figures, row)
        case n.In(members=members), n.In(members=said) if len(members) == len(said):
            one = matched(known, words.of, figures.of, row)
            same = [known.word(each, row) for each in members] == [known.word(each, row) for each in said]
            if not same:
                raise Wrong("another list")
            return (one in [known.word(each, row) for each in members]) is not words.is_denied
        case n.If(), _:
            found_ = _branch(known, words, figures, row)
            if not isinstance(found_, bool):
                raise Wrong("no test")
            return found_
        case ((n.Not() | n.Compare() | n.In()), _):
            raise Wrong("figures of another test")
        case _:
            found_ = _figure(known, words, figures, row)
            if not isinstance(found_, bool):
                raise Wrong("no test")
            return found_


def _settled(known: Known, words: n.Node, figures: n.Leaf, row: Row | None) -> bool:
    """A test of open figures that comes out one way, or one of which a part decides that is a figure itself."""
    if isinstance(words, n.Logic):
        try:
            return _deciding(known, words, figures, row)
        except (Wrong, Unknown):
            pass
    found = known.test(words, row)
    if found is not figures.value:
        raise Wrong("comes out otherwise")
    return found


def _deciding(known: Known, words: n.Node, figures: n.Node, row: Row | None) -> bool:
    assert isinstance(words, n.Logic)
    wrong: Exception = Wrong("figures of another test")
    for each in words.of:
        kept = dict(known.new)
        try:
            if holds(known, each, figures, row) is (words.which == "or"):
                return words.which == "or"
        except (Wrong, Unknown) as error:
            wrong = error
        known.new = kept
    raise wrong


def _compared(known: Known, words: n.Compare, figures: n.Compare, row: Row | None) -> bool:
    sides = [_side(known, a, b, row) for a, b in ((words.left, figures.left), (words.right, figures.right))]
    leaves = (n.Leaf("", side) if not isinstance(side, Word) else n.Named(side.said) for side in sides)
    found = known.test(n.Compare(words.sign, *leaves))
    if found is None:
        raise Unknown("an open test")
    return found


def _side(known: Known, words: n.Node, figures: n.Node, row: Row | None) -> Value:
    found = matched(known, words, figures, row)
    return Number(found.low, found.high, found.unit) if isinstance(found, Number) else found


def denied(node: n.Node) -> n.Node:
    """What is so where a test does not hold."""
    match node:
        case n.Compare(sign=sign, left=left, right=right):
            return n.Compare(DENIED[sign], left, right)
        case n.In(of=of, members=members, is_denied=is_denied):
            return n.In(of, members, not is_denied)
        case n.Not(of=of):
            return of
        case _:
            return node
