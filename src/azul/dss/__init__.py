"""The data store (DSS): its API, and the signatures of its notifications. Its errors do not get past this package."""
