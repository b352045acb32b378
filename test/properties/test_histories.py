"""Whatever happens on the way, the indices come to hold what a clean build of the same bundles would have."""
