"""The cases worked out from the founding documents, each held by a shipped module."""
