"""The index: Whoosh keeps the words, columns keep the numbers; a derived artefact, rebuilt at will."""
