"""Work over rosters: calculated into files, held against other figures, and against other rules.

Needs the extra `tables`.
"""
