"""Make, change and destroy the values of secrets of the deployment whose environment is sourced. None is ever shown.

The secrets themselves are made by Terraform, apart from that of a key of the Google service account. The key itself is
made by Google.
"""
import argparse
import sys
from collections.abc import Sequence

import orjson

from azul.aws import clients
from azul.aws.secrets import Secret
from azul.dss import service_account
from azul.errors import AzulError, ConfigurationError, SecretMissing
from azul.index.bundle import JSON
from azul.indexer import credentials
from azul.infra.operated import operated
from azul.service.manifest import tokens


def create(secret: Secret, name: str, kind: str) -> None:
    match kind:
        case 'hmac':
            made = fill(secret, credentials.generated())
        case 'token':
            made = fill(secret, tokens.generated())
        case _:
            made = secret.create(google_key(sys.stdin.buffer.read()))
    print(f'{name} was created' if made else f'{name} exists already and was left alone')


def fill(secret: Secret, value: JSON) -> bool:
    """
    :return: whether it had no value
    """
    try:
        return secret.fill(value)
    except SecretMissing as error:
        # Where we made it, Terraform would fail as it exists.
        raise ConfigurationError('Secret', [f'{error}. `make terraform` makes it, and gives it a value']) from error


def google_key(content: bytes) -> JSON:
    """
    :param content: of the file that Google gives out for a key
    :raises ConfigurationError: if it is no such file; the text does not have it
    """
    try:
        key = orjson.loads(content)
    except orjson.JSONDecodeError:
        key = None
    if not isinstance(key, dict):
        raise ConfigurationError(service_account.SUBJECT, ['the standard input is not a JSON object'])
    service_account.credentials(key, audience='')
    return key


def rotate(secret: Secret, name: str) -> None:
    credentials.rotate(secret)
    print(f'{name} has new keys, the last ones stay valid. Subscribe again to have notifications signed with the new '
          f'ones; until then do not rotate again')


EFFECTS = {'hmac': 'no notification is accepted any more', 'token': 'nobody who waits for a manifest gets it',
           'google-key': 'it is no longer possible to subscribe, nor to unsubscribe'}


def destroy(secret: Secret, name: str, kind: str, sure: bool) -> int:
    if not sure and _answer(f'Destroy {name}, so that {EFFECTS[kind]}? [y/N] ') != 'y':
        print('Nothing was destroyed')
        return 1
    secret.destroy()
    print(f'{name} is destroyed')
    return 0


def _answer(question: str) -> str:
    try:
        return input(question).strip().lower()
    except (EOFError, KeyboardInterrupt):
        return ''


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    try:
        config = operated(engine=False)
        name = {'hmac': config.naming.hmac_secret, 'token': config.naming.token_secret,
                'google-key': config.naming.google_secret}[options.kind]()
        secret = Secret(clients.secrets(config), name)
        match options.action:
            case 'create':
                create(secret, name, options.kind)
            case 'rotate':
                rotate(secret, name)
            case 'destroy':
                return destroy(secret, name, options.kind, options.yes)
    except AzulError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='scripts/provision_credentials.py', description=__doc__)
    kinds = parser.add_subparsers(dest='kind', required=True)
    actions = kinds.add_parser('hmac', help='the keys that the data store signs notifications with'
                               ).add_subparsers(dest='action', required=True)
    actions.add_parser('create', help='make keys, unless there are some')
    actions.add_parser('rotate', help='make new keys, beside which the last ones stay valid')
    actions.add_parser('destroy', help='destroy all keys').add_argument('--yes', action='store_true', help='do not ask')
    actions = kinds.add_parser('token', help='the key that seals tokens of manifests'
                               ).add_subparsers(dest='action', required=True)
    actions.add_parser('create', help='make a key, unless there is one')
    actions.add_parser('destroy', help='destroy the key').add_argument('--yes', action='store_true', help='do not ask')
    actions = kinds.add_parser('google-key', help='the key of the service account that subscribes'
                               ).add_subparsers(dest='action', required=True)
    actions.add_parser('create', help='keep the key whose JSON is the standard input, unless there is one')
    actions.add_parser('destroy', help='destroy the secret, not the key').add_argument('--yes', action='store_true',
                                                                                      help='do not ask')
    return parser.parse_args(arguments)


if __name__ == '__main__':
    sys.exit(main())
