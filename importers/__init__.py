"""From the outside world to listing records: one source kind per file."""
