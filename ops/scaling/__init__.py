"""Scaling on paper: a simulation of the parts from measured costs, and the tables of docs/scaling.md."""
