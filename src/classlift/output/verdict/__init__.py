"""The verdict: what happened, what it costs and whom, in at most four sentences, before any table."""
