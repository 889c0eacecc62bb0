"""`subsidy policy adopt`, and the commands that take a folder of adoptions."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

import subsidy

from .support import ADOPTION, FACTS, ID, adoptions, policies

Run = Callable[..., Result]

YEARLY = "cn/shanxi/yuncheng/operating-subsidy"
BED = "cn/shanxi/yuncheng/bed-subsidy"
DIGEST = subsidy.catalogue().policy(YEARLY).digest
FILE = f"{YEARLY}/2022-02-01.toml"
HEAD = (
    "--document", "运民发〔2022〕3号", "--dated", "2022-01-10", "--issuer-zh", "运城市民政局",
    "--issuer-en", "Civil affairs bureau of Yuncheng", "--by", "张三", "--from", "2022-02-01",
)  # fmt: skip
FILLED = (
    "--fill", "annual_amount.A=50000", "--fill", "annual_amount.AA=70000", "--fill", "annual_amount.AAA=90000",
    "--clause", "annual_amount=二",
)  # fmt: skip
WRITTEN = f"""\
# 城市社区养老服务中心运营补贴 · {YEARLY} · 2021-03-29 r1
[adoption]
policy = "{YEARLY}"
digest = "{DIGEST}"
by = "张三"
issuer = {{ zh = "运城市民政局", en = "Civil affairs bureau of Yuncheng" }}
document = "运民发〔2022〕3号"
dated = 2022-01-10
valid = {{ from = 2022-02-01 }}

# 各等级年度运营补贴
[parameters.annual_amount]
values = {{ A = "50000", AA = "70000", AAA = "90000" }}
clause = "二"
"""
CLAIM = ("centre=C1", "assessed_on=2022-03-20", "place=140802", "rating=AA")


@pytest.fixture
def bureau(tmp_path: Path) -> Path:
    """A bureau's empty folder."""
    folder = tmp_path / "bureau"
    folder.mkdir()
    return folder


def test_options_alone_write_an_adoption(run: Run, bureau: Path) -> None:
    """With everything given by options nothing is asked; the file is shown, and is what was shown."""
    found = run("policy", "adopt", YEARLY, "--adoptions", str(bureau), *HEAD, *FILLED, "--lang", "en")
    digest = subsidy.Catalogue(adoptions=bureau).bases.adopted(YEARLY)[0].digest
    assert (found.exit_code, found.stderr) == (0, "")
    assert found.stdout == f"{WRITTEN}\nwritten to {bureau}/{FILE}\ndigest: {digest}\n"
    assert (bureau / FILE).read_text("utf-8") == WRITTEN
    assert [file.name for file in bureau.rglob("*") if file.is_file()] == ["2022-02-01.toml"]


def test_what_is_left_is_still_open(run: Run, bureau: Path) -> None:
    """A table that nobody filled, and a question that nobody read, are said to be open still, with what is presumed."""
    found = run("policy", "adopt", YEARLY, "--adoptions", str(bureau), *HEAD, "--json")
    assert found.exit_code == 0
    assert json.loads(found.stdout)["open"] == [
        {
            "zh": "annual_amount：各等级年度运营补贴（推定：等距：A 级 5 万、AA 级 7.5 万、AAA 级 10 万元）",
            "en": "annual_amount: operating subsidy a year by rating"
            " (presumed: even steps: A 50,000, AA 75,000, AAA 100,000 CNY)",
        }
    ]
    found = run("policy", "adopt", BED, "--adoptions", str(bureau), *HEAD, "--lang", "en")
    assert found.stdout.splitlines()[-1] == "still open: part_month: how a part month counts"


def test_everything_missing_and_wrong_comes_at_once(run: Run, bureau: Path) -> None:
    """Options that are missing and values that do not fit are reported together, and nothing is written."""
    words = ("--fill", "annual_amount.A=40000", "--fill", "annual_amount.AA=70000", "--reading", "x=y")
    found = run("policy", "adopt", YEARLY, "--adoptions", str(bureau), *words, "--lang", "en")
    assert (found.exit_code, found.stdout) == (3, "")
    assert [line.split("  ")[0] for line in found.stderr.splitlines() if line[0] in "AP"] == [
        "A0112 adoption-incomplete",
        "A0105 adopts-unknown-interpretation",
        "P0501 table-incomplete",
        "P0606 outside-delegation",
    ]
    assert found.stderr.startswith(
        f"A0112 adoption-incomplete  {YEARLY}\n"
        f"  to adopt {YEARLY}, still to be given: --document, --issuer-zh, --issuer-en, --by, --dated, --from,"
        " --clause annual_amount=…\n"
    )
    assert list(bureau.iterdir()) == []


def test_an_adoption_is_never_overwritten(run: Run, bureau: Path) -> None:
    """A second adoption from the same day is refused, and the first one stays as it was."""
    run("policy", "adopt", YEARLY, "--adoptions", str(bureau), *HEAD, *FILLED)
    found = run("policy", "adopt", YEARLY, "--adoptions", str(bureau), *HEAD, "--lang", "en")
    assert (found.exit_code, found.stdout) == (3, "")
    assert found.stderr == (
        f"A0109 adoption-exists  {bureau}/{FILE}\n"
        f"  {bureau}/{FILE} is there already and is not overwritten\n"
        "  → choose another first day, or move the old file away\n"
    )
    assert (bureau / FILE).read_text("utf-8") == WRITTEN


def test_what_is_not_given_is_asked(run: Run, bureau: Path) -> None:
    """Each open question is asked with its readings and bounds, on standard error; answers that do not fit, again."""
    answers = ["2022-02-01", "运民发〔2022〕3号", "10 January", "2022-01-10", "运城市民政局", "Bureau", "张三", "-"]
    answers += ["odd", "-", "50000", "70000", "90000", "二"]
    words = ("policy", "adopt", YEARLY, "--adoptions", str(bureau), "--ask", "--lang", "en")
    found = run(*words, input="\n".join(answers) + "\n")
    assert found.exit_code == 0
    assert (bureau / FILE).read_text("utf-8") == WRITTEN.replace("Civil affairs bureau of Yuncheng", "Bureau")
    assert (
        "which rating earns which amount (for the county to fix; the text gives only the range)〔二(四)〕"
        in found.stderr
    )
    assert "  even_steps  even steps: A 50,000, AA 75,000, AAA 100,000 CNY\n" in found.stderr
    assert "operating subsidy a year by rating〔二(四)〕 50000 – 100000 CNY/(centre*year)" in found.stderr
    assert found.stderr.startswith(
        "first day, YYYY-MM-DD:"
        f"to be adopted: Community elder-care centre operating subsidy · {YEARLY} · 2021-03-29 · revision 1\n"
        f"  digest: {DIGEST}\n"
        "  picked by the first day, 2022-02-01, on which this version applies\n"
        "number of your document:"
    )
    assert (
        "'10 January' 不是日期，日期写作 2021-03-29 · '10 January' is no date; a date is written 2021-03-29\n"
        in found.stderr
    )
    assert "odd：可以是 even_steps, - · odd: allowed is even_steps, -\n" in found.stderr


@pytest.mark.parametrize("answer", ["any_day", "{zh}", "{en}"])
def test_a_reading_by_its_label(run: Run, bureau: Path, answer: str) -> None:
    """A reading may be answered by its name, or by the words that stand beside it, in either language."""
    item = subsidy.catalogue().policy(BED).interpretations["part_month"]
    way = item.readings["any_day"]
    words = ("policy", "adopt", BED, "--adoptions", str(bureau), *HEAD, "--ask")
    found = run(*words, input=f"-\n{answer.format(zh=way.zh, en=way.en)}\n")
    assert found.exit_code == 0
    assert tomllib.loads((bureau / f"{BED}/2022-02-01.toml").read_text("utf-8"))["readings"] == {
        "part_month": "any_day"
    }


def test_readings_are_given_by_an_option(run: Run, bureau: Path) -> None:
    """Where something is missing, the questions that are open are named with the option that answers them."""
    ways = "|".join(subsidy.catalogue().policy(BED).interpretations["part_month"].readings)
    words = ("policy", "adopt", BED, "--adoptions", str(bureau), *HEAD[2:])
    assert run(*words).stderr == (
        f"A0112 adoption-incomplete  {BED}\n"
        f"  采用 {BED} 还缺：--document\n"
        f"  → 口径也在此时选定：--reading part_month={ways}\n"
        f"  to adopt {BED}, still to be given: --document\n"
        f"  → choose the readings now, too: --reading part_month={ways}\n"
    )


def test_a_folder_is_wanted(run: Run) -> None:
    """Without a folder nothing is adopted, and both languages say how to name one."""
    found = run("policy", "adopt", YEARLY, *HEAD)
    said = " ".join(found.stderr.replace("│", " ").split())
    assert found.exit_code == 2
    assert (
        "Invalid value: 须写明采用文件放在哪个目录：--adoptions 目录（或环境变量 SUBSIDY_ADOPTIONS），没有的目录会新建"
        " · say where adoptions are kept: --adoptions DIR (or SUBSIDY_ADOPTIONS), which is made if it is not there"
    ) in said


def test_a_folder_is_made_with_the_first_adoption(run: Run, tmp_path: Path) -> None:
    """A folder that is not there is made when an adoption is written, and not by one that is refused."""
    folder = tmp_path / "bureau" / "adoptions"
    words = ("policy", "adopt", YEARLY, "--adoptions", str(folder), "--lang", "en")
    assert run(*words).exit_code == 3
    assert not folder.parent.exists()
    assert f"\nwritten to {folder}/{FILE}\n" in run(*words, *HEAD, *FILLED).stdout
    assert (folder / FILE).read_text("utf-8") == WRITTEN


def test_adoptions_are_counted_apart(run: Run, bureau: Path) -> None:
    """The check counts the adoptions beside the modules, not among them."""
    run("policy", "adopt", YEARLY, "--adoptions", str(bureau), *HEAD, *FILLED)
    modules = len(json.loads(run("policy", "check", "--json").stdout)["checked"])
    words = ("policy", "check", "--adoptions", str(bureau), "--anew")
    assert run(*words).stdout == f"{modules} 个政策模块，1 份采用文件，没有问题\n"
    assert run(*words, "--lang", "en").stdout == f"{modules} modules, 1 adoption, no problems\n"


def test_calculate_and_replay_under_an_adoption(
    run: Run, bureau: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`calculate` and `replay` take the folder by option or environment, and say whose the answer is."""
    run("policy", "adopt", YEARLY, "--adoptions", str(bureau), *HEAD, *FILLED)
    receipt = tmp_path / "receipt.json"
    simulated = run("calculate", YEARLY, *CLAIM, "--json")
    assert json.loads(simulated.stdout)["result"]["kind"] == "simulation"
    monkeypatch.setenv("SUBSIDY_ADOPTIONS", str(bureau))
    found = run("calculate", YEARLY, *CLAIM, "--lang", "en", "--receipt", str(receipt))
    assert "Amount: 70000.00 CNY" in found.stdout
    assert "\nAdopted by: Civil affairs bureau of Yuncheng · 运民发〔2022〕3号 · 2022-01-10 · " in found.stdout
    assert json.loads(receipt.read_bytes())["result"]["kind"] == "adopted"
    assert run("replay", str(receipt), "--lang", "en").stdout.startswith("same: ")
    assert json.loads(run("policy", "check", "--json").stdout)["problems"] == []


def test_show_has_what_stands_beside_the_policy(run: Run, tmp_path: Path) -> None:
    """The page and its JSON name the adoptions and the texts of lower levels, with their days, as far as known."""
    folder = policies(tmp_path, text=True)
    adoptions(tmp_path)
    later = ADOPTION.replace("from = 2021-07-01, until = 2021-12-31", "from = 2022-01-01")
    module = folder / ID / "2021-01-01.toml"
    other = module.read_text("utf-8").replace('version = "2021-01-01"', 'version = "2023-01-01"')
    other = other.replace("valid = { from = 2021-01-01", "valid = { from = 2023-01-01")
    other = other.replace("published = 2021-01-01", "published = 2022-12-01")
    (folder / ID / "2023-01-01.toml").write_text(other, "utf-8")
    adopted = adoptions(tmp_path, later, "2022-01-01")
    catalogue = subsidy.Catalogue(folder, adopted)
    words = ("policy", "show", ID, "--policies", str(folder), "--adoptions", str(adopted))
    section = "Adoptions and texts of lower levels\n"
    filled = (
        "  Filled by: bonus a bed ← West County · 西民发〔2021〕9号 Bed bonus of West County (fictional) [一]"
        " · in force from 2021-06-01\n"
    )
    first = "  Adopted by: Civil affairs bureau of Some City · 某民发〔2021〕12号 · 2021-06-20 · in force "
    found = run(*words, "--on", "2021-07-01", "--lang", "en").stdout
    assert found.partition(section)[2] == (f"{first}from 2021-07-01 to 2021-12-31\n{first}from 2022-01-01\n{filled}")
    assert (
        run(*words, "--lang", "en").stdout.partition(section)[2] == f"{first}from 2022-01-01; of another text\n{filled}"
    )
    assert run(*words, "--on", "2021-07-01").stdout.partition("采用与下级文件\n")[2] == (
        "  采用：某市民政局 · 某民发〔2021〕12号 · 2021-06-20 · 施行：2021-07-01 起至 2021-12-31\n"
        "  采用：某市民政局 · 某民发〔2021〕12号 · 2021-06-20 · 施行：2022-01-01 起\n"
        "  下级文件：床位奖励 ← 西县 · 西民发〔2021〕9号 西县床位奖励标准（虚构）〔一〕 · 施行：2021-06-01 起\n"
    )
    assert section not in run(*words, "--on", "2021-07-01", "--known", "2021-05-31", "--lang", "en").stdout
    data = json.loads(run(*words, "--json").stdout)
    (kept,) = (each for each in catalogue.bases.adopted(ID) if each.last is None)
    assert data["adoptions"] == [{**kept.plain(), "adopts_this": False}]
    (text,) = catalogue.calculate(ID, FACTS, accepted_on="2021-06-15").texts
    assert data["texts"] == [{**text.plain(), "division": "990121", "from": "2021-06-01", "until": None}]
