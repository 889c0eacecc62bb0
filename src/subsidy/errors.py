"""The tree of errors, classed by whose move it is, and the problems they carry.

    SubsidyError                 anything this package raises on purpose
    ├─ PolicyError     P…        the author's move: a module does not say something sound
    ├─ CatalogueError  C… A…     the keeper's move: a folder of modules, or of adoptions, is not what it should be
    ├─ RequestError    R…        the caller's move: no such policy, version, reading or receipt
    │  └─ FactsError   F…        the caller's move: the facts do not fit the policy
    ├─ UndeterminedError  U…     the caller asked one figure of an answer that the text leaves open
    ├─ ServiceError    S…        the operator's move: the service cannot listen, is busy, or gives no answer
    └─ InternalError   I…        our move

Every error carries all problems found in one go. A problem has a stable code; its words are in `codes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypedDict
from unicodedata import combining, east_asian_width

from .text import LANGUAGES, Language, Text, visible

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a policy file a problem stands.

    Lines and columns count from 1. `source` is a line of the file or a formula, `start` and `width` the span in it.
    """

    file: str
    key: str = ""
    line: int = 0
    column: int = 0
    source: str = ""
    start: int = 0
    width: int = 1

    def __str__(self) -> str:
        spot = f":{self.line}:{self.column}" if self.column else f":{self.line}" if self.line else ""
        return _brief(f"{self.file}{spot}" + (f"  {self.key}" if self.key else ""))

    def caret(self) -> str:
        """The line of the source that has the span, with carets under it; empty where there is none."""
        if not self.source:
            return ""
        first = self.source.rfind("\n", 0, self.start) + 1
        line = self.source[first:].partition("\n")[0]
        start = self.start - first
        before, span, after = line[:start], line[start : start + self.width][:_LINE_LIMIT], line[start + self.width :]
        if len(line) > _LINE_LIMIT:
            room = max((_LINE_LIMIT - len(span)) // 2, 10)
            before = before if len(before) <= room else "…" + before[-room:]
            after = after if len(after) <= room else after[:room] + "…"
        before, span, after = (visible(part, keep="\t") for part in (before, span, after))
        return f"{before}{span}{after}\n{_blank(before)}{'^' * max(columns(span), 1)}"


_NAME_LIMIT = 200  # characters of a name for which a near one is looked for
_VALUE_LIMIT = 1_000  # characters that are printed of anything that somebody gave
_LINE_LIMIT = 160  # characters of a line that are printed around a span


def _brief(text: str) -> str:
    """`text` for print: nothing that nobody sees, and cut where it is longer than anyone reads."""
    return visible(text if len(text) <= _VALUE_LIMIT else text[: _VALUE_LIMIT - 1] + "…")


def columns(text: str) -> int:
    """How many columns `text` takes in a terminal, where a Chinese character takes two."""
    if text.isascii():  # most are, and reports have many
        return len(text)
    return sum(0 if combining(sign) else 2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def _blank(text: str) -> str:
    """As many columns of blanks as `text` takes; a tab stays a tab."""
    return "".join(sign if sign == "\t" else " " * columns(sign) for sign in text)


@dataclass(frozen=True, slots=True)
class Also:
    """Another place that a problem is about, and what stands there: where the range of a divisor is stated."""

    what: Text
    place: Place

    def line(self, beside: Place | None, languages: tuple[Language, ...]) -> str:
        """Where it is, the file only where it is another one, and what stands there."""
        spot = str(self.place)
        if beside is not None and beside.file == self.place.file:
            spot = spot.removeprefix(f"{beside.file}:").strip()
        words = dict.fromkeys(_brief(self.what.in_(language)) for language in languages)
        return f"{spot}  {' · '.join(words)}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: what was given, what is allowed, where, and what to do.

    Attributes:
        code: stable, such as ``F0104``; `codes.CODES` has its slug and its words.
        where: the fact, key or file concerned, such as ``stays[1].moved_in``.
        values: what the words of the code name, the same in both languages or as a `Text`.
        place: for policy files, the place with the source line.
        also: the other places concerned, such as where a name was used first.
    """

    code: str
    where: str = ""
    values: Mapping[str, str | Text] = field(default_factory=lambda: MappingProxyType({}))
    place: Place | None = None
    also: tuple[Also, ...] = ()

    @classmethod
    def of(cls, code: str, where: str = "", /, **values: str | Text) -> Problem:
        """A problem with its values by name."""
        return cls(code, where, MappingProxyType(values))

    @property
    def slug(self) -> str:
        from .codes import CODES

        return CODES[self.code].slug

    @property
    def reason(self) -> str:
        """The slug as a gRPC reason: UPPER_SNAKE."""
        return self.slug.upper().replace("-", "_")

    @property
    def is_warning(self) -> bool:
        from .codes import CODES

        return CODES[self.code].warning

    @property
    def severity(self) -> Severity:
        """``error``: nothing is computed from it; ``warning``: it is, and somebody should look."""
        return "warning" if self.is_warning else "error"

    def message(self, language: Language) -> str:
        """What is wrong, in one sentence."""
        from .codes import CODES

        return self._fill(CODES[self.code].message, language)

    def help(self, language: Language) -> str:
        """What to do about it, in one sentence; empty where there is nothing to add."""
        from .codes import CODES

        hint = self.values.get("hint")
        if isinstance(hint, Text):
            return _brief(hint.in_(language))
        return self._fill(CODES[self.code].help, language)

    def _fill(self, text: Text, language: Language) -> str:
        filled = {name: _brief(v.in_(language) if isinstance(v, Text) else v) for name, v in self.values.items()}
        return text.in_(language).format(where=_brief(self.where), **filled)

    def report(self, *languages: Language) -> str:
        """The printed form: code and place, then message and help in each language, then the source with a caret.

        Other places that it is about come below it, each with its own source and caret.
        """
        languages = languages or LANGUAGES
        spot = str(self.place) if self.place else _brief(self.where)
        kind = " (warning)" if self.is_warning else ""
        lines = [f"{self.code} {self.slug}{kind}" + (f"  {spot}" if spot else "")]
        for language in languages:
            lines.append("  " + self.message(language))
            if advice := self.help(language):
                lines.append("  → " + advice)
        if self.place and (caret := self.place.caret()):
            lines += ["    " + line for line in caret.splitlines()]
        for other in self.also:
            lines.append("  ↳ " + other.line(self.place, languages))
            lines += ["    " + line for line in other.place.caret().splitlines()]
        return "\n".join(lines)


class SubsidyError(Exception):
    """Base of all errors raised on purpose.

    Attributes:
        problems: every problem found, in a fixed order.
        call_id: of the call to a service that ended so; the operator finds it by that. Empty where there was none.
        request: the id under which a ledger was asked to record something once, also where the client made it: whoever
            asks again gives it. Empty where nothing was to be recorded.
    """

    problems: tuple[Problem, ...]
    call_id: str = ""
    request: str = ""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__(self.problems)

    def report(self, *languages: Language) -> str:
        """Every problem in its printed form, Chinese and English unless told otherwise."""
        return "\n".join(problem.report(*languages) for problem in self.problems)

    def __str__(self) -> str:
        return self.report()


class PolicyError(SubsidyError):
    """The author's move: a policy module is malformed or not sound."""


class CatalogueError(SubsidyError):
    """The keeper's move: a catalogue folder is not what its lock, vocabulary or versions say."""


class RequestError(SubsidyError):
    """The caller's move: what was asked for does not exist."""


class FactsError(RequestError):
    """The caller's move: the facts given do not fit the policy."""


class UndeterminedError(SubsidyError):
    """One figure was asked of an answer that the text leaves open between bounds."""


class ServiceError(SubsidyError):
    """The operator's move: the service cannot listen where it was told, is busy, or gives no answer."""

    def report(self, *languages: Language) -> str:
        """As `SubsidyError.report`, with the ids of the call that ended so."""
        return _with_ids(super().report(*languages), self, languages or LANGUAGES)


class InternalError(SubsidyError):
    """Our move: something that cannot happen did."""

    def report(self, *languages: Language) -> str:
        """As `SubsidyError.report`, with the ids of the call that ended so."""
        return _with_ids(super().report(*languages), self, languages or LANGUAGES)


_CALL, _REQUEST = Text("调用编号", "id of the call"), Text("请求号", "request id")


def _with_ids(report: str, error: SubsidyError, languages: tuple[Language, ...]) -> str:
    """A report with what the operator finds the call by, and what the caller asks again with; where there is any."""
    for what, id_ in ((_CALL, error.call_id), (_REQUEST, error.request)):
        if id_:
            report += f"\n  {' · '.join(what.in_(language) for language in languages)}: {_brief(id_)}"
    return report


class Problems:
    """Collects problems while work goes on, so that one report has them all."""

    def __init__(self) -> None:
        self.found: list[Problem] = []
        self._taken: set[object] = set()

    def add(
        self,
        code: str,
        where: str = "",
        /,
        *,
        place: Place | None = None,
        also: Iterable[Also] = (),
        **values: str | Text,
    ) -> None:
        others = {other.place: other for other in also if other.place != place}
        self.take(Problem(code, where, MappingProxyType(values), place, tuple(others.values())))

    def take(self, problem: Problem) -> None:
        """Add a problem, once."""
        same = (problem.code, problem.where, problem.place, frozenset(problem.values.items()))
        if same not in self._taken:
            self._taken.add(same)
            self.found.append(problem)

    def in_order(self) -> None:
        """Put them in the order of their files and lines."""
        self.found.sort(key=_order)

    def errors(self) -> list[Problem]:
        return [problem for problem in self.found if not problem.is_warning]

    def warnings(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.found if problem.is_warning)

    def raise_as(self, kind: type[SubsidyError]) -> None:
        """Raise them all at once, if there are any."""
        if self.errors():
            raise kind(self.found)


def _order(problem: Problem) -> tuple[str, int, int]:
    place = problem.place
    return (place.file, place.line, place.column) if place else ("", 0, 0)


_KNOWN_LIMIT = 1_000  # names that a mistyped one is compared with


def nearest(name: str, known: Iterable[str], *, closely: bool = False) -> str | None:
    """The known name that `name` most likely meant, if one is near; `closely`, only one that it surely meant."""
    if len(name) > _NAME_LIMIT:  # no name is as long, and the search would be
        return None
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, list(known)[:_KNOWN_LIMIT], n=1, cutoff=0.8 if closely else 0.6)), None)


def did_you_mean(name: str, known: Iterable[str]) -> Text | None:
    """A help text with the nearest known name, or with all of them where none is near and they are few."""
    names = list(known)
    if near := nearest(name, names):
        return Text(f"是否想写 {near}？", f"did you mean {near}?")
    if names and len(names) <= 12:
        return Text(f"可用：{'、'.join(names)}", f"known: {', '.join(names)}")
    return None


class Hint(TypedDict, total=False):
    """What to do about this one problem, in the place of what its code says to all."""

    hint: Text


def hint(name: str, known: Iterable[str]) -> Hint:
    """`did_you_mean` as a value of a problem; nothing where there is none."""
    found = did_you_mean(name, known)
    return {"hint": found} if found else {}
