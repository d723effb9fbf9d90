"""Parse and print: one module per command of the command line, each with `run(arguments) -> exit status`."""
