"""bin/test-deploy: docker-compose.yml on a real Docker engine, broken in the midst of voting, and held to account."""
