"""The pages and the API that everybody may call."""
