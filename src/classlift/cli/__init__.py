"""The command line: parse, one library call, tables, status. click lives here alone."""
