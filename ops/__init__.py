"""Running the system: on one machine (launch), in containers (entrypoint), under load (loadtest), broken (drill).

Its protocol is run without any server in `model`.
"""
