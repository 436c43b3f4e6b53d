"""The visit counter."""
