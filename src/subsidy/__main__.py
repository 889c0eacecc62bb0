"""`python -m subsidy` is the command `subsidy`."""

from __future__ import annotations

from .cli import main

main()
