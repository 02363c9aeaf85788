"""`python -m fedjury`."""

from fedjury.cli import main

main()
