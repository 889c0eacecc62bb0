"""Formulas as they are printed, taken apart: operators between blanks, brackets, names that were told above."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final

from . import nodes as n
from .amounts import Month, Unreadable, figure
from .tongues import Tongue

_OPEN, _CLOSE = "([（「“", ")]）」”"
_COMPARE = (" = ", " ≠ ", " < ", " ≤ ", " > ", " ≥ ")
_FIRST, _KEPT = 0xE000, 0xF8F0
_BEFORE = " ([「（，；：“−"
_AHEAD = {
    "：": re.compile(r"(?:^|[ (\[「（，；：“−]|已说明|各条|同一|有一项|每项|各|至)$"),
    ": ": re.compile(
        r"(?:^|[(\[“−]|[,;:\uf8ff] |[-+−×÷=≠<≤>≥] "
        r"|\b(?:of|to|in|and|or|not|if|then|else|from|on|within|after|over|where|turns|same) )$"
    ),
}
_BEHIND = {
    "：": re.compile(r"$|[ )\]」，；：”）的至中]|个数|满足|均满足"),
    ": ": re.compile(
        r"$|[)\],;:”\uf8ff]| [-+−×÷=≠<≤>≥] | (?:is|falls|to|and|or|then|else|within|after|turns|if|which|where|in)\b"
    ),
}


class Reader:
    """Reads the formulas of one explanation; `names` are the labels of what was told so far."""

    def __init__(self, tongue: Tongue, names: Iterable[str], words: Iterable[str] = ()) -> None:
        self.tongue = tongue
        self.words = frozenset(each for each in words if " " in each or "，" in each)
        self.names = sorted({*names, *self.words}, key=len, reverse=True)

    @cached_property
    def _protected(self) -> list[tuple[str, str]]:
        """Turns of speech with a comma in them."""
        found = [pattern for _, pattern in self.tongue.calls if ", " in pattern]
        ends = {"," + pattern.rpartition("},")[2].partition("{")[0] for pattern in found}
        return [(end, end.replace(",", "\uf8ff")) for end in ends]

    def read(self, said: str) -> n.Node:
        """The formula that a text says.

        Raises:
            Unreadable: it says none.
        """
        masked = said
        for index, name in enumerate(self.names):
            masked = self._masked(masked, name, chr(_FIRST + index))
        if self.tongue.comma == ", ":
            for turn, safe in self._protected:
                masked = masked.replace(turn, safe)
        return self._any(masked)

    def _masked(self, said: str, name: str, sign: str) -> str:
        at = said.find(name)
        while at >= 0:
            before, end = said[:at], at + len(name)
            over = said.startswith(" of ", end) and before.endswith(("over ", " to "))
            if _AHEAD[self.tongue.colon].search(before) and (over or _BEHIND[self.tongue.colon].match(said, end)):
                said, end = before + sign + said[end:], at + 1
            at = said.find(name, end)
        return said

    def plain(self, masked: str) -> str:
        """A text with its names again."""
        for place, between in enumerate(self.tongue.logic.values()):
            masked = masked.replace(chr(_KEPT + place), between)
        masked = masked.replace("\uf8ff", ",")
        return "".join(
            self.names[ord(sign) - _FIRST] if _FIRST <= ord(sign) < _FIRST + len(self.names) else sign
            for sign in masked
        )

    # — from the loosest to the tightest —

    def _any(self, said: str) -> n.Node:
        tongue = self.tongue
        if said in tongue.stated:
            return n.Leaf(said, said == tongue.stated[0])
        if said.startswith(tongue.if_[0]) and (parts := self._branches(said)):
            return n.If(*map(self._any, parts))
        for words, pick in tongue.picks.items():
            if said.startswith(words + tongue.colon):
                return self._ladder(pick, said.removeprefix(words + tongue.colon))
        for which, between in tongue.logic.items():
            if len(parts := self._joined(said, between)) > 1:
                return n.Logic(which, tuple(map(self._any, parts)))
        if said.startswith(tongue.not_):
            return n.Not(self._any(said.removeprefix(tongue.not_)))
        for which in ("any", "all"):
            if (found := self._over(said, which)) is not None:
                return found
        for sign in _COMPARE:
            if len(parts := split(said, sign)) == 2:
                return n.Compare(sign.strip(), self._sum(parts[0]), self._sum(parts[1]))
        for turn in (tongue.in_, tongue.none_of):
            if len(parts := split(said, turn)) == 2 and parts[1][0] == "(" and closing(parts[1]) == len(parts[1]) - 1:
                members = tuple(map(self._any, split(parts[1][1:-1], tongue.comma)))
                return n.In(self._sum(parts[0]), members, turn == tongue.none_of)
        return self._sum(said)

    def _joined(self, said: str, between: str) -> list[str]:
        """The tests between ``and``, those pieces put together again that are part of a name."""
        if len(parts := split(said, between)) == 1:
            return parts
        kept = chr(_KEPT + list(self.tongue.logic.values()).index(between))
        found: list[str] = []
        ahead = ""
        for part in parts:
            if is_test(self._any(part)):
                found.append(ahead + part)
                ahead = ""
            elif not ahead and found and isinstance(last(self._any(found[-1])), n.Named):
                found[-1] += kept + part
            else:
                ahead += part + kept
        return [*found, ahead[:-1]] if ahead else found

    def _branches(self, said: str) -> list[str] | None:
        """Test, then and otherwise of ``若 …，则 …，否则 …``, which may hold another of its kind."""
        begin, then, otherwise = self.tongue.if_
        depth, at, cuts = 0, 0, list[int]()
        while at < len(said):
            inside = nested(said, at)
            if inside:
                at += inside
                continue
            starts = said.startswith(begin, at) and (at == 0 or said[at - 1] in _BEFORE)
            depth += starts
            if said.startswith(then, at) and depth == 1 and not cuts:
                cuts.append(at)
            if said.startswith(otherwise, at):
                depth -= 1
                if depth == 0:
                    cuts.append(at)
                    break
            at += 1
        if len(cuts) != 2:
            return None
        return [said[len(begin) : cuts[0]], said[cuts[0] + len(then) : cuts[1]], said[cuts[1] + len(otherwise) :]]

    def _ladder(self, pick: str, said: str) -> n.Node:
        tests, values, otherwise = list[n.Node](), list[n.Node](), None
        for row in split(said, self.tongue.semicolon):
            if row.startswith("若 "):
                test, value = split(row.removeprefix("若 "), "，", 1)
            elif len(split(row, " if ")) > 1:
                value, test = split(row, " if ", 1)
            else:
                otherwise = self._any(row.removeprefix("均不符：").removeprefix("otherwise "))
                continue
            tests.append(self._any(test))
            values.append(self._any(value))
        return n.Ladder(pick, tuple(tests), tuple(values), otherwise)

    def _sum(self, said: str) -> n.Node:
        for signs in ((" + ", " − "), (" × ", " ÷ ")):
            found = [(at, sign) for sign in signs for at in places(said, sign)]
            for at, sign in sorted(found, reverse=True):
                if sign == " × " and said.startswith(" × 10,000 CNY", at):
                    continue
                return n.Operation(sign.strip(), self._sum(said[:at]), self._sum(said[at + 3 :]))
        return self._atom(said)

    def _atom(self, said: str) -> n.Node:
        tongue = self.tongue
        if len(said) == 1 and ord(said) >= _FIRST:
            name = self.plain(said)
            return n.Named(name) if name in self.words else n.Name(name)
        if not said:
            raise Unreadable("nothing where a figure should be")
        if said[0] in "([" and closing(said) == len(said) - 1:
            return self._any(said[1:-1]) if said[0] == "(" else self._round(said[1:-1])
        if said[0] == "−":
            return n.Minus(self._sum(said[1:]))
        try:
            return n.Leaf(said, figure(said))
        except (Unreadable, ValueError):
            pass
        for words, which in tongue.extremes.items():
            if said.startswith(f"{words}(") and closing(said, len(words)) == len(said) - 1:
                return n.Extreme(which, tuple(map(self._any, split(said[len(words) + 1 : -1], tongue.comma))))
        return self._turn(said)

    def _round(self, said: str) -> n.Node:
        *parts, how = split(said, self.tongue.comma)
        if self.tongue.comma == ", " and how.startswith("to "):
            how = f"{parts.pop()}, {how}"
        for words, mode in self.tongue.rounding.items():
            if how.startswith(words):
                of = self._any(self.tongue.comma.join(parts))
                return n.Round(of, mode, figure(how.removeprefix(words)))
        raise Unreadable(f"no rounding: {self.plain(how)}")

    def _turn(self, said: str) -> n.Node:
        """A turn of speech, or what nothing above is called."""
        tongue = self.tongue
        for which in ("sum", "count", "min", "max"):
            if (found := self._over(said, which)) is not None:
                return found
        if found_ := tongue.reading.match(said):
            return n.Reading(self.plain(found_[1]))
        if found_ := tongue.place.match(said):
            return n.Place(*(self._any(each) if each else None for each in found_.groups()))
        if found_ := tongue.given.match(said):
            return n.Given(self.plain(found_[1]))
        for function, pattern in sorted(tongue.calls, key=lambda each: -len(each[1])):
            for parts in fitting(pattern, said):
                read = [self._argument(part) for part in parts]
                of = [each for each in read if each is not None]
                if len(of) == len(read) and takes(function, of):
                    return n.Call(function, tuple(of))
        if said[-1] == "]" and (at := opening(said)) > 0:
            keys = tuple(map(self._key, split(said[at + 1 : -1], tongue.comma)))
            return n.Named(self.plain(said[:at]), keys)
        if found_ := tongue.class_of.match(said):
            return n.Kind(self._any(found_[1]), "class")
        return n.Named(self.plain(said))

    def _argument(self, said: str) -> n.Node | None:
        """What a turn of speech speaks of; none if that has the words of another turn in it, read as a name."""
        try:
            found = self._sum(said)
        except Unreadable:
            return None
        if isinstance(found, n.Named) and not found.keys and any(word in f" {said} " for word in self._words):
            return None
        return found

    @cached_property
    def _words(self) -> list[str]:
        turns = [re.split(r"\{\d\}", pattern) for _, pattern in self.tongue.calls]
        return sorted({piece for turn in turns for piece in turn if piece.strip() and len(piece) > 2})

    def _key(self, said: str) -> n.Node:
        """A key of a table, which may be the class in which a number falls."""
        found = self._any(said)
        if not isinstance(found, n.Named) or found.keys:
            return found
        for match in (self.tongue.kind.match(said),):
            if match and (of := self._argument(match["of"])) is not None and not isinstance(of, n.Named):
                return n.Kind(of, self.plain(match["kind"]))
        return found

    def _over(self, said: str, which: str) -> n.Node | None:
        test = of_none = None
        if (found := self.tongue.of_none.match(said)) is not None:
            said, of_none = found[1], self._any(found[2])
        if (found := self.tongue.where.match(said)) is not None and which in {
            "sum",
            "count",
            "min",
            "max",
            "any",
            "all",
        }:
            said, test = found[1], self._any(found[2])
        for name, pattern in self.tongue.sums:
            if name != which:
                continue
            for parts in fitting(pattern, said):
                rows, body = parts[0], parts[1] if len(parts) > 1 else ""
                months: tuple[n.Node, ...] = ()
                if (span := self.tongue.months.match(rows)) is not None:
                    months = (self._sum(span[1]), self._sum(span[2]))
                elif len(rows) != 1 or ord(rows) < _FIRST:
                    continue
                return n.Over(which, self.plain(rows), months, self._any(body) if body else None, test, of_none)
        return None


def is_test(node: n.Node) -> bool:
    """Whether something can hold or not."""
    if isinstance(node, n.Leaf):
        return isinstance(node.value, bool)
    return not isinstance(node, n.Named | n.Operation | n.Extreme | n.Round | n.Minus)


_TAKES: Final = {
    "years": "dd", "months": "**", "count": "mm", "days": "dd", "overlap": "ddm", "days_in": "m", "first": "m",
    "last": "m", "month": "d", "year_start": "d", "policy_year": "dd", "in_month": "dm", "after": "dn",
    "birthday": "dn",
}  # fmt: skip
_GIVES: Final = dict.fromkeys(("first", "last", "year_start", "policy_year", "after", "birthday"), "d") | {"month": "m"}


def takes(function: str, of: list[n.Node]) -> bool:
    """Whether a function of the calendar can be of these: days, months, numbers; of names nothing is known yet."""
    for wanted, node in zip(_TAKES[function], of, strict=True):
        sort = "*"
        match node:
            case n.Call(function=name):
                sort = _GIVES.get(name, "n")
            case n.Operation() | n.Minus() | n.Round():
                sort = "n"
            case n.Leaf(value=value):
                sort = "d" if isinstance(value, dt.date) else "m" if isinstance(value, Month) else "n"
            case _:
                pass
        if "*" not in (wanted, sort) and wanted != sort:
            return False
    return True


def last(node: n.Node) -> n.Node:
    """The last thing of a formula."""
    match node:
        case n.Compare(right=right) | n.Operation(right=right):
            return last(right)
        case n.Logic(of=of):
            return last(of[-1])
        case n.Not(of=one) | n.Minus(of=one):
            return last(one)
        case _:
            return node


# — brackets —


def nested(said: str, at: int) -> int:
    """How long what stands in brackets from here on is; 0 if no bracket opens here."""
    return closing(said, at) + 1 - at if said[at] in _OPEN else 0


def closing(said: str, at: int = 0) -> int:
    """Where the bracket closes that opens here; the end of the text if nowhere."""
    depth = 0
    for place in range(at, len(said)):
        depth += (said[place] in _OPEN) - (said[place] in _CLOSE)
        if depth == 0:
            return place
    return len(said)


def opening(said: str) -> int:
    """Where the bracket opens that closes at the end."""
    depth = 0
    for place in range(len(said) - 1, -1, -1):
        depth += (said[place] in _CLOSE) - (said[place] in _OPEN)
        if depth == 0:
            return place
    return -1


def places(said: str, between: str) -> Iterator[int]:
    """Where a separator stands outside all brackets."""
    at = 0
    while at < len(said):
        if inside := nested(said, at):
            at += inside
        elif said.startswith(between, at):
            yield at
            at += len(between)
        else:
            at += 1


def split(said: str, between: str, most: int = -1) -> list[str]:
    """The parts between a separator that stands outside all brackets."""
    parts, begin = list[str](), 0
    for at in places(said, between):
        if len(parts) == most:
            break
        parts.append(said[begin:at])
        begin = at + len(between)
    return [*parts, said[begin:]]


def fitting(pattern: str, said: str) -> Iterator[list[str]]:
    """Every way in which a text fits ``{0} 至 {1} 的月差``, the parts by their numbers."""
    numbers = re.findall(r"\{(\w+)\}", pattern)
    pieces = [
        piece.replace(",", "\uf8ff") if "{" in pattern and ", " in piece else piece
        for piece in re.split(r"\{\w+\}", pattern)
    ]
    first, *middle, last = pieces
    if not (said.startswith(first) and said.endswith(last) and len(said) > len(first) + len(last)):
        return
    inner = said[len(first) : len(said) - len(last)]
    for cuts in _cuts(inner, middle):
        if all(cuts):
            ordered = sorted(zip(numbers, cuts, strict=True), key=_by_number)
            yield [part for _, part in ordered]


def _by_number(pair: tuple[str, str]) -> int:
    return int(pair[0]) if pair[0].isdigit() else ["rows", "body"].index(pair[0])


def _cuts(said: str, between: list[str]) -> Iterator[list[str]]:
    if not between:
        yield [said]
        return
    head, *rest = between
    for at in places(said, head) if head[0] not in _OPEN else (m.start() for m in re.finditer(re.escape(head), said)):
        for found in _cuts(said[at + len(head) :], rest):
            yield [said[:at], *found]
