"""Settings: data/settings.toml, overridden by DIRECTORY_HOME/settings.toml and two environment variables."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from directory.errors import PlainError

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
TEMPLATES = ROOT / "templates"


class SettingsError(PlainError):
    """A setting is unknown or has a value of the wrong kind; the message names file and setting."""


@dataclass(frozen=True, slots=True)
class CenterSettings:
    """The recovery center that runs this directory."""

    name: str
    phone: str
    street: str
    city: str
    state: str
    zip: str
    accent_colour: str
    email: str
    fax: str
    address: str
    time_zone: str
    leave_address: str


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """What a search assumes and how far it widens. Radius in miles."""

    default_codes: list[str]
    radius_miles: float
    fewest_within_radius: int
    widen_to: int
    results_per_page: int


@dataclass(frozen=True, slots=True)
class ImportSettings:
    """What an import accepts, and whom it tells. Distances in miles."""

    farthest_from_zip_miles: float
    mail_new_to: list[str]
    mail_within_miles: float
    metrics_file: str


@dataclass(frozen=True, slots=True)
class GeocoderSettings:
    """An optional geocoder through geopy; an empty service means none."""

    service: str
    address: str
    user_agent: str
    seconds_between_requests: float


@dataclass(frozen=True, slots=True)
class StaffSettings:
    """How long staff stay signed in, and how many wrong tries are borne."""

    idle_minutes: int
    session_hours: int
    tries_an_account: int
    tries_an_address: int
    tries_minutes: int
    secure_cookies: bool
    proxies: int


@dataclass(frozen=True, slots=True)
class ReferralSettings:
    """Limits of the way of a referral, in days unless named otherwise."""

    duplicate_days: int
    consent_days: int
    link_days: int
    wrong_codes: int
    accounting_years: int


@dataclass(frozen=True, slots=True)
class FollowUpSettings:
    """After how many days in a state somebody should look again; booked counts from the appointment."""

    draft: int
    awaiting_consent: int
    ready: int
    sent: int
    viewed: int
    accepted: int
    booked: int
    attended: int
    did_not_attend: int
    declined: int
    no_answer: int


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The mail server; an empty host means that links are not sent by e-mail. `security` "starttls", "tls" or "none".

    The password comes from DIRECTORY_MAIL_PASSWORD.
    """

    host: str
    port: int
    security: str
    user: str
    sender: str
    seconds: float
    attempts: int


@dataclass(frozen=True, slots=True)
class DevelopmentSettings:
    """What only those need who change the program."""

    design_page: bool


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one installation. `demo` marks every page as a demonstration."""

    home: Path
    database_url: str
    center: CenterSettings
    search: SearchSettings
    imports: ImportSettings
    geocoder: GeocoderSettings
    staff: StaffSettings
    referral: ReferralSettings
    follow_up: FollowUpSettings
    mail: MailSettings
    development: DevelopmentSettings
    demo: bool = False
    index_dir: Path = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "index_dir", self.home / "index")


TABLES: dict[str, type] = {
    "center": CenterSettings,
    "search": SearchSettings,
    "import": ImportSettings,
    "geocoder": GeocoderSettings,
    "staff": StaffSettings,
    "referral": ReferralSettings,
    "follow_up": FollowUpSettings,
    "mail": MailSettings,
    "development": DevelopmentSettings,
}


def load_settings(environment: Mapping[str, str] = os.environ, *, demo: bool = False) -> Settings:
    """Read the settings of this installation.

    DIRECTORY_HOME is the folder of everything that is kept (default ./var); DATABASE_URL any SQLAlchemy URL
    (default SQLite in that folder). Raises SettingsError naming the file and the setting at fault.
    """
    home = Path(environment.get("DIRECTORY_HOME") or "var").resolve()
    home.mkdir(parents=True, exist_ok=True)
    values = _read_tables(DATA / "settings.toml")
    own = home / "settings.toml"
    if own.exists():
        for table, entries in _read_tables(own).items():
            values[table] |= entries
    url = environment.get("DATABASE_URL") or f"sqlite:///{home / 'catalogue.sqlite3'}"
    parts = {name: kind(**values[name]) for name, kind in TABLES.items()}
    return Settings(
        home=home,
        database_url=url,
        center=parts["center"],
        search=parts["search"],
        imports=parts["import"],
        geocoder=parts["geocoder"],
        staff=parts["staff"],
        referral=parts["referral"],
        follow_up=parts["follow_up"],
        mail=parts["mail"],
        development=parts["development"],
        demo=demo,
    )


def shipped_import_settings() -> ImportSettings:
    """The settings of imports as data/settings.toml has them."""
    return ImportSettings(**_read_tables(DATA / "settings.toml")["import"])


def _read_tables(path: Path) -> dict[str, dict[str, Any]]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from error
    for table, entries in tables.items():
        if table not in TABLES or not isinstance(entries, dict):
            raise SettingsError(f"{path}: there is no table [{table}]; known are {', '.join(TABLES)}")
        kinds = {f.name: str(f.type) for f in fields(TABLES[table])}
        for name, value in entries.items():
            if name not in kinds:
                raise SettingsError(f"{path}: [{table}] has no setting {name!r}; known are {', '.join(kinds)}")
            entries[name] = _checked(value, kinds[name], f"{path}: [{table}] {name}")
    return tables


def _checked(value: Any, kind: str, where: str) -> Any:
    if kind == "float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value).__name__ != kind.split("[", maxsplit=1)[0]:
        raise SettingsError(f"{where} is {value!r}, but must be of kind {kind}")
    return value
