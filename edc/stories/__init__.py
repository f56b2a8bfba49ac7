"""Participant stories: one way through the trial as data, carried out through the web layer."""
