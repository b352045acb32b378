"""Links to files, for those who follow redirects."""
from urllib.parse import quote, urlencode

ROUTE = '/dss/files'


def download_url(base_url: str, uuid: str, version: str | None, name: str | None) -> str:
    """
    :param base_url: of the service
    :param version: None for the latest one
    :param name: what it is to be saved as; None for the uuid
    """
    parameters = {'version': version, 'replica': 'aws', 'wait': '1', 'fileName': name}
    query = urlencode({key: value for key, value in parameters.items() if value is not None})
    return f'{base_url}{ROUTE}/{quote(uuid, safe="")}?{query}'
