"""Tests of polls.electorate."""
