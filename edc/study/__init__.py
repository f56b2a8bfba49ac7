"""The vocabulary in which a trial is declared: pure Python, no database and no web."""
