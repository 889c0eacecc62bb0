"""An explanation put on paper: text, in one language."""

from __future__ import annotations

from collections.abc import Iterator

from ..text import Language, Text
from .explanation import NOTHING, Explanation, Line

_DIGEST = Text("摘要", "Digest")
_SOURCE = Text("依据", "Source")


def text(explanation: Explanation, language: Language, *, capitals: bool = False) -> str:
    """Plain text, the sums in capital characters only where they are asked for."""
    return "\n".join(_text(explanation, _Speech(language, capitals))) + "\n"


class _Speech:
    """What every form says alike in one language."""

    def __init__(self, language: Language, capitals: bool) -> None:
        self.language, self.capitals = language, capitals
        self.colon = self.say(Text("：", ": "))

    def say(self, said: Text) -> str:
        return said.in_(self.language)

    def head(self, explanation: Explanation) -> list[str]:
        """The line that names the text, and the lines below the title."""
        revision = self.say(Text(f"第 {explanation.revision} 次编码", f"revision {explanation.revision}"))
        return [
            f"{explanation.policy} · {explanation.version} · {revision}",
            f"{self.say(_SOURCE)}{self.colon}{self.say(explanation.source)}",
            f"{self.say(_DIGEST)}{self.colon}{explanation.digest}",
            *filter(None, map(self.say, explanation.basis)),
        ]

    def title(self, explanation: Explanation) -> str:
        return f"{self.say(explanation.title)} · {self.say(explanation.place)}"

    def lines(self, lines: tuple[Line, ...]) -> Iterator[Line]:
        """Those that have something to say in this language."""
        for line in lines:
            if (line.kind != "capitals" or self.capitals) and self.say(line.label) + self.say(line.said):
                yield line

    def body(self, line: Line) -> str:
        """A label, what is said of it, without its clause."""
        label, said = self.say(line.label) + self.say(line.aside), self.say(line.said)
        between = "" if NOTHING in (line.label, line.said) else " " if line.kind == "share" else self.colon
        return f"{label}{between}{said}"

    def clause(self, clause: str) -> str:
        return self.say(Text(f"〔{clause}〕", f"[{clause}]")) if clause else ""


def _text(explanation: Explanation, speech: _Speech) -> Iterator[str]:
    yield speech.title(explanation)
    yield from speech.head(explanation)
    for section in explanation.sections:
        yield ""
        yield speech.say(section.title)
        yield from ("  " + line for line in _text_lines(section.lines, speech))


def _text_lines(lines: tuple[Line, ...], speech: _Speech) -> Iterator[str]:
    for line in speech.lines(lines):
        mark = f"{line.mark} " if line.mark else ""
        clause = f"  {speech.clause(line.clause)}" if line.clause else ""
        yield f"{mark}{speech.body(line)}{clause}"
        if line.formula is not None:
            yield from ("   " + stage for stage in line.formula.stages(speech.language))
        yield from ("  " + inside for inside in _text_lines(line.lines, speech))
