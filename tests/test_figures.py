"""What tests record as figures is printed at the end of a run, one line for each name."""

from __future__ import annotations

from types import SimpleNamespace

from .figures import figures


def test_figures_of_one_name_are_put_together() -> None:
    """Numbers are added, lists united and counted, texts listed; what is no figure is not printed."""
    reports = [
        SimpleNamespace(when="call", user_properties=[("figure made", {"policies": 1500, "constructs": ["+", "-"]})]),
        SimpleNamespace(when="call", user_properties=[("figure made", {"policies": 500, "constructs": ["-", "*"]})]),
        SimpleNamespace(when="call", user_properties=[("figure faults", "02 after 7"), ("other", "not a figure")]),
        SimpleNamespace(when="call", user_properties=[("figure faults", "01 after 9")]),
        SimpleNamespace(when="teardown", user_properties=[("figure faults", "01 after 9")]),
        SimpleNamespace(),  # a warning has no properties
    ]
    assert figures(reports) == ["faults: 01 after 9, 02 after 7", "made: 2,000 policies, 3 constructs"]
