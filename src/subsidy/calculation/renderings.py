"""An explanation put on paper in one language: plain text, Markdown, or a page of HTML that needs nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import escape
from types import MappingProxyType
from typing import Final, Literal, Protocol

from ..errors import Problem, RequestError
from ..text import LANGUAGES, Language, Text
from .explanation import NOTHING, Explanation, Line
from .readers import shown

Form = Literal["text", "markdown", "html"]

_DIGEST: Final = Text("摘要", "Digest")
_SOURCE: Final = Text("依据", "Source")
_RULE: Final = "─" * 40  # between explanations that are put together
_SIGNS: Final = re.compile(r"[\\`*_{}\[\]<>&#|~!$]|^[-+=](?=\s|$)")
_NUMBER: Final = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")  # which would begin a list
STYLE: Final = (
    "body{font-family:sans-serif;line-height:1.5;max-width:60em;margin:2em auto;padding:0 1em}"
    "ul{padding-left:1.5em}ul,ol.formula{list-style:none}cite{color:#555;font-style:normal}"
    ".fails>.mark{color:#a00}@media print{body{margin:0}}"
)


def text(explanation: Explanation, language: Language, *, capitals: bool = False) -> str:
    """Plain text, the sums in capital characters only where they are asked for."""
    return "\n".join(_text(explanation, _Speech(language, capitals))) + "\n"


def markdown(explanation: Explanation, language: Language, *, capitals: bool = False) -> str:
    """Markdown (CommonMark): nested lists under headings; no sign of a label is taken for a mark."""
    return "\n".join(_markdown(explanation, _Speech(language, capitals))) + "\n"


def html(explanation: Explanation, language: Language, *, capitals: bool = False) -> str:
    """A whole page of HTML without scripts or anything to be fetched; no sign of a label is taken for a tag."""
    return "\n".join(_html(explanation, _Speech(language, capitals))) + "\n"


RENDERINGS: Final[Mapping[Form, Callable[..., str]]] = MappingProxyType(
    {"text": text, "markdown": markdown, "html": html}
)


def check_language(language: str) -> None:
    """Refuse a language that nothing is said in, rather than answer in another.

    Raises:
        RequestError: it is none of ours.
    """
    if language not in LANGUAGES:
        raise RequestError(Problem.of("R0107", "language", given=shown(language), allowed=", ".join(LANGUAGES)))


class Explained(Protocol):
    """What has an explanation."""

    @property
    def explanation(self) -> Explanation: ...


def said(of: Explained, language: Language, *, capitals: bool = False) -> str:
    """The explanation of something as plain text.

    Raises:
        RequestError: the language is none of ours.
    """
    check_language(language)
    return text(of.explanation, language, capitals=capitals)


class _Speech:
    """What every form says alike in one language."""

    def __init__(self, language: Language, capitals: bool) -> None:
        self.language, self.capitals = language, capitals
        self.colon = self.say(Text("：", ": "))

    def say(self, said: Text) -> str:
        return said.in_(self.language)

    def title(self, explanation: Explanation) -> str:
        return " · ".join(filter(None, map(self.say, (explanation.title, explanation.place))))

    def head(self, explanation: Explanation) -> list[str]:
        """What stands below the title: which text it is, by its digest, and whose."""
        revision = self.say(Text(f"第 {explanation.revision} 次编码", f"revision {explanation.revision}"))
        which = [explanation.policy, explanation.version, revision] if explanation.version else [explanation.policy]
        of = ((_SOURCE, self.say(explanation.source)), (_DIGEST, explanation.digest))
        return [
            " · ".join(which),
            *(f"{self.say(label)}{self.colon}{found}" for label, found in of if found),
            *filter(None, map(self.say, explanation.basis)),
        ]

    def lines(self, lines: Iterable[Line]) -> Iterator[Line]:
        """Those that have something to say in this language."""
        for line in lines:
            if (line.kind != "capitals" or self.capitals) and self.say(line.label) + self.say(line.said):
                yield line

    def body(self, line: Line) -> tuple[str, str]:
        """A label, and what is said of it."""
        between = "" if NOTHING in (line.label, line.said) else " " if line.kind == "share" else self.colon
        return self.say(line.label), f"{self.say(line.aside)}{between}{self.say(line.said)}"

    def clause(self, line: Line) -> str:
        return self.say(Text(f"〔{line.clause}〕", f"[{line.clause}]")) if line.clause else ""

    def stages(self, line: Line) -> list[str]:
        return line.formula.stages(self.language) if line.formula is not None else []


def _text(explanation: Explanation, speech: _Speech) -> Iterator[str]:
    yield speech.title(explanation)
    yield from speech.head(explanation)
    for section in explanation.sections:
        yield ""
        yield speech.say(section.title)
        yield from ("  " + line for line in _text_lines(section.lines, speech))
    for part in explanation.parts:
        yield ""
        yield _RULE
        yield from _text(part, speech)


def _text_lines(lines: Iterable[Line], speech: _Speech) -> Iterator[str]:
    for line in speech.lines(lines):
        mark = f"{line.mark} " if line.mark else ""
        clause = f"  {speech.clause(line)}" if line.clause else ""
        yield f"{mark}{''.join(speech.body(line))}{clause}"
        yield from ("   " + stage for stage in speech.stages(line))
        yield from ("  " + inside for inside in _text_lines(line.lines, speech))


def _markdown(explanation: Explanation, speech: _Speech, level: int = 1) -> Iterator[str]:
    yield f"{'#' * level} {literal(speech.title(explanation))}"
    yield ""
    yield from (f"- {literal(line)}" for line in speech.head(explanation))
    for section in explanation.sections:
        yield ""
        yield f"{'#' * (level + 1)} {literal(speech.say(section.title))}"
        yield ""
        yield from _markdown_lines(section.lines, speech)
    for part in explanation.parts:
        yield ""
        yield from _markdown(part, speech, level + 1)


def _markdown_lines(lines: Iterable[Line], speech: _Speech) -> Iterator[str]:
    for line in speech.lines(lines):
        said = (line.mark, "".join(speech.body(line)), speech.clause(line))
        yield f"- {literal(' '.join(filter(None, said)))}"
        yield from (f"  - {literal(stage)}" for stage in speech.stages(line))
        yield from ("  " + inside for inside in _markdown_lines(line.lines, speech))


def literal(said: str) -> str:
    """A text that Markdown shows sign by sign."""
    return _NUMBER.sub(r"\1\\\2", _SIGNS.sub(lambda found: f"\\{found[0]}", said))


def page_head(title: str, language: Language, style: str) -> Iterator[str]:
    """What a page of HTML begins with, up to its body: it runs no script and fetches nothing."""
    yield f'<!doctype html>\n<html lang="{"zh-CN" if language == "zh" else "en"}">\n<head>'
    yield '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    yield f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>"


def _html(explanation: Explanation, speech: _Speech) -> Iterator[str]:
    yield from page_head(speech.title(explanation), speech.language, STYLE)
    yield from _html_body(explanation, speech, 1)
    yield "</body>\n</html>"


def _html_body(explanation: Explanation, speech: _Speech, level: int) -> Iterator[str]:
    yield f"<h{level}>{escape(speech.title(explanation))}</h{level}>"
    yield "<ul>"
    yield from (f"<li>{escape(line)}</li>" for line in speech.head(explanation))
    yield "</ul>"
    for section in explanation.sections:
        yield f"<h{level + 1}>{escape(speech.say(section.title))}</h{level + 1}>"
        yield from _html_lines(section.lines, speech)
    for part in explanation.parts:
        yield from _html_body(part, speech, level + 1)


def _html_lines(lines: Iterable[Line], speech: _Speech) -> Iterator[str]:
    found = list(speech.lines(lines))
    if not found:
        return
    yield "<ul>"
    for line in found:
        label, rest = map(escape, speech.body(line))
        mark = f'<span class="mark">{escape(line.mark)}</span> ' if line.mark else ""
        names_something = label and (line.said != NOTHING or line.formula is not None)
        named = f"<strong>{label}</strong>" if names_something else label
        clause = f" <cite>{escape(speech.clause(line))}</cite>" if line.clause else ""
        yield f'<li class="{" ".join(filter(None, (line.kind, line.verdict)))}">{mark}{named}{rest}{clause}'
        if stages := speech.stages(line):
            yield '<ol class="formula">'
            yield from (f"<li>{escape(stage)}</li>" for stage in stages)
            yield "</ol>"
        yield from _html_lines(line.lines, speech)
        yield "</li>"
    yield "</ul>"
