"""Rosters as bureaus keep them: CSV, Parquet and workbooks, read into columns of facts. Nothing is guessed in silence.

`read` gives a `Roster`: what the columns mean, what was passed over, and the rows in pieces. Needs the extra `tables`.
"""
