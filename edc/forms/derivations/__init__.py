"""The derivation rules of the trial: pure functions of what a record may read."""
