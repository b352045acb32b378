"""What each route answers, by its status; what all have in common is in `azul.service.openapi.document`."""
from dataclasses import fields
from typing import Any, get_args, get_type_hints

from azul.health import ALL, BASIC
from azul.http import RETRY_AFTER, Answer, Answers
from azul.http.declared import Choice, Parameters, Text
from azul.index.bundle import JSON
from azul.index.fields import Schema
from azul.index.figures import INEXACT
from azul.index.portals import Portal
from azul.index.shapes import BOOLEAN, COUNT, INTEGER, NUMBER, STRING, closed, listed, nullable, one_of
from azul.index.terms import INCOMPLETE
from azul.plugin import Plugin
from azul.service.discovery import shape as discovery_shape
from azul.service.hits import Hits
from azul.service.page import shape as pagination_shape
from azul.service.request import EntityId
from azul.service.search import LEFT_OUT
from azul.service.wiring import Service

ERROR = closed({
    'Code': {**STRING, 'description': 'What kind of error it is.'},
    'Message': {**STRING, 'description': 'The code, and what is wrong, for people.'},
    'Allowed': {**listed(STRING), 'description': 'What would have been possible, where there are only a few things.'},
}, optional=['Allowed'], title='Error')

NOT_FOUND = Answer('There is no such thing, or none that may be seen.', ERROR)

RETRIED = {'Retry-After': {**COUNT, 'description': f'After so many seconds it may work, {RETRY_AFTER} for example.'}}

UNAVAILABLE = Answer('A part of the system does not answer just now.', ERROR, headers=RETRIED)

TOO_SLOW = Answer('It took too long.', ERROR, headers=RETRIED)

TOO_LARGE = Answer('The answer, or the request, would be larger than can be sent: ask for a smaller `size`.', ERROR)

TOO_LONG = Answer('The URL is too long: POST the parameters.', ERROR)

FORBIDDEN = Answer('The caller says who they are, but not so that it can be believed.', ERROR)

UNAUTHORIZED = Answer('Nobody says who they are.', ERROR, headers={'WWW-Authenticate': STRING})


def variables(plugin: Plugin) -> Parameters:
    """Those that paths have."""
    keys = '|'.join(ALL)
    return {
        'entity_type': Choice('Kind of entities.', plugin.searchable),
        'entity_id': EntityId('Id of the entity.'),
        'keys': Text(f'What to look at, separated by commas: some of {", ".join(ALL)}; or {BASIC[0]} for nothing.',
                     pattern=f'^({BASIC[0]}|({keys})(,({keys}))*)$'),
        'file': Text('Name of a file.'),
        'file_uuid': EntityId('UUID of a file in the data store.'),
        'object_id': Text('A uuid of a file, or that, a dot and a version.'),
        'access_id': Text('A way to the content.'),
    }


def hello(service: Service) -> Answers:
    return {200: Answer('The service is there.', closed({'Hello': {'type': 'string', 'const': 'World!'}}))}


def version(service: Service) -> Answers:
    change = closed({'title': STRING, 'issues': listed(INTEGER), 'upgrade': listed(STRING), 'notes': STRING},
                    optional=['notes'])
    git = closed({'commit': STRING, 'dirty': BOOLEAN})
    return {200: Answer('Which version runs, and what has changed last.',
                        closed({'git': git, 'changes': listed(change)}))}


def health(service: Service, **_: str) -> Answers:
    shape = service.health.shape()
    return {200: Answer('All that was looked at is up.', shape), 503: Answer('Some of it is not.', shape)}


def discovery(service: Service) -> Answers:
    return {200: Answer('What there is.', discovery_shape(service.plugin))}


def document(service: Service) -> Answers:
    return {200: Answer('An OpenAPI document, of the version that it names.')}


def swagger(service: Service) -> Answers:
    return {200: Answer('A page for people.', STRING, 'text/html',
                        {'Content-Security-Policy': STRING, 'X-Content-Type-Options': STRING})}


def swagger_file(service: Service, **_: str) -> Answers:
    return {200: Answer('A part of that page: a script or a style sheet.', STRING, 'text/*',
                        {'X-Content-Type-Options': STRING}),
            404: NOT_FOUND}


def me(service: Service) -> Answers:
    # What is known of a caller is up to who issues their tokens.
    claims = {'type': 'object', 'additionalProperties': {'type': ['string', 'number', 'boolean', 'null']}}
    answers = {401: UNAUTHORIZED, 503: UNAVAILABLE}
    if service.authenticates:
        answers[403] = FORBIDDEN
        answers[200] = Answer('Who the caller is.', closed({
            'claims': claims,
            'ttl': {**nullable(INTEGER), 'description': 'For how many seconds that is believed; null is for ever.'},
            'last_updated': {**NUMBER, 'description': 'When this was answered, in seconds since 1970.'},
        }))
    return answers


def integrations(service: Service) -> Answers:
    return {200: Answer('The portals that have integrations for what is asked for, with these only.',
                        listed(_declared_shape(Portal))),
            **read(service)}


def summary(service: Service) -> Answers:
    figures = {item.name: item.shape for item in service.plugin.summary}
    inexact = {**listed(one_of(figures)), 'description': 'Those that are an estimate, lack rows, or are about entities '
                                                          'without what is filtered by.'}
    shape = closed({**figures, INEXACT: inexact}, optional=[INEXACT], title='Summary')
    return {200: Answer('Figures about all entities that pass the filters.', shape), **read(service)}


def page(service: Service, entity_type: str) -> Answers:
    plugin = service.plugin
    fields = plugin.schema.indexed_fields(entity_type)
    shape = closed({
        'hits': listed(_hit_shape(plugin.schema, entity_type, detail=False)),
        'pagination': pagination_shape(fields, plugin.aliases, f'{entity_type}.pagination'),
        'termFacets': _facets_shape(plugin),
    })
    return {200: Answer('A page of entities, and the facets of all entities that pass the filters.', shape),
            413: TOO_LARGE, **read(service)}


def detail(service: Service, entity_type: str, **_: str) -> Answers:
    shape = _hit_shape(service.plugin.schema, entity_type, detail=True)
    return {200: Answer('The entity.', shape), 404: NOT_FOUND, 413: TOO_LARGE, **read(service)}


def order(service: Service, entity_type: str) -> Answers:
    return {200: Answer('Names of facets.', closed({'order': listed(one_of(service.plugin.facets))}))}


REDIRECT = {
    'Status': {'type': 'integer', 'enum': [301, 302], 'description': '301 to wait and ask again, 302 when done.'},
    'Retry-After': {**COUNT, 'description': 'So many seconds to wait before that.'},
    'Location': {**STRING, 'description': 'Where to go on.'},
}

PAUSE = {'Retry-After': {**STRING, 'description': 'So many seconds to wait before that.'}}

LOCATION = {'Location': {**STRING, 'description': 'Where to go on.'}}

GONE = Answer('The manifest has expired: ask for it anew.', ERROR)


def manifest(service: Service) -> Answers:
    return {301: Answer('It is being made: ask again.', content_type=None, headers={**LOCATION, **PAUSE}),
            302: Answer('It is done.', content_type=None, headers=LOCATION),
            **_made(service)}


def fetched_manifest(service: Service) -> Answers:
    progress = closed({'rows': {**COUNT, 'description': 'How many are written.'},
                       'total': {**nullable(COUNT), 'description': 'How many there are going to be, once known.'}})
    shape = closed({**REDIRECT, 'Progress': progress}, optional=['Retry-After'], title='Progress')
    return {200: Answer('How far it is.', shape), **_made(service)}


def manifest_object(service: Service) -> Answers:
    return {302: Answer('Where it can be had just now.', content_type=None, headers=LOCATION),
            410: GONE, 503: UNAVAILABLE}


def _made(service: Service) -> Answers:
    answers = {404: NOT_FOUND, 410: GONE, **read(service)}
    return {**answers, 403: FORBIDDEN} if service.authenticates else answers


def read(service: Service) -> Answers:
    """What may be answered where data are read."""
    return {503: UNAVAILABLE, 504: TOO_SLOW, **({403: FORBIDDEN} if service.authenticates else {})}


def _hit_shape(schema: Schema, entity_type: str, detail: bool) -> JSON:
    return Hits(schema, schema.entity_type[entity_type], detail).shape


def _facets_shape(plugin: Plugin) -> JSON:
    facets = {name: _facet_shape(plugin.schema.external_field[name].term_details) for name in plugin.facets}
    return closed(facets, optional=facets, title='Facets')


def _facet_shape(details: tuple[str, ...]) -> JSON:
    incomplete = {INCOMPLETE: {**listed(one_of(details)), 'description': 'The lists that lack some ids.'}}
    term = closed({
        'term': {**nullable(STRING), 'description': 'A value; null stands for "not specified".'},
        'count': {**COUNT, 'description': 'How many entities have it.'},
        **{name: listed(STRING) for name in details},
        **(incomplete if details else {})
    }, optional=[*details, INCOMPLETE])
    return closed({
        'terms': listed(term),
        'total': {**COUNT, 'description': 'How many entities were counted.'},
        'type': {'type': 'string', 'const': 'terms'},
        LEFT_OUT: {**COUNT, 'description': 'How many of them have no term that is listed.'},
    }, optional=[LEFT_OUT], title='.'.join(['Facet', *details]))


def _declared_shape(declared: Any) -> JSON:
    """Of the objects that say what instances of a dataclass of texts and tuples say."""
    def shape(hint: Any) -> JSON:
        if hint is str:
            return STRING
        return listed(shape(get_args(hint)[0])) if get_args(hint) else _declared_shape(hint)

    hints = get_type_hints(declared)
    return closed({field.name: shape(hints[field.name]) for field in fields(declared)})
