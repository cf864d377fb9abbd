"""Calendars as the products that people leave write them, with our cast in them."""

from __future__ import annotations


def ics(body: str, *head: str) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", *head, *body.strip().splitlines(), "END:VCALENDAR"]
    return "\r\n".join(line.strip() for line in lines).encode() + b"\r\n"


def event(summary: str, start: str, end: str, *more: str, uid: str = "") -> str:
    """One event; `start` and `end` with their parameters, as ";TZID=...:20261130T080000"."""
    return "\n".join(
        [
            "BEGIN:VEVENT",
            f"UID:{uid or summary}{start}@example.org",
            "DTSTAMP:20261101T000000Z",
            f"DTSTART{start}",
            f"DTEND{end}",
            f"SUMMARY:{summary}",
            *more,
            "END:VEVENT",
        ]
    )


# No DTSTAMP, no "mailto:", and a PRODID with a parameter: so it comes.
PAGERDUTY = ics(
    """
    BEGIN:VEVENT
    DTEND;VALUE=DATE-TIME:20261207T130000Z
    DTSTART;VALUE=DATE-TIME:20261130T130000Z
    ATTENDEE:alice.1@example.org
    UID:Q1AAAA
    URL:https://example.pagerduty.com/schedules#PABC
    SUMMARY:On Call - Alice Roy - Soutien
    END:VEVENT
    BEGIN:VEVENT
    DTEND;VALUE=DATE-TIME:20261214T130000Z
    DTSTART;VALUE=DATE-TIME:20261207T130000Z
    ATTENDEE:bob.2@example.org
    UID:Q1AAAB
    URL:https://example.pagerduty.com/schedules#PABC
    SUMMARY:On Call - Bob Tremblay - Soutien
    END:VEVENT
    """,
    "PRODID;X-RICAL-TZSOURCE=TZINFO:-//com.denhaven2/NONSGML ri_cal gem//EN",
    "CALSCALE:GREGORIAN",
    "X-WR-CALNAME:On Call Schedule for Soutien",
)

OPSGENIE = ics(
    """
    BEGIN:VEVENT
    DTSTAMP:20261101T000000Z
    DTSTART;TZID=America/Toronto:20261130T163000
    DTEND;TZID=America/Toronto:20261201T080000
    SUMMARY:chloe.3@example.org
    DESCRIPTION:Rotation : Nuits
    UID:0b9f
    END:VEVENT
    """,
    "PRODID:-//Example//Schedule//EN",
    "METHOD:PUBLISH",
    "X-WR-CALNAME:Soutien_schedule",
    "X-WR-TIMEZONE:America/Toronto",
)

GRAFANA = ics(
    event("[L1] bob.2", ":20261130T130000Z", ":20261201T130000Z")
    + "\n"
    + event("[L0] alice.1", ":20261130T130000Z", ":20261201T130000Z"),
    "PRODID:-//My calendar product//amixr//",
    "CALSCALE:GREGORIAN",
)

WEEKLY = ics(
    """
    BEGIN:VEVENT
    UID:nuits@example.org
    DTSTAMP:20261101T000000Z
    DTSTART;TZID=America/Toronto:20261026T200000
    DTEND;TZID=America/Toronto:20261027T080000
    RRULE:FREQ=DAILY;UNTIL=20261130T000000Z
    EXDATE;TZID=America/Toronto:20261030T200000
    SUMMARY:Chloé Côté
    END:VEVENT
    BEGIN:VEVENT
    UID:nuits@example.org
    DTSTAMP:20261101T000000Z
    RECURRENCE-ID;TZID=America/Toronto:20261101T200000
    DTSTART;TZID=America/Toronto:20261101T220000
    DTEND;TZID=America/Toronto:20261102T080000
    SUMMARY:Bob Tremblay
    END:VEVENT
    """,
    "PRODID:-//Example//Calendar//FR",
)
