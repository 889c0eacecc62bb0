"""The audit of a ledger, without trusting who operates it: verified, replayed, compared, exported."""
