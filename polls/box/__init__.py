"""The ballot box in Redis: what is cast, and the definition that it is checked against."""
