"""What stands around a module, as the cases say: programmes of several policies, adoptions, texts that fill a table."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from subsidy import Catalogue
from subsidy.calculation import reference
from subsidy.errors import SubsidyError
from subsidy.policies import shipped_folder

from .support import HERE, at, direct


def folder(texts: Mapping[str, str]) -> Path:
    """A folder of policies with these files, and the shipped words."""
    made = Path(tempfile.mkdtemp())
    for name in ("vocabulary.toml", "divisions.toml"):
        shutil.copy(shipped_folder() / name, made)
    _fill(made, texts)
    return made


def _fill(made: Path, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        file = made / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def _content(topic: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((HERE / topic / "direct.json").read_text(encoding="utf-8"))
    return found


def _codes(error: SubsidyError) -> list[str]:
    return sorted({problem.code for problem in error.problems})


@cache
def _together(combine: str, added: str) -> Catalogue:
    content = _content("31-programmes")
    texts = {
        f"cn/test/{name}/2024-01-01.toml": content["policy"].replace("{name}", name) for name in content["policies"]
    }
    texts["cn/test/together/2024-01-01.programme.toml"] = content["programme"].replace("{combine}", combine) + added
    return Catalogue(folder(texts))


@pytest.mark.parametrize("case", direct("31-programmes"))
def test_programme_comes_out_as_written(case: dict[str, Any]) -> None:
    """The total, what counts of each member and why are the case's, and replay has them again; or it is refused."""
    catalogue = _together(case["combine"], case.get("with", ""))
    if "codes" in case:
        with pytest.raises(SubsidyError) as caught:
            catalogue.programme("cn/test/together").calculate(case["claims"])
        assert case["codes"] == _codes(caught.value)
        return
    result = catalogue.programme("cn/test/together").calculate(case["claims"], readings=case.get("readings"))
    found = result.to_dict()
    members = {
        name: {
            "counts": member["counts"],
            "reasons": [[why["kind"], why["by"], why["sure"]] for why in member["reasons"]],
        }
        for name, member in found["members"].items()
    }
    assert case["expected"] == {
        key: value
        for key, value in {"amount": found["result"]["amount"], "members": members}.items()
        if key in case["expected"]
    }
    assert catalogue.replay_programme(result.receipt()).is_same


def _beside(case: dict[str, Any]) -> Catalogue:
    """The folder of a case: its policy, the texts that fill it, and the adoptions."""
    content = _content("32-adoptions")
    texts = {"cn/test/care/2024-01-01.toml": content["policy"]}
    for each in case.get("fills", ()):
        texts[f"cn/test/{each['name']}/{each['from']}.fill.toml"] = _put(content["fill"], each)
    made = folder(texts)
    if not case.get("adoptions"):
        return Catalogue(made)
    bureau, digest = Path(tempfile.mkdtemp()), Catalogue(made).versions("cn/test/care")[0].digest
    for each in case["adoptions"]:
        text = _put(content["adoption"], {**each, "digest": digest}) + each["added"]
        _fill(bureau, {f"cn/test/care/{each['from']}.toml": text})
    return Catalogue(made, bureau)


def _put(text: str, words: Mapping[str, str]) -> str:
    for name, word in words.items():
        text = text.replace(f"{{{name}}}", word)
    return text


@pytest.mark.parametrize("case", direct("32-adoptions"))
def test_what_stands_beside_comes_out_as_written(case: dict[str, Any]) -> None:
    """The result, what it rests on and whether it is adopted are the case's, for both runners and replay."""
    if "codes" in case:
        with pytest.raises(SubsidyError) as caught:
            _beside(case).check()
        assert case["codes"] == _codes(caught.value)
        return
    catalogue = _beside(case)
    catalogue.check()
    facts = _content("32-adoptions")["facts"] | case["facts"]
    result = catalogue.calculate("cn/test/care", facts, readings=case.get("readings"))
    found = result.to_dict()
    assert case["expected"] == {key: at(found["result"], key) for key in case["expected"]}
    assert case["kind"] == ("simulation" if result.is_simulation else "adopted")
    assert case["texts"] == sorted(text.id for text in result.texts)
    assert case["set_aside"] == found["basis"]["set_aside"]
    same = reference.calculate(result.policy.program, result.facts, result.readings)
    assert case["expected"] == {key: at(same, key) for key in case["expected"]}
    assert catalogue.replay(result.receipt()).is_same
