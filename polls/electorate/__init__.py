"""Who may vote in a poll: anyone, whoever has a voting code, or whoever has an account (decision 47)."""
