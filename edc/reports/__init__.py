"""Reads for screens: each a function from a session to plain values."""
