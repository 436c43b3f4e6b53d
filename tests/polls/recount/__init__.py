"""Tests of polls.recount."""
