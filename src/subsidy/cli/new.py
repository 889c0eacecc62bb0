"""`subsidy policy new`: a first module from the answers to a few questions, asked for or given."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ..catalogue.lock import LISTS
from ..catalogue.questions import SCHEMES, UNKNOWN, Question, check_id, questions
from ..catalogue.template import Draft, draft
from ..catalogue.vocabulary import Vocabulary
from ..errors import Problem, hint
from ..policies import shipped_folder
from ..text import Language, Text
from . import completion, facts
from .exits import Exit
from .options import AsJson, Folder, Lang, catalogue_of
from .output import both, pick, reports, say, show_json, show_problems

NewId = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        autocompletion=completion.policies,
        show_default=False,
        help="新政策的 id，如 cn/shanxi/yuncheng/bed-subsidy · the id of the new policy",
    ),
]
Given = Annotated[
    list[str] | None,
    typer.Argument(metavar="QUESTION=ANSWER", show_default=False, help="预先给出的回答 · answers given beforehand"),
]
File = Annotated[
    Path | None,
    typer.Option("--answers", metavar="FILE", exists=True, help="回答的 JSON 文件 · answers in a JSON file"),
]
Below = Annotated[
    Path | None,
    typer.Option(
        "--folder", metavar="DIR", help="写在该目录下，缺省为 --policies · where it is written; else --policies"
    ),
]
Ask = Annotated[
    bool | None,
    typer.Option("--ask/--no-ask", help="逐项询问未给出的内容，缺省在终端上询问 · ask for what is not given"),
]

_MORE: Final[dict[str, str | Text]] = {
    "hint": Text(
        "scheme=回答，或写入 --answers 的文件；类别定后，再列出该类别的其余问题",
        "scheme=ANSWER, or in the file of --answers; once it is known, the questions of that scheme are listed as well",
    )
}


@reports
def new(
    policy_id: NewId,
    given: Given = None,
    file: File = None,
    folder: Below = None,
    ask: Ask = None,
    lang: Lang = None,
    as_json: AsJson = False,
    policies: Folder = None,
) -> Exit:
    """新写一个政策模块：逐项询问，写出可检查的草稿 · begin a policy module: asks, and writes what can be checked.

    不清楚的标准答“-”：文件里标为 TODO，填完之前是草案，不能据以支付。 A figure that is not known yet is answered with
    “-”: it is marked TODO, and the module stays a draft, which nothing may be paid under, until it is filled in.

    政策目录尚不存在或为空时，随附的词汇表和行政区划表一并抄入。 Where the folder of policies is empty or not there yet,
    the words and the divisions that come with this program are copied into it.

    subsidy policy new cn/shanxi/yuncheng/meal-subsidy --policies mine scheme=month rate.disabled=300
    """
    below = folder or policies
    if below is None:  # never among the policies that come with this program
        raise typer.BadParameter(
            "须写明政策放在哪个目录：--policies 目录（或环境变量 SUBSIDY_POLICIES），或 --folder 目录"
            " · say where the policy is to be kept: --policies DIR (or SUBSIDY_POLICIES), or --folder DIR"
        )
    begun = policies if policies is not None and _is_empty(policies) else None
    catalogue = catalogue_of(policies if begun is None else None)
    vocabulary = catalogue.folder.vocabulary
    answers = _flat(facts.given(given or (), file))
    if ask if ask is not None else sys.stdin.isatty() and not as_json:
        _Asking(vocabulary, lang).all(answers)
    if problems := _wrong(policy_id, answers, vocabulary):
        show_problems(problems, lang, as_json)
        return Exit.USAGE
    made = draft(policy_id, answers, vocabulary, lang or "zh")
    path = below / made.path
    if path.exists():
        show_problems([Problem("R0129", str(path))], lang, as_json)
        return Exit.USAGE
    lists = _begin(begun) if begun is not None else []
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as opened:  # whoever was quicker keeps the file
        opened.write(made.text)
    _show(made, path, lists, lang, as_json)
    return Exit.FINE


def _is_empty(folder: Path) -> bool:
    return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))


def _begin(folder: Path) -> list[Path]:
    """A folder of policies with the shipped words and divisions, which every module speaks in."""
    folder.mkdir(parents=True, exist_ok=True)
    return [Path(shutil.copyfile(shipped_folder() / name, folder / name)) for name in LISTS]


def _flat(given: Mapping[str, Any], above: str = "") -> dict[str, str]:
    """Answers by their questions: of tables within tables, by the path that leads to them."""
    found: dict[str, str] = {}
    for name, value in given.items():
        found |= _flat(value, f"{above}{name}.") if isinstance(value, dict) else {f"{above}{name}": str(value)}
    return found


def _wrong(policy_id: str, answers: Mapping[str, str], vocabulary: Vocabulary) -> list[Problem]:
    """Every answer that is missing, wrong, or to a question that nobody asks."""
    problems: list[Problem] = []
    if (allowed := check_id(policy_id)) is not None:
        problems.append(Problem("R0127", "id", {"given": policy_id, "allowed": allowed}))
    asked = questions(answers, vocabulary)
    for each in asked:
        answer = answers.get(each.key)
        if answer is None:
            values: dict[str, str | Text] = {"question": each.text, "example": each.example, "allowed": _choices(each)}
            problems.append(Problem("R0126", each.key, values | (_MORE if each.key == "scheme" else {})))
        elif (allowed := _allowed(each, answer, vocabulary)) is not None:
            problems.append(Problem("R0127", each.key, {"given": answer, "allowed": allowed}))
    known = [each.key for each in asked]
    later: tuple[str, ...] = ()  # what is asked once a question before it is answered
    if answers.get("scheme") not in SCHEMES:
        later = ("levels", "payer", "rate", "unit")
    elif any(problem.where == "levels" for problem in problems):
        later = ("rate",)
    odd = [key for key in answers if key not in known and key.partition(".")[0] not in later]
    problems += [Problem.of("R0128", key, given=key, **hint(key, known)) for key in odd]
    return problems


def _choices(question: Question) -> Text:
    """What there is to choose from, and what `-` would mean, behind a question that nobody was asked."""
    zh = en = ""
    if question.options:
        zh = "；可以是：" + "、".join(f"{name}（{label.zh}）" for name, label in question.options.items())
        en = "; there are: " + ", ".join(f"{name} ({label.en})" for name, label in question.options.items())
    if (waits := question.if_open) is not None:
        zh, en = f"{zh}；- 为{waits.zh}", f"{en}; - for: {waits.en}"
    return Text(zh, en)


def _allowed(question: Question, answer: str, vocabulary: Vocabulary) -> Text | None:
    """What may be answered, where this may not."""
    if answer == UNKNOWN and question.if_open is not None:
        return None
    allowed = question.check(answer, vocabulary)
    if allowed is None or question.if_open is None:
        return allowed
    return Text(f"{allowed.zh}；或 -", f"{allowed.en}; or -")


def _show(made: Draft, path: Path, lists: list[Path], lang: Language | None, as_json: bool) -> None:
    if as_json:
        copied = [str(each) for each in lists]
        show_json({"path": str(path), "lists": copied, "text": made.text, "todo": [both(each) for each in made.todo]})
        return
    for file in [*lists, path]:
        say(pick(lang, f"已写入 {file}", f"written to {file}"))
    for each in made.todo:
        say(f"  TODO {each.in_(lang or 'zh')}")
    say(pick(lang, f"接着运行 subsidy policy check {path}", f"next, run subsidy policy check {path}"))


class _Asking:
    """Asks for what was not given. Questions go to standard error, so that what a program reads stays clean."""

    def __init__(self, vocabulary: Vocabulary, lang: Language | None) -> None:
        self.vocabulary, self.lang = vocabulary, lang

    def all(self, answers: dict[str, str]) -> None:
        """Question by question, for an answer may lead to others; a wrong one is asked again."""
        while (question := self.next(answers)) is not None:
            if (wrong := answers.pop(question.key, None)) is not None:
                self.refuse(question, wrong)
            self.explain(question)
            answers[question.key] = self.ask(question)

    def next(self, answers: Mapping[str, str]) -> Question | None:
        for each in questions(answers, self.vocabulary):
            answer = answers.get(each.key)
            if answer is None or _allowed(each, answer, self.vocabulary) is not None:
                return each
        return None

    def explain(self, question: Question) -> None:
        for name, label in (question.options or {}).items():
            self.tell(f"  {name}  {label.in_(self.lang or 'zh')}")

    def ask(self, question: Question) -> str:
        text = question.text.in_(self.lang or "zh")
        example = pick(self.lang, f"（如 {question.example}", f" (such as {question.example}")
        if question.if_open is not None:
            waits = question.if_open.in_(self.lang or "zh")
            example += pick(self.lang, f"；- 为{waits}", f"; - for: {waits}")
        answer: str = typer.prompt(text + example + pick(self.lang, "）", ")"), err=True)
        return answer.strip()

    def refuse(self, question: Question, answer: str) -> None:
        allowed = _allowed(question, answer, self.vocabulary)
        assert allowed is not None
        self.tell(Problem("R0127", question.key, {"given": answer, "allowed": allowed}).message(self.lang or "zh"))

    def tell(self, text: str) -> None:
        print(text, file=sys.stderr)
