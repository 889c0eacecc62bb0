"""Proofs and checkpoints that were tampered with: none is accepted."""

from __future__ import annotations

from .mutated_proofs import KINDS, run


def test_no_mutated_proof_is_accepted() -> None:
    """Of 2,000 mutated proofs, texts and notes none holds, while each holds unchanged; broken verifiers show."""
    tally = run(2_000, seed=1)
    assert tally.accepted == []
    assert tally.refused_unchanged.total() == 0
    assert all(tally.tried[kind.name] > 400 for kind in KINDS)
    assert all(tally.broken_accepted[kind.name] > 5 for kind in KINDS), tally.broken_accepted
    assert len(tally.changes) > 30
