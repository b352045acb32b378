"""The search engine: Elasticsearch 7.10 or OpenSearch 2.x, which are the same to everyone outside this package."""
from azul.engine.client import Document, Engine, Outcome, Write

__all__ = ['Document', 'Engine', 'Outcome', 'Write']
