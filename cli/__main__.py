"""`python -m cli`, which `./payband` runs inside the project's environment."""

from cli.main import main

main()
