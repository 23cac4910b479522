"""The command line: one module a command in `cli.commands`, imported only when its command runs."""
