"""Policies and adoptions are taken up without a restart; those that are no good are refused, and the old ones stay."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.ledger.support import HOME, NURSING
from tests.service.test_ledger_process import serving, stop
from typer.testing import CliRunner

from subsidy.audit.sources import Stored
from subsidy.audit.verifying import verify
from subsidy.cli.app import app
from subsidy.client import Client
from subsidy.errors import RequestError
from subsidy.service.calls import TRACE
from subsidy.service.operation.folders import Folders

from .conftest import Kept, soon

NEW = "cn/test/reloaded"
MODULE = "cn/test/nursing/2025-01-01.toml"


def another(policies: Path, *, id_: str = NEW) -> None:
    """A policy more: that of the tests under another id, locked."""
    text = (policies / MODULE).read_text("utf-8").replace(NURSING, id_)
    (policies / id_).mkdir(parents=True)
    (policies / id_ / "2025-01-01.toml").write_text(text, "utf-8")
    locked = CliRunner().invoke(app, ["policy", "lock", "--policies", str(policies)])
    assert locked.exit_code == 0, locked.output


def served(client: Client) -> set[str]:
    """The ids of what is served."""
    return {each.id for each in client.policies()}


def look(kept: Kept, outcome: str) -> None:
    """Have the folders looked at, and wait for how it comes out."""
    before = kept.reads(outcome)
    kept.keeper.look()
    assert soon(lambda: kept.reads(outcome) == before + 1), (outcome, kept.reads("taken"), kept.reads("refused"))


def determined(kept: Kept, request: str, policy: str = NURSING) -> str:
    """How a claim comes out."""
    claim = {"elder": "E1", "month": "2025-03", "cost": "10", "bill": request}
    return kept.client.determine(policy, claim, request=request).decision


def test_a_newly_locked_policy_is_served_without_a_restart(kept: Kept) -> None:
    """What was unknown is listed, calculated and, once it is adopted, determined; what was there goes on."""
    before = served(kept.client)
    first = determined(kept, "a")
    another(kept.policies)
    assert served(kept.client) == before
    look(kept, "taken")
    assert served(kept.client) == before | {NEW}
    facts = {"elder": "E1", "month": "2025-03", "cost": "10", "bill": "x", "left_monthly": "9", "left_lifetime": "9"}
    assert kept.client.calculate(NEW, facts).amount == kept.client.calculate(NURSING, facts).amount
    with pytest.raises(RequestError, match="R0502"):
        determined(kept, "b", NEW)
    digest = kept.client.policy(NEW).summary.digest
    adopted = next(each for each in (kept.adoptions / NURSING).glob("2025*.toml")).read_text("utf-8")
    (kept.adoptions / NEW).mkdir(parents=True)
    lines = [f'digest = "{digest}"' if line.startswith("digest") else line for line in adopted.splitlines()]
    text = "\n".join(lines).replace(NURSING, NEW)
    (kept.adoptions / NEW / "2025-01-01.toml").write_text(text, "utf-8")
    look(kept, "taken")
    assert (determined(kept, "b", NEW), determined(kept, "a")) == (first, first)


def unsound(kept: Kept) -> str:
    text = (kept.policies / MODULE).read_text("utf-8").replace(NURSING, NEW)
    (kept.policies / NEW).mkdir(parents=True)
    (kept.policies / NEW / "2025-01-01.toml").write_text(text + "\n[nonsense]\n", "utf-8")
    return "P"


def not_locked_so(kept: Kept) -> str:
    file = kept.policies / HOME / "2023-08-01.toml"
    file = file if file.exists() else next((kept.policies / HOME).glob("*.toml"))
    file.write_text(file.read_text("utf-8").replace("1350", "1351"), "utf-8")
    return "C"


def taken_away(kept: Kept) -> str:
    lock = kept.policies / "catalogue.lock"
    lines = lock.read_text("utf-8").splitlines()
    gone = next(line for line in lines if HOME in line)
    lock.write_text("\n".join(line for line in lines if line != gone) + "\n", "utf-8")
    return "S0505"


def lists_moved(kept: Kept) -> str:
    file = kept.policies / "divisions.toml"
    file.write_text(file.read_text("utf-8") + "\n# moved\n\n[nothing]\n", "utf-8")
    return "P"


def half_written(kept: Kept) -> str:
    file = kept.policies / "vocabulary.toml"
    file.write_bytes(file.read_bytes()[:200])
    return ""


def adoption_of_nothing(kept: Kept) -> str:
    file = next((kept.adoptions / NURSING).glob("2025*.toml"))
    lines = file.read_text("utf-8").splitlines()
    lines = [f'digest = "sha256:{"0" * 64}"' if line.startswith("digest") else line for line in lines]
    file.write_text("\n".join(lines), "utf-8")
    return "A0103"


def folder_gone(kept: Kept) -> str:
    kept.adoptions.rename(kept.adoptions.with_name("elsewhere"))
    return "A0101"


BAD: list[Callable[[Kept], str]] = [
    unsound, not_locked_so, taken_away, lists_moved, half_written, adoption_of_nothing, folder_gone,
]  # fmt: skip


@pytest.mark.parametrize("spoil", BAD, ids=lambda each: each.__name__)
def test_what_is_no_good_is_refused_and_changes_nothing(
    kept: Kept, spoil: Callable[[Kept], str], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """The log names the problem, every call is answered as before, also by the ledger, and it verifies."""
    known = served(kept.client)
    code = spoil(kept)
    look(kept, "refused")
    reported = [each.getMessage() for each in caplog.records if "what is new is not served" in each.getMessage()]
    assert any(f": {code}" in line for line in reported), reported
    if code == "S0505":
        assert any(line.endswith("is being served, and cannot be taken away or changed") for line in reported)
    assert served(kept.client) == known
    assert determined(kept, "a") == "determined"
    with Stored(f"sqlite:///{tmp_path}/l.db") as source:
        found: list[object] = []
        assert verify(source, jobs=1, found=found.append).is_clean, found


def test_what_is_mended_is_taken_up(kept: Kept) -> None:
    """After a bad state the next good one is served."""
    file = kept.policies / "vocabulary.toml"
    content = file.read_bytes()
    file.write_bytes(content[:200])
    look(kept, "refused")
    file.write_bytes(content)
    another(kept.policies)
    look(kept, "taken")
    assert NEW in served(kept.client)


def test_where_nothing_can_be_read_it_is_tried_again(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever a look ends with is a refusal too, and the next one takes them up though nothing changed."""
    another(kept.policies)

    def fails(_: object) -> bool:
        raise MemoryError("a secret")

    with monkeypatch.context() as patched:
        patched.setattr(Folders, "have_changed", fails)
        look(kept, "refused")
    (said,) = [each for each in caplog.records if each.getMessage() == "internal error"]
    assert "MemoryError" in said.__dict__[TRACE] and "secret" not in said.__dict__[TRACE]
    look(kept, "taken")
    assert NEW in served(kept.client)


def test_a_process_looks_at_once_when_it_is_told(bureau_folder: Path, tmp_path: Path) -> None:
    """SIGHUP to `subsidy serve`: the new policy is served within moments, long before the next look by itself."""
    import shutil

    folder = Path(shutil.copytree(bureau_folder, tmp_path / "bureau"))
    with serving(folder, tmp_path / "l.db") as (process, address), Client(address) as client:
        another(folder / "policies")
        process.send_signal(signal.SIGHUP)
        assert soon(lambda: NEW in served(client))
        stop(process)


def test_the_ledger_records_the_text_that_was_served(kept: Kept) -> None:
    """A file that changed on the disk meanwhile is not what the ledger keeps as the text of a determination."""
    file = kept.policies / MODULE
    text = file.read_text("utf-8")
    file.write_text(text + "\n# changed\n", "utf-8")
    determined(kept, "a")
    texts = [body for _, body in kept.ledger.entries(0, 100, kinds=("text",))]
    assert [each["content"] for each in texts if each["role"] == "policy"] == [text]
    assert "changed" not in json.dumps(texts, ensure_ascii=False)
