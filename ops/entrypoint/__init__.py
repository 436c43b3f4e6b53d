"""The parts in containers: what docker-compose.yml starts in the image of deploy/Dockerfile."""
