"""Voting: from the form to the receipt, in the web service."""
