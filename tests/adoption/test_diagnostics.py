"""What can be wrong with an adoption, each with its whole report; and all of it at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import subsidy
from subsidy.codes import CODES

from .support import ADOPTION, DIGEST, FACTS, ID, adoptions, policies

PLACE = f"{ID}/2021-07-01.toml"


def report(folder: Path, *changes: tuple[str, str], policy_id: str = ID) -> str:
    """Everything that is wrong with an adoption, changed, as it is printed."""
    text = ADOPTION
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    catalogue = subsidy.Catalogue(policies(folder), adoptions(folder, text, policy_id=policy_id))
    with pytest.raises(subsidy.SubsidyError) as error:
        catalogue.check()
    return error.value.report("en")


MISTAKES: dict[str, tuple[tuple[tuple[str, str], ...], str]] = {
    "A0103": (
        ((DIGEST, "sha256:" + "0" * 64),),
        (
            f"A0103 adopts-unknown-digest  {PLACE}:3:10  adoption.digest\n"
            f"  {ID} has no version with the digest sha256:{'0' * 64}\n"
            "  → see subsidy policy show for the digest; a text that changed is adopted anew\n"
            f'    digest = "sha256:{"0" * 64}"\n'
            f"             {'^' * 73}"
        ),
    ),
    "A0105": (
        (('part_stay = "counts"', 'part_stays = "counts"'),),
        (
            f"A0105 adopts-unknown-interpretation  {PLACE}:11:1  readings.part_stays\n"
            "  the adopted policy has no interpretation part_stays\n"
            "  → did you mean part_stay?\n"
            '    part_stays = "counts"\n'
            "    ^^^^^^^^^^"
        ),
    ),
    "A0106": (
        (('"counts"', '"count"'),),
        (
            f"A0106 adopts-unknown-reading  {PLACE}:11:13  readings.part_stay\n"
            "  the interpretation part_stay has no reading count to adopt\n"
            "  → did you mean counts?\n"
            '    part_stay = "count"\n'
            "                ^^^^^^^"
        ),
    ),
    "A0107": (
        (("parameters.bonus", "parameters.rate"),),
        (
            f"A0107 not-delegated  {PLACE}:13:1  parameters.rate\n"
            "  rate is not a parameter that the text delegates\n"
            "  → known: bonus\n"
            "    [parameters.rate]\n"
            "    ^^^^^^^^^^^^^^^^^\n"
            "  ↳ cn/somewhere/town/grant/2021-01-01.toml:85:1  parameters.rate  stated in the policy\n"
            "    [parameters.rate]\n"
            "    ^^^^^^^^^^^^^^^^^"
        ),
    ),
    "A0108": (
        (("from = 2021-07-01", "from = 2021-08-01"),),
        (
            f"A0108 adoption-misplaced  {PLACE}:2:10  adoption.policy\n"
            f"  the file is at {PLACE}; by its content it belongs at {ID}/2021-08-01.toml\n"
            "  → move the file, or correct policy or valid\n"
            f'    policy = "{ID}"\n'
            f"             {'^' * (len(ID) + 2)}"
        ),
    ),
    "A0111": (
        (('part_stay = "counts"', 'county_bonus = "nothing"'),),
        (
            f"A0111 adopted-twice  {PLACE}:11:1  readings.county_bonus\n"
            "  county_bonus stands in for bonus, which is filled itself\n"
            "  → keep one of the two\n"
            '    county_bonus = "nothing"\n'
            "    ^^^^^^^^^^^^\n"
            "  ↳ 13:1  parameters.bonus  filled here\n"
            "    [parameters.bonus]\n"
            "    ^^^^^^^^^^^^^^^^^^"
        ),
    ),
    "P0322": (
        (("until = 2021-12-31", "until = 2021-06-30"),),
        (
            f"P0322 validity-reversed  {PLACE}:8:9  adoption.valid\n"
            "  the last day of validity, 2021-06-30, is before the first, 2021-07-01\n"
            "    valid = { from = 2021-07-01, until = 2021-06-30 }\n"
            f"            {'^' * 41}"
        ),
    ),
    "P0606": (
        (('"80"', '"100.01"'),),
        (
            f"P0606 outside-delegation  {PLACE}:14:9  parameters.bonus.value\n"
            "  100.01 is outside the bounds of bonus: 0 to 100\n"
            '    value = "100.01"\n'
            "            ^^^^^^^^\n"
            "  ↳ cn/somewhere/town/grant/2021-01-01.toml:108:10  parameters.bonus.within  stated in the policy\n"
            '    within = { min = "0", max = "100" }\n'
            "             ^^^^^^^^^^^^^^^^^^^^^^^^^^"
        ),
    ),
    "P0317": (
        (('value = "80"', 'values = { a = "80" }'),),
        (
            f"P0317 choose-one  {PLACE}:13:1  parameters.bonus\n"
            "  given values; exactly one is wanted: value\n"
            "    [parameters.bonus]\n"
            "    ^^^^^^^^^^^^^^^^^^"
        ),
    ),
}


@pytest.mark.parametrize("code", MISTAKES)
def test_a_mistake_is_reported_in_full(tmp_path: Path, code: str) -> None:
    """A mistake in an adoption is reported with its code, its place and what to do, word for word."""
    changes, wanted = MISTAKES[code]
    assert report(tmp_path, *changes) == wanted


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    """An adoption with a mistake in each of its parts has all of them reported, in the order of the file."""
    found = report(
        tmp_path,
        ("2021-12-31", "2021-06-30"),
        ('"counts"', '"count"'),
        ('"80"', '"800"'),
        ("\n[readings]", '\n[readings]\nnobody = "knows"'),
    )
    assert re.findall(r"^([A-Z]\d{4}) ", found, re.MULTILINE) == ["P0322", "A0105", "A0106", "P0606"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """A folder of adoptions that is not there is said at once."""
    with pytest.raises(subsidy.CatalogueError) as error:
        subsidy.Catalogue(adoptions=tmp_path / "none")
    assert error.value.report("en") == (
        f"A0101 no-adoptions  {tmp_path}/none\n  there is no folder of adoptions {tmp_path}/none\n"
        f"  → make it with mkdir {tmp_path}/none, or let subsidy policy adopt make it with the first adoption; "
        "if the name is wrong, correct --adoptions"
    )


def test_an_unknown_policy_is_not_adopted(tmp_path: Path) -> None:
    """An adoption of a policy that the folder does not have is reported, with the nearest one."""
    changed = ((f'"{ID}"', '"cn/somewhere/town/grand"'),)
    assert report(tmp_path, *changed, policy_id="cn/somewhere/town/grand") == (
        "A0102 adopts-unknown-policy  cn/somewhere/town/grand/2021-07-01.toml:2:10  adoption.policy\n"
        "  it adopts cn/somewhere/town/grand, which the folder of policies does not have\n"
        "  → did you mean cn/somewhere/town/grant?\n"
        '    policy = "cn/somewhere/town/grand"\n'
        "             ^^^^^^^^^^^^^^^^^^^^^^^^^"
    )


def test_a_module_with_errors_is_the_cause_alone(tmp_path: Path) -> None:
    """Where the adopted module cannot be read, that is said, and not that the policy has no such text."""
    folder = policies(tmp_path)
    module = folder / ID / "2021-01-01.toml"
    module.write_text(module.read_text("utf-8").replace("[policy]", "[policy"), "utf-8")
    with pytest.raises(subsidy.PolicyError) as error:
        subsidy.Catalogue(folder, adoptions(tmp_path)).check()
    assert error.value.report("en") == (
        "P0101 toml-syntax  cn/somewhere/town/grant/2021-01-01.toml:3:8\n"
        "  not valid TOML: Expected ']' at the end of a table declaration\n"
        '  → write "policy"\n'
        "    [policy\n"
        "           ^"
    )


def test_a_module_that_is_not_what_its_lock_says_is_the_cause_alone(tmp_path: Path) -> None:
    """Where the adopted module was changed under its lock, that is said, and not that the policy has no such text."""
    folder = policies(tmp_path)
    module = folder / ID / "2021-01-01.toml"
    (folder / "catalogue.lock").write_text(f"{DIGEST}  {ID}/2021-01-01.toml\n", "utf-8")
    module.write_text(module.read_text("utf-8").replace("Construction grant", "Grant"), "utf-8")
    with pytest.raises(subsidy.CatalogueError) as error:
        subsidy.Catalogue(folder, adoptions(tmp_path)).check()
    problem = error.value.problems[0]
    assert error.value.report("en") == (
        f"C0102 changed-after-lock  {ID}/2021-01-01.toml\n"
        f"  a released module was changed: locked {DIGEST}, found {problem.values['found']}\n"
        "  → restore the file; to mend it, write the next revision"
    )


def test_a_draft_is_never_adopted(tmp_path: Path) -> None:
    """A draft may not be adopted, and nothing is calculated as if it were."""
    folder = policies(tmp_path)
    module = folder / ID / "2021-01-01.toml"
    module.write_text(module.read_text("utf-8").replace('"issued"', '"draft"'), "utf-8")
    digest = subsidy.Catalogue(folder).policy(ID).digest
    catalogue = subsidy.Catalogue(folder, adoptions(tmp_path, ADOPTION.replace(DIGEST, digest)))
    for work in (catalogue.check, lambda: catalogue.calculate(ID, FACTS)):
        with pytest.raises(subsidy.CatalogueError) as error:
            work()
        assert error.value.report("en") == (
            f"A0104 draft-not-adopted  {PLACE}:2:10  adoption.policy\n"
            f"  {ID} is a draft, which may not be adopted\n"
            "  → adopt the text once it is issued\n"
            f'    policy = "{ID}"\n'
            f"             {'^' * (len(ID) + 2)}\n"
            "  ↳ cn/somewhere/town/grant/2021-01-01.toml:6:10  policy.status  stated in the policy\n"
            '    status = "draft"\n'
            "             ^^^^^^^"
        )


def test_two_adoptions_of_one_day(tmp_path: Path) -> None:
    """Two adoptions that hold on one day are an error, with the day."""
    adoptions(tmp_path, ADOPTION.replace("= 2021-07-01", "= 2021-10-01"), "2021-10-01")
    assert report(tmp_path) == (
        f"A0110 adoptions-overlap  {ID}/2021-10-01.toml:8:18  adoption.valid.from\n"
        f"  is in force on 2021-10-01 as well as {PLACE}\n"
        "  → give the earlier one its until\n"
        "    valid = { from = 2021-10-01, until = 2021-12-31 }\n"
        "                     ^^^^^^^^^^\n"
        f"  ↳ {PLACE}:8:9  adoption.valid  the other one\n"
        "    valid = { from = 2021-07-01, until = 2021-12-31 }\n"
        "            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"
    )


def test_every_code_of_adoptions_is_tried() -> None:
    """No code of an adoption's is without a test here or at the command that writes one."""
    texts = "".join(file.read_text("utf-8") for file in Path(__file__).parent.glob("test_*.py"))
    assert [code for code in CODES if code.startswith("A") and code not in texts] == []
