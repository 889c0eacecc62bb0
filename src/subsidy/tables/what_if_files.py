"""What a what-if comes to, as a report and as files of its rows. Each says that it is a simulation, and of what."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from ..errors import Problem, RequestError
from ..extras import needs
from ..reports.files import whole
from ..reports.report import Cell, Chart, Report, Table
from ..reports.writing import WRITERS, write
from ..text import Language, Text
from .target import check_target
from .what_if import STATES, Moved, Rows, Side, WhatIf, schema_of

with needs("tables"):
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.csv as pa_csv
    import pyarrow.parquet as pq

FORMS: Final = (*WRITERS, ".csv", ".parquet")
SHOWN: Final = 1_000  # rows of a report, those that move most; a file of rows has them all

WORDS: Final[Mapping[str, Text]] = {
    "same": Text("不变", "the same"),
    "more": Text("增加", "more"),
    "less": Text("减少", "less"),
    "open": Text("未定", "open"),
    "left_out": Text("未计入", "left out"),
}
HEADS: Final = (
    Text("行数", "rows"),
    Text("原", "before"),
    Text("改后", "after"),
    Text("差额", "difference"),
    *(WORDS[state] for state in STATES[:4]),
    Text("不再符合", "no longer eligible"),
    Text("新符合", "newly eligible"),
)
_DIFFERENCE: Final = 4  # its place among the columns of a table, behind the name
SIMULATION: Final = Text("模拟，不作为支付依据", "a simulation: nothing may be paid from it")


def cells(moved: Moved) -> tuple[Cell, ...]:
    """The cells of a line, without its name; a sum with two bounds as both of them."""
    sums = (low if low == high else f"{low:,.2f} … {high:,.2f}" for low, high in moved.sums())
    return (moved.rows, *sums, *moved.states, moved.stopped, moved.started)


def verdict(found: WhatIf) -> Text:
    """What it comes to, in a sentence."""
    (low, high), total = found.total.difference, found.total
    same, more, less, open_ = total.states
    difference = signed(low) if low == high else f"{signed(low)} … {signed(high)}"
    zh = f"{total.rows} 行：差额 {difference} 元；增加 {more} 行，减少 {less} 行，不变 {same} 行，未定 {open_} 行"
    en = f"{total.rows} rows: a difference of {difference} CNY; {more} more, {less} less, {same} the same, {open_} open"
    if found.left_out:
        zh += f"；另有 {found.left_out} 行有问题，未计入"
        rows = "1 row with problems is" if found.left_out == 1 else f"{found.left_out} rows with problems are"
        en += f"; {rows} left out"
    return Text(zh, en)


def signed(sum_: Decimal) -> str:
    """A difference with its sign."""
    return f"{sum_:+,.2f}" if sum_ else "0.00"


class Keeper:
    """Keeps the rows of a report: those that move most, in the order of the roster."""

    def __init__(self) -> None:
        self._heap: list[tuple[Decimal, int, dict[str, Any]]] = []
        self.passed = 0

    def __call__(self, batch: pa.RecordBatch) -> None:
        changed = pc.and_(
            pc.not_equal(batch.column("change"), "same"), pc.not_equal(batch.column("change"), "left_out")
        )
        for row in batch.filter(changed).to_pylist():
            self.passed += 1
            by = max(abs(row["difference.low"]), abs(row["difference.high"]))
            key = (by, -self.passed, row)
            if len(self._heap) < SHOWN:
                heapq.heappush(self._heap, key)
            elif key[:2] > self._heap[0][:2]:
                heapq.heapreplace(self._heap, key)

    def rows(self) -> list[dict[str, Any]]:
        """The rows that were kept."""
        return [row for _, _, row in sorted(self._heap, key=lambda each: -each[1])]


def report_of(found: WhatIf, kept: Keeper, language: Language) -> Report:
    """The report: the total, each group with its chart, and the rows that move most."""
    every = [moved for _, groups in found.groups.values() for moved in (*groups.values(), found.total)]
    bounded = any(low != high for moved in (*every, found.total) for low, high in moved.sums())
    heads, place = _heads(bounded=bounded)

    def line(moved: Moved) -> tuple[Cell, ...]:
        sums = [each for low, high in moved.sums() for each in ((low, high) if bounded else (low,))]
        return (moved.rows, *sums, *moved.states, moved.stopped, moved.started)

    name = Text("合计", "total")
    tables = [Table("total", Text("合计", "Total"), (Text("", ""), *heads), ((name, *line(found.total)),))]
    for groups, moved in found.groups.values():
        label = groups.label
        rows = tuple((groups.said(key), *line(each)) for key, each in in_order(moved))
        chart = Chart(0, place) if any(any(each.difference) for each in moved.values()) else None
        title = Text(f"按{label.zh}", f"By {label.en}")
        tables.append(Table(groups.name, title, (label, *heads), rows, chart=chart))
    tables.append(_rows(found, kept))
    if found.wrong:
        titles = (Text("单元格", "cell"), Text("代码", "code"), Text("问题", "problem"))
        lines = tuple((each.place.key, each.code, each.said) for each in found.wrong)
        tables.append(Table("left_out", Text("未计入的行", "Rows that are left out"), titles, lines))
    said = verdict(found)
    return Report(
        title=Text("假如（模拟）", "What if (a simulation)"),
        verdict=Text(f"{SIMULATION.zh}。{said.zh}", f"{SIMULATION.en}. {said.en}"),
        is_clean=True,
        facts=tuple(_facts(found, language)),
        tables=tuple(tables),
        mark=Text("模拟", "Simulation"),
    )


def _heads(*, bounded: bool) -> tuple[list[Text], int]:
    """The heads of a table with both bounds of each sum, or with one; and which column is drawn, behind the name."""
    if not bounded:
        return list(HEADS), _DIFFERENCE
    ends = (("下限", "least"), ("上限", "most"))
    sums = [Text(f"{head.zh}（{zh}）", f"{head.en} ({en})") for head in HEADS[1:4] for zh, en in ends]
    return [HEADS[0], *sums, *HEADS[4:]], 1 + len(sums)


def in_order(moved: Mapping[str, Moved]) -> list[tuple[str, Moved]]:
    """Groups by their names, those without one last."""
    return sorted(moved.items(), key=lambda each: (not each[0], each[0]))


def _facts(found: WhatIf, language: Language) -> Iterator[tuple[Text, str]]:
    yield Text("名单", "roster"), str(found.before.roster.file.name)
    yield Text("性质", "nature"), SIMULATION.in_(language)
    for label, side in ((Text("原", "before"), found.before), (Text("改后", "after"), found.after)):
        yield label, side.said.in_(language)
    for each in found.changes:
        yield Text("改动", "changed"), each.said.in_(language)


def _rows(found: WhatIf, kept: Keeper) -> Table:
    names = [field.name for field in schema_of(found.before, found.after)]
    named = names[1 : names.index("before.low")]
    rows = kept.rows()
    has_steps = any("first_step" in row for row in rows)
    heads = [Text("行", "row"), *(Text(name, name) for name in named), *HEADS[1:4], Text("结果", "what becomes of it")]
    steps = found.after.steps
    made = []
    for row in rows:
        cells_: list[Cell] = [str(row["row"]), *(row[name] or "" for name in named)]
        for name in ("before", "after", "difference"):
            low, high = row[f"{name}.low"], row[f"{name}.high"]
            cells_.append(low if low == high else f"{low} … {high}")
        cells_.append(WORDS[row["change"]])
        if has_steps:
            cells_.append(steps[row["first_step"]].label if row["first_step"] else "")
        made.append(tuple(cells_))
    if has_steps:
        heads.append(Text("最先不同的步骤", "first step that differs"))
    note = Text("没有改变的行", "no row changes")
    if made:
        rest = kept.passed - len(made)
        note = Text("改变的行", "the rows that change")
        if rest:
            note = Text(
                f"改变最多的 {len(made)} 行；其余 {rest} 行见 CSV 或 Parquet",
                f"the {len(made)} rows that change most; the other {rest} are in a CSV or a Parquet file",
            )
    return Table("rows", Text("改变的行", "Rows that change"), tuple(heads), tuple(made), note)


# — files —


def check_form(path: Path, roster: Path) -> None:
    """That there is a form of that name, before the work is done.

    Raises:
        RequestError: there is none, it would be written over the roster, or there is no such folder.
    """
    if path.suffix.lower() not in FORMS:
        raise RequestError(Problem.of("R0581", str(path), allowed=", ".join(FORMS)))
    check_target(path, roster)


@contextmanager
def writing(path: Path | None, before: Side, after: Side, language: Language, *, why: bool) -> Iterator[_Out]:
    """Where the rows and the report go: whole at the end, or nothing.

    Raises:
        RequestError: it cannot be written.
    """
    schema, kind = schema_of(before, after, why=why), path.suffix.lower() if path is not None else ""
    if path is None or kind in WRITERS:
        yield _Out(Keeper(), None, path, language)
        return
    with whole(path) as file:
        if kind == ".csv":
            schema = _marked(schema)
            file.write("\ufeff".encode())  # by which Excel knows UTF-8
            writer: Any = pa_csv.CSVWriter(file, schema)
        else:
            writer = pq.ParquetWriter(file, schema)

        def put(batch: pa.RecordBatch) -> None:
            writer.write_batch(_inert(batch, schema) if kind == ".csv" else batch)

        try:
            yield _Out(Keeper(), put, None, language)
        finally:
            writer.close()


class _Out:
    """Takes the rows as they come, and the report at the end."""

    def __init__(self, keeper: Keeper, put: Rows | None, path: Path | None, language: Language) -> None:
        self.keeper, self._put, self._path, self._language = keeper, put, path, language

    def rows(self, batch: pa.RecordBatch) -> None:
        """The rows of a piece."""
        if self._put is not None:
            self._put(batch)
        elif self._path is not None:
            self.keeper(batch)

    def finish(self, found: WhatIf) -> None:
        """Write the report, where one is wanted."""
        if self._path is not None:
            write(report_of(found, self.keeper, self._language), self._language, self._path)


def _marked(schema: pa.Schema) -> pa.Schema:
    """In a file without room for a note, every row says of what it is a simulation."""
    at = schema.get_field_index("simulation")
    return schema.set(at, pa.field("simulation", pa.string()))


def _inert(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Texts that no spreadsheet takes for a formula, and the mark in words."""
    columns = []
    for field, column in zip(schema, batch.columns, strict=True):
        if field.name == "simulation":
            mark = batch.schema.metadata[b"simulation"].decode()
            columns.append(pa.array([mark] * len(batch), pa.string()))
        elif pa.types.is_string(field.type):
            risky = pc.match_substring_regex(column, r"^[=+\-@\t\r]")
            columns.append(pc.if_else(pc.fill_null(risky, False), pc.binary_join_element_wise("'", column, ""), column))
        else:
            columns.append(column)
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def chart_of(found: WhatIf, by: Sequence[str] = ()) -> tuple[Text, list[tuple[Text, Decimal, Decimal]]]:
    """What a drawing shows: the differences of the first grouping that has several groups, or else of the first."""
    every = [found.groups[name] for name in by] or list(found.groups.values())
    groups, moved = next((each for each in every if len(each[1]) > 1), every[0])
    label = groups.label
    title = Text(f"差额，按{label.zh}（模拟）", f"Difference by {label.en} (a simulation)")
    return title, [(groups.said(key), *each.difference) for key, each in in_order(moved)]
