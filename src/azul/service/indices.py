"""What a request reads: which indices, and for how long."""
from collections.abc import Iterable, Mapping

from azul.engine import Engine
from azul.errors import EngineError
from azul.naming import IndexName, Naming

ENGINE_SECONDS = 24
"""That a request may wait for the engine, in all its calls. The gateway gives up after 29 seconds."""


def resolved(engine: Engine, naming: Naming, entity_types: Iterable[str]) -> Mapping[str, str]:
    """The indices that serve now, by entity type.

    To be asked once per request: by the next time, the aliases may have moved to another generation, and entities of
    one generation do not match counts of another.

    :raises EngineError: if there are none yet
    """
    aliases = {entity_type: naming.index(IndexName(entity_type, aggregate=True)) for entity_type in entity_types}
    indices = engine.resolve(aliases.values())
    for entity_type, alias in aliases.items():
        if alias not in indices:
            raise EngineError(f'there are no indices of {entity_type} yet: no index is behind {alias}')
    return {entity_type: indices[alias] for entity_type, alias in aliases.items()}
