"""State changes of a poll: transitions, and the safety net that completes them."""
