"""`python -m dispatch_lens`: the command line, for a Python that has the package and no script of it on its path."""

from dispatch_lens.cli.main import main

main()
