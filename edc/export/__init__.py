"""Extracts: what leaves the system as a file."""
