#!/usr/bin/env python
"""Django's command line. `bin/manage` is this, in the project's environment, against the servers that `bin/up` runs."""

import os
import sys


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "votingsite.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
