"""The catalogue: facilities, what sources list of them, and the import runs that said so."""
