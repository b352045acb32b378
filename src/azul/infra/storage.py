"""Buckets: one for what is kept for a day, and a website for short URLs if there are any."""
import json
from typing import Any

from azul.deployment import Deployment
from azul.index.bundle import JSON
from azul.infra.statements import allow, document
from azul.service.manifest.state import FOLDER


def resources(deployment: Deployment) -> JSON:
    website = _website(deployment) if deployment.redirect_domain else {}
    if not (deployment.redirect_domain and deployment.redirect_zone):
        return {'resource': _merged(_storage(deployment), website)}
    return {
        'data': {'aws_route53_zone': {'urls': {'name': f'{deployment.redirect_zone}.'}}},
        'resource': _merged(_storage(deployment), website, _record(deployment)),
    }


def lifecycle() -> Any:
    """Of the bucket for what is kept for a day, as boto3 has it."""
    return {'Rules': [
        {'ID': 'manifests', 'Status': 'Enabled', 'Filter': {'Prefix': FOLDER}, 'Expiration': {'Days': 1},
         'AbortIncompleteMultipartUpload': {'DaysAfterInitiation': 1}}
    ]}


def _storage(deployment: Deployment) -> JSON:
    (rule,) = lifecycle()['Rules']
    return {
        # What is in it is of no use to a deployment that is gone.
        'aws_s3_bucket': {'storage': {'bucket': deployment.bucket, 'force_destroy': True}},
        'aws_s3_bucket_lifecycle_configuration': {'storage': {'bucket': _id('storage'), 'rule': [{
            'id': rule['ID'],
            'status': rule['Status'],
            'filter': {'prefix': rule['Filter']['Prefix']},
            'expiration': {'days': rule['Expiration']['Days']},
            'abort_incomplete_multipart_upload': {
                'days_after_initiation': rule['AbortIncompleteMultipartUpload']['DaysAfterInitiation']
            },
        }]}},
        'aws_s3_bucket_public_access_block': {'storage': {'bucket': _id('storage'), **_public(False)}},
        'aws_s3_bucket_ownership_controls': {'storage': _owned('storage')},
        'aws_s3_bucket_server_side_encryption_configuration': {'storage': _encrypted('storage')},
        'aws_s3_bucket_policy': {'storage': {'bucket': _id('storage'), 'policy': json.dumps(document([
            # Whoever it is, without encryption
            {'Effect': 'Deny', 'Principal': '*', 'Action': 's3:*',
             'Resource': [_arn('storage'), f'{_arn("storage")}/*'],
             'Condition': {'Bool': {'aws:SecureTransport': 'false'}}}
        ])), 'depends_on': ['aws_s3_bucket_public_access_block.storage']}},
    }


def _website(deployment: Deployment) -> JSON:
    return {
        # Nobody could tell any more what the short URLs of a main deployment stood for.
        'aws_s3_bucket': {'urls': {'bucket': deployment.redirect_domain, 'force_destroy': not deployment.is_main}},
        'aws_s3_bucket_website_configuration': {'urls': {'bucket': _id('urls'),
                                                         'index_document': {'suffix': '404.html'}}},
        'aws_s3_bucket_public_access_block': {'urls': {'bucket': _id('urls'), **_public(True)}},
        'aws_s3_bucket_ownership_controls': {'urls': _owned('urls')},
        'aws_s3_bucket_server_side_encryption_configuration': {'urls': _encrypted('urls')},
        # What is deleted or overwritten by mistake can be had back.
        'aws_s3_bucket_versioning': {'urls': {'bucket': _id('urls'),
                                              'versioning_configuration': {'status': 'Enabled'}}},
        'aws_s3_bucket_policy': {'urls': {'bucket': _id('urls'), 'policy': json.dumps(document([
            # Whoever has the URL
            allow(['s3:GetObject'], [f'{_arn("urls")}/*'], to='*')
        ])), 'depends_on': ['aws_s3_bucket_public_access_block.urls']}},
    }


def _record(deployment: Deployment) -> JSON:
    return {'aws_route53_record': {'urls': {
        'zone_id': '${data.aws_route53_zone.urls.id}',
        'name': deployment.redirect_domain,
        'type': 'CNAME',
        'ttl': 300,
        'records': ['${aws_s3_bucket_website_configuration.urls.website_endpoint}'],
    }}}


def _public(allowed: bool) -> JSON:
    """Nobody can make it public by access control lists in any case."""
    return {'block_public_acls': True, 'ignore_public_acls': True,
            'block_public_policy': not allowed, 'restrict_public_buckets': not allowed}


def _owned(bucket: str) -> JSON:
    return {'bucket': _id(bucket), 'rule': {'object_ownership': 'BucketOwnerEnforced'}}


def _encrypted(bucket: str) -> JSON:
    return {'bucket': _id(bucket),
            'rule': [{'apply_server_side_encryption_by_default': {'sse_algorithm': 'AES256'}}]}


def _id(bucket: str) -> str:
    return f'${{aws_s3_bucket.{bucket}.id}}'


def _arn(bucket: str) -> str:
    return f'${{aws_s3_bucket.{bucket}.arn}}'


def _merged(*declarations: JSON) -> JSON:
    """By the types of the resources."""
    merged: JSON = {}
    for declared in declarations:
        for type_, resources in declared.items():
            merged[type_] = {**merged.get(type_, {}), **resources}
    return merged
