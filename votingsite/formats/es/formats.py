"""Dates in Spanish, as `{{ moment|date:"WEEKDAY_FORMAT" }}`."""

#: lunes 23 de noviembre
WEEKDAY_FORMAT = r"l j \d\e F"
#: 23 nov
MONTH_DAY_FORMAT = "j M"
