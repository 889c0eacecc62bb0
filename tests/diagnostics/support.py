"""Bad policies for the diagnostics tests: a small change on a good catalogue, and what is reported about it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.adoption import support as adoption

import subsidy
from subsidy.catalogue.lock import write_lock

HERE: Final = Path(__file__).parent
GOOD: Final = HERE / "catalogue"
CASES: Final = HERE / "cases"
ADOPTIONS: Final = "adoptions"
GRAND: Final = "cn/somewhere/town/grand"
MODULE: Final = "cn/somewhere/town/grant/2021-01-01.toml"


def patched(folder: Path, patch: str) -> None:
    """Change files of a catalogue.

    `@ file` names the file of the lines that follow, the module where it is left out. Lines with `-` are replaced by
    the lines with `+` below them; what comes before the first of them says what the clerk did.
    """
    file = folder / MODULE
    old: list[str] = []
    new: list[str] = []
    for line in [*patch.splitlines(), "@"]:
        if new and not line.startswith("+"):
            _replace(file, "\n".join(old), "\n".join(new))
            old, new = [], []
        if line.startswith("@ "):
            file = folder / line[2:]
        elif line.startswith("-"):
            old.append(line[2:])
        elif line.startswith("+"):
            new.append(line[2:])
    assert not old


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8") if file.exists() else ""
    assert not old or text.count(old + "\n") == 1, f"{file.name} has these lines {text.count(old)} times:\n{old}"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text.replace(old + "\n", new + "\n") if old else text + new + "\n", "utf-8")


def report(folder: Path) -> str:
    """Everything that is wrong with a catalogue, as it is printed; the folder itself is called FOLDER."""
    beside = folder.parent / ADOPTIONS  # a name with nothing behind it is a folder that is gone
    adoptions = beside.resolve() if beside.is_symlink() or beside.exists() else None
    try:
        found = subsidy.Catalogue(folder, adoptions).check()
    except subsidy.SubsidyError as error:
        found = error.problems
    said = "".join(problem.report() + "\n" for problem in found)
    return said.replace(str(folder), "FOLDER").replace(str(folder.parent), "FOLDER")


# — what no patch can say: each changes a copy of the good catalogue —


def _module(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def changed(folder: Path) -> None:
        file = folder / MODULE
        file.write_bytes(change(file.read_bytes()))

    return changed


def _changed_after_lock(folder: Path) -> None:
    digests = {
        entry.path: entry.digest for entry in subsidy.Catalogue(folder).folder.entries("cn/somewhere/town/grant")
    }
    write_lock(folder, digests)
    patched(folder, '- value = "300"\n+ value = "350"')


def _next_version(*changes: tuple[str, str]) -> Callable[[Path], None]:
    """A second version of the module, 2022-01-01, with changes."""

    def added(folder: Path) -> None:
        text = (folder / MODULE).read_text("utf-8").replace('version = "2021', 'version = "2022')
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (folder / MODULE).with_name("2022-01-01.toml").write_text(text, "utf-8")

    return added


def _next_revision(revision: int = 2, digest: str | None = None, on: str = "2023-05-01") -> Callable[[Path], None]:
    """A later revision of the module, which corrects the first one unless another digest is given."""

    def added(folder: Path) -> None:
        file = folder / MODULE
        (entry,) = subsidy.Catalogue(folder).folder.entries("cn/somewhere/town/grant")
        why = 'why = { zh = "单价录错", en = "the rate was mistyped" }'
        corrects = f'corrects = {{ digest = "{digest or entry.digest}", on = {on}, {why} }}'
        head = f'version = "2021-01-01"\nrevision = {revision}\n{corrects}'
        text = file.read_text("utf-8").replace('version = "2021-01-01"', head)
        file.with_name(f"2021-01-01.r{revision}.toml").write_text(text, "utf-8")

    return added


def _locked_and_gone(folder: Path) -> None:
    patched(folder, f"@ catalogue.lock\n+ sha256:{'0' * 64}  cn/somewhere/town/grant/2020-01-01.toml")


def _list_changed(folder: Path) -> None:
    patched(folder, f"@ catalogue.lock\n+ sha256:{'0' * 64}  divisions.toml")


def _other_claim(folder: Path) -> None:
    """A second policy that is about one bed, put together with the first, which is about one claim."""
    text = (folder / MODULE).read_text("utf-8")
    other = text.replace("town/grant", "town/beds").replace('division = "990100"', 'division = "990100"\nclaim = "bed"')
    file = folder / MODULE.replace("town/grant", "town/beds")
    file.parent.mkdir(parents=True)
    file.write_text(other, "utf-8")
    patched(folder, (CASES / "P0901-member-unknown-policy.patch").read_text("utf-8").replace("grand", "beds"))


def _adoption(*changes: tuple[str, str], policy_id: str = adoption.ID) -> Callable[[Path], None]:
    """A bureau's adoption of the module, with changes, in the folder beside."""

    def added(folder: Path) -> None:
        text = adoption.ADOPTION
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        adoption.adoptions(folder.parent, text, policy_id=policy_id)

    return added


def _no_adoptions(folder: Path) -> None:
    (folder.parent / ADOPTIONS).symlink_to(folder.parent / "none")


def _draft_adopted(folder: Path) -> None:
    module = folder / MODULE
    module.write_text(module.read_text("utf-8").replace('"issued"', '"draft"'), "utf-8")
    _adoption((adoption.DIGEST, subsidy.Catalogue(folder).policy(adoption.ID).digest))(folder)


def _two_adoptions(folder: Path) -> None:
    _adoption()(folder)
    later = adoption.ADOPTION.replace("= 2021-07-01", "= 2021-10-01")
    adoption.adoptions(folder.parent, later, "2021-10-01")


def _shares_of_many_cases(folder: Path) -> None:
    """A share that rests on eleven flags, and is long where one of them is not set."""
    names = [f"flag_{number}" for number in range(11)]
    label = 'label = { zh = "是否", en = "flag" }'
    facts = "\n".join(f'+ [facts.{name}]\n+ type = "flag"\n+ {label}\n+ ' for name in names)
    share = f"if {' and '.join(names)} then 0.5 else max({', '.join(['0.5'] * 140)})"
    patched(folder, f"- [facts.place]\n{facts}\n+ [facts.place]")
    line = 'shares = [{ payer = "city", percent = "SHARE" }, { payer = "county", residual = true }]'
    old, new = "city_share[care_level]", f"min(({share}), city_share[care_level])"
    patched(folder, f"- {line.replace('SHARE', old)}\n+ {line.replace('SHARE', new)}")


def _readings_of_long_formulas(folder: Path) -> None:
    """Sixty-four readings together, and long formulas under each."""
    names = [f"open_{number}" for number in range(4)]
    readings = 'readings = { yes = { zh = "是", en = "yes" }, no = { zh = "否", en = "no" } }'
    question = 'question = { zh = "问题", en = "question" }'
    opened = [
        f'+ [[interpretations]]\n+ name = "{name}"\n+ {question}\n+ clause = "九"\n+ {readings}\n+ ' for name in names
    ]
    tests = [f"reading({name}) == yes" for name in names] + [f"max({', '.join(['floor_area'] * 70)}) > 0"] * 30
    conditions = [
        f'+ [[conditions]]\n+ name = "test_{number}"\n+ kind = "advisory"\n+ test = "{test}"\n'
        f'+ label = {{ zh = "条件", en = "test" }}\n+ clause = "九"\n+ '
        for number, test in enumerate(tests)
    ]
    patched(folder, "\n".join(['- [[gaps]]\n- clause = "三"', *opened, *conditions, '+ [[gaps]]\n+ clause = "三"']))


BUILT: Final[dict[str, Callable[[Path], None]]] = {
    "P0102-file-too-large": _module(lambda text: text + b"#" * 300_000),
    "P0103-nested-too-deep": _module(lambda text: text + b"x = " + b"[" * 9 + b"]" * 9),
    "P0111-not-utf8": _module(lambda text: text.decode().encode("gb18030")),
    "P0906-members-differ-in-claim": _other_claim,
    "P0202-formula-too-long": lambda folder: patched(
        folder, f'- value = "granted_area * rate"\n+ value = "granted_area * rate{" + 0" * 250}"'
    ),
    "P0203-formula-too-deep": lambda folder: patched(
        folder, f'- value = "granted_area * rate"\n+ value = "{"(" * 25}granted_area * rate{")" * 25}"'
    ),
    "A0101-no-adoptions": _no_adoptions,
    "A0102-adopts-unknown-policy": _adoption((f'"{adoption.ID}"', f'"{GRAND}"'), policy_id=GRAND),
    "A0103-adopts-unknown-digest": _adoption((adoption.DIGEST, f"sha256:{'0' * 64}")),
    "A0104-draft-not-adopted": _draft_adopted,
    "A0105-adopts-unknown-interpretation": _adoption(('part_stay = "counts"', 'part_stays = "counts"')),
    "A0106-adopts-unknown-reading": _adoption(('"counts"', '"count"')),
    "A0107-not-delegated": _adoption(("parameters.bonus", "parameters.rate")),
    "A0108-adoption-misplaced": _adoption(("from = 2021-07-01", "from = 2021-08-01")),
    "A0110-adoptions-overlap": _two_adoptions,
    "A0111-adopted-twice": _adoption(('part_stay = "counts"', 'county_bonus = "nothing"')),
    "P0622-too-much-to-prove": _shares_of_many_cases,
    "P0623-too-large-in-all": _readings_of_long_formulas,
    "C0101-no-folder": shutil.rmtree,
    "C0102-changed-after-lock": _changed_after_lock,
    "C0103-versions-overlap": _next_version(),
    "C0105-locked-file-gone": _locked_and_gone,
    "C0112-list-changed": _list_changed,
    "C0111-dated-by-differs": _next_version(("from = 2021", "from = 2022"), ("accepted_on", "opened_on")),
    "C0121-revision-missing": _next_revision(3),
    "C0122-corrects-other": _next_revision(digest=f"sha256:{'0' * 64}"),
    "C0123-corrects-too-early": _next_revision(on="2020-12-31"),
    "C0106-file-missing": lambda folder: (folder / "divisions.toml").unlink(),
}


def names() -> list[str]:
    """Every case, by its code."""
    return sorted([*BUILT, *(file.stem for file in CASES.glob("*.patch"))])


def build(name: str, folder: Path) -> Path:
    """A copy of the good catalogue with the mistake of one case in it."""
    shutil.copytree(GOOD, folder)
    if name in BUILT:
        BUILT[name](folder)
    else:
        patched(folder, (CASES / f"{name}.patch").read_text("utf-8"))
    return folder
