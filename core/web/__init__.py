"""What both web services share: middleware, error pages, addresses, health checks."""
