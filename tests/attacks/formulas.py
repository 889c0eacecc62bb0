"""Formulas made at random: by the grammar, nearly by the grammar, and not at all by it."""

from __future__ import annotations

from random import Random
from typing import Final

NUMBERS: Final = ("0", "1", "7", "0.5", "300", "12.345", "60%", "20[bed]", "1[CNY/bed]", "0.01", "999999999999999999")
BAD_NUMBERS: Final = (
    "1e5",
    "01",
    "1.",
    ".5",
    "1_000",
    "٣",
    "0x1F",
    "1" * 30,
    "1.0000000001",
    "5[",
    "5[(((]",
    "1[nope]",
)
DATES: Final = ("2021-02-28", "2021-02", "1900-01-01", "2200-12", "2021-02-30", "2021-13", "0000-00")
NAMES: Final = (
    "n",
    "x",
    "f",
    "d",
    "m",
    "on",
    "level",
    "place",
    "claim",
    "rate",
    "table",
    "share",
    "rows",
    "size",
    "how",
)
WORDS: Final = (
    "disabled",
    "self_care",
    "care_level:disabled",
    "r.sum",
    "r.since",
    "county",
    "nobody",
    "left",
    "months",
)
FUNCTIONS: Final = (
    "min", "max", "sum", "count", "any", "all", "round", "given", "reading", "class", "position", "years_between",
    "age",
    "months_between", "months_count", "days_between", "overlap_days", "days_in", "first_day", "last_day", "month_of",
    "year_start", "policy_year", "in_month", "add_months", "add_days", "birthday", "left", "size", "table", "eval",
)  # fmt: skip
SIGNS: Final = ("==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "(", ")", "[", "]", ",", ":", ".")
KEYWORDS: Final = ("if", "then", "else", "and", "or", "not", "in", "for", "true", "false")
ODD: Final = (
    "=",
    "×",
    "（",
    "％",
    "“",
    "'",
    '\\"',
    "万",
    "\\t",
    "\\n",
    "\\u202e",
    "\\u0000",
    "{0}",
    "{x}",
    "$",
    "@",
    "#",
    ";",
    "😀",
    "ﬁ",
)


def formula(rng: Random) -> str:
    """A formula: most by the grammar, some of loose words, some cut, doubled or with a sign put in."""
    way = rng.random()
    text = _loose(rng) if way < 0.25 else _number(rng, rng.randint(1, 5)) if way < 0.7 else _any(rng, rng.randint(1, 6))
    if rng.random() < 0.35:
        place, end = sorted((rng.randint(0, len(text)), rng.randint(0, len(text))))
        put = rng.choice(("", rng.choice(ODD), rng.choice(SIGNS), rng.choice(KEYWORDS), text[place:end] * 2))
        text = text[:place] + put + text[end if rng.random() < 0.5 else place :]
    return text


def _loose(rng: Random) -> str:
    kinds = (NUMBERS, BAD_NUMBERS, DATES, NAMES, WORDS, FUNCTIONS, SIGNS, SIGNS, KEYWORDS, ODD)
    return rng.choice((" ", "")).join(rng.choice(rng.choice(kinds)) for _ in range(rng.randint(0, 30)))


def _any(rng: Random, depth: int) -> str:
    return rng.choice((_number, _flag, _date, _month, _choice))(rng, depth)


def _branch(rng: Random, depth: int, kind: str) -> str:
    make = {"number": _number, "date": _date, "month": _month, "choice": _choice}[kind]
    return f"(if {_flag(rng, depth - 1)} then {make(rng, depth - 1)} else {make(rng, depth - 1)})"


def _number(rng: Random, depth: int) -> str:
    if depth <= 0:
        leaves = (
            "n * rate",
            "table[level]",
            "share",
            "0",
            "7[CNY]",
            "0.05[CNY]",
            "n * 3[CNY/bed]",
            "x",
            rng.choice(NUMBERS),
        )
        return rng.choice(leaves)
    less = depth - 1
    match rng.randint(0, 11):
        case 0 | 1:
            return f"{_number(rng, less)} {rng.choice('+-')} {_number(rng, less)}"
        case 2:
            return f"({_number(rng, less)}) * {rng.choice(('2', '0.5', '60%', 'n', 'days_in(m)'))}"
        case 3:
            return f"({_number(rng, less)}) / {rng.choice(('2', '3', '0', 'n', 'days_in(m) * 1[day]', 'x'))}"
        case 4:
            return f"{rng.choice(('min', 'max'))}({_number(rng, less)}, {_number(rng, less)})"
        case 5:
            mode = rng.choice(("half_up", "half_even", "up", "down", "ceil", "floor", "sideways"))
            return f"round({_number(rng, less)}, {rng.choice(('0.01', '1', '0', '0.3', '100'))}, {mode})"
        case 6:
            return f"sum({rng.choice(('r.sum', 'r.sum * 2', _number(rng, 0)))} for r in rows{_row_test(rng, less)})"
        case 7:
            return f"count(r in rows{_row_test(rng, less)}) * 2[CNY]"
        case 8:
            return f"{rng.choice(('min', 'max'))}(r.sum for r in rows{_row_test(rng, less)}, else {_number(rng, less)})"
        case 9:
            return f"sum({_number(rng, 0)} for k in months({_month(rng, less)}, {_month(rng, less)}))"
        case 10:
            return f"-{_number(rng, less)}"
        case _:
            return _branch(rng, depth, "number")


def _row_test(rng: Random, depth: int) -> str:
    tests = ("", " if r.sum > 5[CNY]", " if given(r.since) and r.since < d", " if r.level == level")
    return rng.choice((*tests, f" if {_flag(rng, depth)}"))


def _flag(rng: Random, depth: int) -> str:
    if depth <= 0:
        tests = (
            "f",
            "given(x)",
            "reading(how) == one",
            "true",
            "level == disabled",
            "class(place) == county",
            "size(n) == small",
        )
        return rng.choice(tests)
    less = depth - 1
    match rng.randint(0, 6):
        case 0:
            return f"({_flag(rng, less)} {rng.choice(('and', 'or'))} {_flag(rng, less)})"
        case 1:
            return f"not ({_flag(rng, less)})"
        case 2:
            return f"{_number(rng, less)} {rng.choice(('==', '!=', '<', '<=', '>', '>='))} {_number(rng, less)}"
        case 3:
            return f"{_date(rng, less)} {rng.choice(('==', '<', '>='))} {_date(rng, less)}"
        case 4:
            return f"level in ({', '.join(rng.choice(WORDS) for _ in range(rng.randint(1, 3)))})"
        case 5:
            return f"{rng.choice(('any', 'all'))}({_flag(rng, 0)} for r in rows{_row_test(rng, 0)})"
        case _:
            return f"in_month({_date(rng, less)}, {_month(rng, less)})"


def _date(rng: Random, depth: int) -> str:
    if depth <= 0:
        return rng.choice(("d", "on", rng.choice(DATES)))
    less = depth - 1
    match rng.randint(0, 5):
        case 0:
            return f"add_months({_date(rng, less)}, {rng.choice(('1', '12', '-3', '9999', 'n'))}[month])"
        case 1:
            return f"{rng.choice(('first_day', 'last_day'))}({_month(rng, less)})"
        case 2:
            return f"year_start({_date(rng, less)})"
        case 3:
            return f"policy_year({_date(rng, less)}, {_date(rng, less)})"
        case 4:
            return f"birthday({_date(rng, less)}, {rng.choice(('60', '200', '999'))}[year])"
        case _:
            return _branch(rng, depth, "date")


def _month(rng: Random, depth: int) -> str:
    if depth <= 0:
        return rng.choice(("m", "2021-02", "2020-12", rng.choice(DATES)))
    return rng.choice((f"month_of({_date(rng, depth - 1)})", _branch(rng, depth, "month")))


def _choice(rng: Random, depth: int) -> str:
    if depth <= 0:
        return rng.choice(("level", "care_level:disabled", "size(n)", "class(place)", "disabled"))
    return rng.choice((f"max({_choice(rng, depth - 1)}, care_level:self_care)", _branch(rng, depth, "choice")))
