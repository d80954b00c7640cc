"""Side-by-side measurements: `python -m bench` prints tables of ours and of others on the same data."""
