"""Bombs: inputs small to write and made to exhaust a parser, the memory or the clock; each with its refusal."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from tests.language.support import HEAD, LABEL, number, parameter, pays, step

from . import corpus

KIB: Final = 1024
GRANT_TEXT: Final = (corpus.GOOD / corpus.GRANT_FILE).read_text("utf-8")
UNIT: Final = 'unit = "m2"'


def _with(old: str, new: str) -> Callable[[], bytes]:
    """The good module with something put in the place of something."""

    def made() -> bytes:
        assert old in GRANT_TEXT, old
        return GRANT_TEXT.replace(old, new, 1).encode()

    return made


def _formula(text: str) -> Callable[[], bytes]:
    return _plain(HEAD + number("x", "0", "9", "1", "CNY") + pays(text))


def _plain(text: str) -> Callable[[], bytes]:
    return text.encode


ROWS: Final = ", ".join(f'k{i} = "1"' for i in range(4_000))

# — files: a name, the bytes, the first code of what is said; all of them are refused —

FILES: Final[dict[str, tuple[Callable[[], bytes], str]]] = {
    # size
    "a file of 256 KiB and a byte": (_plain("#" * (256 * KIB + 1)), "P0102"),
    "a file of 64 MiB": (_plain("#" * (64 * KIB * KIB)), "P0102"),
    "a label of 300 KiB": (_plain(HEAD.replace("补助", "补" * 100 * KIB)), "P0102"),
    # depth
    "200,000 open brackets": (_plain("x = " + "[" * 200_000), "P0103"),
    "60,000 open braces": (_plain("x = " + "{a=" * 60_000), "P0103"),
    "a key of 100,000 dots": (_plain("a." * 100_000 + "a = 1"), "P0103"),
    "a header of 100,000 dots": (_plain("[" + "a." * 100_000 + "a]"), "P0103"),
    "brackets behind an escaped quote": (_plain('x = """\\""" """\ny = ' + "[" * 100_000 + '\nz = """a"""'), "P0103"),
    "depth by headers and values": (_plain("[a.b.c.d.e.f]\nx = [[[[1]]]]"), "P0103"),
    # numbers without quotes
    "a number of 200,000 digits": (_plain("x = " + "9" * 200_000), "P0120"),
    "a number of 19 digits": (_plain("x = 1000000000000000000"), "P0120"),
    "a number of underscores and digits": (_plain("x = " + "9_" * 50_000 + "9"), "P0120"),
    "a hexadecimal number": (_plain("x = 0x" + "f" * 200_000), "P0120"),
    "a binary number in a list": (_plain("x = [1,\n  0b" + "1" * 200_000 + "]"), "P0120"),
    "200,000 digits behind the point": (_plain("x = 0." + "1" * 200_000), "P0120"),
    "an exponent of 200,000 digits": (_plain("x = 1e" + "9" * 200_000), "P0120"),
    "a negative number in a table": (_plain("x = { a = -" + "9" * 200_000 + " }"), "P0120"),
    "a revision of 4,000 digits": (_with('status = "issued"', f'revision = {"9" * 4_000}\nstatus = "issued"'), "P0120"),
    # numbers in quotes
    "200,000 digits in quotes": (_with('value = "300"', f'value = "{"9" * 200_000}"'), "P0108"),
    "19 digits in quotes": (_with('value = "300"', f'value = "1{"0" * 18}"'), "P0108"),
    "10 places in quotes": (_with('value = "300"', 'value = "0.0000000001"'), "P0108"),
    "a huge exponent in quotes": (_with('value = "300"', 'value = "1e1000000"'), "P0108"),
    "Arabic-Indic digits": (_with('value = "300"', 'value = "٣٠٠"'), "P0108"),
    "a fraction of two long numbers": (_with('value = "300"', f'value = "{"9" * 60_000}/{"7" * 60_000}"'), "P0108"),
    "a percentage of 200,000 digits": (_with('value = "300"', f'value = "{"9" * 200_000}%"'), "P0108"),
    # formulas
    "a formula of 1,001 characters": (_formula("x" + " + x" * 250), "P0202"),
    "a formula of 200,000 characters": (_formula("(" * 200_000), "P0202"),
    "25 brackets": (_formula("(" * 25 + "x" + ")" * 25), "P0203"),
    "900 brackets": (_formula("(" * 900), "P0203"),
    "900 look-ups": (_formula("x[" * 400), "P0203"),
    "300 negations": (_formula("not " * 200 + "true"), "P0203"),
    "900 minus signs": (_formula("- " * 400 + "x"), "P0203"),
    "50 branches": (_formula("if true then x else " * 49 + "x"), "P0203"),
    "a chain of 240 sums": (_formula("x" + " + x" * 240), "P0203"),
    "a literal of 900 digits": (_formula("9" * 900), "P0204"),
    "a literal of 19 digits": (_formula("1" + "0" * 18), "P0204"),
    "Arabic-Indic digits in a formula": (_formula("٣ * x"), "P0205"),
    # names, units, long texts
    "a unit of 100,000 brackets": (_with(UNIT, UNIT.replace("m2", "(" * 100_000)), "P0307"),
    "a unit to the 49th power": (_with(UNIT, UNIT.replace("m2", "*".join(["m2"] * 49))), "P0307"),
    "an id of 200,000 characters": (_with('id = "cn', 'id = "' + "a" * 200_000), "P0109"),
    "a name of 200,000 characters": (_with('name = "granted_area"', f'name = "{"a" * 200_000}"'), "P0110"),
    "a division of 200,000 characters": (_with('division = "', f'division = "{"9" * 200_000}'), "P0306"),
    # many of something
    "501 steps": (_plain(HEAD + "".join(step(f"s{i}", "1") for i in range(501)) + pays("0")), "P0107"),
    "10,000 unknown keys": (_plain("".join(f"a{i} = 1\n" for i in range(10_000))), "P0106"),
    "10,000 unknown tables": (_plain("".join(f"[a{i}]\n" for i in range(10_000))), "P0106"),
    "3,000 examples that are none": (_plain(HEAD + "\n[[examples]]\n" * 3_000), "P0106"),
    "800 facts that nobody uses": (_plain(HEAD + "".join(number(f"n{i}", "0", "1") for i in range(800))), "P0304"),
    "a table of 4,000 rows too many": (
        _plain(HEAD + parameter("t", 'by = ["level"]', f"values = {{ {ROWS} }}") + pays("t[level]")),
        "P0317",
    ),
    "records of a million rows": (
        _plain(
            HEAD
            + f'\n[facts.r]\n{LABEL}type = "records"\nrows = [0, 1000000]\n[facts.r.fields.f]\n{LABEL}type = "flag"\n'
        ),
        "P0107",
    ),
    "65,536 readings": (
        _plain(
            HEAD
            + "".join(
                f'\n[[interpretations]]\nname = "i{i}"\nclause = "一"\nquestion = {{ zh = "问", en = "q" }}\n'
                'readings = { one = { zh = "甲", en = "a" }, two = { zh = "乙", en = "b" } }\n'
                for i in range(16)
            )
            + pays(" + ".join(f"(if reading(i{i}) == one then 1[CNY] else 0)" for i in range(16)))
        ),
        "P0321",
    ),
    # what a parser of expressions or of TOML would multiply
    "words that double": (_plain("".join(f'a{i} = ["{{a{i - 1}}}", "{{a{i - 1}}}"]\n' for i in range(3_000))), "P0106"),
    "200,000 quotes": (_plain("x = " + '"' * 200_000), "P0101"),
    "100,000 escaped quotes": (_plain('x = "' + '\\"' * 100_000), "P0101"),
    "200,000 backslashes": (_plain('x = "' + "\\" * 200_000), "P0101"),
    "40,000 dates": (_plain("x = [" + "2021-01-01," * 20_000 + "]"), "P0106"),
}

# — facts at the call of the library —

LISTS: Final[list[Any]] = []
for _ in range(100_000):
    LISTS[:] = [list(LISTS)]

FACTS: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "a whole number of 100,000 digits": ({"floor_area": 10**100_000}, "F0107"),
    "a negative number of 100,000 digits": ({"floor_area": -(10**100_000)}, "F0107"),
    "an exponent of a million": ({"floor_area": Decimal("1e1000000")}, "F0107"),
    "an exponent of a million below zero": ({"floor_area": Decimal("1e-1000000")}, "F0107"),
    "a decimal of 100,000 digits": ({"floor_area": Decimal("9" * 100_000)}, "F0107"),
    "a decimal of 100,000 places": ({"floor_area": Decimal("0." + "1" * 100_000)}, "F0107"),
    "no number": ({"floor_area": Decimal("sNaN")}, "F0107"),
    "endless": ({"floor_area": Decimal("-Infinity")}, "F0107"),
    "a fraction": ({"floor_area": Fraction(1, 10**100_000)}, "F0106"),
    "a text of a million digits": ({"floor_area": "9" * 1_000_000}, "F0107"),
    "Arabic-Indic digits as a fact": ({"floor_area": "٣"}, "F0107"),
    "lists within lists without end": ({"stays": LISTS}, "F0106"),
    "lists within lists as a number": ({"floor_area": LISTS}, "F0106"),
    "a million rows": ({"stays": [{}] * 1_000_000}, "F0113"),
    "a row of 100,000 fields": ({"stays": [{f"a{i}": 1 for i in range(100_000)}]}, "F0102"),
    "100,000 facts": ({f"a{i}": 1 for i in range(100_000)}, "F0140"),
    "a fact's name of a million characters": ({"a" * 1_000_000: 1}, "F0101"),
    "an id of a million characters": ({"project": "a" * 1_000_000}, "F0118"),
    "a choice of a million characters": ({"works": "a" * 1_000_000}, "F0109"),
    "a division of a million digits": ({"place": "9" * 1_000_000}, "F0111"),
    "a date of a million digits": ({"accepted_on": "2" * 1_000_000}, "F0110"),
}

# — JSON: facts in a file, receipts —

JSON_FACTS: Final[dict[str, tuple[Callable[[], bytes], str]]] = {
    "JSON of 9 MiB": (_plain('{"a": "' + "x" * (9 * KIB * KIB) + '"}'), "R0310"),
    "JSON of 100,000 brackets": (_plain('{"a": ' + "[" * 100_000), "R0311"),
    "JSON of 33 objects": (_plain('{"a":' * 33 + "1" + "}" * 33), "R0311"),
    "a JSON number of a million digits": (_plain('{"floor_area": ' + "9" * 1_000_000 + "}"), "F0106"),
    "a JSON number of a million places": (_plain('{"floor_area": 0.' + "1" * 1_000_000 + "}"), "F0106"),
    "a JSON exponent": (_plain('{"floor_area": 1e999999999}'), "F0106"),
    "100,000 JSON facts": (lambda: json.dumps({f"a{i}": 1 for i in range(100_000)}).encode(), "F0140"),
    "a JSON fact 100,000 times": (_plain("{" + '"a": 1, ' * 100_000 + '"a": 1}'), "R0302"),
}
RECEIPTS: Final[dict[str, tuple[Callable[[], bytes], str]]] = {
    "a receipt of 9 MiB": (_plain('{"format": "' + "x" * (9 * KIB * KIB) + '"}'), "R0310"),
    "a receipt of 100,000 brackets": (_plain("[" * 100_000), "R0311"),
    "a receipt of 33 objects": (_plain('{"a":' * 33 + "1" + "}" * 33), "R0311"),
    "a receipt with a number of a million digits": (_plain('{"format": ' + "9" * 1_000_000 + "}"), "R0201"),
    "a receipt with a long name of its format": (_plain('{"format": "' + "x" * 1_000_000 + '"}'), "R0206"),
    "a receipt of 100,000 keys": (
        lambda: json.dumps({"format": "subsidy-receipt-1"} | {f"a{i}": 1 for i in range(100_000)}).encode(),
        "R0201",
    ),
}
