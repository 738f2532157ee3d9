"""`python -m prolong` is the command `prolong`."""

import sys

from prolong.cli import main

sys.exit(main())
