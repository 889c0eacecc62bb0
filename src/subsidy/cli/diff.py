"""`subsidy policy diff`: what one version of a policy says otherwise than another, and what becomes of its examples."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from ..calculation.policy import Policy
from ..catalogue.digest import digest
from ..catalogue.documents import Headed, Module, kind_of
from ..catalogue.entry import Entry
from ..catalogue.head import path_of
from ..catalogue.reading import read
from ..errors import PolicyError, Problem, Problems, RequestError
from ..language.compiler import compile_module
from ..policies import Catalogue
from ..text import Language, Text, plain
from . import completion
from .changes import SECTIONS, WORDS, Change, Effect, changes, effects, in_meaning
from .exits import Exit
from .options import AsJson, Folder, Lang, catalogue_of, day
from .output import both, pick, reports, say, show_json

_WIDTH = 100  # a change that is longer is set on lines of its own

Compared = Annotated[
    str,
    typer.Argument(
        metavar="POLICY",
        autocompletion=completion.policies,
        show_default=False,
        help="政策 id，或旧版本的文件 · the id of a policy, or the file of the earlier version",
    ),
]
Other = Annotated[
    Path | None,
    typer.Argument(metavar="[FILE]", show_default=False, help="新版本的文件 · the file of the later version"),
]
Earlier = Annotated[
    dt.date | None,
    typer.Option(
        "--from", metavar="YYYY-MM-DD", parser=day, help="该日适用的版本为旧版本 · the version in force on that day"
    ),
]
Later = Annotated[
    dt.date | None,
    typer.Option("--to", metavar="YYYY-MM-DD", parser=day, help="该日适用的版本为新版本 · and on this day"),
]


@reports
def diff(
    policy: Compared,
    other: Other = None,
    earlier: Earlier = None,
    later: Later = None,
    lang: Lang = None,
    as_json: AsJson = False,
    policies: Folder = None,
) -> Exit:
    """两个版本在含义上的差别，及各算例的变化 · how two versions differ in meaning, and in their worked examples.

    缺省比较最近两个版本；有差别时退出码为 1。 The two latest versions unless told otherwise; exit status 1 where they
    differ.

    subsidy policy diff cn/shanxi/yuncheng/bed-subsidy --from 2021-03-29 --to 2022-01-01
    """
    catalogue = catalogue_of(policies)
    if other is not None:
        if earlier or later:
            raise typer.BadParameter("--from、--to 不与文件同用 · --from and --to go with a policy id, not with files")
        before, after = (_of_file(catalogue, file) for file in (Path(policy), other))
    else:
        before, after = _versions(catalogue, policy, earlier, later)
    found, examples = changes(before, after), effects(before, after)
    if as_json:
        show_json(_data(before, after, found, examples))
    else:
        say("\n".join(_lines(before, after, found, examples, lang)))
    return Exit.FINDING if in_meaning(found) else Exit.FINE


def _versions(
    catalogue: Catalogue, policy_id: str, earlier: dt.date | None, later: dt.date | None
) -> tuple[Policy, Policy]:
    """The versions in force on two days, each as its own text has it; the two latest unless told otherwise.

    Raises:
        RequestError: there is no such policy, no version on such a day, or only one version.
    """
    known = catalogue.modules(policy_id)
    if earlier is None and later is None:
        if len(known) < 2:
            raise RequestError(Problem("R0124", policy_id, {"given": policy_id, "version": known[0].version}))
        return known[-2], known[-1]
    by_digest = {version.digest: version for version in known}
    after = by_digest[catalogue.policy(policy_id, later).digest]
    if earlier is not None:
        return by_digest[catalogue.policy(policy_id, earlier).digest], after
    place = known.index(after)
    if place == 0:
        raise RequestError(Problem("R0124", policy_id, {"given": policy_id, "version": after.version}))
    return known[place - 1], after


def _of_file(catalogue: Catalogue, file: Path) -> Policy:
    """A module wherever it stands, with the vocabulary of the folder.

    Raises:
        PolicyError: it is not sound, or pays nothing because it ends a policy.
    """
    problems = Problems()
    document, data, origin = read(str(file), file.read_bytes(), Headed, problems, kind_of)
    if document is not None and not isinstance(document, Module):
        problems.add("R0125", str(file), given=str(file))
    problems.raise_as(PolicyError)
    assert isinstance(document, Module)
    vocabulary = catalogue.folder.vocabulary
    entry = Entry(path_of(document.policy), document, data, origin, digest(data), False)
    return Policy(entry, compile_module(entry, vocabulary), vocabulary, document.policy.valid.until)


# — for people —


def _lines(
    before: Policy, after: Policy, found: list[Change], examples: list[Effect], lang: Language | None
) -> Iterator[str]:
    language = lang or "zh"
    yield f"{after.title.in_(language)} · {after.id}"
    for sign, version in (("−", before), ("+", after)):
        source = version.document.source
        text = (f"{source.number} " if source.number else "") + source.title.in_(language)
        revision = f" r{version.revision}" if version.revision > 1 else ""
        yield f"{sign} {version.version}{revision} · {text} · {source.issuer.in_(language)}"
    meant, start = in_meaning(found), after.entry.start
    since = Text(f"，自 {start} 起", f" from {start}") if start != before.entry.start else plain("")
    if not meant:
        yield ""
        yield pick(lang, "含义没有差别", "no difference in meaning")
    for section, title in SECTIONS.items():
        yield from _section(title, [each for each in meant if each.section == section], since, language)
    labels = Text("名称与条款（不影响含义）", "Labels and clauses (no difference in meaning)")
    yield from _section(labels, [each for each in found if each.section == WORDS], since, language)
    changed = [each for each in examples if each.is_changed]
    if changed:
        yield ""
        yield pick(lang, "算例", "Worked examples")
    for effect in changed:
        pair = f"{_outcome(effect.before, lang)} → {_outcome(effect.after, lang)}"
        yield f"  {effect.example}{pick(lang, '：', ': ')}{pair}"
    same = len(examples) - len(changed)
    yield ""
    yield pick(
        lang,
        f"{len(meant)} 处差别；{len(examples)} 个算例，{len(changed)} 个结果不同，{same} 个不变",
        f"differences: {len(meant)}; examples: {len(examples)}, come out otherwise: {len(changed)}, the same: {same}",
    )


def _section(title: Text, found: list[Change], since: Text, language: Language) -> Iterator[str]:
    if found:
        yield ""
        yield title.in_(language)
    for each in found:
        said = since.in_(language) if each.section == "parameters" else ""
        yield from ("  " + line for line in _change(each, said, language))


def _change(each: Change, since: str, language: Language) -> Iterator[str]:
    about, colon = each.about.in_(language), pick(language, "：", ": ")
    if each.before is None or each.after is None:
        one = each.after or each.before
        text = one.in_(language) if one is not None else ""
        yield f"{'+' if each.before is None else '−'} {about}{colon if text else ''}{text}"
        return
    old, new = each.before.in_(language), each.after.in_(language)
    if each.section == "parameters":
        old = _without_unit(old, new)
    if len(about) + len(old) + len(new) <= _WIDTH:
        yield f"{about}{colon}{old} → {new}{since}"
        return
    yield f"{about}{since}"
    yield f"  − {old}"
    yield f"  + {new}"


def _without_unit(old: str, new: str) -> str:
    """The earlier figure without its unit, where the later one has the same."""
    (figure, _, unit), (_, _, other) = old.partition(" "), new.partition(" ")
    return figure if unit and unit == other else old


def _outcome(found: dict[str, str], lang: Language | None) -> str:
    """What an example comes to, in few words."""
    if "error" in found:
        return pick(lang, f"不能计算（{found['error']}）", f"cannot be calculated ({found['error']})")
    said = [pick(lang, f"{found['amount']} 元", f"{found['amount']} CNY")] if "amount" in found else []
    if found.get("eligible") == "false":
        said.append(pick(lang, "不符合条件", "not eligible"))
    said += [f"{name} {value}" for name, value in found.items() if name not in ("amount", "eligible")]
    return pick(lang, "，", ", ").join(said) or pick(lang, "符合条件", "eligible")


# — for machines —


def _data(before: Policy, after: Policy, found: list[Change], examples: list[Effect]) -> dict[str, Any]:
    return {
        "before": _version(before),
        "after": _version(after),
        "same_meaning": not in_meaning(found),
        "changes": [
            {
                "kind": each.kind,
                "section": each.section,
                "name": each.name,
                "about": both(each.about),
                "before": each.before and both(each.before),
                "after": each.after and both(each.after),
                "old": each.old or None,
                "new": each.new or None,
            }
            for each in found
        ],
        "examples": [
            {"example": each.example, "changed": each.is_changed, "before": each.before, "after": each.after}
            for each in examples
        ],
    }


def _version(policy: Policy) -> dict[str, Any]:
    return {
        "id": policy.id,
        "version": policy.version,
        "revision": policy.revision,
        "from": policy.entry.start,
        "digest": policy.digest,
    }
