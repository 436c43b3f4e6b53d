"""Dates and numbers in English, as `{{ moment|date:"WEEKDAY_FORMAT" }}`."""

#: Monday 23 November
WEEKDAY_FORMAT = "l j F"
#: 23 Nov
MONTH_DAY_FORMAT = "j M"
#: 23 Nov, 14:05 UTC
MOMENT_FORMAT = "j M, H:i e"
#: 2026-11-23 14:05 UTC: in the admin, where static/admin.js sets it in the reader's own zone.
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "Y-m-d H:i e"
#: 48,213
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
