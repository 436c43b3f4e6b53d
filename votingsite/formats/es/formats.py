"""Dates and numbers in Spanish, as `{{ moment|date:"WEEKDAY_FORMAT" }}`."""

#: lunes 23 de noviembre
WEEKDAY_FORMAT = r"l j \d\e F"
#: 23 nov
MONTH_DAY_FORMAT = "j b"
#: 23 nov, 14:05 UTC
MOMENT_FORMAT = "j b, H:i e"
#: 2026-11-23 14:05 UTC: in the admin, where static/admin.js sets it in the reader's own zone.
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "Y-m-d H:i e"
#: 48 213, with a space that doesn't break, as the Academy and ISO 80000 have it.
THOUSAND_SEPARATOR = "\u00a0"
NUMBER_GROUPING = 3
