"""The alarms for Prometheus: they name metrics that there are, and each is raised by what it is for."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families as parsed

from subsidy.service.operation.metrics import Metrics

ROOT: Final = Path(__file__).resolve().parents[2]
RULES: Final = ROOT / "deploy" / "alerts.yml"
PAGES: Final = [ROOT / "docs" / f"operating{end}.md" for end in ("", ".zh")]
_RULE: Final = re.compile(
    r"      - alert: (\w+)\n        expr: (.+)\n(?:        for: \d+m\n)?"
    r"        labels: \{severity: (?:critical|warning)\}\n"
    r"        annotations: \{summary: \"[^\"]+ · [^\"]+\"\}\n"
)
_NAME: Final = re.compile(r"\b(?:subsidy|process)_\w+")
_CALLS: Final = "subsidy_call_seconds"


class Alarm(NamedTuple):
    """What raises an alarm: series in promtool's notation, at which minute it is looked at, and how many are a step."""

    series: dict[str, str]
    minute: int = 30
    step: int = 1


ALARMS: Final = {
    "SubsidyDown": Alarm({'up{job="subsidy"}': "1x10 0x20"}),
    "SubsidyWriter": Alarm({'subsidy_healthy{check="writer"}': "1x10 0x20"}),
    "SubsidyDisk": Alarm({'subsidy_healthy{check="disk"}': "1x10 0x20"}),
    "SubsidyLedger": Alarm({'subsidy_healthy{check="ledger"}': "1x10 0x20"}),
    "SubsidyClaimsFail": Alarm(
        {
            f'{_CALLS}_count{{method="/subsidy.v1.LedgerService/Determine",code="OK"}}': "0+90x40",
            f'{_CALLS}_count{{method="/subsidy.v1.LedgerService/Determine",code="UNAVAILABLE"}}': "0+10x40",
        }
    ),
    "SubsidyEntriesLost": Alarm({"subsidy_ledger_entries": "0+10x10 60x20"}),
    "SubsidyInternal": Alarm({f'{_CALLS}_count{{code="INTERNAL"}}': "_x25 1x10"}),
    "SubsidyRestarts": Alarm({'process_start_time_seconds{job="subsidy"}': "1x5 2x5 3x5 4x15"}),
    "SubsidyReloadRefused": Alarm({'subsidy_reload_refused{what="roles"}': "0x20 1x20"}),
    "SubsidyCertificateExpires": Alarm({"subsidy_certificate_expires_timestamp_seconds": f"{13 * 86400}x40"}),
    "SubsidyNotAllowed": Alarm({f'{_CALLS}_count{{code="PERMISSION_DENIED"}}': "0+3x40"}),
    "SubsidyBusy": Alarm(
        {f'{_CALLS}_count{{code="OK"}}': "0+90x40", f'{_CALLS}_count{{code="RESOURCE_EXHAUSTED"}}': "0+10x40"}
    ),
    "SubsidySlow": Alarm(
        {
            f'{_CALLS}_bucket{{method="/subsidy.v1.LedgerService/Determine",le="{le}"}}': f"0+{many}x40"
            for le, many in (("1.0", 90), ("2.5", 100), ("+Inf", 100))
        }
    ),
    "SubsidyNoEntries": Alarm({"subsidy_ledger_entries": "7x440"}, 4350, 10),
    "SubsidyMemory": Alarm({'process_resident_memory_bytes{job="subsidy"}': "3000000000x40"}),
    "SubsidyDescriptors": Alarm(
        {'process_open_fds{job="subsidy"}': "7000x40", 'process_max_fds{job="subsidy"}': "8192x40"}
    ),
}
CALM: Final = Alarm(
    {
        'up{job="subsidy"}': "1x100",
        **{f'subsidy_healthy{{check="{check}"}}': "1x100" for check in ("writer", "disk", "ledger")},
        "subsidy_ledger_entries": "0+1x100",
        'subsidy_reload_refused{what="roles"}': "0x88 1x11",
        "subsidy_certificate_expires_timestamp_seconds": f"{60 * 86400}x100",
        'process_start_time_seconds{job="subsidy"}': "1x80 2x20",
        f'{_CALLS}_count{{code="OK"}}': "0+100x100",
        f'{_CALLS}_count{{code="RESOURCE_EXHAUSTED"}}': "0+1x100",
        f'{_CALLS}_count{{code="PERMISSION_DENIED"}}': "0+1x100",
        f'{_CALLS}_count{{method="/subsidy.v1.LedgerService/Determine",code="OK"}}': "0+100x100",
        f'{_CALLS}_count{{method="/subsidy.v1.LedgerService/Determine",code="UNAVAILABLE"}}': "0+1x100",
        f'{_CALLS}_count{{method="/subsidy.v1.CalculationService/Calculate",code="UNAVAILABLE"}}': "0+50x100",
        f'{_CALLS}_count{{code="INTERNAL"}}': "3x100",
        f'{_CALLS}_bucket{{method="/subsidy.v1.LedgerService/Determine",le="1.0"}}': "0+100x100",
        f'{_CALLS}_bucket{{method="/subsidy.v1.LedgerService/Determine",le="+Inf"}}': "0+100x100",
        f'{_CALLS}_bucket{{method="/subsidy.v1.AuditService/Verify",le="+Inf"}}': "0+100x100",
        'process_resident_memory_bytes{job="subsidy"}': "200000000x100",
        'process_open_fds{job="subsidy"}': "40x100",
        'process_max_fds{job="subsidy"}': "8192x100",
    },
    90,
)


CALM_FOR_DAYS: Final = Alarm({"subsidy_ledger_entries": "0+1x440"}, 4350, 10)


def rules() -> dict[str, str]:
    """Each alarm with its expression, as the file has them."""
    text = RULES.read_text("utf-8")
    found = dict(_RULE.findall(text))
    assert len(found) == text.count("- alert:")
    return found


def series() -> set[str]:
    """The names of what Prometheus is told."""
    metrics = Metrics()
    metrics.entries(7)
    metrics.running(lambda: 0)
    metrics.expires(dt.datetime.now(dt.UTC))
    metrics.ended("/x/y", "OK", 1.0)
    return {
        sample.name for family in parsed(generate_latest(metrics.registry).decode()) for sample in family.samples
    } | {"subsidy_healthy"}


def test_what_alarms_and_pages_name_is_told() -> None:
    """Every metric in a rule is told by the service, and the pages for operators name all that are told of it."""
    told = series()
    assert {name for expr in rules().values() for name in _NAME.findall(expr)} <= told
    for page in PAGES:
        named = {re.sub("_(count|bucket|sum)$", "", name) for name in _NAME.findall(page.read_text("utf-8"))}
        families = {re.sub("_(count|bucket|sum)$", "", name) for name in told}
        assert {name for name in families if name.startswith("subsidy_")} <= named <= families | {"subsidy_writer"}


@pytest.mark.parametrize("page", PAGES, ids=["en", "zh"])
def test_the_pages_have_every_alarm(page: Path) -> None:
    """The table of a page has each alarm in order, with the expression of the file."""
    rows = re.findall(r"^\| `(Subsidy\w+)`<br>`(.+?)` \|", page.read_text("utf-8"), re.MULTILINE)
    assert {name: expr.replace("\\|", "|") for name, expr in rows} == rules()
    assert [name for name, _ in rows] == list(rules())


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed: apt-get install prometheus")
def test_each_alarm_is_raised_by_what_it_is_for(tmp_path: Path) -> None:
    """Prometheus itself reads the rules; each is raised by its fault and no other, a calm service raises none."""
    assert list(ALARMS) == list(rules())
    tests: dict[int, list[dict[str, Any]]] = {}
    for name, alarm in [*ALARMS.items(), ("", CALM), ("", CALM_FOR_DAYS)]:
        raised = [{"labels": f'{{alertname="{name}"}}', "value": 1}] if name else []
        asked = 'count by (alertname) (ALERTS{alertstate="firing"})'
        tests.setdefault(alarm.step, []).append(
            {
                "interval": f"{alarm.step}m",
                "input_series": [{"series": key, "values": values} for key, values in alarm.series.items()],
                "promql_expr_test": [{"expr": asked, "eval_time": f"{alarm.minute}m", "exp_samples": raised}],
            }
        )
    for step, each in tests.items():
        file = tmp_path / f"{step}.yml"
        file.write_text(json.dumps({"rule_files": [str(RULES)], "evaluation_interval": f"{step}m", "tests": each}))
        done = subprocess.run(["promtool", "test", "rules", file], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
