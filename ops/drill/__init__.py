"""`manage.py drill`: inject a fault under load and check the results against the database.

A drill starts a copy of the whole system (`system`), lets voters vote (`workload`, `voters`) in front of screens
(`screens`), injects a fault (`faults`, `target`), and compares what everybody was told (`history`) with what is stored
(`checker`). `runner` runs the steps; `timeline` and `report` print what happened.
"""
