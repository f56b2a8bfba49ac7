"""The randomisation design and its lists: pure Python, readable without a database."""
