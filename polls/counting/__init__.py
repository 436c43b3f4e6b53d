"""From the ballot box into Postgres: totals, time lines, and the audit that recomputes them."""
