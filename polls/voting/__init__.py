"""What the web service does with a vote: from the form to the receipt."""
