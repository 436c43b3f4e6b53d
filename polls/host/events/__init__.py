"""The host pages of events, below /host/events/."""
