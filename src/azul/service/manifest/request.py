"""What is wanted of `/manifest/files`, and the answers: wait and ask again, or here it is."""
import hashlib
import re
import time
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

import orjson

from azul.aws.objects import Bucket
from azul.engine import Engine
from azul.engine.view import content
from azul.errors import BadRequest, Forbidden, Gone, NotFound, RequestError
from azul.http import Parameters
from azul.http.declared import Choice, Text
from azul.index.bundle import JSON
from azul.naming import Naming
from azul.plugin import Plugin
from azul.service import filters
from azul.service.filters import narrowed
from azul.service.indices import ENGINE_SECONDS, resolved
from azul.service.manifest.export import Format, Order
from azul.service.manifest.formats import ALIASES, DEFAULT
from azul.service.manifest.jobs import LIFE, Jobs
from azul.service.manifest.metadata import file_name
from azul.service.manifest.state import State, manifest_object
from azul.service.manifest.tokens import INVALID, Token, Tokens
from azul.service.polling import Redirection
from azul.service.query import Restriction, composed

PAUSES = (1, 1, 4, 6, 10)
"""Seconds to wait before asking again, for the first time, the second, and so on."""

HOLD = 25
"""Seconds for which an answer is held back for those who would rather wait than ask again. The gateway gives up after
29."""

LOOK = 0.5
"""Seconds between two looks at a job while an answer is held back."""

LINK = 3600
"""Seconds for which the final location is good. It is fresh each time."""

DOWNLOAD = -1
"""In a token in place of how often somebody has asked again: it is good for the manifest itself, for nothing else."""

EXPIRED = 'The manifest has expired. Ask for it anew.'

ROUTE = '/manifest/object'
"""Of manifests that are done."""


class Failed(RequestError):
    """The job has failed; why is in the log, and with its message in the dead-letter queue."""
    status = 500
    code = 'ChaliceViewError'


@dataclass(frozen=True)
class Manifests:
    engine: Engine
    naming: Naming
    plugin: Plugin
    jobs: Jobs
    bucket: Bucket
    tokens: Tokens
    formats: Mapping[str, Format]
    release: str
    max_seconds: float = ENGINE_SECONDS
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    @cached_property
    def parameters(self) -> Parameters:
        fields = self.plugin.schema.indexed_fields(self._entity_type) if self.formats else {}
        names = [*self.formats, *(alias for alias, name in ALIASES.items() if name in self.formats)]
        return {
            'filters': filters.parameter(fields, self.plugin.aliases, 'manifest.filters'),
            'format': Choice('Of the manifest.', names, DEFAULT,
                             refusal='{text} is not a valid manifest format.'),
            'token': Text('From an earlier answer.', at_most=500),
            'wait': Choice('Whether to be answered only when there is something new: 1, or else 0.', ['0', '1'], '0'),
        }

    def ask(self, restriction: Restriction, given: Mapping[str, str], base_url: str, path: str) -> Redirection:
        """
        :param given: some of `parameters`: with a `token`, that and `wait` only
        :param base_url: of the service
        :param path: of the route that was asked, and is to be asked again
        :raises RequestError: also if the job is gone, or has failed
        """
        begun = self.clock()
        waiting = self.parameters['wait'].parse('wait', given.get('wait', '0')) == '1'
        url = base_url + path
        if 'token' not in given:
            job = self.jobs.submit(self._order(restriction, given, base_url))
            state = self._held(job.key, job.state, begun if waiting else None)
            # Also if it is done: some clients follow the first location before they look at the status.
            return self._later(url, Token(job.key, 0), state, waiting)
        if extra := given.keys() - {'token', 'wait'}:
            raise BadRequest(f'Query parameter `{min(extra)}` must not be given together with `token`')
        token = self.tokens.parse(given['token'])
        if token.number == DOWNLOAD:
            raise BadRequest(INVALID)
        found = self.jobs.look(token.job)
        if found is None or found.made + LIFE < self.jobs.clock():
            raise Gone(EXPIRED)
        if found.order.restriction != _digest(restriction):
            raise Forbidden('The manifest was asked for by somebody who may see something else.')
        if found.order.release != self.release and found.status != 'done':
            # Those who could have made it are not there any more.
            raise Gone(EXPIRED)
        state = self._held(token.job, found, begun if waiting else None)
        if state.status == 'running':
            return self._later(url, token._replace(number=token.number + 1), state, waiting)
        if state.status == 'failed':
            raise Failed('Failed to generate manifest')
        link = urlencode({'token': self.tokens.render(Token(token.job, DOWNLOAD))})
        return Redirection(302, f'{base_url}{ROUTE}?{link}', progress=_progress(state))

    def location(self, text: str, head: bool = False) -> str:
        """
        Where a manifest that is done can be had just now.

        :param text: a token. Whoever has it may have the manifest: no header goes with a link that somebody follows.
        :param head: for a HEAD request
        :raises RequestError: if it is not, or not any more
        """
        token = self.tokens.parse(text)
        if token.number != DOWNLOAD:
            raise BadRequest(INVALID)
        state, _ = self.jobs.states.read(token.job)
        if state is None or state.made + LIFE < self.jobs.clock() or state.order.format not in self.formats:
            raise Gone(EXPIRED)
        key = manifest_object(token.job, self.formats[state.order.format].suffix)
        # While it is made anew the one before is good, if it is still there: equal orders make for equal manifests.
        if state.status != 'done' and not self.bucket.exists(key):
            raise Gone(EXPIRED)
        return self.bucket.url(key, LINK, self._file_name(token.job, state), head)

    def _order(self, restriction: Restriction, given: Mapping[str, str], base_url: str) -> Order:
        if not self.formats:
            raise NotFound('There is nothing to export.')
        name = self.parameters['format'].parse('format', given.get('format', DEFAULT))
        name = ALIASES.get(name, name)
        fields = self.plugin.schema.indexed_fields(self._entity_type)
        wanted = filters.parse(given.get('filters', ''), fields, self.plugin.aliases)
        manifest = self.plugin.manifest
        assert manifest is not None
        engine = self.engine.within(self.max_seconds)
        entity_types = {manifest.entity_type, *([manifest.rows] if manifest.rows and name == 'full' else [])}
        indices = resolved(engine, self.naming, entity_types)
        return Order(format=name,
                     query=composed(restriction, narrowed(wanted.values()))['query'],
                     indices=indices,
                     content=content(engine, indices.values()),
                     base_url=base_url if self.formats[name].links else '',
                     restriction=_digest(restriction),
                     visible=composed(restriction)['query'] if restriction.terms else None,
                     release=self.release)

    @property
    def _entity_type(self) -> str:
        assert self.plugin.manifest is not None
        return self.plugin.manifest.entity_type

    def _held(self, key: str, state: State, since: float | None) -> State:
        """
        What is known of the job, after some time if it is not done and somebody would rather wait.

        :param since: when they began to wait; None if they would not
        """
        while since is not None and state.status == 'running' and (left := since + HOLD - self.clock()) > 0:
            self.sleep(min(LOOK, left))
            state = self.jobs.look(key) or state
        return state

    def _later(self, url: str, token: Token, state: State, waited: bool) -> Redirection:
        parameters = {'token': self.tokens.render(token), **({'wait': '1'} if waited else {})}
        pause = 1 if waited else PAUSES[min(token.number, len(PAUSES) - 1)]
        return Redirection(301, f'{url}?{urlencode(parameters)}', pause, _progress(state))

    def _file_name(self, key: str, state: State) -> str:
        stem = file_name(state.title, state.made) if state.title else f'{self.plugin.name}-manifest-{key[:12]}'
        return f'{_safe(stem)}.{self.formats[state.order.format].suffix}'


def _progress(state: State) -> JSON:
    return {'rows': state.rows, 'total': state.total}


def _digest(restriction: Restriction) -> str:
    return hashlib.sha256(orjson.dumps(restriction.terms, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def _safe(stem: str) -> str:
    """What can stand between quotes in a header, and be the name of a file everywhere."""
    text = unicodedata.normalize('NFKD', stem)
    return re.sub(r'[^A-Za-z0-9_ ,.@%&\-()\[\]{}]', '_', text).strip()[:200]
