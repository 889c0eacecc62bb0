"""`subsidy policy schema`: what a calculation takes, for forms; and the format of each kind of file, for editors."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from . import completion
from .exits import Exit
from .options import AsJson, Folder, Known, On, catalogue_of
from .output import reports, show_json

Kind = Literal["module", "repeal", "fill", "programme", "adoption", "vocabulary", "divisions", "explanation"]
OfFacts = Annotated[
    str | None,
    typer.Argument(
        metavar="POLICY",
        autocompletion=completion.policies,
        show_default=False,
        help="政策 id，输出其事实；不给则输出模块格式 · the id of a policy, for its facts; else the format",
    ),
]
Of = Annotated[
    Kind | None,
    typer.Option(
        "--of",
        help="什么的格式：哪种文件，或 JSON 中的说明 · the format of which kind of file, or of explanations in JSON",
    ),
]


@reports
def schema(
    policy: OfFacts = None,
    of: Of = None,
    on: On = None,
    known: Known = None,
    as_json: AsJson = False,  # noqa: ARG001 — a schema is JSON in any case
    policies: Folder = None,
) -> Exit:
    """输出 JSON Schema：某项政策的事实，或模块格式（供编辑器）· print JSON Schema: facts, or a format for editors.

    subsidy policy schema > module.schema.json

    在编辑器中（如 VS Code 加 Even Better TOML，或 taplo），模块第一行写 #:schema module.schema.json，
    即可边写边查、自动补全、悬停看每个键的含义。

    In an editor (such as VS Code with Even Better TOML, or taplo) the first line #:schema module.schema.json of a
    module has it checked and completed as it is written, and each key explained.
    """
    if policy is not None:
        if of is not None:
            raise typer.BadParameter("--of 不能与政策 id 同用 · --of does not go with the id of a policy")
        show_json(catalogue_of(policies).policy(policy, on, known).schema())
        return Exit.FINE
    if of == "explanation":
        from ..calculation.explanation_schema import explanation_schema

        show_json(explanation_schema())
        return Exit.FINE
    from ..catalogue.editors import format_schema

    show_json(format_schema(of or "module"))
    return Exit.FINE
