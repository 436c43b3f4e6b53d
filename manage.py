#!/usr/bin/env python
"""Django's command line. `bin/manage` is this, in the project's environment, against the servers that `bin/up` runs."""

import os
import sys


def main() -> None:
    """Run one management command."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "votingsite.settings"
    from votingsite import command_line

    command_line.run(sys.argv)


if __name__ == "__main__":
    main()
