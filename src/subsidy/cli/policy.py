"""`subsidy policy …`: what the folder of policies holds, whether it is sound, and its lock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from ..calculation.examples import differences
from ..calculation.policy import Policy
from ..calculation.rising import falls
from ..catalogue import fillings, programmes
from ..catalogue.companions import read_filling, read_programme
from ..catalogue.digest import digest
from ..catalogue.documents import Example, Headed, Module, kind_of
from ..catalogue.entry import Entry
from ..catalogue.folder import mark_of
from ..catalogue.head import path_of
from ..catalogue.lock import NAME as LOCK
from ..catalogue.lock import write_lock
from ..catalogue.reading import read
from ..catalogue.versions import known_versions, latest, span_of
from ..errors import CatalogueError, PolicyError, Problem, Problems
from ..language.compiler import compile_module
from ..policies import Catalogue
from ..text import Language, Text
from .adopt import adopt
from .checked import CheckedBefore
from .diff import diff
from .exits import Exit
from .new import new
from .options import Adoptions, AnyPolicyId, AsJson, Folder, Lang, catalogue_of
from .output import both, pick, problem_data, reports, say, show_json, show_problems, show_table
from .schema import schema
from .show import show
from .sql import sql

group = typer.Typer(
    no_args_is_help=True,
    help="政策：新写、内容、检查、算例、对照、锁定、采用 · policies: new, show, check, diff, lock",
)

group.command("adopt")(adopt)
group.command("diff")(diff)
group.command("new")(new)
group.command("schema")(schema)
group.command("show")(show)
group.command("sql")(sql)

Paths = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="PATH",
        exists=True,
        show_default=False,
        help="文件或目录，缺省为整个政策目录 · files or folders; all unless given",
    ),
]
Anew = Annotated[
    bool, typer.Option("--anew", help="不用上次检查的结果，全部重新检查 · check all again, whatever was found before")
]

_STATUS = {
    "issued": Text("文件", "issued"),
    "reported": Text("答复", "reported"),
    "draft": Text("草案", "draft"),
    "repealed": Text("已废止", "abolished"),
}


@group.command("list")
@reports
def list_(lang: Lang = None, as_json: AsJson = False, policies: Folder = None) -> Exit:
    """列出政策 · list the policies."""
    catalogue = catalogue_of(policies)
    found = {name: catalogue.folder.entries(name) for name in catalogue.ids}
    divisions = catalogue.folder.vocabulary.divisions if found else {}
    if as_json:
        show_json([_listed(entries, divisions[latest(entries).head.division].name) for entries in found.values()])
        return Exit.FINE
    language = lang or "zh"
    heads = pick(lang, "政策|版本|来源|名称|行政区划", "policy|versions|source|title|division").split("|")
    rows = []
    for name, entries in found.items():
        head = latest(entries).head
        versions = ", ".join(_version(entry) for entry in entries)
        division = divisions[head.division].name.in_(language)
        rows.append((name, versions, _STATUS[head.status].in_(language), head.title.in_(language), division))
    show_table(heads, rows)
    return Exit.FINE


def _version(entry: Entry) -> str:
    head = entry.document.policy
    return head.version if head.revision == 1 else f"{head.version} r{head.revision}"


def _listed(entries: tuple[Entry, ...], division: Text) -> dict[str, Any]:
    head = latest(entries).head
    return {
        "id": head.id,
        "title": both(head.title),
        "division": {"code": head.division, **both(division)},
        "versions": [
            {
                "version": entry.document.policy.version,
                "revision": entry.document.policy.revision,
                "status": entry.document.policy.status,
                "from": entry.start.isoformat(),
                "published": entry.head.published.isoformat(),
                "applies": _applies(entry, entries),
                "locked": entry.is_locked,
                "digest": entry.digest,
            }
            for entry in entries
        ],
    }


def _applies(entry: Entry, entries: tuple[Entry, ...]) -> dict[str, str | None] | None:
    """The first and the last day of a version beside the others; none where later texts took all of its days."""
    span = span_of(entry, known_versions(entries))
    return None if span is None else {"from": span.first.isoformat(), "until": _day(span.last)}


def _day(day: object) -> str | None:
    return None if day is None else str(day)


@group.command()
@reports
def check(
    paths: Paths = None,
    lang: Lang = None,
    as_json: AsJson = False,
    anew: Anew = False,
    policies: Folder = None,
    adoptions: Adoptions = None,
) -> Exit:
    """编译并运行算例，一次列出所有问题 · compile, run the examples, and report every problem at once."""
    catalogue = catalogue_of(policies, adoptions)
    before = CheckedBefore()
    if paths:
        checked, found = _check_files(catalogue, paths, as_json)
    else:
        checked, found = _check_all(catalogue, None if anew else before, as_json)
    if as_json:
        problems = [problem_data(problem) for problem in found]
        show_json({"checked": checked, "unchanged": before.known, "problems": problems})
    else:
        show_problems(found, lang, as_json=False)
        adopted = len(catalogue.bases.adoptions.files) if catalogue.bases.adoptions and not paths else 0
        say(_verdict(len(checked) - adopted, adopted, found, lang) + _unchanged(before.known, lang))
    return Exit.FINDING if any(not problem.is_warning for problem in found) else Exit.FINE


def _unchanged(known: int, lang: Language | None) -> str:
    """How many modules are as they were when they were last found sound."""
    if not known:
        return ""
    return pick(lang, f"（其中 {known} 个自上次检查以来未变）", f" ({known} unchanged since the last check)")


def _verdict(modules: int, adoptions: int, found: list[Problem], lang: Language | None) -> str:
    """How many modules were checked, and how much was found: warnings are counted apart, where there are any."""
    warnings = sum(problem.is_warning for problem in found)
    problems = len(found) - warnings
    zh = f"{modules} 个政策模块，" + f"{adoptions} 份采用文件，" * bool(adoptions)
    zh += f"{problems} 个问题" if problems else "没有问题"
    en = f"{_count(modules, 'module')}, " + f"{_count(adoptions, 'adoption')}, " * bool(adoptions)
    en += _count(problems, "problem") if problems else "no problems"
    return pick(
        lang, zh + f"，{warnings} 处提醒" * bool(warnings), en + f", {_count(warnings, 'warning')}" * bool(warnings)
    )


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" + "s" * (number != 1)


def _check_all(catalogue: Catalogue, before: CheckedBefore | None, hidden: bool) -> tuple[list[str], list[Problem]]:
    """Every module of the folder, its lock and its examples; not again what was found sound before."""
    adoptions = catalogue.bases.adoptions
    checked = [*catalogue.folder.files, *catalogue.folder.companions, *(adoptions.files if adoptions else ())]
    try:
        return checked, list(catalogue.check(before, lambda ids: _progress(ids, hidden)))
    except (CatalogueError, PolicyError) as error:
        return checked, list(error.problems)


def _progress(ids: Iterable[str], hidden: bool) -> Iterator[str]:
    """The ids one by one, with a bar on a terminal."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return iter(track(ids, "", console=console, transient=True, disable=hidden or not console.is_terminal))


def _check_files(catalogue: Catalogue, paths: list[Path], hidden: bool) -> tuple[list[str], list[Problem]]:
    """The given files, with the vocabulary of the folder. A draft may stand anywhere; only its content is judged."""
    problems = Problems()
    files = [file for path in paths for file in (sorted(path.glob("**/*.toml")) if path.is_dir() else [path])]
    for file in _progress([str(file) for file in files], hidden):
        _check_file(catalogue, Path(file), problems)
    return [str(file) for file in files], problems.found


def _check_file(catalogue: Catalogue, file: Path, problems: Problems) -> None:
    mark, name, folder = mark_of(file.as_posix()), str(file), catalogue.folder
    if mark == fillings.MARK:
        text = read_filling(folder, name, file.read_bytes(), problems)
        if text is not None:
            catalogue.bases.check_text(text, catalogue.modules, catalogue.ids, problems)
        return
    if mark == programmes.MARK:
        programme = read_programme(folder, name, file.read_bytes(), problems)
        if programme is not None:
            catalogue.programmes.check_one(programme, catalogue.modules, problems)
        return
    before = len(problems.errors())
    document, data, origin = read(name, file.read_bytes(), Headed, problems, kind_of)
    if not isinstance(document, Module):
        return
    entry = Entry(path_of(document.policy), document, data, origin, digest(data), False)
    vocabulary = catalogue.folder.vocabulary
    try:
        program = compile_module(entry, vocabulary)
    except PolicyError as error:
        problems.found.extend(error.problems)
        return
    for warning in program.warnings:
        problems.take(warning)
    if len(problems.errors()) > before:
        return  # it was read with something in the place of a mistake, by which no example is to be judged
    policy = Policy(entry, program, vocabulary, document.policy.valid.until)
    for index, example in enumerate(document.examples):
        problems.found.extend(differences(policy, example, index))
    problems.found.extend(falls(policy))


@group.command()
@reports
def examples(policy: AnyPolicyId = None, lang: Lang = None, as_json: AsJson = False, policies: Folder = None) -> Exit:
    """运行政策模块自带的算例 · run the worked examples that modules carry."""
    catalogue = catalogue_of(policies)
    ids = catalogue.ids if policy is None else [policy]
    found = [
        (version, example, list(differences(version, example, index)))
        for policy_id in ids
        for version in catalogue.modules(policy_id)
        for index, example in enumerate(version.document.examples)
    ]
    problems = [problem for _, _, wrong in found for problem in wrong]
    if as_json:
        show_json([_example_data(version, example, wrong) for version, example, wrong in found])
        return Exit.FINDING if problems else Exit.FINE
    heads = pick(lang, " |政策|版本|算例|口径|应为", " |policy|version|example|readings|expected").split("|")
    rows = [
        (
            "✗" if wrong else "✓",
            version.id,
            version.version,
            example.name,
            _listing(example.under),
            _listing(example.expect),
        )
        for version, example, wrong in found
    ]
    show_table(heads, rows)
    show_problems(problems, lang, as_json=False)
    count, wrong_ones = len(found), sum(bool(wrong) for _, _, wrong in found)
    say(pick(lang, f"{count} 个算例，{wrong_ones} 个不符", f"{count} examples, {wrong_ones} differ"))
    return Exit.FINDING if problems else Exit.FINE


def _listing(values: dict[str, Any]) -> str:
    return ", ".join(f"{name}={_value(value)}" for name, value in values.items())


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "…".join(_value(item) for item in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _example_data(policy: Policy, example: Example, wrong: list[Problem]) -> dict[str, Any]:
    return {
        "policy": policy.id,
        "version": policy.version,
        "revision": policy.revision,
        "example": example.name,
        "passes": not wrong,
        "problems": [problem_data(problem) for problem in wrong],
    }


@group.command()
@reports
def lock(lang: Lang = None, as_json: AsJson = False, policies: Folder = None) -> Exit:
    """把通过检查的政策模块写入 catalogue.lock，此后不可改动 · lock all modules, if they are sound."""
    catalogue = catalogue_of(policies)
    catalogue.folder.accept_lists()
    catalogue.check()
    digests = {entry.path: entry.digest for policy_id in catalogue.ids for entry in catalogue.folder.entries(policy_id)}
    digests |= catalogue.companion_digests()
    vocabulary = catalogue.folder.vocabulary
    lists = {"vocabulary.toml": vocabulary.digest, "divisions.toml": vocabulary.divisions_digest}
    added = write_lock(catalogue.folder.path, digests, lists)
    if as_json:
        show_json({"locked": digests, "added": added})
        return Exit.FINE
    for path in added:
        say(f"{digests[path]}  {path}")
    total = len(digests)
    say(
        pick(
            lang,
            f"{LOCK}：共 {total} 个，新增 {len(added)} 个",
            f"{LOCK}: {_count(total, 'module')}, {len(added)} of them new",
        )
    )
    return Exit.FINE
