"""What the pages say of each engine: its name, and what it was not built for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from subsidy.text import Text, plain

ENGINES: Final[Mapping[str, Text]] = {
    "ours": plain("subsidy"),
    "by_hand": Text("手写 Python", "Python by hand"),
    "openfisca": plain("OpenFisca"),
    "ttsim": plain("ttsim (GETTSIM)"),
    "zen": plain("zen-engine"),
    "cel_rust": plain("CEL, Rust"),
    "cel_cpp": plain("CEL, C++"),
    "polars": plain("Polars"),
    "duckdb": plain("DuckDB"),
    "pandas": plain("pandas"),
}
WAYS: Final[Mapping[str, Text]] = {
    "table": Text("政策模块", "policy module"),
    "as shipped": Text("原样（float32）", "as shipped (float32)"),
    "float64": plain("float64"),
    "main()": plain("`main()`"),
    "function, reused": Text("复用编译好的函数", "compiled function, reused"),
    "decision graph": Text("决策图", "decision graph"),
    "compiled expressions": Text("编译好的表达式", "compiled expressions"),
    "expressions": Text("表达式", "expressions"),
}
FAIR: Final[Mapping[str, Text]] = {
    "openfisca": Text(
        "为人口微观模拟而建：税制与福利、逐年参数、改革前后对比，有网络接口与社区维护的各国立法。金额按设计以 float32 存放，"
        "对人口总量足够，对逐笔支付到分不够；float64 一行是改写其变量类型，并非其提供的选项。它的时间大半用于按枚举取参数。",
        "It was built for the microsimulation of populations: taxes and benefits, parameters over the years, reforms "
        "compared, a web API, and whole legislations kept by a community. Sums are float32 by design, which is enough for "
        "totals of a population and not for payments to the fen; the line float64 overrides the type of its variables, "
        "which it does not offer. Most of its time goes into looking parameters up by enum.",
    ),
    "ttsim": Text(
        "为税收与转移支付研究而建：函数组成图，参数随日期变化，单位检查。`main()` 每次调用都建图并检查，适合少而大的表，"
        "不适合一次一条；复用函数一行省去这些检查。此处给它的是整数分，研究者通常用浮点。",
        "It was built for research on taxes and transfers: a graph of functions, parameters by date, units checked. "
        "`main()` builds and checks the graph at every call, which suits few large tables and not one record at a time; the "
        "line of the reused function leaves the checks out. It was given whole fen here; researchers mostly use floats.",
    ),
    "zen": Text(
        "为业务人员编辑的决策表和决策图而建，在服务里一次评估一条；没有列式接口。内部用十进制，进出 Python 用 float64。"
        "决策图每次评估都换线程，时间大半在此。",
        "It was built for decision tables and graphs that business people edit, evaluated one at a time in a service; it "
        "has no columns. It computes in decimals, and its numbers cross into Python as float64. A graph leaves the calling "
        "thread at each evaluation, where most of its time goes.",
    ),
    "cel_rust": Text(
        "CEL 为请求路径上的一个判断而建（访问控制、校验）：没有十进制数，没有 min 和 max，没有过程记录；"
        "规则只能写成整数分上的条件式，写对由使用者负责。",
        "CEL was built for one judgement on the path of a request (access, validation): it has no decimals, no min or max, "
        "no trace; the rules are conditionals on whole fen, and their rightness is the user's business.",
    ),
    "polars": Text(
        "列式查询引擎，不知道什么是政策：没有版本、条款、取值范围检查、解释，规则由使用者写成列表达式。整数分是使用者自己的约定。",
        "An engine for queries over columns, which knows of no policy: no versions, clauses, checks of ranges or "
        "explanations; the user writes the rules as expressions. That a whole number is fen is the user's own convention.",
    ),
    "duckdb": Text(
        "嵌入式分析数据库，同样不知道什么是政策；在连接、汇总和大于内存的数据上它远超本库的范围。单条查询包括 SQL 的准备。",
        "An embedded analytical database, which knows of no policy either; at joins, sums and data larger than memory it "
        "does far more than ours is meant to. Its single record includes the preparation of the SQL.",
    ),
    "pandas": Text(
        "数据分析的表格库；此处由 NumPy 列运算写成。float64 一行是许多人的第一种写法。",
        "A library of tables for the analysis of data; the rules are written on columns here. The line float64 is what many "
        "would write first.",
    ),
    "by_hand": Text(
        "没有检查、没有版本、没有解释：输入错了它照算。float 一行是初学者的写法。",
        "No checks, no versions, no explanations: given nonsense, it computes. The line float is what a beginner writes.",
    ),
    "ours": Text(
        "不做连接与汇总查询，不做人口模拟和行为反应，不接受图形编辑的决策表。它另外做的：每个值是否在要素的范围之内，"
        "每行的问题用两种语言说明，每个金额有条款和算式。",
        "It makes no joins or queries, simulates no population or behaviour, and takes no decision tables drawn in an editor. "
        "What it does besides: every value is held against the range of its fact, every row says what is wrong with it in two "
        "languages, every amount has its clause and its sum.",
    ),
}


def named(engine: str, way: str) -> Text:
    """An engine with one of its ways."""
    first, second = ENGINES[engine], WAYS.get(way, plain(way))
    return Text(f"{first.zh}，{second.zh}", f"{first.en}, {second.en}")


# — what the pages say, with the places of figures —

SAID: Final[Mapping[str, Text]] = {
    "written": Text(
        "本页由 `make bench` 按 `docs/performance.json` 写成，图表亦然，不用手改。机器的速度时快时慢：要看倍数，不要看绝对值。",
        "`make bench` writes this page and its charts from `docs/performance.json`; nothing in it is written by hand. The speed of a machine drifts: read the ratios, not the absolute figures.",
    ),
    "how": Text(
        "各引擎算同样两条规则、同样的行、同样的输出，各在自己的环境里，轮流 {rounds} 轮，每轮各起一个新进程，本库时先时后。表有 {rows} 行，一次一条的引擎若慢则少算几行。每个金额都与精确的整数分结果核对。格中是各轮的中位数（最小–最大）。",
        "Every engine computes the same two rules, over the same rows, to the same outputs, in an environment of its own: {rounds} rounds in turn, a fresh process of each in every round, ours first and last in turn. A table has {rows} rows; an engine that takes one record at a time and is slow is given fewer. Every amount is held against the exact one in fen. A cell is the median over the rounds (least–most).",
    ),
    "rules": Text(
        "R1：每平方米 300 元，面积按地区类型封顶，不足 500 平方米不补，其余投资归县级，输出两个金额。R4：时长乘单价，四舍五入到分，以 1350 元减已付为限，不足 3 小时或超过 45 小时不补。两者都不是政策。",
        "R1: 300 CNY a square metre, up to a cap by type of district, nothing below 500 m², the rest of the cost for the county; two amounts come out. R4: hours times their rate, half up to the fen, up to what is left of 1,350 CNY, nothing below 3 or above 45 hours. Neither is a policy.",
    ),
    "machine": Text(
        "测于 {on}：{cores} 核（{processor}），内存 {GiB} GiB，{system}，Python {python}。",
        "Measured on {on}: {cores} cores ({processor}), {GiB} GiB of memory, {system}, Python {python}.",
    ),
    "shared": Text(
        "机器当时还有别的工作，所以各轮相差较大。",
        "The machine had other work at times, which widens the spreads.",
    ),
    "versions": Text("版本：{listed}；本库：{ours}。", "Versions: {listed}; ours: {ours}."),
    "fastest": Text(
        "{rule}：本库每秒 {ours} 百万行；所考察的其他引擎中没有错账而最快的是{name}，每秒 {theirs} 百万行，用时为本库的 {ratio} 倍。",
        "{rule}: ours takes {ours} million rows a second; of the engines examined, the fastest without a wrong amount is {name} with {theirs}, which takes {ratio} times as long as ours.",
    ),
    "columns": Text(
        "从内存中的列到内存中的列。本库和列式引擎用所有的核；一次一条的引擎把列变成 Python 对象、逐条计算、再变回列，都计入时间。浮点的引擎，舍入到分不计时。本库在同样的时间里还查看每个值是否在范围之内，并写出每行的问题。",
        "From columns in memory to columns in memory. Ours and the engines of columns use all cores that they can; for engines of single records, columns to objects of Python, each record, and columns again are all timed. The rounding of floats to the fen is not timed. In the same time ours also looks at every value, whether it is in its range, and writes of each row what is wrong with it.",
    ),
    "single": Text(
        "R1 的一条，两个金额都取出。“说明”各家不同：本库是每一步的名称、公式、条款和数值，以及各项和各方分担（过程记录在每次测算里已有），另写成一篇中文算式要 {written} 微秒；OpenFisca 是变量树，zen-engine 是各节点的数据，手写的是一个字典；“–”是没有。新进程只测每个引擎的第一种写法；空的 Python 进程为 {bare} 毫秒。",
        "One record of R1, both amounts taken. An explanation is not the same everywhere: ours is each step with its name, formula, clause and value, and the parts and shares (the trace is kept in every calculation anyway), and a whole sum set out in Chinese takes {written} µs; OpenFisca's is a tree of variables, zen-engine's the data of each node, the one by hand a dict; “–” is none. The fresh process is measured for the first way of each engine; bare Python takes {bare} ms.",
    ),
    "wrong": Text(
        "差一分及以上为错。float64 在 R4 的错都是恰好半分之处：浮点的乘积略小于它，于是舍去。整数分没有错账，但分与元、取整和溢出都要写规则的人自己记住。",
        "An amount is wrong if it is off by a fen or more. What float64 gets wrong in R4 are exact halves of a fen: the product as a float is a little below, and is rounded down. Whole fen have no wrong amounts, but whoever writes the rules has to keep fen and CNY, rounding and overflow in mind.",
    ),
    "grown": Text(
        "{one} 行到 {two} 行：行数 {rows} 倍，用时 {time} 倍，内存 {memory} 倍。",
        "From {one} to {two} rows: {rows} times the rows, {time} times the time, {memory} times the memory.",
    ),
    "sizes": Text(
        "R1 由 `Policy.calculate_batches` 从 Parquet 到 Parquet，所有的列，所有的核，每次一个新进程，测三次，三千万行以上只测一次；内存是整个进程的，连同 Python 和各库。",
        "R1 through `Policy.calculate_batches` from Parquet to Parquet, with every column, on all cores, a fresh process each time, three times, once from thirty million rows on; the memory is that of the whole process, with Python and its libraries.",
    ),
    "month": Text(
        "测得的：沈阳市居家养老服务补助一例的名单，每位老人一行（编号、月份、时长、单价、当月余额），{rows} 行，由 `subsidy table calculate` 从 Parquet 到 Parquet，每行照录原列、加上金额、各方分担和说明；内存峰值 {memory} MB。{rows} 个金额逐一核对，错 {wrong} 个。",
        "Measured: a roster of Shenyang's home-service subsidy, an elder a row (identifier, month, hours, price, what is left of the month), {rows} rows, by `subsidy table calculate` from Parquet to Parquet, each row with its columns, amounts, shares and remarks; the most memory was {memory} MB. Of {rows} amounts, each looked at, {wrong} are wrong.",
    ),
    "extrapolated": Text(
        "外推的：核定入账只测了 {rows} 行（SQLite，一个写入者，每秒 {rate} 行，名单在内存中，峰值 {memory} MB），乘以 {times}；台账大了索引会深，实际会慢一些，这里没有测。一年按十二个同样的月。",
        "Extrapolated: determining was measured over {rows} rows (SQLite, one writer, {rate} rows a second, the claims in memory, at most {memory} MB) and multiplied by {times}; a larger ledger has deeper indexes and will be somewhat slower, which was not measured. A year is twelve such months.",
    ),
    "assumed": Text(
        "假定：每位老人每月一条；一人领几种补贴，就乘以几种。没有计入：读 CSV 或工作簿（比 Parquet 慢）、网络、备份、审计。此处不写价格：以核·秒乘你的机器一核一秒的价钱即得。",
        "Assumed: one claim an elder and month; who has several subsidies counts several times. Not counted: reading CSV or workbooks (slower than Parquet), a network, backups, audits. No price is given here: multiply the core-seconds by what a second of a core of your machine costs.",
    ),
    "again": Text(
        "`make bench` 在 `build/peers` 里为每个引擎建一个环境，版本见 `benchmarks/peers/environments.toml`；装不上的，本页写明原因。`--sizes 1000000 10000000 100000000` 加测一亿行，`--only` 只看几个引擎、什么也不写。持续集成不装也不运行这些引擎；测试只核对本页与 JSON 一致，以及本库、手写 Python 与精确结果分毫不差。",
        "`make bench` makes an environment for each engine in `build/peers`, with the versions of `benchmarks/peers/environments.toml`; where one cannot be installed, this page says why. `--sizes 1000000 10000000 100000000` measures a hundred million rows, too, and `--only` looks at some engines and writes nothing. The engines are neither installed nor run in continuous integration: the tests hold this page to its JSON, and ours and the Python by hand to the exact amounts, to the fen.",
    ),
}
