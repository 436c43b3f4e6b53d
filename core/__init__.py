"""The ground that all other packages stand on: stores, telemetry, web. It knows nothing of polls."""
