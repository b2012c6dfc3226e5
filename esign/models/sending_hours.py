"""When a campaign may mail people: hours, weekdays and public holidays by the clock at the property."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format, time_format
from django.utils.text import get_text_list

if TYPE_CHECKING:
    from esign.models.batch_rule import CampaignContents
    from leases.models import Property

EVERY_DAY = "1234567"
# Hours of which none comes within a year never come.
DAYS_AHEAD = 366


@dataclass(frozen=True)
class SendingHours:
    """The allowed times of one property. An envelope keeps them as JSON, so nothing has to be looked up to obey them.

    `until` itself is outside. `weekdays` are digits, 1 is Monday; without any no time is allowed. `holidays_of` is a
    country and a state, such as US-CA; empty: holidays are days like others.
    """

    zone: str
    begin: time = time.min
    until: time | None = None
    weekdays: str = EVERY_DAY
    holidays_of: str = ""

    @classmethod
    def of(cls, contents: CampaignContents, home: Property) -> Self | None:
        """Those of a campaign at this property; None where every time is allowed."""
        hours = cls(
            home.time_zone,
            contents.send_from or time.min,
            contents.send_until,
            contents.send_weekdays or EVERY_DAY,
            f"{home.country}-{home.state}" if contents.skip_holidays else "",
        )
        return None if hours == cls(home.time_zone) else hours

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        until = kept["until"]
        return cls(
            kept["zone"],
            time.fromisoformat(kept["begin"]),
            time.fromisoformat(until) if until else None,
            kept["weekdays"],
            kept["holidays_of"],
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "zone": self.zone,
            "begin": self.begin.isoformat(),
            "until": self.until.isoformat() if self.until else None,
            "weekdays": self.weekdays,
            "holidays_of": self.holidays_of,
        }

    def allow(self, at: datetime) -> bool:
        local = at.astimezone(ZoneInfo(self.zone))
        after_the_end = self.until is not None and local.time() >= self.until
        return self._is_open(local.date()) and self.begin <= local.time() and not after_the_end

    def next_allowed(self, at: datetime) -> datetime | None:
        """`at` itself if it is allowed, else when the next allowed time begins; None: it never does.

        Where the clocks go forward over the begin, that day begins as much later.
        """
        if self.allow(at):
            return at
        today = at.astimezone(ZoneInfo(self.zone)).date()
        for day in (today + timedelta(days=days) for days in range(DAYS_AHEAD)):
            for begin in self._begins(day) if self._is_open(day) else ():
                if begin > at and self.allow(begin):
                    return begin
        return None

    @property
    def in_words(self) -> str:
        """Such as “from 9 a.m., until 5 p.m., on Monday and Friday, not on public holidays (America/Denver)”."""
        said = [f"from {time_format(self.begin)}"] if self.begin != time.min else []
        if self.until is not None:
            said.append(f"until {time_format(self.until)}")
        if self.weekdays != EVERY_DAY:
            said.append(f"on {get_text_list([str(WEEKDAYS[int(digit) - 1]) for digit in self.weekdays], 'and')}")
        if self.holidays_of:
            said.append("not on public holidays")
        return f"{', '.join(said)} ({self.zone})"

    def moment(self, at: datetime) -> str:
        """This time by the clock at the property, such as “Mon, Jan 4, 9:00 a.m. MST”."""
        return date_format(at.astimezone(ZoneInfo(self.zone)), "D, M j, g:i a T")

    def _begins(self, day: date) -> list[datetime]:
        """When the hours of a day begin: twice where the clocks go back over the begin."""
        local = datetime.combine(day, self.begin, ZoneInfo(self.zone))
        return sorted({local.replace(fold=fold).astimezone(UTC) for fold in (0, 1)})

    def _is_open(self, day: date) -> bool:
        is_holiday = bool(self.holidays_of) and day in _holidays(self.holidays_of, day.year)
        return str(day.isoweekday()) in self.weekdays and not is_holiday


@lru_cache(maxsize=1024)
def _holidays(place: str, year: int) -> frozenset[date]:
    """Public holidays of a state, or of its country where the library does not know the state."""
    import holidays  # noqa: PLC0415  # takes a third of a second, and few processes need it

    country, _, state = place.partition("-")
    for subdivision in (state, None):
        try:
            return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year))
        except NotImplementedError:
            continue
    return frozenset()
