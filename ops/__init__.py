"""How the system is run: on one machine (launch), in containers (entrypoint), and broken on purpose (drill)."""
