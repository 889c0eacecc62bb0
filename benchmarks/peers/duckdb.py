"""DuckDB: the rules in SQL, on DECIMAL(18,2) and on whole fen."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import duckdb

from .protocol import AREA, COST, DISTRICT, Way, answer

DECIMAL = {
    "r1": """select g as grant, greatest(cost - g, 0) as share from (select cost, case when floor_area < 500
        then 0::decimal(18,2) else (least(floor_area, case when district_type = 'municipal' then 2000 else 1500 end)
        * 300)::decimal(18,2) end as g from given)""",
    "r4": """select case when hours between 3 and 45 then greatest(least(round(hours::decimal(8,2) * rate::decimal(8,2),
        2)::decimal(18,2), 1350 - granted), 0)::decimal(18,2) else 0::decimal(18,2) end as subsidy from given""",
}
BIGINT = {
    "r1": """select g as grant, greatest(cost - g, 0) as share from (select cost, case when area < 50000 then 0
        else least(area, case when district = 'municipal' then 200000 else 150000 end) * 300 end as g from given)""",
    "r4": """select case when hours between 300 and 4500 then
        greatest(least((hours * rate + 50) // 100, 135000 - granted), 0) else 0 end as subsidy from given""",
}
ONE = {
    "decimal": "(select ?::decimal(18,2) as floor_area, ?::varchar as district_type, ?::decimal(18,2) as cost)",
    "int64": "(select ?::bigint as area, ?::varchar as district, ?::bigint as cost)",
}


def way(rules: dict[str, str], kind: str) -> Way:
    connection = duckdb.connect()

    def table(rule: str, found: Any) -> Callable[[], Any]:
        import pyarrow as pa

        from .arrow import claims, whole

        given = claims(found, pa.decimal128(18, 2))[rule] if kind == "decimal" else whole(found)
        connection.register("incoming", given)
        connection.execute("create or replace table given as select * from incoming")
        connection.unregister("incoming")
        return lambda: connection.execute(rules[rule]).to_arrow_table()

    sql = rules["r1"].replace("from given", f"from {ONE[kind]}")
    cells = [Decimal(AREA).scaleb(-2), Decimal(COST).scaleb(-2)] if kind == "decimal" else [AREA, COST]

    def one() -> Any:
        return connection.execute(sql, [cells[0], DISTRICT, cells[1]]).fetchone()

    return Way(kind, table, one)


if __name__ == "__main__":
    ways = {"DECIMAL(18,2)": lambda: way(DECIMAL, "decimal"), "BIGINT": lambda: way(BIGINT, "int64")}
    answer(ways, ["duckdb", "pyarrow"])
