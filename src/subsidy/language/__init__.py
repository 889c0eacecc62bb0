"""The policy language: from a module's document to a typed, checked program.

`compiler.PASSES` names the way: read → resolve → type and unit → interpret → range → totality → lower.
"""
