"""Changes of one printed line, each of which makes it wrong; none where it would still be right."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

_NUMBER: Final = r"-?\d+(?:\.\d+)?"


def _bumped(figure: str) -> str:
    """A figure with another last digit."""
    return figure[:-1] + str((int(figure[-1]) + 1) % 10)


def _is_value(lines: Sequence[str], at: int) -> bool:
    """Whether a line is the value of figures that stand above it."""
    is_number = re.match(rf"     = {_NUMBER}(?: \S+)?$", lines[at]) and "…" not in lines[at]
    above = re.match(r"     = .*\d", lines[at - 1]) and re.search(r" [×÷+−] |(?:取小|取大|min|max)\(\d", lines[at - 1])
    return bool(is_number and above)


def value(lines: Sequence[str], at: int) -> str | None:
    if not _is_value(lines, at):
        return None
    return re.sub(_NUMBER, lambda found: _bumped(found[0]), lines[at], count=1)


def _facts(lines: Sequence[str]) -> set[str]:
    begin = next(index for index, line in enumerate(lines) if line in {"事实", "Facts"})
    end = lines.index("", begin)
    given = (re.search(rf"(?:：|: )({_NUMBER}(?: [^\s\[〔]+)?)(?:  .*)?$", line) for line in lines[begin + 1 : end])
    return {found[1] for found in given if found}


def fact(lines: Sequence[str], at: int) -> str | None:
    """A fact, by another number than it was given with; the words above have no figure of their own."""
    if not lines[at].startswith("     = ") or re.search(r"\d", lines[at - 1]) or not re.search(r"[×÷−]", lines[at]):
        return None
    for given in sorted(_facts(lines), key=len, reverse=True):
        figure = re.match(_NUMBER, given)
        if " " in given and figure and re.search(rf"(?<![\d.]){re.escape(given)}(?![\w/·])", lines[at]):
            return lines[at].replace(given, _bumped(figure[0]) + given[figure.end() :], 1)
    return None


def operator(lines: Sequence[str], at: int) -> str | None:
    """Times for divided by, in the figures alone."""
    if not re.match(rf"     = [(\[]?{_NUMBER}", lines[at]) or " × 10,000" in lines[at]:
        return None
    return lines[at].replace(" × ", " ÷ ", 1) if " × " in lines[at] else lines[at].replace(" ÷ ", " × ", 1)


def difference(lines: Sequence[str], at: int) -> str | None:
    """Plus for minus, in the figures alone."""
    return (
        lines[at].replace(" − ", " + ", 1)
        if re.match(r"     = .*\d", lines[at]) and not re.match(r".*\d", lines[at - 1])
        else None
    )


def extreme(lines: Sequence[str], at: int) -> str | None:
    """The greatest for the least, in the figures alone."""
    swap = {"取小(": "取大(", "取大(": "取小(", "min(": "max(", "max(": "min("}
    if not re.match(r"     = (?:取小|取大|min|max)\(\d", lines[at]) or not lines[at - 1].startswith("     = "):
        return None
    found = re.search(r"取小\(|取大\(|min\(|max\(", lines[at])
    assert found is not None
    return lines[at][: found.start()] + swap[found[0]] + lines[at][found.end() :]


def unit(lines: Sequence[str], at: int) -> str | None:
    """A figure with the unit of something else."""
    if not _is_value(lines, at) or not re.match(rf"     = {_NUMBER} (?:元|CNY)", lines[at]):
        return None
    return re.sub(
        r" (元|CNY)(?:/[^\s，,)]+)?",
        lambda found: f" {found[1]}/m²" if "m²" not in found[0] else f" {found[1]}",
        lines[at],
        count=1,
    )


_UP: Final = {
    "四舍五入到": ("舍去到", "进位到"),
    "rounded half up to": ("rounded towards zero to", "rounded away from zero to"),
}


def direction(lines: Sequence[str], at: int) -> str | None:
    """Rounded the other way than the figures say."""
    found, before = re.match(rf"     ≈ ({_NUMBER})", lines[at]), re.match(rf"     = ({_NUMBER})…?", lines[at - 1])
    if not found or not before or Fraction(before[1]) < 0:
        return None
    for words, (down, up) in _UP.items():
        if words in lines[at]:
            return lines[at].replace(words, down if Fraction(found[1]) > Fraction(before[1]) else up)
    return None


def rounded(lines: Sequence[str], at: int) -> str | None:
    """A rounded value that is one step too much."""
    return (
        re.sub(_NUMBER, lambda found: _bumped(found[0]), lines[at], count=1)
        if lines[at].startswith("     ≈ ")
        else None
    )


def cut(lines: Sequence[str], at: int) -> str | None:
    """A fraction without end, by another last place."""
    if not re.match(r"     = -?\d+\.\d+…", lines[at]):
        return None
    return re.sub(r"(\d)…", lambda found: f"{_bumped(found[1])}…", lines[at], count=1)


def outcome(lines: Sequence[str], at: int) -> str | None:
    """A test that comes out otherwise; the order of words is the text's own."""
    if re.search(r"[<≤>≥] [^\d(]|级|星|level|grade|star", lines[at]):
        return None
    for yes, no in (("，成立", "，不成立"), (", holds", ", does not hold")):
        for one, other in ((yes, no), (no, yes)):
            if lines[at].endswith(one):
                return lines[at].removesuffix(one) + other
    return None


def row(lines: Sequence[str], at: int) -> str | None:
    """A row whose value is another."""
    if not re.match(r"     · .* = -?\d", lines[at]):
        return None
    head, _, last = lines[at].rpartition(" = ")
    return f"{head} = " + re.sub(_NUMBER, lambda found: _bumped(found[0]), last, count=1)


def dropped(lines: Sequence[str], at: int) -> str | None:
    """A row less, of several that are added."""
    head = next(index for index in range(at, 0, -1) if not lines[index].startswith("     · "))
    if not re.match(r"     = .*(?:各条|各月|sum over)", lines[head]):
        return None
    return (
        ""
        if lines[at].startswith("     · ")
        and re.match(r"     [·=] ", lines[at - 1])
        and " + " in "".join(lines[at : at + 15])
        else None
    )


def term(lines: Sequence[str], at: int) -> str | None:
    """A term of a sum over rows."""
    if not re.match(rf"     = \({_NUMBER} \S+ \+ ", lines[at]):
        return None
    return re.sub(_NUMBER, lambda found: _bumped(found[0]), lines[at], count=1)


def day(lines: Sequence[str], at: int) -> str | None:
    """A day that is one too late."""
    found = re.match(r"     = (\d{4}-\d\d-\d\d)$", lines[at])
    if not found or not lines[at - 1].startswith("     = "):
        return None
    return f"     = {dt.date.fromisoformat(found[1]) + dt.timedelta(1)}"


def years(lines: Sequence[str], at: int) -> str | None:
    """One year, or one day, too many that is counted between two days."""
    if not re.match(r"     = \d+ (?:年|天|月|year|d|month)$", lines[at]):
        return None
    if not re.search(r"的周年数$|的月差$|的月数（含首尾）$|full years|months .* both in|months from", lines[at - 1]):
        return None
    return re.sub(r"\d+", lambda found: str(int(found[0]) + 1), lines[at], count=1)


def picked(lines: Sequence[str], at: int) -> str | None:
    """A row of a ladder that is said to apply, and does not, or the other way round."""
    if lines[at].startswith("     · ") and re.search(r"：不符|: does not apply", lines[at]):
        return lines[at].replace("· ", "→ ", 1)
    if re.match(r"     → .*[：:] ?\d", lines[at]):
        return lines[at].replace("→ ", "· ", 1)
    return None


def behind(lines: Sequence[str], at: int) -> str | None:
    """A parameter behind a month, by so much that the month is another."""
    if not re.match(r"     (?:其中|where) .* = \d+ (?:月|month)$", lines[at]):
        return None
    return re.sub(r"\d+(?= (?:月|month)$)", lambda found: str(int(found[0]) - 11), lines[at])


def kindless(lines: Sequence[str], at: int) -> str | None:
    """A line that is of no kind."""
    return "     42 元" if re.match(r"     = ", lines[at]) and re.match(r"     = ", lines[at - 1]) else None


_SUM: Final = re.compile(r"-?\d+\.\d\d")


def _fen(said: str) -> str:
    """A sum that is a fen more."""
    return _SUM.sub(lambda found: _more(found[0]), said, count=1)


def _more(said: str) -> str:
    fen = int(said.replace(".", "")) + 1
    sign, size = ("-" if fen < 0 else ""), abs(fen)
    return f"{sign}{size // 100}.{size % 100:02d}"


def _is_open(line: str) -> bool:
    return "未定" in line or "undetermined" in line


def total(lines: Sequence[str], at: int) -> str | None:
    """A total that is a fen too much."""
    return _fen(lines[at]) if re.match(r"  (?:金额合计：|Amount: )-?\d+\.\d\d (?:元|CNY)$", lines[at]) else None


def payable(lines: Sequence[str], at: int) -> str | None:
    """What is paid, a fen too much."""
    return _fen(lines[at]) if re.match(r" +(?:应付(?:合计)?：|[Pp]ayable: )\d+\.\d\d", lines[at]) else None


def part(lines: Sequence[str], at: int) -> str | None:
    """A part that is a fen more than its formula gives."""
    found = re.match(r"  \S.*(?:：|: )\d+\.\d\d (?:元|CNY)(?:  |$)", lines[at])
    return _fen(lines[at]) if found and at + 1 < len(lines) and lines[at + 1].startswith("    = ") else None


def share(lines: Sequence[str], at: int) -> str | None:
    """A share that is a fen too much."""
    return (
        _fen_of_last(lines[at])
        if re.match(r"    \S.* \d+\.\d\d (?:元|CNY)$", lines[at])
        and not re.match(r"    (?:=|其中|where|最高|at most)", lines[at])
        and not re.match(r"    \S*(?:：|: )", lines[at])
        else None
    )


def _fen_of_last(line: str) -> str:
    found = list(_SUM.finditer(line))[-1]
    return line[: found.start()] + _more(found[0]) + line[found.end() :]


def percent(lines: Sequence[str], at: int) -> str | None:
    """A share by another percentage; of nothing, every percentage gives nothing."""
    if not re.match(r"    [^=].*[（(].*\d%.*[）)].* (?!0\.00)\d+\.\d\d (?:元|CNY)$", lines[at]):
        return None
    found = list(re.finditer(r"\d+(?=%)", lines[at]))[-1]
    return lines[at][: found.start()] + str(int(found[0]) + 1) + lines[at][found.end() :]


def instalment(lines: Sequence[str], at: int) -> str | None:
    """An instalment that is a fen too much."""
    return _fen_of_last(lines[at]) if re.match(r"    [^=].*[）)](?:：|: )\d+\.\d\d (?:元|CNY)$", lines[at]) else None


def due(lines: Sequence[str], at: int) -> str | None:
    """An instalment that falls due on a day that is none of the lines above."""
    if not re.search(r"\d{4}-\d\d-\d\d 到期|due on \d{4}-\d\d-\d\d", lines[at]):
        return None
    return re.sub(r"(\d{4})(-\d\d-\d\d)", lambda found: f"{int(found[1]) + 70}{found[2]}", lines[at], count=1)


def recovered(lines: Sequence[str], at: int) -> str | None:
    """What is to be recovered is not the sum."""
    return re.sub(r"(?<=追缴 )\d+\.\d\d|(?<= \()\d+\.\d\d(?= CNY to be)", lambda found: _more(found[0]), lines[at])


def in_capitals(lines: Sequence[str], at: int) -> str | None:
    """A capital character that is another digit."""
    if not re.match(r"  \S*.*(?:大写：|in capitals: )", lines[at]):
        return None
    found = re.search(r"[壹贰叁肆伍陆柒捌玖]", lines[at])
    if found is None:
        return None
    return lines[at][: found.start()] + ("贰" if found[0] != "贰" else "叁") + lines[at][found.end() :]


def low(lines: Sequence[str], at: int) -> str | None:
    """A low end that is a fen too high."""
    return (
        _fen(lines[at])
        if _is_open(lines[at])
        and re.match(r"  \S.*\d+\.\d\d", lines[at])
        and not re.match(r"  .*(?:大写|capitals)", lines[at])
        else None
    )


def high(lines: Sequence[str], at: int) -> str | None:
    """A high end that is a fen too high."""
    return _fen_of_last(lines[at]) if low(lines, at) is not None else None


def mark(lines: Sequence[str], at: int) -> str | None:
    """A condition that holds is said to fail, or the other way round."""
    for one, other in (("  ✓ ", "  ✗ "), ("  ✗ ", "  ✓ ")):
        if (
            lines[at].startswith(one)
            and not _is_open(lines[at])
            and at + 1 < len(lines)
            and lines[at + 1].startswith("    ")
        ):
            return other + lines[at].removeprefix(one)
    return None


def distance(lines: Sequence[str], at: int) -> str | None:
    """A distance that is another."""
    return re.sub(
        r"((?:差|超出|早了|晚了|相差|short by|over by|too early by|too late by|apart by) )(\d+(?:\.\d+)?)",
        lambda found: found[1] + _bumped(found[2]),
        lines[at],
        count=1,
    )


def way(lines: Sequence[str], at: int) -> str | None:
    """A distance to the other side."""
    pairs = ("差 ", "超出 "), ("早了", "晚了"), ("short by", "over by"), ("too early", "too late")
    swap = dict([*pairs, *((other, one) for one, other in pairs)])
    found = re.search(r"(?<!相)差 (?=\d)|超出 (?=\d)|早了|晚了|short by|over by|too early|too late", lines[at])
    return lines[at][: found.start()] + swap[found[0]] + lines[at][found.end() :] if found else None


def compared(lines: Sequence[str], at: int) -> str | None:
    """A figure of a condition that is none of the facts."""
    found = re.match(rf"  [✓✗] .*?(?:：|: )({_NUMBER}) \S+ [<≤>≥≠=] ", lines[at])
    return lines[at][: found.start(1)] + _bumped(found[1]) + lines[at][found.end(1) :] if found else None


def sign(lines: Sequence[str], at: int) -> str | None:
    """A comparison the other way round, in the figures of a condition alone."""
    if not re.match(rf"  [✓✗] .*?(?:：|: ){_NUMBER} \S+ [<≤>≥] ", lines[at]):
        return None
    return re.sub(
        r" [<≤>≥] ",
        lambda found: {" < ": " ≥ ", " ≤ ": " > ", " > ": " ≤ ", " ≥ ": " < "}[found[0]],
        lines[at],
        count=1,
    )


def required(lines: Sequence[str], at: int) -> str | None:
    """What a standard requires is another."""
    return (
        re.sub(
            r"((?:应不少于|应不超过|at least|at most) )(\d+(?:\.\d+)?)(?= |，|$)",
            lambda found: found[1] + _bumped(found[2]),
            lines[at],
            count=1,
        )
        if re.match(r"  [✓✗] .*(?:，应不|, at (?:least|most) \d.* (?:required|allowed))", lines[at])
        and not re.match(r"  [✓✗] at ", lines[at])
        and not _is_open(lines[at])
        else None
    )


def actual(lines: Sequence[str], at: int) -> str | None:
    """What there is, by another number."""
    if _is_open(lines[at]):
        return None
    found = re.match(rf"  [✓✗?] .*(?:：|: )({_NUMBER})(?: \S+)?(?:，应不|, at (?:least|most) )", lines[at])
    return lines[at][: found.start(1)] + _bumped(found[1]) + lines[at][found.end(1) :] if found else None
