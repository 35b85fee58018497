"""The command line: parse, one library call, tables, status. Only this package imports click."""
