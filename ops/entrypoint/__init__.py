"""The parts in containers, as docker-compose.yml starts them in the image of deploy/Dockerfile."""
