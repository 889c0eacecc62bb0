"""The runners that the cases are put to: those of the package, each of which has a line in its one registry."""

from __future__ import annotations

from subsidy.calculation.runners import RUNNERS, Run, calculated, refused

__all__ = ["RUNNERS", "Run", "calculated", "refused"]
