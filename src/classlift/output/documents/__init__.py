"""From results to the JSON documents that scripts read: strict JSON, raw fractions, null where unknown."""
