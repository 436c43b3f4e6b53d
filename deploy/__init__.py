"""The ways to run it: what renders and checks them. The image has none of it."""
