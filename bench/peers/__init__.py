"""Search engines measured beside ours, each set up as its own documentation advises."""
