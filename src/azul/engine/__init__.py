"""The search engine: Elasticsearch 7.10 or OpenSearch 2.x, which are the same to everyone outside this package."""
from azul.engine.answers import Outcome
from azul.engine.client import Engine
from azul.engine.documents import Document, Write

__all__ = ['Document', 'Engine', 'Outcome', 'Write']
