"""The answers to `/dss/files/{uuid}`: wait and ask again, or here it is.

The content never passes through here: in the end the caller is sent to the storage service that the data store names.
"""
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from azul.dss.files import MAX_TOKEN, Ready
from azul.http import Parameters
from azul.http.declared import Choice, Number, Text, parsed
from azul.service.files.lookup import Lookup
from azul.service.files.store import HOLD, MAX_REQUESTS, FileStore
from azul.service.polling import Redirection
from azul.service.query import Restriction
from azul.service.request import entity_id

PARAMETERS: Parameters = {
    'version': Text('Of the file; the latest one if it is not given.', at_most=100),
    'replica': Choice('Of the data store.', ['aws', 'gcp'], 'aws'),
    'fileName': Text('What the file is to be saved as; its uuid if that is not given.', at_most=1000),
    'wait': Choice('Whether to be answered only when there is something new: 1, or else 0.', ['0', '1'], '0',
                   refusal='Invalid value `{text}` for `wait` parameter'),
    'token': Text('From an earlier answer.', at_most=MAX_TOKEN),
    'requestIndex': Number('Which request for the file this is; from an earlier answer.', 1, MAX_REQUESTS, 1),
}


@dataclass(frozen=True)
class Files:
    lookup: Lookup
    store: FileStore

    @property
    def parameters(self) -> Parameters:
        return PARAMETERS

    def ask(self, restriction: Restriction, uuid: str, given: Mapping[str, str], base_url: str, route: str
            ) -> Redirection:
        """
        :param given: some of `PARAMETERS`
        :param base_url: of the service
        :param route: that was asked, and is to be asked again
        :raises RequestError: whatever is wrong, with the request or the data store
        """
        begun = self.store.clock()
        uuid = entity_id(uuid)
        values = parsed(given, PARAMETERS)
        waiting = values.pop('wait', '0') == '1'
        name, number = values.pop('fileName', None), values.pop('requestIndex', 1)
        if restriction.terms:
            # What everybody may see needs no looking up: then the data store knows best what there is. Else its latest
            # version may be one that the caller must not see.
            version = self.lookup.file(restriction, uuid, values.get('version')).version
            values |= {} if version is None else {'version': version}
        found = self.store.place(uuid, {'replica': 'aws', **values, 'content_disposition': disposition(name or uuid)},
                                 number - 1, begun + (HOLD if waiting else 0))
        if isinstance(found, Ready):
            return Redirection(302, found.url)
        asked = {each: value for each, value in found.parameters.items() if each in PARAMETERS}
        again = {**asked, **({} if name is None else {'fileName': name}), **({'wait': '1'} if waiting else {}),
                 'requestIndex': str(found.requests + 1)}
        return Redirection(301, f'{base_url}{route}/{uuid}?{urlencode(again)}', found.pause)


def disposition(name: str) -> str:
    """The header `Content-Disposition` with which browsers save what they get under a name, as far as a name can have
    its characters (RFC 6266)."""
    clean = ''.join('_' if unicodedata.category(each)[0] == 'C' or each in '"\\/' else each for each in name)
    # Normalized only then: it makes quotes of what is none.
    plain = re.sub(r'[^ -~]|["\\/%]', '_', unicodedata.normalize('NFKD', clean))
    # Without the second one where it says nothing new: some do not understand it.
    full = '' if plain == clean else f"; filename*=UTF-8''{quote(clean, safe='')}"
    return f'attachment; filename="{plain}"{full}'
