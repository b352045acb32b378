"""The component `google`: the service account that subscribes to the data store, and its key.

It is a component of its own since whoever deploys has no business with Google, GitLab for instance, and since Terraform
does nothing at all where it lacks a provider. Google has no stand-in: nothing of this has been applied anywhere.
"""
from azul.deployment import Deployment
from azul.errors import ConfigurationError
from azul.index.bundle import JSON
from azul.infra import component

PROVIDER = '6.50.0'
"""Version of Google's provider."""

MAX_ACCOUNT_ID = 30


def declared(deployment: Deployment) -> JSON:
    """
    :raises ConfigurationError: if it is not the component that is selected, or there is to be no such account
    """
    document = component.component(deployment, 'google')
    faults = []
    if not deployment.google_project:
        faults.append('GOOGLE_PROJECT: must be set, the project that the service account is to belong to')
    if not deployment.subscribe_to_dss:
        faults.append('AZUL_SUBSCRIBE_TO_DSS: is 0, so no service account is needed')
    if len(account_id(deployment)) > MAX_ACCOUNT_ID:
        faults.append(f'AZUL_DEPLOYMENT_STAGE: is too long for the id of an account, {account_id(deployment)}, '
                      f'which may have {MAX_ACCOUNT_ID} characters')
    if faults:
        raise ConfigurationError('Environment', faults)
    return {
        'terraform': {**document['terraform'],
                      'required_providers': {'google': {'source': 'hashicorp/google', 'version': PROVIDER}}},
        'provider': {'google': [{'project': deployment.google_project}]},
    }


def account_id(deployment: Deployment) -> str:
    # Ids have no underscores, but names of stages may.
    return deployment.naming.resource('indexer').replace('_', '-')


def resources(deployment: Deployment) -> JSON:
    """Without any role: the data store trusts the account for the project that it belongs to."""
    return {
        'resource': {
            'google_service_account': {'indexer': {
                'account_id': account_id(deployment),
                'display_name': f'Azul indexer, {deployment.stage}',
                'description': 'Subscribes to the data store. Made by Terraform.',
            }},
            'google_service_account_key': {'indexer': {
                'service_account_id': '${google_service_account.indexer.name}',
            }},
        },
        # Base64 of the JSON. The state has it, too, which is why that state is as good as the key.
        'output': {'key': {'value': '${google_service_account_key.indexer.private_key}', 'sensitive': True}},
    }
