"""Work over rosters in files."""
