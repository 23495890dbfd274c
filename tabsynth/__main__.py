"""`python -m tabsynth` is `tabsynth`."""

from tabsynth.cli import main

main()
