"""The cases of thirty rules of other places, each held by an example module."""
