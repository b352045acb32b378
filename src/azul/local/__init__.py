"""The laptop: everything that Azul needs around it in order to run on one machine without a cloud.

No lambda imports any of it.
"""
