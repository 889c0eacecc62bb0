"""A roster as DuckDB reads it: each row with its number, its cells, what these surely state, and whether one is odd."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final

import pyarrow as pa
from sqlglot import exp

from ...calculation.columnar.counting import is_text
from ...engines.sql import words as w
from ...engines.sql.words import Sql
from ...language import program as p
from ...language.types import Date, Flag, Id, Number, Records
from ...sheets.grid import Block, Csv
from ...sheets.parquet import ParquetRoster
from ...sheets.plain_csv import extent
from ...sheets.roster import Piece, Roster
from ...sheets.sheet_roster import SheetRoster
from ...text import Text
from .cells import MOST, Cell, Say, coded, figure, identifier, told, typed

if TYPE_CHECKING:
    import duckdb

ROW: Final = " row"  # no fact begins with a space
ODD: Final = " odd"
ROSTER: Final = "roster"
FILE: Final = "file"
_AS_IT_IS: Final = " as it is"
_LINE: Final = " line"
_FIRST: Final = 2  # the row of the first claim of a Parquet file, as if there were a header
_DIGITS, _PLACES = 18, 9  # before and behind the point, of a number that a query reads


def said_of(name: str) -> str:
    """The column with what is stated of a fact."""
    return f" fact {name}"


def carried_of(name: str) -> str:
    """The column of one that goes along."""
    return f" carried {name}"


def source_of(roster: Roster) -> Source | None:
    """How DuckDB reads a roster; None where it does not read such a file."""
    if isinstance(roster, ParquetRoster):
        return ParquetSource(roster)
    if isinstance(roster, SheetRoster) and isinstance(roster.grid, Csv):
        return CsvSource(roster)
    return None


class Source(ABC):
    """A roster that DuckDB reads."""

    def __init__(self, roster: Roster) -> None:
        self.roster = roster
        self._told: list[str] = []  # the facts of which each different text was read before

    @abstractmethod
    def unfit(self) -> Iterator[Text]:
        """What of the roster DuckDB would not read as it is meant."""

    @abstractmethod
    def pieces(self, batches: Iterator[pa.RecordBatch]) -> Iterator[Piece]:
        """Rows with their numbers and cells, as they are read otherwise."""

    @abstractmethod
    def _file(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make the view of the file, with the number of each row."""

    @property
    @abstractmethod
    def _cells(self) -> list[Sql]:
        """What is read again where a row is odd."""

    @property
    @abstractmethod
    def _given(self) -> dict[str, Sql]:
        """The cell of each fact; NULL where there is none."""

    @property
    @abstractmethod
    def _carried(self) -> dict[str, Sql]:
        """The columns that go along."""

    @abstractmethod
    def _cell(self, fact: p.Fact, given: Sql) -> Cell | None:
        """How a fact is read; None where each different text is read once."""

    @abstractmethod
    def _say(self, name: str, /) -> Say:
        """What reads the texts of a fact."""

    @property
    def cells(self) -> tuple[str, ...]:
        """The columns that are read again where a row is odd."""
        return tuple(f" cell {place}" for place in range(len(self._cells)))

    def open(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make the view of the roster."""
        self._file(connection)
        facts = {name: self._cell(self.roster.facts[name], given) for name, given in self._given.items()}
        self._told = [name for name, cell in facts.items() if cell is None]
        self._tell(connection)
        found = {name: cell or self._coded(name) for name, cell in facts.items()}
        made = exp.select(w.column(ROW), w.aliased(ODD, w.either(each.odd for each in found.values())))
        pairs = [*zip(self.cells, self._cells, strict=True)]
        pairs += [(carried_of(name), value) for name, value in self._carried.items()]
        for name, cell in found.items():
            pairs += [(said_of(name), cell.said), (name, cell.value)]
        made = made.select(*(w.aliased(*pair) for pair in pairs), copy=False).from_(table(FILE), copy=False)
        for name in self._told:
            there = table(_told(name))
            made = made.join(there, on=_of(name, "given").eq(w.own(self._given[name])), join_type="left", copy=False)
        connection.execute(f'create view "{ROSTER}" as {written(made)}')

    def _tell(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Read each different text of some columns, all of these in one go over the file."""
        if not self._told:
            return
        every = [w.called("LIST", exp.Distinct(expressions=[w.own(self._given[name])])) for name in self._told]
        found = connection.execute(written(exp.select(*every).from_(table(FILE)))).fetchone() or ()
        for name, texts in zip(self._told, found, strict=True):
            some = islice((each for each in texts or () if each is not None), MOST)
            made = told(self.roster.facts[name], some, self._say(name), self.roster.policy.vocabulary.names)
            connection.register(_told(name), made)

    def _coded(self, name: str) -> Cell:
        return coded(self.roster.facts[name], self._given[name], _of(name, "said"), _of(name, "given"))


class ParquetSource(Source):
    """A Parquet file, whose columns have types."""

    roster: ParquetRoster

    def unfit(self) -> Iterator[Text]:
        for name, type_ in zip(self.roster.schema.names, self.roster.schema.types, strict=True):
            fact = self.roster.facts[name]
            is_list = isinstance(fact.type, Records)
            fields = _fields(fact, type_) if is_list else [(fact, type_)]
            if not all(_is_exact(each, of, within=is_list) for each, of in fields):
                yield Text(
                    f"{fact.label.zh}一列的类型是 {type_}", f"the column of {fact.label.en} has the type {type_}"
                )

    def pieces(self, batches: Iterator[pa.RecordBatch]) -> Iterator[Piece]:
        heads = [each.text for each in self.roster.heads]
        for batch in batches:
            columns = dict(zip(heads, batch.columns[1:], strict=True))
            facts = [columns[each.text] for each in self.roster.heads if each.fact]
            others = [columns[each.text] for each in self.roster.heads if not each.fact]
            carried = pa.RecordBatch.from_struct_array(pa.array([{}] * len(batch), pa.struct([])))
            if others:
                carried = _like(self.roster.carried, others)
            yield Piece(_like(self.roster.schema, facts), batch.column(0), carried)

    def _file(self, connection: duckdb.DuckDBPyConnection) -> None:
        file = connection.from_parquet(str(self.roster.file), file_row_number=True, hive_partitioning=False)
        file.create_view(_AS_IT_IS)
        number = w.plus(w.column("file_row_number"), w.big(_FIRST))
        made = exp.select(w.aliased(ROW, number), exp.Star()).from_(table(_AS_IT_IS))
        connection.execute(f'create view "{FILE}" as {written(made)}')

    @property
    def _cells(self) -> list[Sql]:
        return [w.column(each.text) for each in self.roster.heads]

    @property
    def _given(self) -> dict[str, Sql]:
        return {each.fact: w.column(each.text) for each in self.roster.heads if each.fact}

    @property
    def _carried(self) -> dict[str, Sql]:
        return {each.text: w.column(each.text) for each in self.roster.heads if not each.fact}

    def _cell(self, fact: p.Fact, given: Sql) -> Cell | None:
        if not is_text(_written_out(self.roster.schema.field(fact.name).type)):
            return typed(given)
        match fact.type:
            case Number():
                return figure(fact, given)
            case Id():
                return identifier(given, is_sheet=False)
            case Date() | Flag():
                return None
            case _:
                return typed(given)

    def _say(self, _: str) -> Say:
        return lambda text: (text, True)


class CsvSource(Source):
    """A CSV without quotes below its header: a cell is what stands between two commas, and a row is a line."""

    roster: SheetRoster

    def unfit(self) -> Iterator[Text]:
        roster, grid = self.roster, self.roster.grid
        assert isinstance(grid, Csv)
        if grid.encoding != "utf-8":
            yield Text(f"{grid.encoding} 编码的 CSV", f"a CSV in {grid.encoding}")
        if not grid.is_plain(roster.first):
            yield Text("表头以下有引号或控制符的 CSV", "a CSV with quotes or control signs below its header")
        for head in (each for each in roster.heads if each.fact):
            if head.month or head.factor != 1 or "[" in head.fact or isinstance(roster.facts[head.fact].type, Records):
                yield Text(
                    f"“{head.text}”一列：按月的列、要换算的单位、记录",
                    f"the column “{head.text}”: a column of a month, a unit that is converted, or records",
                )
        for name in sorted(roster.zeros):
            label = roster.facts[name].label
            yield Text(f"{label.zh}的空白即零", f"blanks that are zeros, of {label.en}")

    def pieces(self, batches: Iterator[pa.RecordBatch]) -> Iterator[Piece]:
        yield from self.roster.of(self._blocks(batches))

    def _blocks(self, batches: Iterator[pa.RecordBatch]) -> Iterator[Block]:
        width = self.roster.width
        for batch in batches:
            rows = [row or [] for row in batch.column(1).to_pylist()]
            wide = {at: extent(row, width) for at, row in enumerate(rows) if row}
            even = [(row + [""] * width)[:width] for row in rows]
            columns = tuple(pa.array(column, pa.string()) for column in zip(*even, strict=True))
            numbers = batch.column(0).to_numpy() - 1
            yield Block(numbers, columns, {at: each for at, each in wide.items() if each != width})

    def _file(self, connection: duckdb.DuckDBPyConnection) -> None:
        lines = connection.read_csv(
            str(self.roster.file), header=False, skiprows=self.roster.first, columns={"line": "VARCHAR"},
            delimiter="\x01", quotechar="", escapechar="", auto_detect=False, strict_mode=False,
            hive_partitioning=False,
        )  # fmt: skip
        lines.create_view(_AS_IT_IS)
        number = w.plus(exp.Window(this=exp.RowNumber()), w.big(self.roster.first))
        cells = w.called("STRING_SPLIT", w.column("line"), w.text(","))
        made = exp.select(w.aliased(ROW, number), w.aliased(_LINE, cells)).from_(table(_AS_IT_IS))
        connection.execute(f'create view "{FILE}" as {written(made)}')

    def _at(self, column: int) -> Sql:
        return w.called("LIST_EXTRACT", w.column(_LINE), w.small(column + 1))

    @property
    def _cells(self) -> list[Sql]:
        return [w.column(_LINE)]

    @property
    def _given(self) -> dict[str, Sql]:
        found = {each.fact: self._at(each.column) for each in self.roster.heads if each.fact}
        return {name: exp.Nullif(this=cell, expression=w.text("")) for name, cell in found.items()}

    @property
    def _carried(self) -> dict[str, Sql]:
        return {name: w.coalesced(self._at(column), w.text("")) for name, column in self.roster.taken}

    def _cell(self, fact: p.Fact, given: Sql) -> Cell | None:
        match fact.type:
            case Number():
                return figure(fact, given)
            case Id():
                return identifier(given, is_sheet=True)
            case _:
                return None

    def _say(self, name: str) -> Say:
        tell = next(each.tell for each in self.roster.told if each.head.fact == name)

        def say(text: str) -> tuple[str | None, bool]:
            found = tell(text)
            return found.text, found.problem is None

        return say


def table(name: str) -> Sql:
    """A table or a view by its name."""
    return exp.Table(this=exp.to_identifier(name, quoted=True))


def written(query: Sql) -> str:
    """A query as DuckDB reads it."""
    return query.sql(dialect="duckdb", identify=True)


def _like(schema: pa.Schema, columns: list[pa.Array]) -> pa.RecordBatch:
    cast = [column.cast(field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(cast, schema=schema)


def _told(name: str) -> str:
    return f" told {name}"


def _of(name: str, column: str) -> Sql:
    return exp.column(exp.to_identifier(column, quoted=True), exp.to_identifier(_told(name), quoted=True))


def _written_out(type_: pa.DataType) -> pa.DataType:
    """A type as DuckDB has it, which knows no dictionaries."""
    return type_.value_type if pa.types.is_dictionary(type_) else type_


def _fields(fact: p.Fact, type_: pa.DataType) -> list[tuple[p.Fact, pa.DataType]]:
    """The fields of records with their types; one that is no field, with none."""
    if not (pa.types.is_list(type_) or pa.types.is_large_list(type_)) or not pa.types.is_struct(type_.value_type):
        return [(fact, type_)]
    known, inside = {each.name: each for each in fact.fields}, type_.value_type
    return [(known.get(each.name, fact), each.type) for each in (inside.field(at) for at in range(inside.num_fields))]


def _is_exact(fact: p.Fact, type_: pa.DataType, *, within: bool) -> bool:
    """Whether a query reads a column of a type, or a field within records, as every other reader does."""
    type_ = _written_out(type_)
    if is_text(type_):
        return not isinstance(fact.type, Records) and not (within and isinstance(fact.type, Number | Date | Flag))
    match fact.type:
        case Number():
            if pa.types.is_decimal(type_):
                return bool(0 <= type_.scale <= _PLACES and type_.precision - type_.scale <= _DIGITS)
            return bool(pa.types.is_integer(type_) and type_ != pa.uint64())
        case Date():
            return bool(pa.types.is_date32(type_))
        case Flag():
            return bool(pa.types.is_boolean(type_))
        case _:
            return False
