"""A flood of searches while the index is built anew: none fails, none is half an answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from directory.catalogue.session import Catalogue
from directory.config import Settings
from directory.index.generation import rebuild

ASKED = ("ketamine+near+Fort+Wayne", "ketamine+46802", "tms+in+Ohio", "ketamine+near+Toledo+that+takes+medicaid")


def flood(app: Flask, settings: Settings, searches: int, builds: int) -> None:
    """Ask from eight threads while the index is built several times, and compare with what was answered in quiet."""

    def ask(number: int) -> tuple[int, str, object]:
        words = ASKED[number % len(ASKED)]
        answer = app.test_client().get(f"/search.json?q={words}")
        found = [result["id"] for result in answer.json["results"]] if answer.json else None
        return answer.status_code, words, found

    quiet = {words: found for _, words, found in map(ask, range(len(ASKED)))}
    catalogue = Catalogue(settings.database_url)
    with ThreadPoolExecutor(8) as people:
        answers = people.map(ask, range(searches))
        for _ in range(builds):
            rebuild(catalogue, settings.index_dir)
        assert all(status == 200 and found == quiet[words] for status, words, found in answers)
    catalogue.close()


def test_searches_during_a_rebuild_are_answered_whole(app: Flask, filled_settings: Settings) -> None:
    flood(app, filled_settings, searches=80, builds=2)


@pytest.mark.soak
def test_thousands_of_searches_during_many_rebuilds_are_answered_whole(app: Flask, filled_settings: Settings) -> None:
    flood(app, filled_settings, searches=4000, builds=40)
