"""Hosts: a certificate that a hosted zone vouches for, and the record that leads to what has it."""
from collections.abc import Sequence

from azul.index.bundle import JSON


def certificate(resource: str, zone_id: str, host: str, others: Sequence[str] = ()) -> JSON:
    """
    The resources by their types. Who needs a certificate that is valid takes the ARN of the validation.

    :param resource: name of the certificate and of its validation
    :param zone_id: of the hosted zone, which is there already
    :param others: hosts that it is for as well
    """
    validation = f'{resource}_validation'
    return {
        'aws_acm_certificate': {resource: {
            'domain_name': host,
            **({'subject_alternative_names': list(others)} if others else {}),
            'validation_method': 'DNS',
            # One that is in use cannot be destroyed.
            'lifecycle': {'create_before_destroy': True},
        }},
        'aws_route53_record': {validation: {
            'for_each': f'${{{{for option in aws_acm_certificate.{resource}.domain_validation_options : '
                        f'option.domain_name => option}}}}',
            'zone_id': zone_id,
            'name': '${each.value.resource_record_name}',
            'type': '${each.value.resource_record_type}',
            'records': ['${each.value.resource_record_value}'],
            'ttl': 60,
            # Its name is that of the domain: a certificate that takes the place of another one has the same.
            'allow_overwrite': True,
        }},
        'aws_acm_certificate_validation': {resource: {
            'certificate_arn': f'${{aws_acm_certificate.{resource}.arn}}',
            'validation_record_fqdns': f'${{[for record in aws_route53_record.{validation} : record.fqdn]}}',
        }},
    }


def alias(zone_id: str, host: str, target: str, target_zone: str) -> JSON:
    """
    A record by which a host is a host of AWS.

    :param target, target_zone: references to its name, and to the id of the zone that this is in
    """
    return {
        'zone_id': zone_id,
        'name': host,
        'type': 'A',
        'alias': {'name': f'${{{target}}}', 'zone_id': f'${{{target_zone}}}', 'evaluate_target_health': False},
    }
