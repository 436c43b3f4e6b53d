"""`manage.py drill`: failures as something a person can run and watch.

It starts a copy of the whole system (`system`), lets voters vote (`crowd`, `voters`) in front of screens (`screens`),
does a deed in the midst of it (`deeds`, `scene`), and holds what everybody was told (`history`) against what is stored
(`ledger`). `rounds` is the course of it, `timeline` and `report` say what happened.
"""
