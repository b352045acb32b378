"""The toys, but not for everybody: without a token one may see what is by some makers, with one what it says."""
import json
from dataclasses import replace

from azul.plugin import Allowed, Principal
from azul.projects import toy

OPEN = ('', 'Carver', None)
"""The makers that are for everybody, null among them."""


def restriction(principal: Principal | None) -> Allowed:
    if principal is None:
        return {'maker': OPEN}
    # A claim has a single value, so it is a text of JSON. Whoever has none is nobody in particular, either.
    allowed: Allowed = json.loads(str(principal.claims.get('allowed', json.dumps({'maker': OPEN}))))
    return allowed


plugin = replace(toy.plugin, name='guarded', restriction=restriction)
