"""See to it that Terraform can keep its state, before anything is done: it would say so, too, but not what to do.

It needs a bucket that is there already, which can be that of several deployments. A state that is lost is a deployment
that can only be deleted by hand, so the bucket should keep old versions.
"""
import sys

from azul.aws import clients
from azul.aws.objects import Bucket
from azul.deployment import Deployment
from azul.errors import AzulError, ConfigurationError, ObjectError


def check(deployment: Deployment) -> None:
    """
    :raises ConfigurationError: if the bucket is not there, not here, or not for us
    """
    name, region = deployment.backend_bucket, deployment.aws_region
    try:
        found = Bucket(clients.s3(deployment, timeout=10, attempts=2), name).region()
    except ObjectError as error:
        raise _fault(f'{error}', 'If your credentials have expired, log in again. If not, is it a bucket of the '
                                 'account of AWS_PROFILE, and may you read and write it?') from error
    if found is None:
        raise _fault(f'there is no bucket {name}', f'Make one that keeps old versions: `{_making(name, region)}`')
    if found != region:
        raise _fault(f'the bucket {name} is in {found}, but the deployment in {region}',
                     f'Take another bucket, or another region, by `export AWS_DEFAULT_REGION={found}`.')


def _fault(what: str, to_do: str) -> ConfigurationError:
    return ConfigurationError('State of Terraform', [
        f'AZUL_TERRAFORM_BACKEND_BUCKET: {what}. Nothing was changed. {to_do}'
    ])


def _making(name: str, region: str) -> str:
    return (f'aws s3 mb s3://{name} --region {region} && aws s3api put-bucket-versioning --bucket {name} '
            f'--versioning-configuration Status=Enabled')


def main() -> int:
    try:
        check(Deployment.load())
    except AzulError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
