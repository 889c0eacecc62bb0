"""Faults done to a real ledger, each with a control that must fail: ``python -m tests.faults --help``."""
