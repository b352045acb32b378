"""What the routes of GA4GH's standards, DRS and the DOS before it, say of themselves and where something is wrong."""
from urllib.parse import urlsplit

from azul.http.declared import Choice, Parameters, Text
from azul.index.bundle import JSON

VERSION = '1.1.0'
"""Of DRS."""

DRS_PARAMETERS: Parameters = {
    'expand': Choice('Of no consequence: no object contains others.', ['true', 'false'], 'false')
}

DOS_PARAMETERS: Parameters = {'version': Text('Of the file; the greatest one if it is not given.', at_most=100)}


def error(status: int, message: str) -> JSON:
    """The body of an error."""
    return {'msg': message, 'status_code': status}


def service_info(name: str, release: str, base_url: str) -> JSON:
    """
    :param name: of the project
    :param release: of the service
    """
    return {
        'id': urlsplit(base_url).netloc,
        'name': f'Azul ({name})',
        'type': {'group': 'org.ga4gh', 'artifact': 'drs', 'version': VERSION},
        'organization': {'name': name, 'url': base_url},
        'version': release,
    }
