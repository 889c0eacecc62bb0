"""`subsidy policy list`, `show`, `check`, `examples` and `lock`."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

import subsidy
from subsidy.calculation.explanation_schema import explanation_schema
from subsidy.catalogue.editors import format_schema

Run = Callable[..., Result]

BED = "cn/shanxi/yuncheng/bed-subsidy"
MODULE = f"{BED}/2021-03-29.toml"
GRANT = "cn/shanxi/yuncheng/construction-grant"
VAST = 'resolution = "0.000000001"\nrange = ["0", "900000000000"]'
COUNT = len(subsidy.catalogue().folder.files)


def spoil(file: Path, old: str, new: str) -> None:
    """Put `new` in the place of `old`, which must stand in the file."""
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def test_list_names_every_policy(run: Run) -> None:
    """The list has a line for each policy, below its heads, in the language chosen."""
    lines = [line.split("  ") for line in run("policy", "list", "--lang", "en").stdout.splitlines()]

    assert [line[0] for line in lines] == ["policy", *subsidy.catalogue().ids]
    assert [word.strip() for word in next(line for line in lines if line[0] == BED) if word] == [
        BED, "2021-03-29", "issued", "Bed subsidy for residents", "Yuncheng City",
    ]  # fmt: skip


def test_list_as_json(run: Run) -> None:
    """The list as JSON has each version with its digest."""
    found = {item["id"]: item for item in json.loads(run("policy", "list", "--json").stdout)}

    assert list(found) == subsidy.catalogue().ids
    assert found[BED]["division"] == {"code": "140800", "zh": "运城市", "en": "Yuncheng City"}
    assert [version["digest"] for version in found[BED]["versions"]] == [subsidy.catalogue().policy(BED).digest]


@pytest.mark.parametrize("policy_id", subsidy.catalogue().ids)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_show_says_everything_in_a_module(run: Run, policy_id: str, lang: str) -> None:
    """The page has every label, question, reading and gap of the module, and the digest."""
    document = subsidy.catalogue().policy(policy_id).document
    texts = [
        document.policy.title,
        document.source.title,
        *(fact.label for fact in document.facts.values()),
        *(parameter.label for parameter in document.parameters.values()),
        *(condition.label for condition in document.conditions),
        *(step.label for step in document.steps),
        *(part.label for part in document.outcome.parts),
        *(cap.label for cap in document.caps),
        *(text for item in document.interpretations for text in (item.question, *item.readings.values())),
        *(gap.text for gap in document.gaps),
    ]

    page = run("policy", "show", policy_id, "--lang", lang).stdout

    assert [text for text in texts if (text.zh if lang == "zh" else text.en) not in page] == []
    assert subsidy.catalogue().policy(policy_id).digest in page


def test_show_sets_branches_apart(run: Run) -> None:
    """A step of several branches has a line for each."""
    page = run("policy", "show", BED, "--lang", "en").stdout

    assert (
        "  3. bed subsidy for the month, rounded half up to 0.01  [二(四)]\n"
        "     if the reading is “by days, rounded half up to the fen per resident”: "
        "min(rate per person and month[care level], "
        "rate per person and month[care level] × days of residence in the month ÷ days in month)\n"
    ) in page
    assert "     else: 0 CNY/(person·month)\n" in page


def test_show_as_written_and_as_data(run: Run) -> None:
    """`--text` prints the module as written, `--json` the same as data, with the schema and the proved range."""
    policy = subsidy.catalogue().policy(BED)
    shown = json.loads(run("policy", "show", BED, "--json").stdout)

    assert tomllib.loads(run("policy", "show", BED, "--text").stdout)["policy"]["id"] == BED
    assert (shown["digest"], shown["schema"]) == (policy.digest, policy.schema())
    assert shown["document"]["policy"]["valid"] == {"from": "2021-03-29", "stated": False}
    assert shown["amount"]["low"] == "0.00"


def test_schema_of_the_facts_and_of_the_format(run: Run) -> None:
    """`policy schema` prints what a policy takes or, without one, the format of modules or of another kind of file."""
    assert json.loads(run("policy", "schema", BED).stdout) == subsidy.catalogue().policy(BED).schema()
    assert json.loads(run("policy", "schema").stdout) == format_schema("module")
    assert json.loads(run("policy", "schema", "--of", "adoption", "--json").stdout) == format_schema("adoption")
    assert json.loads(run("policy", "schema", "--of", "explanation").stdout) == explanation_schema()


def test_schema_of_facts_has_no_kind_of_file(run: Run) -> None:
    """Asked for both at once, the command says that they do not go together, and prints nothing else."""
    found = run("policy", "schema", BED, "--of", "module")
    assert (found.exit_code, found.stdout) == (2, "")
    assert "--of 不能与政策 id 同用 · --of does not go with the id of a policy" in " ".join(found.stderr.split())


def test_show_says_what_runs_wide(run: Run, folder: Path) -> None:
    """Where numbers go beyond 64 bits, one line says which formulas these are and how large they become."""
    spoil(folder / f"{GRANT}/2021-03-29.toml", 'resolution = "0.01"\nrange = ["0", "1000000"]', VAST)
    shown = {
        lang: run("policy", "show", GRANT, "--lang", lang, "--policies", str(folder)).stdout for lang in ("zh", "en")
    }
    data = json.loads(run("policy", "show", GRANT, "--json", "--policies", str(folder)).stdout)

    (zh, en) = ([line for line in shown[lang].splitlines() if "64" in line] for lang in ("zh", "en"))
    assert "\n".join(zh) == (
        "  超出 64 位整数（成批计算较慢，同样精确）：计奖面积 71 位、面积原则上不低于 500 平方米 71 位、"
        "面积原则上不超过 2000 平方米 71 位、不足部分 73 位"
    )
    assert "\n".join(en) == (
        "  Beyond 64-bit whole numbers (slower in columns, as exact): area that counts 71 bits, "
        "as a rule not below 500 m² 71 bits, as a rule not above 2000 m² 71 bits, what is lacking 73 bits"
    )
    assert data["wide"] == [
        {"name": "granted_area", "operation": "fact", "bits": 71},
        {"name": "size_not_below", "operation": "fact", "bits": 71},
        {"name": "size_not_above", "operation": "fact", "bits": 71},
        {"name": "made_up", "operation": "scale", "bits": 73},
    ]
    assert json.loads(run("policy", "show", GRANT, "--json").stdout)["wide"] == []
    assert "64" not in run("policy", "show", GRANT, "--lang", "en").stdout


def test_a_folder_that_is_not_there(run: Run) -> None:
    """A folder of policies that does not exist is named; the folder is not sound."""
    found = run("policy", "list", "--policies", "/no/such/folder")

    assert found.exit_code == 4
    assert found.stderr == (
        "C0101 no-folder  /no/such/folder\n"
        "  没有政策目录 /no/such/folder\n"
        "  there is no folder of policies /no/such/folder\n"
    )


def test_the_folder_may_come_from_the_environment(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SUBSIDY_POLICIES names the folder where `--policies` does not, and SUBSIDY_LANG the language."""
    (folder / MODULE).unlink()
    monkeypatch.setenv("SUBSIDY_POLICIES", str(folder))
    monkeypatch.setenv("SUBSIDY_LANG", "en")

    assert run("policy", "check").stdout == f"{COUNT - 1} modules, no problems\n"


def test_check_of_sound_modules(run: Run, folder: Path) -> None:
    """A sound folder has no problems, and the exit code is 0."""
    found = run("policy", "check", "--policies", str(folder))

    assert (found.exit_code, found.stdout, found.stderr) == (0, f"{COUNT} 个政策模块，没有问题\n", "")


def test_check_reports_every_problem_of_a_module(run: Run, folder: Path) -> None:
    """A module with several faults has them all reported, each with its place and a caret."""
    file = folder / MODULE
    spoil(file, "days >= days_least else", "days >= day_least else")
    spoil(file, 'value = "15"\nunit = "day"', 'value = "15"\nunit = "dya"')
    lines = file.read_text("utf-8").splitlines()
    formula = next(n for n, line in enumerate(lines, start=1) if "day_least else" in line)
    column = lines[formula - 1].index("day_least") + 1
    text = lines[formula - 1].removeprefix('value = "').removesuffix('"')

    found = run("policy", "check", "--policies", str(folder), "--lang", "en")

    assert (found.exit_code, found.stdout) == (1, f"{COUNT} modules, 2 problems\n")
    heads = [line for line in found.stderr.splitlines() if not line.startswith(" ")]
    assert sorted(head.split("  ")[0] for head in heads) == ["P0301 unknown-name", "P0307 unknown-unit"]
    assert (
        f"P0301 unknown-name  {MODULE}:{formula}:{column}  steps[1].value\n"
        "  nothing here is called day_least\n"
        "  → did you mean days_least?\n"
        f"    {text}\n"
        f"    {' ' * text.index('day_least')}{'^' * len('day_least')}\n"
    ) in found.stderr


def test_check_of_a_draft_elsewhere(run: Run, tmp_path: Path, folder: Path) -> None:
    """A draft outside the folder is checked by its content, its examples run, its problems placed in that file."""
    draft = tmp_path / "draft.toml"
    draft.write_bytes((folder / MODULE).read_bytes())
    sound = run("policy", "check", str(draft), "--policies", str(folder))
    spoil(draft, 'expect = { days = "30", amount = "100.00" }', 'expect = { days = "30", amount = "100.01" }')
    unsound = run("policy", "check", str(draft), "--policies", str(folder), "--json")

    assert (sound.exit_code, sound.stdout) == (0, "1 个政策模块，没有问题\n")
    assert unsound.exit_code == 1
    assert json.loads(unsound.stdout)["checked"] == [str(draft)]
    assert [(p["code"], p["en"]) for p in json.loads(unsound.stdout)["problems"]] == [
        ("P0701", "example “自理，整月在住，三种口径一致”: amount should be 100.01; calculated 100.00")
    ]


def test_check_of_a_file_that_is_not_toml(run: Run, tmp_path: Path) -> None:
    """A file that is no TOML is reported by its own name and line."""
    file = tmp_path / "broken.toml"
    file.write_text("language = \n", "utf-8")

    found = run("policy", "check", str(file), "--lang", "en")

    assert found.exit_code == 1
    assert found.stderr.startswith(f"P0101 toml-syntax  {file}:1:12\n  not valid TOML: ")


def test_calculating_from_an_unsound_module(run: Run, folder: Path) -> None:
    """A calculation under a module that is not sound is refused with its problems; that is the author's move."""
    spoil(folder / MODULE, "days >= days_least else", "days >= day_least else")

    found = run("calculate", BED, "month=2021-06", "--policies", str(folder))

    assert (found.exit_code, found.stdout) == (4, "")
    assert found.stderr.startswith(f"P0301 unknown-name  {MODULE}:")


def test_examples_of_one_policy(run: Run) -> None:
    """Each worked case of the policy has a line with what it expects; all come out."""
    examples = subsidy.catalogue().policy(BED).document.examples

    lines = run("policy", "examples", BED, "--lang", "en").stdout.splitlines()

    assert [line[:1] for line in lines[1:-1]] == ["✓"] * len(examples)
    assert lines[-1] == f"{len(examples)} examples, 0 differ"
    assert lines[1].split()[-4:] == ["part_month=by_days", "days=14,", "amount=93.33,", "bed.county=93.33"]


def test_an_example_that_differs(run: Run, folder: Path) -> None:
    """A worked case that does not come out is marked and reported with its line, and the exit code says so."""
    spoil(folder / MODULE, 'amount = "93.33"', 'amount = "93.34"')

    found = run("policy", "examples", BED, "--policies", str(folder), "--lang", "en")
    data = json.loads(run("policy", "examples", BED, "--policies", str(folder), "--json").stdout)
    lines = enumerate((folder / MODULE).read_text("utf-8").splitlines(), start=1)
    number, line = next((number, line) for number, line in lines if '"93.34"' in line)
    column = line.index('"93.34"') + 1

    assert (found.exit_code, found.stdout.splitlines()[1][:1]) == (1, "✗")
    assert found.stderr == (
        f"P0701 example-differs  {MODULE}:{number}:{column}  examples[0].expect.amount\n"
        "  example “半失能，6 月住 14 天，按天折算”: amount should be 93.34; calculated 93.33\n"
        f"    {line}\n"
        f"    {' ' * (column - 1)}^^^^^^^\n"
        "  ↳ 100:9  outcome.parts[0].value  computed here\n"
        '    value = "monthly"\n'
        "            ^^^^^^^^^\n"
    )
    assert [item["passes"] for item in data] == [False, *[True] * 6]


def test_lock_writes_every_digest(run: Run, folder: Path) -> None:
    """The lock has a line for each module and each list; a second run adds nothing."""
    catalogue = subsidy.Catalogue(folder)
    digests = {policy.path: policy.digest for policy in catalogue}
    vocabulary = catalogue.folder.vocabulary
    digests |= {"vocabulary.toml": vocabulary.digest, "divisions.toml": vocabulary.divisions_digest}

    first = run("policy", "lock", "--policies", str(folder), "--lang", "en")
    written = (folder / "catalogue.lock").read_text("utf-8")
    second = run("policy", "lock", "--policies", str(folder), "--lang", "en")

    assert first.stdout.splitlines()[-1] == f"catalogue.lock: {COUNT} modules, {COUNT} of them new"
    assert written.splitlines()[1:] == [f"{digest}  {path}" for path, digest in sorted(digests.items())]
    assert second.stdout == f"catalogue.lock: {COUNT} modules, 0 of them new\n"
    assert (folder / "catalogue.lock").read_text("utf-8") == written


def test_lock_refuses_a_changed_module(run: Run, folder: Path) -> None:
    """A locked module that was changed is refused, and the lock stays as it was."""
    run("policy", "lock", "--policies", str(folder))
    written = (folder / "catalogue.lock").read_bytes()
    locked = subsidy.Catalogue(folder).policy(BED).digest
    spoil(folder / MODULE, 'disabled = "300"', 'disabled = "310"')

    found = run("policy", "lock", "--policies", str(folder), "--json")

    problems = json.loads(found.stdout)["problems"]
    assert found.exit_code == 4
    assert [(problem["code"], problem["where"]) for problem in problems] == [("C0102", MODULE)]
    assert f"locked {locked}" in problems[0]["en"]
    assert (folder / "catalogue.lock").read_bytes() == written


def test_lock_refuses_an_unsound_module(run: Run, folder: Path) -> None:
    """Nothing is locked while an example fails."""
    spoil(folder / MODULE, 'amount = "93.33"', 'amount = "93.34"')

    found = run("policy", "lock", "--policies", str(folder), "--lang", "en")

    assert found.exit_code == 4
    assert found.stderr.startswith(f"P0701 example-differs  {MODULE}:")
    assert not (folder / "catalogue.lock").exists()
