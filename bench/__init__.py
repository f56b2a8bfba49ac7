"""Benchmarks: the program beside a bare application, measured in turn within one run."""
