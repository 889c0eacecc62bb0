"""Answers to what `subsidy policy new` asks, for its tests."""

from __future__ import annotations

import json
from pathlib import Path

ID = "cn/shanxi/yuncheng/new-subsidy"
FILE = f"{ID}/2024-01-15.toml"
HEAD = {
    "title": {"zh": "新补贴", "en": "New subsidy"},
    "source": {"zh": "补贴办法", "en": "Rules"},
    "issuer": {"zh": "某局", "en": "Some Bureau"},
    "number": "民发〔2024〕1 号",
    "issued": "2024-01-15",
    "from": "2024-02-01",
    "status": "issued",
    "division": "运城市",
    "clause": "三(二)",
}
LEVELS = {"self_care": "100", "semi_disabled": "200", "disabled": "300"}
RATINGS = {"A": "50000", "AA": "60000.5", "AAA": "70000"}
SCHEMES: dict[str, dict[str, object]] = {
    "area": {"scheme": "area", "payer": "county", "rate": 300},
    "bed": {"scheme": "bed", "payer": "city", "rate": "2500.55"},
    "month": {"scheme": "month", "payer": "county", "levels": "care_level", "rate": LEVELS},
    "rating": {"scheme": "rating", "payer": "county", "levels": "centre_rating", "rate": RATINGS},
    "standard": {"scheme": "standard", "unit": "m2", "rate": "20"},
}


def answered(folder: Path, *answers: dict[str, object]) -> Path:
    """Answers in a JSON file."""
    file = folder / "answers.json"
    file.write_text(json.dumps({**HEAD, **{name: each for one in answers for name, each in one.items()}}), "utf-8")
    return file
