"""docs/performance.md and docs/performance.zh.md with their charts: written from docs/performance.json, not by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from subsidy.text import LANGUAGES, Language

from . import charts
from .environments import ROOT
from .figures import RULES, Line, Spread, Whole, around, lines, short, spread
from .texts import ENGINES, FAIR, SAID, named

DOCS: Final = ROOT / "docs"
_END: Final[Mapping[Language, str]] = {"en": "", "zh": ".zh"}


def write(found: Mapping[str, Any]) -> None:
    """Both pages and every chart."""
    (DOCS / "images").mkdir(exist_ok=True)
    for path, text in made(found).items():
        path.write_text(text, "utf-8")


def made(found: Mapping[str, Any]) -> dict[Path, str]:
    """What the results come to: the text of each file."""
    files = dict[Path, str]()
    for language in LANGUAGES:
        page = _Page(found, language)
        files[DOCS / f"performance{_END[language]}.md"] = page.text()
        for name, drawing in page.drawings().items():
            files[DOCS / page.image(name)] = drawing
    return files


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    every = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in every)


class _Page:
    def __init__(self, found: Mapping[str, Any], language: Language) -> None:
        self.found, self.language = found, language
        self.lines = lines(found["peers"])
        self.ours, self.others = self.lines[0], self.lines[1:]
        self.titles = {
            "tables": self.say("R1 整表，百万行/秒", "R1 over a whole table, million rows a second"),
            "one": self.say("一次测算，微秒", "One calculation, µs"),
            "fresh": self.say("新进程到第一个答案，毫秒", "A fresh process to one answer, ms"),
            "sizes": self.say("用时与内存", "Time and memory"),
        }

    def say(self, zh: str, en: str) -> str:
        return zh if self.language == "zh" else en

    def tell(self, key: str, **figures: object) -> str:
        """A text of the pages with its figures."""
        return SAID[key].in_(self.language).format(**figures)

    def image(self, name: str) -> str:
        return f"images/performance-{name}{_END[self.language]}.svg"

    def shown(self, name: str) -> str:
        return f"![{self.titles[name]}]({self.image(name)})"

    def named(self, line: Line) -> str:
        return named(line.engine, line.way).in_(self.language)

    def text(self) -> str:
        parts = [*self.head(), *self.tables(), *self.singles(), *self.exactness(), *self.fairness()]
        parts += [*self.sizes(), *self.province(), self.say("## 再测一次", "## To measure again"), self.tell("again")]
        return "\n\n".join(parts) + "\n"

    # — what the page begins with —

    def head(self) -> list[str]:
        peers = self.found["peers"]
        return [
            self.say("# 性能", "# Performance"),
            self.say("[English](performance.md)", "[中文](performance.zh.md)"),
            self.tell("written"),
            self.tell("how", rows=f"{peers['rows']:,}", rounds=peers["rounds"]),
            self.tell("rules"),
            self.machine("peers"),
            self.versions(),
        ]

    def machine(self, part: str) -> str:
        machine = self.found[part]["machine"]
        shared = self.say("", " ") + self.tell("shared") if machine["shared"] else ""
        return self.tell("machine", **machine) + shared

    def versions(self) -> str:
        every = {name: each for line in self.others for name, each in line.versions.items() if name != "numpy"}
        listed = ", ".join(f"{name} {each}" for name, each in sorted(every.items()))
        ours = ", ".join(f"{name} {each}" for name, each in self.ours.versions.items())
        return self.tell("versions", listed=listed, ours=ours)

    # — whole tables —

    def tables(self) -> list[str]:
        head = [
            self.say("引擎", "engine"),
            self.say("数", "numbers"),
            self.say("行数", "rows"),
            self.say("R1，百万行/秒", "R1, M rows/s"),
            self.say("用时为本库的倍数", "times as long as ours"),
            self.say("R4，百万行/秒", "R4, M rows/s"),
            self.say("用时为本库的倍数", "times as long as ours"),
            self.say("R1 另占内存，MB", "more memory for R1, MB"),
        ]
        rows = []
        for line in self.lines:
            r1, r4 = line.rules["r1"], line.rules["r4"]
            count = "–".join(f"{each:,}" for each in sorted({r1.rows, r4.rows}))
            one, two = ("1" if line.is_ours else str(each.ratio) for each in (r1, r4))
            cells = [str(r1.speed), one, str(r4.speed), two, short(r1.megabytes)]
            rows.append([self.named(line), line.arithmetic, count, *cells])
        fastest = [self.fastest(rule) for rule in RULES if any(not line.wrong for line in self.others)]
        title = self.say("## 整表", "## Whole tables")
        return [title, *fastest, self.shown("tables"), _table(head, rows), self.tell("columns")]

    def fastest(self, rule: str) -> str:
        """Ours beside the fastest of the others that has no wrong amount."""
        best = min((line for line in self.others if not line.wrong), key=lambda line: line.rules[rule].ns.median)
        ours, theirs = self.ours.rules[rule], best.rules[rule]
        speeds = {"ours": ours.speed, "theirs": theirs.speed, "ratio": theirs.ratio}
        return self.tell("fastest", rule=rule.upper(), name=self.named(best), **speeds)

    # — one record —

    def singles(self) -> list[str]:
        head = [
            self.say("引擎", "engine"),
            self.say("一次测算，微秒", "one calculation, µs"),
            self.say("连同说明，微秒", "with its explanation, µs"),
            self.say("新进程到第一个答案，毫秒", "fresh process to one answer, ms"),
        ]
        rows = [
            [self.named(line), str(line.one), *(str(each) if each else "–" for each in (line.explained, line.fresh))]
            for line in sorted(self.lines, key=lambda line: (not line.is_ours, line.one.median))
        ]
        bare = spread(self.found["peers"]["bare"])
        title = self.say("## 一次一条，与新进程", "## One record, and a fresh process")
        told = self.tell("single", bare=bare, written=self.ours.written)
        return [title, self.shown("one"), _table(head, rows), told, self.shown("fresh")]

    # — wrong amounts, and what is fair to say —

    def exactness(self) -> list[str]:
        def cell(each: Whole) -> str:
            if not each.wrong:
                return f"0 / {each.amounts:,}"
            share, most = each.wrong / each.amounts, each.worst / 100
            by = self.say(f"，至多差 {most:,.2f} 元", f", by up to {most:,.2f} CNY")
            return f"**{each.wrong:,}** / {each.amounts:,} ({share:.1%}){by}"

        head = [self.say("引擎", "engine"), self.say("数", "numbers"), "R1", "R4"]
        rows = [[self.named(one), one.arithmetic, *(cell(one.rules[rule]) for rule in RULES)] for one in self.lines]
        return [self.say("## 算错的金额", "## Wrong amounts"), _table(head, rows), self.tell("wrong")]

    def fairness(self) -> list[str]:
        peers = self.found["peers"]
        names = {name: ENGINES[name].in_(self.language).partition(",")[0] for name in FAIR}  # CEL is told once
        told = {names[name]: each.in_(self.language) for name, each in FAIR.items()}
        said = [self.say("## 各引擎为何而建", "## What each was built for, and what not")]
        said.append("\n".join(f"- **{name}** {text}" for name, text in told.items()))
        if missing := peers["missing"]:
            listed = [f"- {ENGINES[name].in_(self.language)}: `{reason}`" for name, reason in missing.items()]
            said += [self.say("这次没有测成的，及原因：", "Not measured this time, and why:"), "\n".join(listed)]
        return said

    # — sizes —

    def sizes(self) -> list[str]:
        found = self.found["sizes"]["sizes"]
        head = [
            self.say("行数", "rows"),
            self.say("秒", "seconds"),
            self.say("百万行/秒", "M rows/s"),
            self.say("核·秒", "core-seconds"),
            self.say("内存峰值，MB", "most memory, MB"),
            self.say("文件，MB", "files, MB"),
            self.say("算错的金额", "wrong amounts"),
        ]
        rows, spent = [], []
        for each in found:
            time, core, memory = _spent(each["runs"])
            spent.append((each["rows"], time.median, memory.median))
            files = f"{short(each['given_MB'])} → {short(each['out_MB'])}"
            cells = [time, time.inverse(each["rows"] / 1e6), core, memory, files]
            rows.append([f"{each['rows']:,}", *map(str, cells), f"{each['wrong']:,} / {each['amounts']:,}"])
        grown = []
        for one, two in pairwise(spent):
            times = (short(after / before) for before, after in zip(one, two, strict=True))
            said = dict(zip(("rows", "time", "memory"), times, strict=True))
            grown.append(self.tell("grown", one=f"{one[0]:,}", two=f"{two[0]:,}", **said))
        title = self.say("## 行数增长", "## Growing files")
        said_grown = self.say("", " ").join(grown)
        return [title, self.tell("sizes"), self.shown("sizes"), _table(head, rows), said_grown, self.machine("sizes")]

    # — a province —

    def province(self) -> list[str]:
        it = self.found["province"]
        ledger = it["ledger"]
        rows, some, times = f"{it['rows']:,}", f"{ledger['rows']:,}", it["rows"] / ledger["rows"]
        time, core, memory = _spent(it["runs"])
        second, core_second, row = self.say("秒", "s"), self.say("核·秒", "core-s"), self.say("行", "rows")

        def line(zh: str, en: str, count: str, measured: object, month: float, unit: str) -> list[str]:
            year = f"{short(month * 12)} {unit}"
            return [self.say(zh, en), f"{count} {row}: {measured} {unit}", f"{short(month)} {unit}", year]

        decided = [ledger["seconds"], ledger["core_seconds"], ledger["bytes"] / 1e6]
        table = [
            line("测算，用时", "calculation, time", rows, time, time.median, second),
            line("测算，处理器", "calculation, processor", rows, core, core.median, core_second),
            line("结果文件", "file of results", rows, short(it["out_MB"]), it["out_MB"], "MB"),
            line("核定入账，用时", "determined, time", some, short(decided[0]), decided[0] * times, second),
            line("核定入账，处理器", "determined, processor", some, short(decided[1]), decided[1] * times, core_second),
            line("台账文件", "file of the ledger", some, short(decided[2]), decided[2] * times, "MB"),
        ]
        head = ["", self.say("测得", "measured"), self.say(f"{rows} 人一月", f"a month of {rows} elders")]
        rate = short(ledger["rows"] / ledger["seconds"])
        return [
            self.say("## 一个一千万老人的省，一个月", "## A month of a province of ten million elders"),
            self.tell("month", rows=rows, memory=memory, wrong=f"{it['wrong']:,}"),
            self.tell("extrapolated", rows=some, rate=rate, memory=short(ledger["MB"]), times=short(times)),
            _table([*head, self.say("一年（× 12）", "a year (× 12)")], table),
            self.tell("assumed"),
            self.machine("province"),
        ]

    # — drawings —

    def drawings(self) -> dict[str, str]:
        def bar(line: Line, size: Spread) -> charts.Bar:
            return self.named(line).replace("`", ""), size, line.is_ours, line.wrong > 0

        fresh = [(line, line.fresh) for line in self.lines if line.fresh is not None]
        every = {
            "tables": sorted(
                (bar(line, line.rules["r1"].speed) for line in self.lines), key=lambda each: -each[1].median
            ),
            "one": sorted((bar(line, line.one) for line in self.lines), key=lambda each: each[1].median),
            "fresh": sorted((bar(line, size) for line, size in fresh), key=lambda each: each[1].median),
        }
        axes = {
            "tables": self.say("百万行/秒（对数）", "million rows a second (log)"),
            "one": self.say("微秒（对数）", "µs (log)"),
            "fresh": self.say("毫秒（对数）", "ms (log)"),
        }
        drawn = {name: charts.bars(self.titles[name], axes[name], each, self.language) for name, each in every.items()}
        return {**drawn, "sizes": charts.sizes(self.found["sizes"]["sizes"], self.language)}


def _spent(runs: Sequence[Mapping[str, float]]) -> tuple[Spread, Spread, Spread]:
    """Seconds, core-seconds and the most memory."""
    time, core, memory = (around(run[key] for run in runs) for key in ("seconds", "core_seconds", "MB"))
    return time, core, memory
