"""The index: Whoosh keeps the words, memory-mapped columns the numbers, generation beside generation."""
