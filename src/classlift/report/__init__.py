"""Pictures of results; needs the extra ``report``."""
