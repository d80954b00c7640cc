"""Claims: of any number of people who want to call a clinic, one does."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from people_deciding import NOON, Desk

from directory.catalogue.claims import claim, claims, release


def test_a_clinic_is_taken_for_half_an_hour(desk: Desk) -> None:
    desk.bring(desk.clinic)
    later = NOON + dt.timedelta(minutes=29)
    assert desk.do(claim, 1, "ada", NOON)
    assert not desk.do(claim, 1, "ben", later)
    assert desk.do(claim, 1, "ada", later), "whoever has it may go on"
    assert not desk.do(claim, 1, "ben", NOON + dt.timedelta(minutes=31))
    assert desk.do(claim, 1, "ben", NOON + dt.timedelta(minutes=59))
    with desk.catalogue.reading() as session:
        assert claims(session, NOON + dt.timedelta(minutes=60))[1].claimed_by == "ben"
        assert claims(session, NOON + dt.timedelta(minutes=90)) == {}


def test_only_who_has_it_gives_it_back(desk: Desk) -> None:
    desk.bring(desk.clinic)
    desk.do(claim, 1, "ada", NOON)
    desk.do(release, 1, "ben")
    assert not desk.do(claim, 1, "ben", NOON)
    desk.do(release, 1, "ada")
    assert desk.do(claim, 1, "ben", NOON)


def test_eight_who_want_it_at_once_never_get_the_same_clinic(desk: Desk) -> None:
    desk.bring(desk.clinic)
    start = Barrier(8)

    def want(number: int) -> bool:
        start.wait()
        return bool(desk.do(claim, 1, f"caller {number}", NOON))

    for round_ in range(5):
        with ThreadPoolExecutor(8) as callers:
            assert sum(callers.map(want, range(8))) == 1, round_
        desk.do(release, 1)
