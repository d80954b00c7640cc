"""Day: what date it is where the center is; consents end and follow-ups fall due by it."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from directory.referrals.records import Records


def day_of(records: Records, moment: dt.datetime) -> dt.date:
    """The center's date at a moment."""
    return moment.astimezone(ZoneInfo(records.settings.center.time_zone)).date()


def center_day(records: Records) -> dt.date:
    """The center's date now."""
    return day_of(records, records.now)
