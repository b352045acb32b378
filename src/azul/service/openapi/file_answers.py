"""What the routes of files answer, those of the GA4GH standards among them."""
from dataclasses import replace

from azul.http import Answer, Answers
from azul.index.bundle import JSON
from azul.index.shapes import COUNT, INTEGER, STRING, closed, listed, one_of
from azul.service.openapi.answers import ERROR, LOCATION, NOT_FOUND, PAUSE, REDIRECT, RETRIED, UNAVAILABLE, read
from azul.service.wiring import Service

_BAD_STORE = Answer('The answer of the data store makes no sense, or there is none.', ERROR, headers=RETRIED)

_TIME = {**STRING, 'format': 'date-time'}

_DRS_ERROR = closed({'msg': STRING, 'status_code': INTEGER}, title='DrsError')

_COMMON = {400: Answer('The request is at fault: the message says in what.'),
           500: Answer('There is a mistake in the service; its log has more.')}


def file(service: Service, **_: str) -> Answers:
    return {301: Answer('It is being provided: ask again.', content_type=None, headers={**LOCATION, **PAUSE}),
            302: Answer('Here it is.', content_type=None, headers=LOCATION), **_stored(service)}


def fetched_file(service: Service, **_: str) -> Answers:
    shape = closed(REDIRECT, optional=['Retry-After'], title='Redirect')
    return {200: Answer('Where it is.', shape), **_stored(service)}


def shortened(service: Service) -> Answers:
    return {200: Answer('The short URL.', closed({'url': {**STRING, 'format': 'uri'}})), 404: NOT_FOUND,
            503: UNAVAILABLE}


def drs_object(service: Service, **_: str) -> Answers:
    method = closed({'type': one_of(['https']), 'access_id': STRING})
    optional = {'name': STRING, 'version': STRING, 'size': COUNT, 'created_time': _TIME, 'updated_time': _TIME}
    shape = closed({'id': STRING, 'self_uri': STRING, **optional, 'checksums': _checksums('sha-256'),
                    'access_methods': listed(method)}, optional=optional, title='DrsObject')
    return {200: Answer('The object.', shape), **_objects(service)}


def drs_access(service: Service, **_: str) -> Answers:
    return {200: Answer('Where its content is just now.', closed({'url': {**STRING, 'format': 'uri'}})),
            202: Answer('It is being provided: ask again.', content_type=None, headers=PAUSE), **_objects(service)}


def drs_service_info(service: Service) -> Answers:
    type_ = closed({'group': STRING, 'artifact': STRING, 'version': STRING})
    organization = closed({'name': STRING, 'url': STRING})
    return {200: Answer('What this is.', closed({'id': STRING, 'name': STRING, 'type': type_,
                                                 'organization': organization, 'version': STRING})),
            **{status: replace(each, shape=_DRS_ERROR) for status, each in _COMMON.items()}}


def dos_object(service: Service, **_: str) -> Answers:
    optional = {'name': STRING, 'version': STRING, 'size': STRING}
    url = closed({'url': {**STRING, 'format': 'uri'}})
    shape = closed({'id': STRING, **optional, 'aliases': listed(STRING), 'checksums': _checksums('sha256'),
                    'urls': listed(url)}, optional=optional)
    return {200: Answer('The object.', closed({'data_object': shape})), **_objects(service)}


def _checksums(type_: str) -> JSON:
    return listed(closed({'type': one_of([type_]), 'checksum': STRING}))


def _stored(service: Service) -> Answers:
    """What may be answered where the data store is asked."""
    return {**read(service), 404: NOT_FOUND, 502: _BAD_STORE}


def _objects(service: Service) -> Answers:
    """Likewise, in the words of the standard."""
    return {status: replace(each, shape=_DRS_ERROR) for status, each in {**_COMMON, **_stored(service)}.items()}
