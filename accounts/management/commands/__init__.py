"""Commands about people's accounts."""
