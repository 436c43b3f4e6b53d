"""Running the system: on one machine (launch), in containers (entrypoint), under load (loadtest), or broken (drill)."""
