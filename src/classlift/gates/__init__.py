"""Gates: conditions on a result, parsed once, checked on any result: passed, failed, or undefined."""
