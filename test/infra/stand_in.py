"""The stand-in for AWS that Terraform is applied to: the moto server, put right where Terraform would fail, or wait.

    python test/infra/stand_in.py -H 127.0.0.1 -p 20001
"""
import json
import sys
from typing import Any

from moto import server, settings
from moto.apigateway.models import APIGatewayBackend
from moto.awslambda.models import EventSourceMapping, LambdaBackend
from moto.elbv2.models import ELBv2Backend
from moto.opensearch.models import OpenSearchDomain
from moto.sqs.models import Queue

_attributes = Queue.attributes.fget  # type: ignore[attr-defined]
_domain_to_dict = OpenSearchDomain.to_dict
_create_mapping = LambdaBackend.create_event_source_mapping
_integration_args = APIGatewayBackend._build_integration_args
_delete_target_group = ELBv2Backend.delete_target_group


def active(domain: OpenSearchDomain) -> dict[str, Any]:
    """A domain with the state that Terraform waits for."""
    return {**_domain_to_dict(domain), 'DomainProcessingStatus': 'Active'}


def complete(backend: APIGatewayBackend, described: dict[str, Any]) -> dict[str, Any]:
    """An integration with what it has not where the gateway itself answers, as it does for CORS."""
    given = _integration_args(backend, described)
    return {**given, **{name: given[name] or '' for name in ('uri', 'integration_method')}}


def compact(queue: Queue) -> dict[str, Any]:
    """The attributes of a queue, with the redrive policy as AWS writes it: Terraform takes blanks for a difference."""
    attributes: dict[str, Any] = _attributes(queue)
    if attributes.get('RedrivePolicy'):
        attributes['RedrivePolicy'] = json.dumps(json.loads(attributes['RedrivePolicy']), separators=(',', ':'))
    return attributes


def once(backend: LambdaBackend, spec: dict[str, Any]) -> EventSourceMapping:
    """An event source, or the one that there is: a request whose answer is lost is made again, and here it may be lost.
    AWS refuses to make a second one."""
    for mapping in backend._event_source_mappings.values():
        if (mapping.event_source_arn, mapping.function_arn) == (spec['EventSourceArn'], spec['FunctionName']):
            return mapping
    return _create_mapping(backend, spec)


def gone(backend: ELBv2Backend, arn: str) -> None:
    """For the same reason no fault if it is gone already: AWS documents no such error."""
    if arn in backend.target_groups:
        _delete_target_group(backend, arn)


if __name__ == '__main__':
    Queue.attributes = property(compact)  # type: ignore[assignment]
    OpenSearchDomain.to_dict = active  # type: ignore[method-assign, assignment]
    APIGatewayBackend._build_integration_args = complete  # type: ignore[method-assign, assignment]
    ELBv2Backend.delete_target_group = gone  # type: ignore[method-assign, assignment]
    LambdaBackend.create_event_source_mapping = once  # type: ignore[method-assign, assignment]
    settings.ACM_VALIDATION_WAIT = 1  # second rather than a minute
    server.main(sys.argv[1:])
