"""Rosters larger than memory: read, calculated and written by DuckDB, on all processors.

What DuckDB surely reads as every other reader does, it calculates; a row with anything else is read by those, and its
answer put where it belongs. So a result is the same whichever engine made it.
"""
