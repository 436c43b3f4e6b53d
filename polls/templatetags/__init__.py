"""Template tags of the polls."""
