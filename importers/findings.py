"""Findings: what is odd about a file, gathered while its rows stream by and told in one sentence each."""

from __future__ import annotations

LINES_NAMED = 10
MOST_SENTENCES = 200


class Findings:
    """Sentences with the lines they were met on; the same sentence is told once, with a count."""

    def __init__(self) -> None:
        self._lines: dict[str, list[int]] = {}
        self._counts: dict[str, int] = {}
        self._untold = 0

    def note(self, sentence: str, line: int) -> None:
        """Remember that `sentence` (without a full stop) holds of a line."""
        if sentence not in self._counts and len(self._counts) == MOST_SENTENCES:
            self._untold += 1
            return
        self._counts[sentence] = self._counts.get(sentence, 0) + 1
        lines = self._lines.setdefault(sentence, [])
        if len(lines) < LINES_NAMED:
            lines.append(line)

    def sentences(self) -> list[str]:
        """What was found, in the order it was first met, each naming its first lines."""
        told = []
        for sentence, count in self._counts.items():
            lines = ", ".join(map(str, self._lines[sentence]))
            more = f" and {count - LINES_NAMED} more" if count > LINES_NAMED else ""
            told.append(f"{sentence} (line{'s' if count > 1 else ''} {lines}{more}).")
        if self._untold:
            told.append(f"{self._untold} further oddities are not listed here.")
        return told
