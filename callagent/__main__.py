"""`python -m callagent`."""

import sys

from callagent.cli import main

sys.exit(main())
