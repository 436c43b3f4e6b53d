"""Dates and numbers in English, as `{{ moment|date:"WEEKDAY_FORMAT" }}`."""

#: Monday 23 November
WEEKDAY_FORMAT = "l j F"
#: 23 Nov
MONTH_DAY_FORMAT = "j M"
#: 23 Nov, 14:05 UTC
MOMENT_FORMAT = "j M, H:i e"
#: 48,213
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
