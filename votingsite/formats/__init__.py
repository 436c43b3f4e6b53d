"""Dates as pages write them, by language: what Django's own formats lack, or say at greater length."""
