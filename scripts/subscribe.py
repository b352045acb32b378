"""Have the data store notify the indexer of the deployment whose environment is sourced, or no longer do so.

It is asked what it has; what is stale is deleted and what is missing is made. Nothing happens if nothing has changed.
"""
import argparse
import sys
from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import urlsplit

from azul import plugin
from azul.aws import clients
from azul.aws.secrets import Secret
from azul.deployment import Deployment
from azul.dss.client import DssClient
from azul.dss.service_account import ServiceAccount
from azul.errors import AzulError, ConfigurationError, SecretMissing, StoreError
from azul.index.bundle import JSON
from azul.indexer.subscription import Ours, Plan, carry_out, plan, wanted


def account(deployment: Deployment) -> ServiceAccount:
    """
    :raises ConfigurationError: if its key is not there, or is none
    """
    name = deployment.naming.google_secret()
    try:
        key = Secret(clients.secrets(deployment), name).read()
    except SecretMissing as error:
        raise ConfigurationError('Google service account', [
            f'{error}: make it by `scripts/provision_credentials.py google-key create`, or set AZUL_SUBSCRIBE_TO_DSS=0'
        ]) from error
    parts = urlsplit(deployment.dss_endpoint)
    audience = deployment.dss_audience or f'{parts.scheme}://{parts.netloc}/'
    claims = {'email': str(key.get('client_email')), 'group': deployment.dss_group}
    return ServiceAccount(key, deployment.dss_endpoint, audience, {
        deployment.dss_claim_prefix + name: value for name, value in claims.items() if value})


def planned(deployment: Deployment, store: DssClient, unsubscribe: bool) -> Plan:
    secret = signing_keys(deployment, unsubscribe)
    url = deployment.url('indexer')
    if not url:
        raise ConfigurationError('Environment', ['AZUL_INDEXER_URL: must be set where there is no AZUL_DOMAIN_NAME: '
                                                 'what is the data store to call?'])
    subscriptions = [] if unsubscribe else wanted(plugin.load(deployment.project), url, secret,
                                                  deployment.dss_query_prefix)
    return plan(subscriptions, store.subscriptions(), Ours.of(url, secret))


def signing_keys(deployment: Deployment, unsubscribe: bool) -> JSON:
    name = deployment.naming.hmac_secret()
    try:
        return Secret(clients.secrets(deployment), name).read()
    except SecretMissing as error:
        if unsubscribe:
            print(f'{error}. Subscriptions are told by their URLs alone')
            return {}
        raise ConfigurationError('Signatures of notifications', [
            f'{error}: `make terraform` makes it']) from error


def show(plan: Plan) -> None:
    for missing in plan.missing:
        print(f'To be made: {missing.callback_url}, signed with key {missing.key_id}')
    for stale in plan.stale:
        print(f'To be deleted: {described(stale)}')
    for other in plan.others:
        print(f'Left alone, as it is not of this deployment: {described(other)}')


def described(existing: JSON) -> str:
    return f'{existing.get("callback_url")}, signed with key {existing.get("hmac_key_id")} ({existing["uuid"]})'


ADVICE = {
    HTTPStatus.UNAUTHORIZED: 'It does not believe the token. Does it trust the Google project of {email}, is the key '
                             'still valid, and is azul_dss_audience what it expects?',
    HTTPStatus.FORBIDDEN: '{email} may not do that. Are azul_dss_claim_prefix and azul_dss_group what it expects?',
    HTTPStatus.NOT_ACCEPTABLE: '{email} has as many subscriptions as there may be. Delete those listed above that '
                               'nobody needs',
}


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    try:
        deployment = Deployment.load()
        if not deployment.subscribe_to_dss:
            print(f'{deployment.stage} is not to be subscribed, says AZUL_SUBSCRIBE_TO_DSS=0. Nothing was done')
            return 0
        return _change(deployment, options)
    except AzulError as error:
        print(error, file=sys.stderr)
        return 1


def _change(deployment: Deployment, options: argparse.Namespace) -> int:
    us = account(deployment)
    store = DssClient.connect(deployment.dss_endpoint, workers=1, account=us)
    try:
        change = planned(deployment, store, options.unsubscribe)
        show(change)
        if options.dry_run:
            return 0
        carry_out(change, store)
    except StoreError as error:
        advice = ADVICE.get(HTTPStatus(error.status)) if error.status is not None else None
        print('\n'.join([f'The data store refuses: {error}' if advice else str(error),
                         *([advice.format(email=us.email)] if advice else [])]), file=sys.stderr)
        return 1
    print('Nothing had to be changed' if not (change.missing or change.stale) else
          f'{len(change.missing)} made, {len(change.stale)} deleted')
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='scripts/subscribe.py', description=__doc__)
    parser.add_argument('-U', '--unsubscribe', action='store_true', help='delete the subscriptions of the deployment')
    parser.add_argument('--dry-run', action='store_true', help='say what would be done, and change nothing')
    return parser.parse_args(arguments)


if __name__ == '__main__':
    sys.exit(main())
