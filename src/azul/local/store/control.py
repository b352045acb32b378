"""What a real store does not have: means to make things happen."""
import re

from flask import Blueprint

from azul.index.bundle import JSON, BundleFQID, is_uuid
from azul.local.store.accounts import Account
from azul.local.store.problem import Problem, illegal, not_found
from azul.local.store.request import body
from azul.local.store.store import Store

VERSION = re.compile(r'\d{4}-\d\d-\d\dT\d{6}\.\d{6}Z')


def routes(store: Store) -> Blueprint:
    control = Blueprint('control', __name__)

    @control.post('/_notify')
    def notify() -> tuple[JSON, int]:
        """`{uuid, version, kind}`: notify of a bundle, whether or not it is there, or deleted."""
        wish = body()
        uuid, version, kind = wish.get('uuid'), wish.get('version'), wish.get('kind')
        if not isinstance(uuid, str) or not is_uuid(uuid) or not isinstance(version, str) or not version:
            raise illegal('There must be uuid and version of a bundle')
        if kind not in ('add', 'delete'):
            raise illegal('kind must be add or delete')
        return {'notifications': store.notify(BundleFQID(uuid, version), deleted=kind == 'delete')}, 202

    @control.get('/_notifications')
    def notifications() -> JSON:
        return store.courier.counts()

    @control.post('/_bundles')
    def bundles() -> tuple[JSON, int]:
        """`{from, version}`: the content of a bundle under another version, and notify of it."""
        wish = body()
        version = wish.get('version')
        if not isinstance(version, str) or not VERSION.fullmatch(version):
            raise illegal('version must look like 2019-10-09T170735.528600Z')
        try:
            fqid = BundleFQID.parse(str(wish.get('from')))
        except ValueError as error:
            raise illegal(f'from: {error}') from error
        try:
            copy = store.folder.copy(fqid, version)
        except KeyError:
            raise not_found(f'There is no bundle {fqid}') from None
        except ValueError as error:
            raise Problem(409, 'conflict', str(error)) from error
        return {'bundle_fqid': str(copy), 'notifications': store.notify(copy, deleted=False)}, 201

    @control.post('/_accounts')
    def accounts() -> tuple[JSON, int]:
        """Another `Account`, or another state of one. From the first one on, subscribing takes a token."""
        store.accounts.add(Account.from_json(body()))
        return {}, 201

    @control.post('/_knobs')
    def knobs() -> JSON:
        """Any of `Setting`; answers with all of them."""
        return vars(store.knobs.turn(body()))

    return control
