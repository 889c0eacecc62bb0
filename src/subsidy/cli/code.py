"""`subsidy code P0402`: what a code says, to whom, and what to do about it."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from ..codes import CODES, FAMILIES
from ..errors import Problem, RequestError, hint
from .exits import Exit
from .options import AsJson, Lang
from .output import both, pick, reports, say, show_json

_PAGE: Final = "docs/codes.md"


def _begun(incomplete: str) -> list[str]:
    """The codes that begin as what was typed."""
    return [name for name in CODES if name.startswith(incomplete.upper())]


GivenCode = Annotated[
    str,
    typer.Argument(
        metavar="CODE",
        show_default=False,
        autocompletion=_begun,
        help="代码或其英文名，如 P0402、unit-mismatch · a code or its name",
    ),
]


@reports
def code(given: GivenCode, lang: Lang = None, as_json: AsJson = False) -> Exit:
    """解释一个代码 · what a code means, whose move it is and what to do."""
    slugs = {words.slug: name for name, words in CODES.items()}
    name = given.upper() if given.upper() in CODES else slugs.get(given.lower(), "")
    if not name:
        raise RequestError(Problem.of("R0108", given, given=given, **hint(given.lower(), [*slugs])))
    words = CODES[name]
    data: dict[str, Any] = {
        "code": name,
        "slug": words.slug,
        "severity": "warning" if words.warning else "error",
        "whose_move": both(FAMILIES[name[0]]),
        "message": both(words.message),
        "help": both(words.help),
        "page": f"{_PAGE}#{name.lower()}",
    }
    if as_json:
        show_json(data)
        return Exit.FINE
    say(f"{name} {words.slug}" + (" (warning)" if words.warning else ""))
    for language in (lang,) if lang else ("zh", "en"):
        say("  " + words.message.in_(language))
        if words.help.in_(language):
            say("  → " + words.help.in_(language))
        whose = pick(language, "由谁处理：", "whose move it is: ") + FAMILIES[name[0]].in_(language)
        say("  " + whose)
    say(f"  {data['page']}")
    return Exit.FINE
