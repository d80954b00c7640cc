"""The board's bench writes what the present schema takes, and asks pages that answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import board


def test_the_pages_of_staff_are_measured_over_made_up_referrals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(board, "REFERRALS", 60)
    monkeypatch.setattr(board, "_PORTION", 20)
    monkeypatch.setattr(board, "ROUNDS", 4)
    board.show(tmp_path)
    printed = capsys.readouterr().out
    assert "60 made-up referrals were written" in printed
    assert printed.count("board, ") == 3
