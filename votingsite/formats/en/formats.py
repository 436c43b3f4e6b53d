"""Dates in English, as `{{ moment|date:"WEEKDAY_FORMAT" }}`."""

#: Monday 23 November
WEEKDAY_FORMAT = "l j F"
#: 23 Nov
MONTH_DAY_FORMAT = "j M"
