"""`manage.py drill`: failures as something a person can run and watch.

It starts a copy of the whole system (`system`), lets voters vote (`workload`, `voters`) in front of screens
(`screens`), does a deed in the midst of it (`faults`, `target`), and holds what everybody was told (`history`) against
what is stored (`checker`). `runner` is the course of it, `timeline` and `report` say what happened.
"""
