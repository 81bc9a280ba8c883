"""The side-by-side benchmark of tests/bench: see README.md there."""
