"""The electorate of a poll: anyone, people with a voting code, or people with an account (decision 47)."""
