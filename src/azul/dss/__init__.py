"""The data store: what it sends us, proven to be its own, and what we fetch from it. Its errors end here."""
